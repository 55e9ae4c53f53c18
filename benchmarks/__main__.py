"""``python -m benchmarks``: the one table of performance, or the benchmarks that are named.

Without a name every job of the table is done in turn with its baseline; ``--quick`` does
smaller ones, ``--only`` some. Options behind a single name are those of that benchmark.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks._table import HEAD, circumstances

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py"))
TABLE = ("convert", "infer", "grad_cam", "train")  # the longest last


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"instead of the table: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="a table of smaller jobs")
    parser.add_argument("--only", nargs="+", choices=TABLE, default=TABLE, help="a table of fewer jobs")
    words = sys.argv[1:]
    options = words[1:] if words and words[0] in NAMES and any(w.startswith("-") for w in words[1:]) else []
    args = parser.parse_args(words[:1] if options else words)
    unknown = set(args.names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}. Known: {', '.join(NAMES)}")
    for name in args.names:
        print(f"## {name}", flush=True)
        import_module(f"benchmarks.{name}").main(options)
    if not args.names:
        table(args.only, quick=args.quick)


def table(jobs, *, quick):
    """Print the one table, each row when its job is done."""
    print(f"{circumstances()}\n\n{HEAD}", flush=True)
    for name in jobs:
        with tempfile.TemporaryDirectory() as folder:
            for row in import_module(f"benchmarks.{name}").rows(Path(folder), quick=quick):
                print(row, flush=True)


if __name__ == "__main__":
    main()
