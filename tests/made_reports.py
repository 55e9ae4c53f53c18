"""A report and predictions as otrain-train makes them, from a seed."""

from types import SimpleNamespace

import numpy as np
import pytest

from otrain.data.results.calibration import sigmoid
from otrain.evaluation.metrics import binary_metrics_with_intervals, confusion, reliability_bins
from otrain.evaluation.thresholds import threshold_table

KINDS = {0: ["dipole", "cosmic-ray", "hot-column", "ghost"], 1: ["star", "in-host"]}


def _predictions(count=900, *, channels=3, seed=0):
    """Scores of a good network, with the columns of candidates."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    mag = rng.uniform(16, 21.5, count)
    clear = 5.5 - 0.9 * np.clip(mag - 18, 0, None)
    logits = np.where(labels == 1, clear, -3.5) + rng.normal(0, 1.6, count)
    columns = {
        "candid": np.array([f"ZTF{1000 + i}" for i in range(count)]),
        "file": np.array([f"true/c{i}.fits" for i in range(count)]),
        "mag": mag, "mag_err": 0.02 + 0.2 * (mag - 16) / 5.5,
        "band": rng.choice(["g", "r", "i", ""], count, p=[0.5, 0.4, 0.01, 0.09]),
        "fwhm": rng.normal(3.2, 0.5, count),
        "kind": np.array([rng.choice(KINDS[label]) for label in labels]),
    }
    columns["mag"][:40] = np.nan
    subset = np.where(np.arange(count) < count // 2, "validation", "test")
    predictions = SimpleNamespace(columns=columns, labels=labels, logits=logits * 1.8, subset=subset,
                                  scores=sigmoid(logits), meta={"channels": ["science"] * channels})
    return predictions, _reader(labels, channels, seed)


def _reader(labels, channels, seed):
    def read_images(rows):
        y, x = np.mgrid[:31, :31] - 15
        images = []
        for row in rows:
            rng = np.random.default_rng([seed, row])
            image = rng.normal(100, 5, (31, 31, channels))
            source = np.exp(-(x**2 + y**2) / 8)
            image += 80 * (source if labels[row] else np.roll(source, 3, 1) - source)[..., None]
            if row % 5 == 0:
                image[:6] = np.nan
            images.append(image.astype("f4"))
        return np.array(images).reshape(len(rows), 31, 31, channels)
    return read_images


def _report(predictions, *, threshold=0.5):
    """The table that otrain.tasks.classification writes as report.json."""
    parts = {name: predictions.subset == name for name in ("validation", "test")}
    labels, scores, raw = predictions.labels, predictions.scores, sigmoid(predictions.logits)
    epochs = np.arange(1, 13)
    return {
        "schema_version": 1, "name": "ztf_2026", "model_id": "9f" * 32, "otrain_version": "1.0.0",
        "created": "2026-11-22T08:00:00+00:00", "task": "classification", "classes": ["bogus", "real"],
        "calibration": {"method": "temperature", "temperature": 1.8, "examples": 450},
        "counts": {name: {"bogus": int(np.sum(mask & (labels == 0))), "real": int(np.sum(mask & (labels == 1)))}
                   for name, mask in parts.items()},
        "cube_counts": {"seen": 1012, "kept": 1000, "skipped": {"balance": 7, "edge": 3},
                        "quarantined": {"truncated": 2}},
        "history": {"loss": list(0.6 / epochs), "val_loss": list(0.62 / epochs + 0.004 * epochs),
                    "accuracy": list(1 - 0.3 / epochs), "val_accuracy": list(1 - 0.31 / epochs)},
        "threshold": threshold,
        "metrics": {name: binary_metrics_with_intervals(labels[mask], scores[mask], threshold=threshold,
                                                        resamples=30) for name, mask in parts.items()},
        "confusion": {name: confusion(labels[mask], scores[mask], threshold=threshold).tolist()
                      for name, mask in parts.items()},
        "threshold_table": threshold_table(scores[parts["validation"]], labels[parts["validation"]],
                                           scores[parts["test"]], labels[parts["test"]]),
        "reliability": {name: {"before": reliability_bins(labels[mask], raw[mask]),
                               "after": reliability_bins(labels[mask], scores[mask])}
                        for name, mask in parts.items()},
        "versions": {"python": "3.11.7", "keras": "3.15.1", "numpy": "2.4.6"},
        "seeds": {"split": 0, "training": 0}, "notes": ["Calibrated on 450 candidates."],
    }


@pytest.fixture(scope="session")
def make_predictions():
    return _predictions


@pytest.fixture(scope="session")
def make_report():
    return _report
