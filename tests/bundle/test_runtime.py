import os
import subprocess
import sys
from pathlib import Path

from otrain.bundle.runtime import runtime_identity

PROGRAM = """
import sys
from otrain.bundle.runtime import import_runtime
runtime = import_runtime()
runtime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
"""


def test_runtime_leaves_nothing_in_the_cache_of_its_user(tmp_path, handmade_network):
    # Without being told, ONNX Runtime 1.31 makes a database of events there and sends them.
    (tmp_path / "n.onnx").write_bytes(handmade_network[0])
    home = tmp_path / "home"
    home.mkdir()
    surroundings = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path / "n.onnx")], check=True, timeout=60,
                   cwd=Path(__file__).parents[2],
                   env=surroundings | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")})
    assert not [path for path in home.rglob("*") if "icrosoft" in path.name or "onnxruntime" in path.name]


def test_identity_names_the_release_without_importing_it():
    import onnxruntime

    assert onnxruntime.__version__ in runtime_identity()


def test_identity_is_another_on_another_kind_of_processor(monkeypatch):
    here = runtime_identity()
    assert here == runtime_identity()
    monkeypatch.setattr("otrain.bundle.runtime._processor", lambda: ["aarch64", "Features : asimd"])
    assert runtime_identity() != here
