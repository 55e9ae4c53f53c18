"""Convert and infer over thousands of broken files of every domain: what is lost, hangs or comes out changed.

Files are written from a seed by ``tests/fault_corpus``: flavours of candidate files, light curves and images
of lenses times ways to break them, beside pipes, links and folders. Then sound files alone while the machine
is busy, files that all carry checksums, the same without, and our own data cubes.
Run it as ``python -m benchmarks faults --files 10000``, or with ``--domains lenses`` for that alone.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

BYTES = ("truncate_block", "truncate_anywhere", "zero_run", "noise", "one_bit", "insert", "delete",
         "repeat_block", "endian_swap", "noise_card", "lie", "wrong_type", "not_ascii")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="of the corpus, all domains together")
    parser.add_argument("--domains", nargs="+", choices=SHARES, default=list(SHARES), help="of the corpus")
    parser.add_argument("--sound", type=int, default=1_000, help="sound files on a busy machine")
    parser.add_argument("--loops", type=int, default=10, help="that keep the machine busy")
    parser.add_argument("--checksummed", type=int, default=4_000, help="files with checksums")
    parser.add_argument("--cubes", type=int, default=1_000, help="broken data cubes of each store")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--nice", type=int, default=0, help="how much others go before the commands")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        whole = sum(SHARES[domain] for domain in args.domains)
        for domain in args.domains:
            if args.files:
                corpus(folder / "corpus" / domain, domain, round(SHARES[domain] / whole * args.files), args)
        for domain in args.domains:
            if args.sound:
                busy(folder / "sound" / domain, domain, args.sound // len(args.domains), args)
        if args.checksummed:
            checksums(folder / "sums", args)
        if args.cubes:
            cubes(folder / "cubes", args)


SHARES = {"transients": 7, "lightcurves": 3, "lenses": 10}  # of the files


def _writer(domain):
    from fault_corpus import write_corpus
    from fault_corpus.curves import write_curves
    from fault_corpus.lenses import write_lenses

    return {"transients": write_corpus, "lightcurves": write_curves, "lenses": write_lenses}[domain]


def _run(written, folder, args, **options):
    from fault_corpus.verdict import COMMANDS, run

    verdicts = {}
    for command in COMMANDS:
        (folder / command).mkdir(parents=True)
        verdicts[command] = run(command, written, folder / "in", folder / command, jobs=args.jobs,
                                **{"nice": args.nice, **options})
    return verdicts


def corpus(folder, domain, count, args):
    """Print what convert and infer made of a corpus."""
    written = _writer(domain)(folder / "in", count, args.seed)
    verdicts = _run(written, folder, args)
    print(f"{domain}: {len(written.names)} files, seed {args.seed}, {args.jobs} workers")
    rows = {"exit code (3: some quarantined)": lambda v: v.code, "seconds": lambda v: round(v.seconds, 1),
            "kept examples": lambda v: v.kept, "crashes of the run": lambda v: int(v.crashed),
            "workers killed by a decoder": lambda v: v.reasons["decoder-crash"],
            "hangs (timeout)": lambda v: v.hung, "unaccounted": lambda v: len(v.unaccounted),
            f"lost of {len(written.good)} sound files": lambda v: len(v.lost),
            "values that are not finite": lambda v: v.infinite,
            "largest peak of a process [MiB]": lambda v: v.memory >> 20}
    reasons = sorted(set().union(*(v.reasons for v in verdicts.values())))
    rows |= {f"  {reason}": lambda v, reason=reason: v.reasons[reason] for reason in reasons}
    rows |= {f"  skipped: {reason}": lambda v, reason=reason: v.skipped[reason] for reason in
             sorted(set().union(*(v.skipped for v in verdicts.values())))}
    print(f"{'':36}" + "".join(f"{name:>10}" for name in verdicts))
    for title, value in rows.items():
        print(f"{title:36}" + "".join(f"{value(v):>10}" for v in verdicts.values()))
    for name, verdict in verdicts.items():
        for word, wrong in (("unaccounted", verdict.unaccounted), ("lost", verdict.lost)):
            if wrong:
                print(f"{name}, {word}: {wrong[:10]}")
    if domain != "lightcurves":
        silent(written, verdicts["convert"], "corpus")


def busy(folder, domain, count, args):
    """Print how many sound files are lost when the machine has five times as many jobs as cores."""
    from fault_corpus import NOTHING

    written = _writer(domain)(folder / "in", count, args.seed, mutators=[NOTHING], places=False)
    loop = ["nice", "-n", "19", sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(args.loops)]
    try:
        verdicts = _run(written, folder, args, nice=19)  # as low as those beside it
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    for name, verdict in verdicts.items():
        print(f"{domain}, {name}, {len(written.good)} sound files beside {args.loops} busy loops of the same "
              f"priority: lost {len(verdict.lost)}, exit code {verdict.code}, {verdict.seconds:.0f} s "
              f"{verdict.lost[:3] or ''}")


def silent(written, verdict, name):
    """Print how many damaged files gave changed pixels without a word."""
    for checked in (True, False):
        total = sum(case.damaged and case.checked is checked for case in written.cases)
        if total:
            wrong = [case for case in verdict.changed if case.checked is checked]
            kinds = Counter(f"{case.flavour}/{case.mutator}" for case in wrong).most_common(4)
            print(f"{name}, {'with' if checked else 'without'} checksum: {len(wrong)} of {total} damaged "
                  f"files ({len(wrong) / total:.2%}) gave changed pixels without a word {dict(kinds) or ''}")


def checksums(folder, args):
    """Print silent changes among files that all carry checksums, and among the same without."""
    from fault_corpus import write_corpus
    from fault_corpus.verdict import run

    for checksum in (True, False):
        here = folder / str(checksum)
        written = write_corpus(here / "in", args.checksummed, args.seed + 1, mutators=BYTES,
                               checksum=checksum, places=False)
        (here / "out").mkdir()
        silent(written, run("convert", written, here / "in", here / "out", jobs=args.jobs, nice=args.nice),
               f"{args.checksummed} files of damage to bytes")


def cubes(folder, args):
    """Print what opening a data cube with damage to one of its files says."""
    from fault_corpus import DAMAGE

    from otrain.data.cubes.datacube import open_cube, write_cube
    from otrain.errors import OtrainError

    rng = np.random.default_rng(args.seed)
    images, mags = rng.normal(size=(50, 21, 21, 1)).astype(np.float32), rng.normal(size=50)
    folder.mkdir()
    found = Counter()
    for store, name in (("folder", "cube"), ("npz", "cube.npz"), ("h5", "cube.h5")):
        path = folder / name
        write_cube(path, [images], labels=np.arange(50) % 2, columns={"mag": mags}, meta={},
                   store=store).close()
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for i in range(args.cubes):
            file, damage = files[i % len(files)], DAMAGE[BYTES[i % 9]]
            good = file.read_bytes()
            file.write_bytes(damage(good, rng))
            try:
                with open_cube(path, verified=True) as cube:
                    same = (np.array_equal(cube.read(np.arange(len(cube))), images)
                            and np.array_equal(cube.columns["mag"], mags))
                found[store, "opened, as it was" if same else "opened, CHANGED"] += 1
            except OtrainError:
                found[store, "refused"] += 1
            file.write_bytes(good)
    for (store, fate), count in sorted(found.items()):
        print(f"{args.cubes} data cubes as {store} with damage to one file: {fate} {count}")


if __name__ == "__main__":
    main()
