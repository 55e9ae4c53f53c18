import json

import numpy as np
import pytest

from otrain.cli.doctor import main
from otrain.data.cubes.datacube import write_cube


def source(rng, count, side=21):
    """Noise with a point source in the middle."""
    y, x = np.mgrid[:side, :side] - side // 2
    return (rng.normal(0, 1, (count, side, side)) + 40 * np.exp(-(x**2 + y**2) / 4)).astype("f4")[..., None]


@pytest.fixture
def make_cube(tmp_path, monkeypatch):
    """Write a clean cube after `change(images, labels, columns)` has spoilt it."""
    monkeypatch.chdir(tmp_path)

    def make(change=lambda images, labels, columns: None, count=80):
        rng = np.random.default_rng(0)
        images, labels = source(rng, count), np.arange(count) % 2
        images[labels == 0] -= np.roll(images[labels == 0], 3, axis=1)
        columns = {"candid": np.array([f"c{i}" for i in range(count)]), "mag": rng.uniform(15, 20, count),
                   "band": np.array(["g", "r"])[rng.integers(0, 2, count)],
                   "file": np.array([f"f{i}.fits" for i in range(count)])}
        change(images, labels, columns)
        write_cube("cube.npz", [images], labels=labels, columns=columns, meta={}).close()
        return "cube.npz"
    return make


def test_clean_cube_gives_exit_0(make_cube, capsys):
    assert main([make_cube()]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("cube.npz: 80 candidates 21x21x1: 40 bogus, 40 real")
    assert "0 faults" in out
    assert "cube_doctor/doctor.html" in err


def test_fault_gives_exit_8_with_everything_written(make_cube, tmp_path):
    def spoil(images, labels, columns):
        images[0, 0, 0] = 2e6
        columns["mag"][5] = 99

    assert main([make_cube(spoil), "--outdir", "out"]) == 8
    found = {finding["code"] for finding in json.loads((tmp_path / "out/doctor.json").read_text())["findings"]}
    assert found >= {"sentinel", "magnitude-fill"}
    assert "<html" in (tmp_path / "out/doctor.html").read_text()


def test_json_is_exactly_one_document(make_cube, capsys):
    main([make_cube(), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert result["schema_version"] == 1 and result["examples"] == 80


def test_existing_folder_is_replaced_only_when_asked(make_cube, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    assert main([make_cube(), "--outdir", "out"]) == 5
    assert "exists already" in capsys.readouterr().err
    assert main(["cube.npz", "--outdir", "out", "--overwrite"]) == 0


@pytest.mark.parametrize(("name", "code", "words"), [("nowhere.npz", 4, "no such data cube"),
                                                     ("empty", 4, "no usable candidate")])
def test_nothing_to_examine_gives_exit_4(tmp_path, monkeypatch, capsys, name, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main([name]) == code
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob("*_doctor"))
