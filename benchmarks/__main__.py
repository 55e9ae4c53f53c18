"""``python -m benchmarks``: run every benchmark, or those named, and print its table.

Options behind a single name are those of that benchmark.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py"))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    words = sys.argv[1:]
    options = words[1:] if words and words[0] in NAMES and any(w.startswith("-") for w in words[1:]) else []
    names = parser.parse_args(words[:1] if options else words).names or NAMES
    unknown = set(names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}. Known: {', '.join(NAMES)}")
    for name in names:
        print(f"## {name}", flush=True)
        import_module(f"benchmarks.{name}").main(options)


if __name__ == "__main__":
    main()
