"""otrain-convert against a plain loop in O'TRAIN's manner: whole processes, alternating, one machine.

Run it as ``python benchmarks/convert.py``. It writes cutouts in O'TRAIN's
flavour into a temporary folder, then times both programs in turn, with wall
and CPU time and peak memory from ``os.wait4``, and shows peak memory of
otrain-convert at two sizes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

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


def measure(command):
    """Return wall time [s], CPU time [s] and peak memory of the largest process [MiB]."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jobs", type=int, help="workers of otrain-convert [cores]")
    parser.add_argument("--no-contact-sheet", action="store_true")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_cutouts(folder / "all", args.files)
        write_cutouts(folder / "fifth", args.files // 5)
        extra = ["--jobs", str(args.jobs)] if args.jobs is not None else []
        extra += ["--no-contact-sheet"] if args.no_contact_sheet else []

        def ours(name):
            return [sys.executable, "-m", "otrain.cli.convert", "--cutouts", folder / name, "--path-datacube",
                    folder, "--overwrite", *extra]

        plain = [sys.executable, "-c", PLAIN_LOOP, folder / "all", folder / "plain.npz"]
        runs = {"plain loop": [], "otrain-convert": []}
        for _ in range(args.repeats):
            runs["plain loop"].append(measure(plain))
            runs["otrain-convert"].append(measure(ours("all")))
        small = measure(ours("fifth"))
    print(f"{args.files} cutouts of 64x64 float32, median of {args.repeats}")
    print(f"{'':16}{'wall [s]':>10}{'CPU [s]':>10}{'peak [MiB]':>12}")
    median = {name: [statistics.median(column) for column in zip(*rows, strict=True)]
              for name, rows in runs.items()}
    for name, (wall, cpu, peak) in median.items():
        print(f"{name:16}{wall:10.2f}{cpu:10.2f}{peak:12.0f}")
    ratios = [slow[0] / fast[0] for slow, fast in zip(*runs.values(), strict=True)]
    print(f"ratio of wall times {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")
    print(f"peak of otrain-convert at {args.files // 5} cutouts: {small[2]:.0f} MiB")


if __name__ == "__main__":
    main()
