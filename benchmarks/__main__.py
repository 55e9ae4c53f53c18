"""``python -m benchmarks``: run every benchmark, or those named, and print its table."""

import argparse
from importlib import import_module
from pathlib import Path

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py"))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    names = parser.parse_args().names or NAMES
    unknown = set(names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}. Known: {', '.join(NAMES)}")
    for name in names:
        print(f"## {name}", flush=True)
        import_module(f"benchmarks.{name}").main([])


if __name__ == "__main__":
    main()
