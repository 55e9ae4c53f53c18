"""Forty light curves, their cube, and one small network that finds events in it: made once."""

import fcntl
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

STEP = 1 / 24  # d
SMALL = {"epochs": 40, "batch_size": 4, "learning_rate": 0.02, "frac": 0.25, "test_frac": 0.25, "seed": 1,
         "architecture": "unet3p", "augment": (), "options": {"depth": 2, "features": 4, "kernel": 5}}
HEAD = ("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: object_id, datatype: string}\n"
        "# - {name: t0, unit: d, datatype: float64}\n# - {name: period, unit: d, datatype: float64}\n"
        "# - {name: duration, unit: h, datatype: float64}\n# - {name: depth, datatype: float64}\n"
        "# - {name: kind, datatype: string}\nobject_id t0 period duration depth kind\n")


def _write_star(path, seed, *, events=(), depth=0.01, days=20, gain=1.0, offset=0.0):
    """Write white noise of 500 ppm with a box of half a day at each event, an hour a point."""
    time = np.arange(0, days, STEP)
    flux = 1 + np.random.default_rng(seed).normal(0, 5e-4, len(time))
    for t0 in events:
        flux[np.abs(time - t0) < 0.25] -= depth
    flux[50:56] = np.nan
    table = fits.BinTableHDU.from_columns([
        fits.Column("TIME", "D", unit="d", array=time), fits.Column("FLUX", "E", array=gain * flux + offset),
        fits.Column("FLUX_ERR", "E", array=np.full(len(time), 5e-4 * gain)),
        fits.Column("QUALITY", "J", array=np.zeros(len(time)))])
    keywords = {"OBJECT": path.name.split("_")[0], "QUARTER": 1, "MISSION": "PLATO", "MAG": 11.0, "EXPOSURE": 3600.0}
    fits.HDUList([fits.PrimaryHDU(header=fits.Header(keywords)), table]).writeto(path)


def _write_stars(folder, count=40, first=0):
    """Write stars in turn with a planet, none, a binary, none; the planet comes three times."""
    folder.mkdir(parents=True)
    rows = []
    for number in range(first, first + count):
        star, events, t0 = f"s{number:02}", (), 3.5 + number % 3
        if number % 4 == 0:
            events = t0, t0 + 6, t0 + 12
            rows.append(f"{star} {t0} 6 12 0.01 planet")
        elif number % 4 == 2:
            events = (t0 + 2,)
            rows.append(f'{star} {t0 + 2} nan 12 0.03 binary')
        _write_star(folder / f"{star}_1_lc.fits", number, events=events, depth=0.01 if number % 4 == 0 else 0.03)
    (folder / "ephemerides.ecsv").write_text(HEAD + "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def write_star():
    return _write_star


@pytest.fixture(scope="session")
def write_stars():
    return _write_stars


@pytest.fixture(scope="session")
def curves(tmp_path_factory):
    """``folder`` of forty stars, their ``cube``, and the ``report`` and ``run`` of a network trained on it.

    Whoever changes the run must copy it first.
    """
    from otrain.data.results.run_directory import RunDirectory

    top = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent  # that of all workers
    top, lock = top / "curves", top / "curves.lock"
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not top.exists():
            _train(top)
    run = RunDirectory.for_model(top, "small")
    return SimpleNamespace(top=top, folder=top / "stars", cube=top / "datacube" / "stars.npz", run=run,
                           report=json.loads(run.report_json.read_text()))


def _train(top):
    from otrain.workflows.convert import convert
    from otrain.workflows.train import train

    folder = _write_stars(top / "stars")
    done = convert(folder, path_datacube=top, jobs=1, contact_sheet=False, length=480, cadence=3600)
    train(done.path, model_path=top, model_name="small", **SMALL)
