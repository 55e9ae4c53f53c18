"""Milliseconds of a lensed image on one core, beside CosmoSim and lenstronomy where they are installed.

``python -m benchmarks lens_engine --with PYTHON`` takes a Python, of another environment perhaps, that has
CosmoSim and lenstronomy. Each pair of runs is of two processes in turn, bound to one core. The jobs with
CosmoSim are its whole row: image, centring, 8 bit, columns of places and, to m = 5, amplitudes; no file is
written.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks._lens_programs import milliseconds
from benchmarks._table import HEAD, Row, circumstances
from otrain.domains.lenses.physics.amplitudes import amplitudes
from otrain.domains.lenses.physics.centring import centre_image, place_columns
from otrain.domains.lenses.physics.images import quantise
from otrain.domains.lenses.physics.lens_models import SIE, SIS
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import SersicEllipsoid, SphericalGaussian

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                            "NUMBA_NUM_THREADS"), "1")
CASES = {
    "sis": ("SIS, 400 px", "20 x CosmoSim"),
    "amplitudes": ("SIE, SersicEllipsoid, amplitudes to m = 5, 256 px", "20 x CosmoSim"),
    "plain": ("SIE, SersicEllipsoid, 100 px, one ray a pixel", "lenstronomy"),
}


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks lens_engine",
                                     description=__doc__.splitlines()[0])
    parser.add_argument("--with", dest="python", default=sys.executable, metavar="PYTHON",
                        help="Python that has CosmoSim and lenstronomy (this one)")
    parser.add_argument("--pairs", type=int, default=5, metavar="N", help="pairs of runs (5)")
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.case:
        print(milliseconds(globals()[f"_{args.case}"]()))
        return
    print(f"{circumstances()}\n\n{HEAD}", flush=True)
    for case, (title, target) in CASES.items():
        theirs, ours = [], []
        for _ in range(args.pairs):
            theirs += _run([args.python, str(Path(__file__).with_name("_lens_programs.py")), case])
            ours += _run([sys.executable, "-m", "benchmarks", "lens_engine", "--case", case])
        print(Row(title, theirs, ours, target, unit="ms"), flush=True)
    print(f"\namplitudes alone: {milliseconds(_batch()):.2f} us a lens in a batch of 1000, "
          f"{1e3 * milliseconds(_alone()):.0f} us for one lens")


def _run(command):
    """Return the number that a command printed last, in a list, or none."""
    core = {min(os.sched_getaffinity(0))} if hasattr(os, "sched_getaffinity") else None
    bind = (lambda: os.sched_setaffinity(0, core)) if core else None
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True,
                          preexec_fn=bind, check=True)
    return [float(line) for line in done.stdout.splitlines()[-1:]]


def _sis():
    lens, source = SIS(60.0), SphericalGaussian(15.0, 12.0, 7.0)
    return lambda: _row(lens, source, 400, None)


def _amplitudes():
    lens = SIE(30.0, 0.6, np.radians(23))
    source = SersicEllipsoid(15.0, 10.0, np.radians(17), 2.0, 10.0, 12.0, 7.0)
    return lambda: _row(lens, source, 256, 5)


def _row(lens, source, size, order):
    image, centre = centre_image(quantise(trace(lens, source, size)))
    columns = place_columns(lens, source.x, source.y, centre=centre)
    if order is not None:
        amplitudes(lens, columns["xiX"] + centre[0], columns["xiY"] + centre[1], order)
    return image, columns


def _plain():
    lens, source = SIE(30.0, 0.6, 0.4), SersicEllipsoid(15.0, 10.0, 0.3, 2.0, 10.0, 12.0, 7.0)
    return lambda: trace(lens, source, 100)


def _batch():
    rng = np.random.default_rng(0)
    lens = SIE(rng.uniform(10, 50, 1000), rng.uniform(0.2, 0.9, 1000), rng.uniform(0, np.pi, 1000))
    x, y = rng.uniform(20, 80, (2, 1000))
    return lambda: amplitudes(lens, x, y, 5)


def _alone():
    lens = SIE(30.0, 0.6, 0.4)
    return lambda: amplitudes(lens, 40.0, 30.0, 5)


if __name__ == "__main__":
    main()
