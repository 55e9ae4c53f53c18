import json
import os
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits

from otrain.cli.infer import build_parser, main


@pytest.fixture
def night(tmp_path, make_bundle, monkeypatch):
    make_bundle(tmp_path / "bundle")
    (tmp_path / "night").mkdir()
    for number in range(3):
        image = np.full((16, 16), number, np.float32)
        fits.PrimaryHDU(image).writeto(tmp_path / "night" / f"c{number}.fits")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "night"


@pytest.mark.parametrize("line", [
    "--cutouts d --model m", "--cutouts d --prob-ratio 0.01 --model m", "--cutouts d --prob_ratio 0.01 --model m",
])
def test_published_flags_are_parsed_in_both_spellings(line):
    args = build_parser().parse_args(line.split())
    assert (args.cutouts, args.model, args.prob_ratio) == (["d"], "m", 0.01 if "prob" in line else None)


def test_uncertainty_has_a_default_number_of_passes():
    parse = build_parser().parse_args
    assert parse(["--cutouts", "d", "--model", "m", "--uncertainty"]).uncertainty == 32
    assert parse(["--cutouts", "d", "--model", "m", "--uncertainty", "5"]).uncertainty == 5


def test_table_is_named_on_standard_output_and_counts_go_to_standard_error(night, capsys):
    assert main(["--cutouts", "night", "--model", "bundle", "--jobs", "0"]) == 0
    out, err = capsys.readouterr()
    assert out == "night/infer_results.dat\n"
    assert "seen 3 = kept 3 + skipped 0 + quarantined 0; at threshold 0.5: bogus 0, real 3" in err


def test_json_is_one_document(night, capsys):
    main(["--cutouts", "night", "--model", "bundle", "--jobs", "0", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["inputs"]["kept"] == 3 and document["classes"] == {"bogus": 0, "real": 3}
    assert len(document["model_id"]) == 64 and document["quarantine"] is None


def test_quarantined_inputs_give_exit_code_3(night, capsys):
    (night / "empty.fits").write_bytes(b"")
    assert main(["--cutouts", "night", "--model", "bundle", "--jobs", "0"]) == 3
    assert "rejected inputs are listed in night/infer_results.dat.quarantine.ecsv" in capsys.readouterr().err


def test_second_run_gives_exit_code_5(night, capsys):
    line = ["--cutouts", "night", "--model", "bundle", "--jobs", "0"]
    assert [main(line), main(line), main([*line, "--overwrite"])] == [0, 5, 0]
    assert "replace it with --overwrite" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["night/c0.fits/x.dat", "/proc/x.dat", "folder"])
def test_impossible_place_of_the_table_gives_exit_code_5(night, capsys, out):
    (night.parent / "folder").mkdir()
    line = ["--cutouts", "night", "--model", "bundle", "--jobs", "0", "--overwrite", "--out", out]
    assert main(line) == 5
    assert f"{out}: " in capsys.readouterr().err


def test_no_usable_input_gives_exit_code_4(night, tmp_path):
    (tmp_path / "nothing").mkdir()
    assert main(["--cutouts", "nothing", "--model", "bundle", "--jobs", "0"]) == 4


def test_changed_bundle_gives_exit_code_6(night, tmp_path):
    (tmp_path / "bundle" / "card.md").write_text("x")
    assert main(["--cutouts", "night", "--model", "bundle", "--jobs", "0"]) == 6


def test_negative_jobs_are_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--cutouts", "d", "--model", "m", "--jobs", "-1"])
    assert stop.value.code == 2


def test_paths_are_read_from_standard_input(night):
    paths = "".join(f"{path}\n" for path in sorted(night.glob("*.fits"))[:2])
    job = subprocess.run([sys.executable, "-m", "otrain.cli.infer", "--cutouts", "-", "--model", "bundle"],
                         input=paths, capture_output=True, text=True, check=True,
                         env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert job.stdout == "infer_results.dat\n"
    assert "kept 2" in job.stderr
