"""otrain-doctor on a cube folder of random candidates: time for each, and memory.

Run it as ``python -m benchmarks doctor``. Each candidate is noise, its columns
are random; the cube is made in a temporary folder first (a million of 31x31 pixel: 3.9 GB).
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

SIDE = 31


def make_cube(path, count, seed=0):
    """Write a cube folder of as many candidates."""
    from otrain.data.cubes.datacube import write_cube

    rng = np.random.default_rng(seed)

    def batches(size=10_000):
        for start in range(0, count, size):
            yield rng.standard_normal((min(size, count - start), SIDE, SIDE, 1), np.float32)

    numbers = np.arange(count).astype(str)
    columns = {"candid": np.char.add("c", numbers), "file": np.char.add("f", numbers),
               "mag": rng.uniform(15, 22, count), "band": rng.choice(["g", "r"], count),
               "ra": rng.uniform(0, 360, count), "dec": rng.uniform(-60, 60, count),
               "mjd": 60000 + rng.uniform(0, 1000, count)}
    write_cube(path, batches(), labels=rng.integers(0, 2, count), columns=columns, meta={},
               store="folder").close()


def main(argv=None):
    from otrain.workflows.doctor import doctor

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=200_000)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        make_cube(Path(folder) / "cube", args.candidates)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, cpu = time.perf_counter(), time.process_time()
        result, _ = doctor(Path(folder) / "cube", out=Path(folder) / "doctor")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{result['examples']} candidates {SIDE}x{SIDE}: wall {wall:.1f} s, CPU {cpu:.1f} s, "
          f"peak {peak:.0f} MiB ({before:.0f} before)")


if __name__ == "__main__":
    main()
