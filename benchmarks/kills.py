"""kill -9 of every command that works for long, at random instants and at chosen system calls.

Each command is killed where nothing is and over an older result (``--overwrite``), and continued until it
ends. Counted are files at final names that are neither the older nor the new one right after a kill, files
of both beside each other that do not say so, and results that differ from those of a run that was never
killed. Run it as ``python -m benchmarks kills --times 100``: half of the runs are killed at random instants,
half before or after a rename, link, removal or fsync, half of those with the whole process group. With
``--signal TERM`` the commands are asked to stop instead, and the time that takes is told.
"""

import argparse
import signal
import sys
import tempfile
import time
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
    parser.add_argument("--minutes", type=float, default=60, help="at most, for each command")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="otrain-kills-") as folder:
        folder = Path(folder)
        (folder / "source").mkdir()
        prepare(folder / "source", args.files, network="grad-cam" in args.commands)
        for name in args.commands:
            for overwrite in (False, True):
                how = "over an older result" if overwrite else "fresh"
                found = count(name, folder, args, overwrite)
                print(f"{name}, {how}: {describe(found)}", flush=True)


def count(name, folder, args, overwrite):
    """Return what became of half of the kills of one command."""
    from kills import JOBS, Campaign

    begun, number = time.monotonic(), signal.Signals[f"SIG{args.signal}"]
    campaign = Campaign(JOBS[name], folder / "source", folder / f"{name}-{overwrite}",
                        np.random.default_rng([args.seed, overwrite]), overwrite=overwrite)
    half, runs = args.times // 2, 0
    while campaign.found["kills"] < half and time.monotonic() - begun < 30 * args.minutes:
        left = min(CHAIN, half - campaign.found["kills"])
        campaign.run(left, at_calls=args.signal == "KILL" and runs % 2 == 1, number=number)
        runs += 1
        print(f"{name}: {campaign.found['kills']} of {half} kills, {runs} runs", file=sys.stderr, flush=True)
    campaign.found["runs"], campaign.found["seconds"] = runs, round(time.monotonic() - begun)
    return campaign.found


def describe(found):
    return (f"{found['kills']} kills ({found['at calls']} at calls, {found['of the group']} of the group) in "
            f"{found['runs']} runs: {found['partial']} partial, {found['mixed']} mixed, "
            f"{found['different']} ended otherwise, {found['failures']} failed to continue; "
            f"{found['all was written']} when all was written; the slowest end took "
            f"{found['slowest'] / 1000:.1f} s; {found['seconds']} s")


if __name__ == "__main__":
    main()
