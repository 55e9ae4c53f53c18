"""otrain-convert against a plain loop in O'TRAIN's manner: whole processes, alternating, one machine.

Run it as ``python benchmarks/convert.py``. It writes cutouts in O'TRAIN's
flavour into a temporary folder, then times both programs in turn, with wall
and CPU time and peak memory from ``os.wait4``, and shows peak memory of
otrain-convert at two sizes.
"""

import argparse
import atexit
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks._table import Row, ratios, spread

PLAIN_LOOP = '''
import sys
from pathlib import Path
import numpy as np
from astropy.io import fits

cube, labels, mags, errmags, filters, fwhms, candids = [], [], [], [], [], [], []
for label, folder in ((1, "true"), (0, "false")):
    for path in (Path(sys.argv[1]) / folder).glob("*.fits"):
        hdus = fits.open(path, memmap=False)
        header = hdus[0].header
        if header["EDGE"] == "False":
            cube.append(hdus[0].data)
            labels.append(label)
            mags.append(header["MAG"])
            errmags.append(header["MAGERR"])
            filters.append(header["FILTER"])
            fwhms.append(header["FWHM"])
            candids.append(header["CANDID"])
        hdus.close()
cube = np.asarray(cube)[..., None]
np.savez(sys.argv[2], cube=cube, labels=labels, mags=mags, errmags=errmags, filters=filters,
         fwhms=fwhms, candids=candids)
'''


def write_cutouts(folder, count, side=64, seed=0):
    """Write `count` single-extension cutouts, half under true/, half under false/."""
    from astropy.io import fits

    rng = np.random.default_rng(seed)
    for label in ("true", "false"):
        (folder / label).mkdir(parents=True)
    header = fits.PrimaryHDU(np.zeros((side, side), ">f4")).header
    for key, value in (("CANDID", "cand_00000000"), ("MAG", 18.0), ("MAGERR", 0.1), ("FILTER", "r"),
                       ("FWHM", 3.0), ("EDGE", "False")):
        header[key] = value
    for i in range(count):
        header["CANDID"], header["MAG"] = f"cand_{i:08d}", round(rng.uniform(15, 21), 3)
        data = header.tostring().encode() + rng.normal(size=(side, side)).astype(">f4").tobytes()
        name = folder / ("true" if i % 2 else "false") / f"cand_{i:08d}.fits"
        name.write_bytes(data + bytes(-len(data) % 2880))


@cache
def environment():
    """Return the environment of every measured process: bytecode is kept, as pip leaves it."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": folder.name, "TF_CPP_MIN_LOG_LEVEL": "3"}


def measure(command):
    """Return wall time [s], CPU time [s] and peak memory of the largest process [MiB]."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def paired(slow, fast, repeats):
    """Measure two commands in turn, after one run of each that does not count; return both lists."""
    runs = [], []
    for number in range(repeats + 1):
        for command, results in zip((slow, fast), runs, strict=True):
            one = measure(command)
            if number:
                results.append(one)
    return runs


def compare(folder, files, repeats, extra=()):
    """Return the runs of the plain loop, of otrain-convert, and one of the latter on a fifth of the files."""
    write_cutouts(folder / "all", files)
    write_cutouts(folder / "fifth", files // 5)

    def ours(name):
        return [sys.executable, "-m", "otrain.cli.convert", "--cutouts", folder / name, "--path-datacube",
                folder, "--overwrite", *extra]

    plain = [sys.executable, "-c", PLAIN_LOOP, folder / "all", folder / "plain.npz"]
    slow, fast = paired(plain, ours("all"), repeats)
    return slow, fast, measure(ours("fifth"))


def processor_time(slow, fast):
    """Return the CPU times in words; their ratio is less disturbed by others on the machine."""
    slow, fast = (statistics.median(run[1] for run in runs) for runs in (slow, fast))
    return f"CPU {slow:.3g} against {fast:.3g} s"


def rows(folder, *, quick):
    """Yield the rows of the one table."""
    files = 4000 if quick else 20_000
    slow, fast, small = compare(folder, files, 3)
    peak = statistics.median(run[2] for run in fast)
    yield Row(f"convert {files:,} files of 64x64", [run[0] for run in slow], [run[0] for run in fast], "6",
              note=f"{processor_time(slow, fast)}; peak {small[2]:.0f} MiB at a fifth of them, "
                   f"{peak:.0f} MiB at all")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jobs", type=int, help="workers of otrain-convert [cores]")
    parser.add_argument("--no-contact-sheet", action="store_true")
    args = parser.parse_args(argv)
    extra = ["--jobs", str(args.jobs)] if args.jobs is not None else []
    extra += ["--no-contact-sheet"] if args.no_contact_sheet else []
    with tempfile.TemporaryDirectory() as folder:
        slow, fast, small = compare(Path(folder), args.files, args.repeats, extra)
    print(f"{args.files} cutouts of 64x64 float32, median of {args.repeats}")
    show({"plain loop": slow, "otrain-convert": fast})
    print(f"peak of otrain-convert at {args.files // 5} cutouts: {small[2]:.0f} MiB")


def show(runs):
    """Print the medians of two sides and the ratio of their wall times, pair by pair."""
    print(f"{'':16}{'wall [s]':>10}{'CPU [s]':>10}{'peak [MiB]':>12}")
    for name, results in runs.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*results, strict=True))
        print(f"{name:16}{wall:10.3f}{cpu:10.3f}{peak:12.0f}")
    slow, fast = ([run[0] for run in results] for results in runs.values())
    print(f"ratio of wall times {spread(ratios(slow, fast))}")


if __name__ == "__main__":
    main()
