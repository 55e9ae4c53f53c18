"""otrain-checkinfer on large tables, whole processes: all of it, and the reading alone against astropy.

Run it as ``python -m benchmarks checkinfer``. It writes ``infer_results.dat`` of a million
candidates in otrain-infer's layout and ``crossmatch.dat`` of a fifth as many events into a
temporary folder.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.convert import measure

HEADER = "# filename RA Dec originalFile Xpos Ypos mag magerr FWHM FWHMPSF cand_ID label0 label1\n"
OURS = """
import sys
from otrain.data.tables.read import read_text_table
from otrain.workflows.checkinfer import CANDIDATE_COLUMNS
read_text_table(sys.argv[1], CANDIDATE_COLUMNS)
"""
ASTROPY = """
import sys
from astropy.io import ascii
ascii.read(sys.argv[1], format="{}", guess=False, include_names=["cand_ID", "label1", "FWHM", "FWHMPSF"])
"""


def write_tables(folder, candidates, events, seed=0):
    """Write both tables; the events name as many of the candidates, in no order."""
    rng = np.random.default_rng(seed)
    columns = zip(rng.random(candidates).tolist(), rng.lognormal(1, 0.4, candidates).tolist(),
                  rng.uniform(15, 21, candidates).tolist())
    with open(folder / "infer_results.dat", "w") as file:
        file.write(HEADER)
        file.writelines(f"c{i:07d}.fits {i * 1e-4!r} {-i * 3e-5!r} field{i % 50}.fits {i % 4000 + 0.25} "
                        f"{i % 3000 + 0.5} {mag!r} 0.1 {fwhm!r} 3.1 c{i:07d} {1 - score!r} {score!r}\n"
                        for i, (score, fwhm, mag) in enumerate(columns))
    named = rng.choice(candidates, events, replace=False).tolist()
    with open(folder / "crossmatch.dat", "w") as file:
        file.write("# idx RA Dec mag closest_candID\n")
        file.writelines(f"{i} 1.0 2.0 {mag!r} c{name:07d}\n"
                        for i, (name, mag) in enumerate(zip(named, rng.uniform(15, 22, events).tolist())))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_tables(folder, args.candidates, args.candidates // 5)
        table = folder / "infer_results.dat"
        programs = {
            "otrain-checkinfer": [sys.executable, "-m", "otrain.cli.checkinfer", "--plots", folder,
                                  "--crossmatch", folder, "--infer", folder, "--overwrite"],
            "reading alone": [sys.executable, "-c", OURS, table],
            "astropy, C": [sys.executable, "-c", ASTROPY.format("fast_commented_header"), table],
        }
        rows = {name: [] for name in programs}
        for _ in range(args.repeats):
            for name, program in programs.items():
                rows[name].append(measure(program))
        print(f"{args.candidates} candidates, {table.stat().st_size / 1e6:.0f} MB, median of {args.repeats}\n"
              f"{'':20}{'wall [s]':>10}{'CPU [s]':>10}{'peak [MiB]':>12}")
        for name, measured in rows.items():
            wall, cpu, peak = (statistics.median(column) for column in zip(*measured, strict=True))
            print(f"{name:20}{wall:10.2f}{cpu:10.2f}{peak:12.0f}")


if __name__ == "__main__":
    main()
