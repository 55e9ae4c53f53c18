import subprocess
import sys

import pytest
from hostile.models import BUNDLES, NETWORKS
from hostile.running import run_child

from otrain.models.compact import build_compact
from otrain.models.ports import InputSpec, OutputSpec


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What became of every hostile network and bundle."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "secret").mkdir()
    (folder / "secret" / "passwd").write_bytes(b"root:x:0:0\n" * 20)
    network = build_compact([InputSpec("cutout", (12, 12, 1))], OutputSpec(1, "sigmoid"), width=4, seed=1)
    for ending in ("keras", "h5"):
        network.save(folder / f"good.{ending}")
    from handmade import write_network

    write_network(folder / "good-bundle", 16)
    jobs = [("network", path) for path in NETWORKS(folder)]
    jobs += [("bundle", path) for path in BUNDLES(folder, folder / "good-bundle")]
    sound = [("network", folder / "good.keras"), ("network", folder / "good.h5"), ("bundle", folder / "good-bundle")]
    return run_child(folder, sound, jobs)


@pytest.mark.slow
def test_hostile_networks_are_refused_in_words(found):
    # What stands where nobody looks has no effect: the network is what it says.
    harmless = {"sizes-that-differ.keras", "pickled-optimiser.keras", "pickled-optimiser.h5", "huge-attribute.keras", "huge-attribute.h5"}
    wrong = [(row["path"], row["fate"], row["words"]) for row in found.rows if row["fate"] != "refused"
             and not (row["fate"] == "loaded" and row["name"] in harmless)]
    assert not wrong
    assert len(found.rows) >= 100


@pytest.mark.slow
def test_nothing_is_executed_imported_or_written(found):
    assert not {row["name"]: row["events"] for row in found.rows if row["events"]}
    assert not found.witness
    assert not found.traced
    assert not found.new_files


@pytest.mark.slow
def test_no_file_takes_a_gigabyte_or_two_seconds(found):
    assert not {row["name"]: row["peak"] for row in found.rows if row["peak"] > 1024}
    assert not {row["name"]: row["cpu"] for row in found.rows if row["cpu"] > 2}


@pytest.mark.slow
def test_refused_network_is_told_how_to_become_one_that_is_loaded(found):
    words = {row["name"]: row["words"] for row in found.rows}
    for name in ("lambda.keras", "lambda.h5", "keras2-lambda.h5", "imported-class.keras", "string-lookup.keras"):
        assert "could otherwise run code" in words[name] and "Allowed: " in words[name], name
        assert "train it again" in words[name], name


@pytest.mark.slow
def test_the_watch_sees_what_it_is_there_for(tmp_path):
    # A loader that trusts: it runs what the file says, and the watch sees it.
    from hostile.models import _bytecode
    from hostile.running import environment

    code = f"""
import base64, marshal, sys, types
from hostile.child import Watch
watch = Watch("/nowhere")
watch.on = True
code = marshal.loads(base64.b64decode({_bytecode()!r}))
try:
    types.FunctionType(code, globals())(1)
    open("written", "w").close()
finally:
    watch.on = False
print(*[event.split()[0] for event in watch.seen])
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(tmp_path), cwd=tmp_path, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert {"marshal.loads", "import", "open", "function.__new__"} <= set(done.stdout.split())
    assert (tmp_path / "witness").read_text() == "called"
