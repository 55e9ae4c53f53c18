import json
import subprocess
import sys

import pytest

from otrain.cli.simulate import main


def test_command_writes_what_was_asked(tmp_path):
    out = tmp_path / "out"
    code = main(["transients", "--out", str(out), "--real", "2", "--bogus", "3", "--size", "21", "--kinds", "dipole"])
    assert code == 0
    assert len(list((out / "true").iterdir())) == 2 and len(list((out / "false").iterdir())) == 3
    recipe = json.loads((out / "simulate.json").read_text())
    assert recipe["command"].startswith("otrain-simulate transients --out")
    assert recipe["kinds"]["dipole"] == 3


def test_existing_folder_is_exit_5(tmp_path, capsys):
    assert main(["transients", "--out", str(tmp_path), "--real", "1", "--bogus", "1"]) == 5
    assert "otrain-simulate: error:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--kinds", "supernova"], ["--size", "2"], ["--real", "-4"]])
def test_wrong_request_is_exit_2(tmp_path, words):
    assert main(["transients", "--out", str(tmp_path / "out"), *words]) == 2
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
