"""Judgement of a million scores by otrain-diagnostics: CPU time and memory, without pictures of cutouts.

Run it as ``python -m benchmarks diagnostics``. Measured on one core of a busy 2-core
machine for a million rows: metrics with intervals 1.6 s, figures and page 3.9 s, 0.30 GB
at the peak. Every misclassified cutout costs 1.4 ms more.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def scores_of(count, seed=0):
    """Return predictions of candidates, three in ten real."""
    from otrain.data.results.calibration import sigmoid
    from otrain.data.results.predictions import Predictions

    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.3).astype(int)
    logits = 2 * rng.normal(size=count) + 3 * (2 * labels - 1)
    columns = {"candid": np.arange(count).astype("<U12"), "mag": rng.uniform(15, 22, count),
               "mag_err": rng.uniform(0, 0.3, count), "band": rng.choice(["g", "r", "i"], count)}
    return Predictions(columns, labels, logits, sigmoid(logits), np.full(count, "test"))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(argv).rows
    from otrain.answers.answer import Replies
    from otrain.answers.scores.judgement import judge_scores
    from otrain.answers.scores.page import write_training_report
    from otrain.data.results.calibration import ScoreSettings

    predictions = scores_of(rows)

    def read_images(some):
        return np.random.default_rng(0).normal(size=(len(some), 63, 63, 1))

    start = time.process_time()
    cube = SimpleNamespace(classes=("bogus", "real"), path="random")
    report = judge_scores(Replies(cube, np.arange(rows), [0], predictions), ScoreSettings(), {})
    judged = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_training_report(Path(folder) / "report.html", report, predictions, read_images)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{rows} rows, CPU time: metrics with intervals {judged - start:.1f} s, figures and page "
          f"{done - judged:.1f} s; peak {peak:.2f} GB")


if __name__ == "__main__":
    main()
