import json
import subprocess
import sys

import pytest

from otrain.catalogue import FLAGS, SIMULATORS
from otrain.cli.simulate import build_parser, main


def test_command_writes_what_was_asked(tmp_path):
    out = tmp_path / "out"
    code = main(["transients", "--out", str(out), "--real", "2", "--bogus", "3", "--size", "21", "--kinds", "dipole"])
    assert code == 0
    assert len(list((out / "true").iterdir())) == 2 and len(list((out / "false").iterdir())) == 3
    recipe = json.loads((out / "simulate.json").read_text())
    assert recipe["command"].startswith("otrain-simulate transients --out")
    assert recipe["kinds"]["dipole"] == 3


def test_light_curves_are_written_with_their_ephemerides(tmp_path):
    out = tmp_path / "stars"
    code = main(["lightcurves", "--out", str(out), "--stars", "3", "--cadence", "3600", "--planet-free", "0",
                 "--binaries", "0", "--depth", "500", "600", "--seed", "2", "--jobs", "0"])
    assert code == 0 and len(list(out.glob("s2-00000?_01_lc.fits"))) == 3
    recipe = json.loads((out / "simulate.json").read_text())
    assert recipe["domain"] == "lightcurves" and recipe["kinds"]["planet"] == 3
    assert recipe["request"]["depth"] == [500.0, 600.0]
    assert (out / "ephemerides.ecsv").is_file()


def test_part_of_a_set_may_be_made_elsewhere(tmp_path):
    main(["lightcurves", "--out", str(tmp_path / "part"), "--stars", "1", "--first", "7", "--cadence", "3600"])
    assert [path.name for path in (tmp_path / "part").glob("*.fits")] == ["s0-000007_01_lc.fits"]


def test_flag_of_another_domain_is_exit_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["lightcurves", "--out", str(tmp_path / "transients"), "--real", "5"])
    assert stopped.value.code == 2 and "--real" in capsys.readouterr().err


def test_help_of_one_domain_shows_its_flags_only(capsys):
    for domain, own, foreign in (("transients", "--bogus", "--stars"), ("lightcurves", "--stars", "--bogus")):
        with pytest.raises(SystemExit):
            main([domain, "--help"])
        text = capsys.readouterr().out
        assert own in text and foreign not in text


def test_values_may_come_from_a_file(tmp_path):
    (tmp_path / "c.toml").write_text('[simulate]\ndomain = "lightcurves"\nstars = 2\ncadence = 3600\n')
    assert main(["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out"), "--stars", "1"]) == 0
    assert len(list((tmp_path / "out").glob("*_lc.fits"))) == 1


@pytest.mark.parametrize("domain", SIMULATORS)
def test_every_simulator_has_flags_and_examples(domain):
    parser = build_parser(domain)
    assert f"otrain-simulate {domain}" in parser.epilog
    taken = {flag.name for flag in FLAGS.load(domain).simulate} | {"seed", "unlabelled"}
    assert taken <= {action.dest for action in parser._actions}


def test_existing_folder_is_exit_5(tmp_path, capsys):
    assert main(["transients", "--out", str(tmp_path), "--real", "1", "--bogus", "1"]) == 5
    assert "otrain-simulate: error:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--kinds", "supernova"], ["--size", "2"], ["--real", "-4"]])
def test_wrong_request_is_exit_2(tmp_path, words):
    assert main(["transients", "--out", str(tmp_path / "out"), *words]) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--preset", "corot"], ["--binaries", "0.9"], ["--depth", "500", "50"]])
def test_wrong_request_for_light_curves_is_exit_2(tmp_path, words):
    assert main(["lightcurves", "--out", str(tmp_path / "out"), *words]) == 2
    assert not (tmp_path / "out").exists()


def test_unknown_domain_is_exit_2(tmp_path):
    with pytest.raises(SystemExit) as stopped:
        main(["galaxies", "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2


def test_simulating_loads_neither_tensorflow_nor_matplotlib(tmp_path):
    program = (
        "import sys; from otrain.cli.simulate import main; "
        f"main(['transients', '--out', {str(tmp_path / 'out')!r}, '--real', '1', '--bogus', '1', '--size', '21']); "
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
