"""kill -9 at random instants of convert, infer and train, each continued with --resume.

Counts what ended otherwise than a run that was never killed, and files at final names that were
not complete right after a kill. Run it as ``python -m benchmarks kills --times 100``; with
``--signal TERM`` it asks the commands to stop instead, and says how long that took. With ``--calls N`` the
kills come before or after one of the first N renames, links, removals and fsyncs, every second one of the
whole process group.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

CHAIN = 4  # at most so many kills before a run may end


def main(argv=None):
    from kills import JOBS, prepare

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100, help="kills of each command")
    parser.add_argument("--commands", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--files", type=int, default=400, help="cutouts that are converted and scored")
    parser.add_argument("--signal", choices=("KILL", "TERM"), default="KILL")
    parser.add_argument("--calls", type=int, metavar="N", help="kill at system calls, not at random instants")
    parser.add_argument("--minutes", type=float, default=60, help="at most, for each command")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="otrain-kills-") as folder:
        folder = Path(folder)
        (folder / "source").mkdir()
        prepare(folder / "source", args.files)
        for name in args.commands:
            print(f"{name}: {describe(count(name, folder, args))}", flush=True)


def count(name, folder, args):
    """Return what became of all kills of one command."""
    from kills import JOBS, kill_and_continue, kill_at_calls, run_whole

    job, rng, begun = JOBS[name], np.random.default_rng(args.seed), time.monotonic()
    expected, seconds = run_whole(job, folder / "source", folder / f"{name}-whole")
    if job.waits_for:  # the start of TensorFlow is most of the time, and has nothing to lose
        seconds = min(seconds, 3.0)
    total = Counter()
    while total["kills"] < args.times and time.monotonic() - begun < 60 * args.minutes:
        places, kills = (folder / "source", folder / f"{name}-{total['runs']}"), args.times - total["kills"]
        if args.calls:
            found = kill_at_calls(job, *places, expected, kills=min(CHAIN, kills), most=args.calls, rng=rng)
        else:
            found = kill_and_continue(job, *places, expected, seconds, kills=min(CHAIN, kills), rng=rng,
                                      number=signal.Signals[f"SIG{args.signal}"])
        slowest = max(total.pop("slowest", 0), found.pop("slowest", 0))
        total += found
        total["slowest"] = slowest
        total["runs"] += 1
    total["seconds"] = round(time.monotonic() - begun)
    return total


def describe(total):
    return (f"{total['kills']} kills ({total['of the group']} of the group) in {total['runs']} runs, "
            f"{total['differences']} ended otherwise, {total['partial']} incomplete files at final names, "
            f"{total['failures']} failed to continue, {total['killed at the very end']} killed when all was "
            f"written; the slowest end took {total['slowest'] / 1000:.1f} s; {total['seconds']} s")


if __name__ == "__main__":
    main()
