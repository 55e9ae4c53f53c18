"""Convert and infer over thousands of broken files: what is lost, hangs, or comes out changed.

Files are written from a seed by ``tests/fault_corpus``: 18 flavours of candidate files times 57
ways to break them, beside pipes, links and folders. Then the same for files that all carry
checksums, and for the shards of a cube folder. Run it as ``python -m benchmarks faults --files 10000``.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

BYTES = ("truncate_block", "truncate_anywhere", "zero_run", "noise", "one_bit", "insert", "delete", "repeat_block",
         "endian_swap", "noise_card", "lie", "wrong_type", "not_ascii")  # what happens to any file


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="of the corpus (default: %(default)s)")
    parser.add_argument("--checksummed", type=int, default=4_000, help="files with checksums (default: %(default)s)")
    parser.add_argument("--shards", type=int, default=1_000, help="broken cube folders (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        corpus(folder / "corpus", args)
        checksums(folder / "sums", args)
        shards(folder / "shards", args)


def corpus(folder, args):
    """Print what convert and infer made of a corpus."""
    from fault_corpus import write_corpus
    from fault_corpus.verdict import SLOWEST, run_convert, run_infer

    written = write_corpus(folder / "in", args.files, args.seed)
    verdicts = {"convert": run_convert(written, folder / "in", folder, jobs=args.jobs),
                "infer": run_infer(written, folder / "in", folder, jobs=args.jobs)}
    print(f"{len(written.names)} files, seed {args.seed}, {args.jobs} workers")
    rows = {"exit code (3: some quarantined)": lambda v: v.code, "seconds": lambda v: round(v.seconds, 1),
            "kept examples": lambda v: v.kept, "crashes of the run": lambda v: int(v.code not in (0, 3)),
            "workers killed by a decoder": lambda v: v.reasons["decoder-crash"],
            f"hangs over {SLOWEST:g} s": lambda v: v.hung, "unaccounted": lambda v: v.unaccounted}
    reasons = sorted(set().union(*(v.reasons for v in verdicts.values())))
    rows |= {f"  {reason}": lambda v, reason=reason: v.reasons[reason] for reason in reasons}
    rows |= {f"  skipped: {reason}": lambda v, reason=reason: v.skipped[reason] for reason in
             sorted(set().union(*(v.skipped for v in verdicts.values())))}
    print(f"{'':36}" + "".join(f"{name:>10}" for name in verdicts))
    for title, value in rows.items():
        print(f"{title:36}" + "".join(f"{value(v):>10}" for v in verdicts.values()))
    silent(written, verdicts["convert"], "corpus")


def silent(written, verdict, name):
    """Print how many damaged files gave changed pixels without a word."""
    for checked in (True, False):
        total = sum(case.damaged and case.checked is checked for case in written.cases)
        if total:
            wrong = [case for case in verdict.changed if case.checked is checked]
            kinds = Counter(f"{case.flavour}/{case.mutator}" for case in wrong).most_common(4)
            print(f"{name}, {'with' if checked else 'without'} checksum: {len(wrong)} of {total} damaged files "
                  f"({len(wrong) / total:.2%}) with changed pixels and no word {dict(kinds) if kinds else ''}")


def checksums(folder, args):
    """Print silent changes among files that all carry checksums, and among the same without."""
    from fault_corpus import write_corpus
    from fault_corpus.verdict import run_convert

    for checksum in (True, False):
        here = folder / str(checksum)
        written = write_corpus(here / "in", args.checksummed, args.seed + 1, mutators=BYTES, checksum=checksum,
                               places=False)
        silent(written, run_convert(written, here / "in", here, jobs=args.jobs),
               f"{args.checksummed} files of damage to bytes")


def shards(folder, args):
    """Print what a cube folder with broken shards is worth: opened and verified, each time."""
    from otrain.data.datacube import open_cube, write_cube
    from otrain.errors import OtrainError

    rng = np.random.default_rng(args.seed)
    images = rng.normal(size=(50, 21, 21, 1)).astype(np.float32)
    folder.mkdir()
    write_cube(folder / "cube", [images], labels=np.arange(50) % 2, columns={"mag": np.arange(50.0)}, meta={},
               store="folder", count=50) if False else _write(write_cube, folder / "cube", images)
    files = sorted(path for path in (folder / "cube").iterdir())
    found = Counter()
    from fault_corpus import DAMAGE
    for i in range(args.shards):
        path, damage = files[i % len(files)], DAMAGE[BYTES[:9][i % 9]]
        good = path.read_bytes()
        bad = damage(good, rng)
        path.write_bytes(bad)
        try:
            with open_cube(folder / "cube") as cube:
                cube.verify()
                same = np.array_equal(cube.read(np.arange(len(cube))), images)
            found["unchanged" if bad == good or same else "silent"] += 1
        except OtrainError:
            found["refused"] += 1
        path.write_bytes(good)
    print(f"{args.shards} cube folders with one broken file: {dict(found)}")


if __name__ == "__main__":
    main()
