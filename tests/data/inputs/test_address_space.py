import resource
import subprocess
import sys

import pytest

from otrain.data.inputs.address_space import require_address_space
from otrain.errors import ResourceError


def test_smaller_limit_is_refused_with_both_numbers(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1 << 30, resource.RLIM_INFINITY))
    require_address_space(1 << 30, "this")
    with pytest.raises(ResourceError, match=r"this needs an address space of 2048 MiB.*may have 1024 MiB"):
        require_address_space(2 << 30, "this")


def test_no_limit_suffices(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    require_address_space(1 << 60, "this")


def run(words, limit, folder):
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [["convert", "--cutouts", "x"], ["infer", "--cutouts", "x", "--model", "y"]])
def test_command_under_a_limit_says_so_in_a_sentence(tmp_path, words):
    (tmp_path / "x").mkdir()
    code, said = run(["-m", f"otrain.cli.{words[0]}", *words[1:]], 400 << 20, tmp_path)
    assert code == 7 and "needs an address space of 512 MiB at least. This process may have 400 MiB" in said, said
    assert "Traceback" not in said


def test_tensorflow_is_not_started_where_it_would_abort(tmp_path):
    code, said = run(["-c", "from otrain.workflows.training.tensorflow import start_tensorflow; start_tensorflow()"], 2 << 30,
                     tmp_path)
    assert code == 1 and "ResourceError: TensorFlow needs an address space of 3584 MiB" in said
