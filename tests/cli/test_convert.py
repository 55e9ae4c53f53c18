import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

import otrain
from otrain.cli.convert import build_parser, main

# So that the tests also run from a checkout that is not installed, in any folder.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(otrain.__file__).parent.parent)}
HEADER = {"MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0, "EDGE": "False"}


def make_folder(folder, count=3, side=9):
    rng = np.random.default_rng(0)
    for label in ("true", "false"):
        (folder / label).mkdir(parents=True)
        for i in range(count):
            hdu = fits.PrimaryHDU(rng.normal(size=(side, side)).astype(np.float32),
                                  fits.Header(HEADER | {"CANDID": f"{label}{i}"}))
            hdu.writeto(folder / label / f"c{i}.fits")
    return folder


@pytest.fixture
def cutouts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_folder(tmp_path / "night")


def convert(*words):
    return main(["--cutouts", "night", "--jobs", "1", "--no-contact-sheet", *map(str, words)])


def test_cutouts_alone_suffice(cutouts, capsys):
    assert main(["--cutouts", "night"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("datacube/night.npz: 6 cutouts 9x9x1 (difference): 3 bogus, 3 real")
    assert "datacube/night.png" in out
    assert err == "otrain-convert: seen 6 = kept 6 + skipped 0 + quarantined 0\n"


@pytest.mark.parametrize("flags", [
    ["--path-datacube", "out", "--frac-true", "0.5", "--cutout-size", "5"],
    ["--path_datacube", "out", "--frac_true", "0.5", "--cutout_size", "5"], ["--path", "out"]])
def test_every_published_spelling_is_taken(cutouts, flags):
    assert convert("--cube", "x", *flags) == 0
    assert (cutouts.parent / "out" / "datacube" / "x.npz").is_file()


def test_defaults_are_the_published_ones():
    args = build_parser().parse_args(["--cutouts", "c"])
    assert (args.frac_true, args.cutout_size) == ("0.5", None)


def test_json_is_exactly_one_document(cutouts, capsys):
    assert convert("--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["schema_version"] == 1 and summary["classes"] == {"bogus": 3, "real": 3}


def test_quarantined_inputs_give_exit_3(cutouts, capsys):
    (cutouts / "true" / "broken.fits").write_bytes(b"SIMPLE  =")
    assert convert() == 3
    out, err = capsys.readouterr()
    assert "night.quarantine.ecsv" in out and "quarantined 1" in err


@pytest.mark.parametrize(("words", "code", "message"), [
    (["--frac-true", "2"], 2, "--frac-true must lie between 0 and 1"),
    (["--reader", "goto2"], 2, "unknown reader 'goto2'"),
    (["--cutout-size", "0"], 2, "size"),
    (["--cutouts", "nowhere"], 4, "nowhere"),
    (["--cutout-size", "99"], 4, "no usable candidate"),
])
def test_exit_code_tells_what_went_wrong(cutouts, capsys, words, code, message):
    assert convert(*words) == code
    assert message in capsys.readouterr().err


def test_negative_number_of_jobs_is_asked_wrongly(cutouts, capsys):
    with pytest.raises(SystemExit) as stop:
        convert("--jobs", "-1")
    assert stop.value.code == 2
    assert "--jobs: must be a whole number from 0" in capsys.readouterr().err


def test_mixed_sizes_give_exit_2_with_their_counts(cutouts, capsys):
    make_folder(cutouts / "more", count=1, side=7)
    for label in ("true", "false"):
        (cutouts / "more" / label / "c0.fits").rename(cutouts / label / "other.fits")
    assert convert() == 2
    assert "sizes found: 9x9 (6), 7x7 (2); choose one with --cutout-size" in capsys.readouterr().err


def test_existing_cube_gives_exit_5(cutouts, capsys):
    assert convert() == 0
    assert convert() == 5
    assert "exists already" in capsys.readouterr().err
    assert convert("--overwrite") == 0


@pytest.mark.parametrize("words", [["--path", "afile"], ["--cube", "n" * 300], ["--path", "/proc"]])
def test_impossible_place_of_the_cube_gives_exit_5(cutouts, capsys, words):
    (cutouts.parent / "afile").touch()
    assert convert(*words) == 5
    assert "cannot be written" in capsys.readouterr().err


def test_locked_cube_gives_exit_5(cutouts, capsys):
    from otrain.data.files.atomic import locked

    with locked("datacube/night"):
        assert convert() == 5
    assert "another process is writing" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [
    (signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)])
def test_stopped_conversion_leaves_nothing(tmp_path, number, code):
    make_folder(tmp_path / "night", count=2)
    os.mkfifo(tmp_path / "gate")
    # The last input waits at a gate that nobody opens, so that the signal finds the work unfinished.
    script = ("import sys, otrain.domains.transients.door as door, otrain.cli.convert as c\n"
              "old = door.Door.__call__\n"
              "door.Door.__call__ = lambda self, item: open('gate') if 'true/c1' in item.name else old(self, item)\n"
              "sys.exit(c.main(['--cutouts', 'night', '--jobs', '2', '--store', 'folder']))")
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                               env=ENVIRONMENT)
    deadline = time.monotonic() + 20
    while not (tmp_path / "datacube").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait(10) == code
    assert "stopped by" in process.stderr.read()
    assert not (tmp_path / "datacube").exists()


def test_help_needs_no_heavy_library():
    code = ("import sys; from otrain.cli.convert import build_parser; build_parser().format_help(); "
            "print(sorted({'numpy', 'astropy', 'tensorflow', 'cv2'} & set(sys.modules)))")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env=ENVIRONMENT)
    assert found.stdout.strip() == "[]"


def test_reading_plain_cutouts_needs_no_astropy(cutouts):
    code = ("import sys; from otrain.cli.convert import main; main(['--cutouts', 'night', '--jobs', '0']); "
            "print(sorted({'astropy', 'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)), file=sys.stderr)")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env=ENVIRONMENT)
    assert found.stderr.strip().endswith("[]")


def test_band_that_a_terminal_would_obey_is_shown_instead(tmp_path, capsys):
    fastavro = pytest.importorskip("fastavro")
    import io


    out = io.BytesIO()
    fits.PrimaryHDU(np.random.default_rng(0).normal(size=(9, 9)).astype("f4")).writeto(out)
    schema = {"type": "record", "name": "alert", "fields": [
        {"name": "band", "type": "string"}, {"name": "cutoutDifference", "type": "bytes"}]}
    (tmp_path / "true").mkdir()
    with (tmp_path / "true" / "a.avro").open("wb") as stream:
        fastavro.writer(stream, schema, [{"band": "\x1b[2J", "cutoutDifference": out.getvalue()}])
    main(["--cutouts", str(tmp_path), "--path-datacube", str(tmp_path), "--frac-true", "all", "--jobs", "0"])
    printed = "".join(capsys.readouterr())
    assert r"\x1b[2J" in printed and "\x1b" not in printed
