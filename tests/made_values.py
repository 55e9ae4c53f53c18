"""Replies about numbers made by hand, whose errors and correlations are known, with a cube and what judges them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from otrain.answers.answer import Replies
from otrain.catalogue import ANSWERS, DOMAINS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.predictions import Predictions
from otrain.data.results.value_encoding import ValueEncoding
from otrain.domains.domain import TaskRules

SIDE = 12
NAMES, UNITS = ("theta_e", "e1", "alpha[1][0]"), ("arcsec", "", "pix")
CORRELATION = np.array([[1, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 1]])
# What the network says, by the name of a case.
TELLS = ("values", "deviations", "correlations")
FACTS = {"name": "made", "otrain_version": "0", "created": "2026-01-02T03:04:05+00:00", "cube_counts": {}, "versions": {},
         "seeds": {"seed": 0}, "history": {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7], "r2": [0.1, 0.5], "val_r2": [0, 0.4]},
         "channels": [], "notes": ["said before"], "cube": {"name": "made"}, "trained_on": {"examples": 100}}


def redraw(values, columns, channels, recipe):
    """Draw a disc whose brightness is the first number: what a domain may offer."""
    y, x = np.indices((SIDE, SIDE)) - SIDE // 2
    disc = (x**2 + y**2 < 9).astype(float)
    drawn = np.asarray(next(iter(values.values())))[:, None, None, None] * disc[..., None]
    return np.where(np.arange(len(drawn))[:, None, None, None] == 0, np.nan, drawn)  # the first cannot be drawn


def made_values(folder, *, count=3, tells="deviations", examples=240, seed=0, drawn=True, wider=1.0, unknown=0):
    """Return answer, domain, task, replies and the truth of a made network that knows its errors.

    `wider`: how much larger the errors are than the network says. `unknown`: rows without any truth.
    """
    rng, names, units = np.random.default_rng(seed), NAMES[:count], UNITS[:count]
    truth = np.stack([rng.uniform(0.5, 2, examples), rng.normal(0, 0.2, examples), np.sinh(rng.normal(0, 2.5, examples))], axis=1)
    encoding = ValueEncoding(names, units, ("linear", "linear", "asinh")[:count], (1.0, 1.0, 1.0)[:count],
                             (1.25, 0.0, 0.0)[:count], (0.43, 0.2, 2.5)[:count])
    truth = truth[:, :count]
    snr = rng.uniform(5, 50, examples)
    width = np.tile(2 / snr[:, None], (1, count))  # encoded
    errors = rng.multivariate_normal(np.zeros(count), CORRELATION[:count, :count], examples)
    value = encoding.decode(encoding.encode(truth) - wider * width * errors)
    parts = [value]
    if tells != "values":
        parts.append(width / encoding.slope(value))
    if tells == "correlations":
        rows, columns = np.tril_indices(count, -1)
        parts.append(np.tile(CORRELATION[rows, columns], (examples, 1)))
    truth[:unknown] = np.nan
    images = rng.normal(0, 0.1, (examples, SIDE, SIDE, 1))
    images += np.nan_to_num(redraw({"a": truth[:, 0]}, {}, ["image"], {}))
    columns = {"candid": np.array([f"c{n}" for n in range(examples)]), "file": np.array([f"image-{n}.png" for n in range(examples)]),
               "snr": snr, "size": rng.uniform(0, 1, examples), **dict(zip(names, truth.T))}
    meta = {"domain": "transients", "task": "classification", "classes": [], "channels": ["image"],
            "targets": [{"name": name, "column": name, "shape": [], "unit": unit} for name, unit in zip(names, units)]}
    path = folder / f"numbers-{tells}-{unknown}-{drawn}.npz"
    write_cube(path, [images.astype(np.float32)], labels=np.full(examples, -1), columns=columns, meta=meta).close()
    cube = open_cube(path)
    subset = np.where(np.arange(examples) % 2 == 0, "validation", "test")
    predictions = Predictions(dict(cube.columns), np.full(examples, -1), np.concatenate(parts, axis=1),
                              np.full(examples, np.nan), subset, {})
    domain = DOMAINS.load("transients")
    domain = replace(domain, cube=replace(domain.cube, numbers=("theta_e", "snr", "size", "absent")), tasks={
        "regression": TaskRules(model="compact", redraw=redraw if drawn else None)})
    return SimpleNamespace(
        answer=ANSWERS.load("values"), domain=domain, task=SimpleNamespace(name="regression"), truth=truth, width=width,
        names=names, folder=folder, labels=np.zeros(examples, int), classes=(), count=examples,
        replies=Replies(cube, np.arange(examples), [0], predictions, encoding.to_dict()))


def judged(made, *, calibration=None, **facts):
    """Return the same with what validation decides and the judgement."""
    made.settled = made.answer.settle(made.replies, made.domain, made.task, calibration=calibration, threshold=0.5,
                                      class_weight="none")
    made.replies.predictions.scores = np.asarray(made.settled.scores, float)
    made.judgement = made.answer.judge(made.replies, made.settled.settings, made.domain, made.task, FACTS | facts, seed=0,
                                       material=made.settled.material)
    return made
