"""otrain-plot-results on a million scored candidates: judging and drawing, without the scoring.

Run it as ``python -m benchmarks plot_results``. The scores are drawn at random and handed
over in place of stored ones, so that no cube of a million images is needed.
"""

import argparse
import resource
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def predictions(count, seed=0):
    """Return scores and columns of as many candidates, a tenth of them real."""
    from otrain.data.results.predictions import Predictions

    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.1).astype(int)
    logits = rng.normal(6.0 * labels - 3, 1.5)
    columns = {"mag": rng.uniform(15, 22, count), "mag_err": rng.uniform(0, 0.3, count),
               "fwhm": rng.lognormal(1.1, 0.2, count), "fwhm_psf": np.full(count, 3.0),
               "band": rng.choice(["g", "r", "i"], count),
               "kind": rng.choice(["dipole", "ghost", "streak"], count)}
    return Predictions(columns, labels, logits, 1 / (1 + np.exp(-logits / 1.3)), np.full(count, "test"))


def main(argv=None):
    from otrain.answers.answer import Replies
    from otrain.data.results.calibration import ScoreSettings
    from otrain.workflows import plot_results as module

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=1_000_000)
    args = parser.parse_args(argv)
    given = predictions(args.candidates)
    facts = {"judged": "test", "name": "random", "classes": ["bogus", "real"], "notes": [],
             "domain": "transients", "task": "classification"}
    cube = SimpleNamespace(classes=("bogus", "real"), path="cube")
    replies = Replies(cube, np.arange(args.candidates), [0], given)
    network = SimpleNamespace(answer="scores", settings=ScoreSettings())
    module.open_network = lambda model: network
    module.scored = lambda cube, model, store: nullcontext((replies, network, facts))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        done = module.plot_results("cube", "network", out=Path(folder) / "plots")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{args.candidates} candidates, {len(done.figures)} figures: wall {wall:.1f} s, CPU {cpu:.1f} s, "
          f"peak {peak:.0f} MiB ({before:.0f} before)")


if __name__ == "__main__":
    main()
