import os

import numpy as np
import pytest
from astropy.io import fits

from otrain.bundle.bundle import Bundle
from otrain.data.cubes.datacube import write_cube
from otrain.data.files.marks import read_mark
from otrain.errors import OutputError
from otrain.workflows.infer import infer


@pytest.fixture
def night(tmp_path, make_bundle):
    """A folder of four cutouts, one of them broken, a cube of four, and a bundle."""
    make_bundle(tmp_path / "bundle")
    (tmp_path / "night").mkdir()
    images = np.random.default_rng(0).normal(size=(4, 16, 16, 1)).astype("f4")
    for number, image in enumerate(images):
        fits.PrimaryHDU(image[..., 0]).writeto(tmp_path / "night" / f"c{number}.fits")
    (tmp_path / "night" / "c3.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 900)
    meta = {"channels": ["difference"], "classes": ["bogus", "real"],
            "recipe": {"kind": "cutout", "size": 16, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(tmp_path / "cube.npz", [images], labels=[0, 1, 0, 1],
               columns={"candid": np.array(list("abcd"))}, meta=meta).close()
    return tmp_path


def run(night, source="night", **options):
    return infer(night / source, night / "bundle", **{"jobs": 0, "out": night / "t.dat", **options})


def die_at(monkeypatch, name):
    """Make a call of `os` the last one of a run, whatever would be cleared up afterwards."""
    class Killed(BaseException):
        pass

    with monkeypatch.context() as patch:
        real = getattr(os, name)

        def last(*arguments, **options):
            real(*arguments, **options)
            if ".tmp-" in str(arguments[0]) and str(arguments[1]).endswith("t.dat"):
                patch.setattr("otrain.data.files.work_log.Path.unlink", lambda *a, **k: None)
                raise Killed

        patch.setattr(os, name, last)
        yield Killed


@pytest.mark.parametrize("source", ["night", "cube.npz"])
def test_table_that_a_kill_left_complete_is_recognised(night, monkeypatch, capsys, source):
    for killed in die_at(monkeypatch, "replace"):
        with pytest.raises(killed):
            run(night, source)
    if read_mark(night / "t.dat") is None:
        pytest.skip("no extended attributes here")
    assert (night / ".t.dat.progress").exists()
    whole = run(night, source, out=night / "whole.dat")
    table = (night / "t.dat").read_bytes()
    monkeypatch.setattr(Bundle, "answers", lambda *a, **k: pytest.fail("scored again"))
    again = run(night, source, resume=True)
    assert "t.dat: is complete already" in capsys.readouterr().err
    assert (again.tally, again.classes) == (whole.tally, whole.classes)
    assert (night / "t.dat").read_bytes() == table == whole.path.read_bytes()
    assert not [path for path in night.iterdir() if path.name.startswith(".")]
    assert (again.quarantine is None) == (whole.quarantine is None)


@pytest.mark.parametrize("change", [{"threshold": 0.9}, "file", {"resume": False}])
def test_table_of_another_request_or_of_other_inputs_is_refused(night, change):
    run(night)
    if change == "file":
        fits.PrimaryHDU(np.zeros((16, 16), "f4")).writeto(night / "night" / "new.fits")
        change = {}
    with pytest.raises(OutputError, match="exists already"):
        run(night, **{"resume": True, **change})


def test_table_without_a_mark_is_refused(night):
    run(night)
    table = (night / "t.dat").read_bytes()
    (night / "t.dat").unlink()
    (night / "t.dat").write_bytes(table)
    with pytest.raises(OutputError, match="exists already"):
        run(night, resume=True)
