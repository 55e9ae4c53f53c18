import io
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from otrain.engine import local
from otrain.engine.local import Done, Failed, run_restartable
from otrain.errors import MissingExtraError, ResourceError


@pytest.fixture(autouse=True)
def faulty(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import faulty

    return faulty


def outcomes(results):
    results = list(results)
    assert [index for index, _ in results] == list(range(len(results)))
    return [result for _, result in results]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_order_of_the_items(faulty, workers):
    found = outcomes(run_restartable(faulty.square, range(500), workers=workers, chunk=7))
    assert found == [Done(i * i) for i in range(500)]


def test_no_items_give_no_results(faulty):
    assert list(run_restartable(faulty.square, [], workers=2)) == []


def test_arrays_arrive_unchanged(faulty):
    found = outcomes(run_restartable(faulty.picture, range(200), workers=2))
    assert all(np.array_equal(result.value, faulty.picture(i)) for i, result in enumerate(found))


def test_a_dying_worker_loses_exactly_the_item_in_hand(faulty):
    found = outcomes(run_restartable(faulty.deadly, range(40), workers=2, chunk=16))
    lost = {i: result.reason for i, result in enumerate(found) if isinstance(result, Failed)}
    assert lost == {3: "decoder-crash", 5: "decoder-crash", 7: "decoder-crash", 11: "out-of-memory",
                    13: "out-of-memory"}
    assert [result.value for result in found if isinstance(result, Done)] == [
        i for i in range(40) if i not in lost]


def test_an_innocent_item_is_not_lost_for_what_an_earlier_one_damaged(faulty):
    found = outcomes(run_restartable(faulty.Damaged(dies_while_sending=False), range(40), workers=1, chunk=16))
    assert found == [Done(i) for i in range(40)]


def test_an_item_that_kills_its_worker_while_it_sends_is_found_among_the_others(faulty):
    found = outcomes(run_restartable(faulty.Damaged(dies_while_sending=True), range(40), workers=2, chunk=16))
    assert [i for i, result in enumerate(found) if result != Done(i)] == [3]
    assert found[3].reason == "decoder-crash"


def test_a_compressed_image_that_breaks_its_decoder_costs_itself_only(faulty):
    from astropy.io import fits

    pixels, out = np.random.default_rng(0).integers(0, 99, (33, 33)), io.BytesIO()
    image = fits.CompImageHDU(pixels.astype("i2"), compression_type="HCOMPRESS_1", tile_shape=(33, 33))
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(out)
    good = out.getvalue()
    at = good.index(b"\xdd\x99") + 2  # the decoder writes as many lines as stand here, 33 of which have room
    deadly = good[:at] + (20_000).to_bytes(4, "big") + good[at + 4:]
    found = outcomes(run_restartable(faulty.decode, [good] * 6 + [deadly] + [good] * 6, workers=2, chunk=16))
    assert [i for i, result in enumerate(found) if result != Done(float(pixels.sum()))] == [6]
    assert isinstance(found[6], Failed) and found[6].reason == "decoder-crash"


def test_words_name_the_signal(faulty):
    found = outcomes(run_restartable(faulty.deadly, range(8), workers=1))
    assert "SIGSEGV" in found[3].words and "SIGFPE" in found[5].words and "exit code 9" in found[7].words


@pytest.mark.parametrize("function", ["slow", "hung_in_c"])
def test_an_item_that_computes_for_ever_is_given_up(faulty, function):
    found = outcomes(run_restartable(getattr(faulty, function), range(6), workers=1, timeout=0.1))
    assert found[2] == Failed("timeout", "not decoded within 0.1 s of processor time.")
    assert [i for i, result in enumerate(found) if isinstance(result, Done)] == [0, 1, 3, 4, 5]


def test_time_allowed_may_depend_on_the_item(faulty):
    found = outcomes(run_restartable(faulty.slow, range(4), workers=1, timeout=faulty.tenths))
    assert found[2].words == "not decoded within 0.3 s of processor time."


def test_an_item_that_waits_for_ever_is_given_up_later(faulty, monkeypatch):
    monkeypatch.setattr(local, "_ASLEEP", 4)
    monkeypatch.setattr(local, "_TICK", 0.02)
    found = outcomes(run_restartable(faulty.asleep, range(4), workers=1, timeout=0.05))
    assert found[2] == Failed("timeout", "not decoded: it waited 0.2 s for something, such as a disk.")
    assert [i for i, result in enumerate(found) if isinstance(result, Done)] == [0, 1, 3]


def test_items_that_wait_a_little_each_are_not_given_up_for_the_sum(monkeypatch):
    monkeypatch.setattr(local, "_activity", lambda pid: ("S", 0))
    crew, lost = local._Crew(abs, range(4), 4, 0.05, 0), []
    monkeypatch.setattr(crew, "lose", lambda worker, failure: lost.append(failure))
    worker = local._Worker(SimpleNamespace(pid=0), None, SimpleNamespace(value=0))
    for worker.beat.value in range(4):
        for _ in range(2):
            crew.watch(worker, 0.4)  # s; 0.6 s are allowed, and the first look only sees that it began
    assert lost == []
    crew.watch(worker, 0.4)
    assert [failure.reason for failure in lost] == ["timeout"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing limits the memory")
def test_memory_is_counted_from_what_a_worker_begins_with(faulty):
    found = outcomes(run_restartable(faulty.hundred_megabytes, range(2), workers=1, memory=200 << 20))
    assert found == [Done(100 << 20)] * 2
    found = outcomes(run_restartable(faulty.hundred_megabytes, range(2), workers=1, memory=50 << 20))
    assert [result.reason for result in found] == ["out-of-memory"] * 2


def test_an_item_that_was_too_slow_once_is_tried_again(faulty, tmp_path):
    found = outcomes(run_restartable(faulty.OnceSlow(tmp_path / "mark"), range(6), workers=2, timeout=0.1))
    assert found == [Done(i) for i in range(6)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody says that a process is stopped")
def test_a_worker_that_is_stopped_for_a_while_loses_nothing(faulty, monkeypatch):
    monkeypatch.setattr(local, "_ASLEEP", 2)
    monkeypatch.setattr(local, "_TICK", 0.02)
    found = outcomes(run_restartable(faulty.Stopped(0.6), range(4), workers=1, timeout=0.1))
    assert found == [Done(i) for i in range(4)]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs one core for all")
def test_a_worker_that_gets_no_processor_loses_nothing(faulty, monkeypatch):
    # Ten busy loops beside the worker on one core: its 0.05 s take ten times as long, and more.
    monkeypatch.setattr(local, "_ASLEEP", 1)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(10)]
    try:
        found = outcomes(run_restartable(faulty.compute, [0.05], workers=1, timeout=0.25))
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
        os.sched_setaffinity(0, cores)
    assert found == [Done(0.05)]


def test_imports_of_the_first_item_are_not_counted(faulty, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_module.py").write_text("import faulty\nfaulty.compute(0.3)\nNUMBER = 5\n")
    found = outcomes(run_restartable(faulty.imports, range(2), workers=1, timeout=0.15))
    assert found == [Done(5), Done(6)]


def test_what_comes_after_an_import_is_counted(faulty, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_module.py").write_text("class Number:\n    def __add__(self, other):\n"
                                             "        while True: pass\nNUMBER = Number()\n")
    found = outcomes(run_restartable(faulty.imports, range(1), workers=1, timeout=0.1))
    assert found[0].reason == "timeout"


def test_an_error_of_the_request_ends_the_run(faulty):
    with pytest.raises(MissingExtraError, match=r"pip install 'otrain\[alerts\]'"):
        list(run_restartable(faulty.asks_for_an_extra, range(9), workers=2))


def test_workers_that_cannot_work_do_not_go_on_for_ever(faulty, monkeypatch):
    monkeypatch.setattr("otrain.engine.local.serve", faulty.nothing_survives_start)
    with pytest.raises(ResourceError, match="cannot be started"):
        list(run_restartable(faulty.square, range(9), workers=1))


def test_every_item_may_be_lost(faulty):
    found = outcomes(run_restartable(faulty.nothing_survives, range(12), workers=2))
    assert {result.reason for result in found} == {"decoder-crash"}


def test_no_worker_outlives_the_run(faulty):
    before = set(multiprocessing.active_children())
    results = run_restartable(faulty.square, range(1000), workers=2)
    next(results)
    results.close()
    assert set(multiprocessing.active_children()) == before


@pytest.mark.parametrize("size", [100, 100_000])
def test_large_items_and_large_results_do_not_block_each_other(faulty, size):
    items = [b"x" * size for _ in range(64)]
    found = outcomes(run_restartable(faulty.longer, items, workers=2, chunk=8))
    assert [len(result.value) for result in found] == [size + 1_000_000] * 64


def test_function_is_flushed_before_its_results_are_sent(faulty, tmp_path):
    found = outcomes(run_restartable(faulty.Lazy(tmp_path / "log"), range(300), workers=2))
    assert found == [Done(i) for i in range(300)]
    assert sorted(map(int, (tmp_path / "log").read_text().split())) == list(range(300))


def test_results_are_flushed_as_many_together_as_the_function_wishes(faulty, tmp_path):
    function = faulty.Lazy(tmp_path / "log", together=20)
    assert outcomes(run_restartable(function, range(100), workers=2, chunk=60)) == [Done(i) for i in range(100)]
    flushed = [len(line.split()) for line in (tmp_path / "log.flushes").read_text().splitlines()]
    assert len(flushed) == 4 and sum(flushed) == 100  # two lists of 50: at least 20, and what is left of each


def test_error_while_flushing_ends_the_run(faulty, tmp_path):
    with pytest.raises(IsADirectoryError):
        list(run_restartable(faulty.Lazy(tmp_path), range(9), workers=1))


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_a_process_with_threads_is_not_forked(faulty):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        found = outcomes(run_restartable(faulty.deadly, range(5), workers=1))
    finally:
        stop.set()
        thread.join()
    assert [type(result) for result in found] == [Done, Done, Done, Failed, Done]


SCRIPT = """
import sys, types
sys.modules["tensorflow"] = types.ModuleType("tensorflow")  # workers are not forked beside it
print("begun")
from otrain.engine.local import run_restartable
print([result.value for _, result in run_restartable(abs, [-3, 4], workers=1)])
print(__file__.endswith("script.py"))
"""


def test_script_without_a_guard_is_run_once(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    out = subprocess.run([sys.executable, str(tmp_path / "script.py")], capture_output=True, text=True, timeout=120)
    assert out.stdout.splitlines() == ["begun", "[3, 4]", "True"], out.stderr


@pytest.mark.parametrize(("error", "words"), [
    (OSError(27, "File too large"), r"the limit of the size of files is below that\. Raise it \(ulimit -f\)"),
    (OSError(30, "Read-only file system", "/dev/shm/pym-1"),
     r"/dev/shm cannot be written \(Read-only file system\)\. Make it writable"),
    (OSError(28, "No space left on device", "scratch/pym-1"), r"scratch is full\. Make room there"),
    (OSError(24, "Too many open files"), r"too many files are open")])
def test_memory_that_cannot_be_shared_is_explained_by_its_own_reason(monkeypatch, error, words):
    def refuse(*arguments, **options):
        raise error

    monkeypatch.setattr("multiprocessing.context.BaseContext.Value", refuse)
    with pytest.raises(ResourceError, match=words + r".*--jobs 0"):
        list(run_restartable(len, ["a"], workers=1, timeout=5))
