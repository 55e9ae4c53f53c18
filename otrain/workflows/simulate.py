"""Write simulated candidates, with their truth, as folders of FITS files."""

import json
import platform
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy

from otrain import __version__
from otrain.data.atomic import atomic_folder, locked, require_absent
from otrain.domains.transients.simulators.candidates import CHANNELS, check_request, iterate_candidates
from otrain.domains.transients.simulators.fits_writer import fits_bytes
from otrain.workflows._progress import progress, say

__all__ = ["Simulation", "simulate"]

FOLDERS = {1: "true", 0: "false"}
RECIPE = "simulate.json"  # its presence says that a folder is one of ours
TRUTH_COLUMNS = ("candid", "kind", "mag", "mag_err", "band", "ra", "dec", "edge")
TRUTH_UNITS = {"mag": "mag", "mag_err": "mag", "ra": "deg", "dec": "deg", "flux": "adu", "pixel_noise": "adu",
               "x_offset": "pix", "y_offset": "pix", "fwhm_science": "pix", "fwhm_template": "pix",
               "pixel_scale": "arcsec / pix", "host_offset": "pix", "host_flux": "adu", "star_flux": "adu",
               "shift": "pix", "trail": "pix"}


@dataclass(frozen=True)
class Simulation:
    """What was written: the folder, and how many candidates of each kind."""

    path: Path
    n_real: int
    n_bogus: int
    kinds: dict

    def __str__(self):
        return (f"wrote {self.n_real} real and {self.n_bogus} bogus candidates of {len(self.kinds)} kinds "
                f"to {self.path}")


def simulate(out, *, n_real=1000, n_bogus=1000, size=63, channels="difference", seed=0, kinds=None,
             edge_frac=0.0, unlabelled=False, checksum=False, overwrite=False, command=()):
    """Write a folder of simulated candidates.

    ``out/true`` and ``out/false`` hold one FITS file per candidate, ``out/truth.ecsv``
    what the simulation knows of each, ``out/simulate.json`` how they were made.
    The folder appears whole or not at all.

    Parameters
    ----------
    out : path-like
    n_real, n_bogus, size, channels, seed, kinds, edge_frac
        See `otrain.domains.transients.simulators.candidates.simulate_candidates`.
    unlabelled : bool
        Put all candidates into `out` itself and leave KIND out, as a night brings them.
    checksum : bool
        Write CHECKSUM and DATASUM.
    overwrite : bool
        Replace `out` if it exists and was written by this function.
    command : sequence of str
        The command line, for ``simulate.json``.

    Returns
    -------
    Simulation

    Raises
    ------
    OutputError
        If `out` exists and `overwrite` is false, or it was not written by this function,
        or cannot be written.
    UsageError
        If a count, the size, the channels, the seed, the fraction or a kind is not usable.
    """
    request = {"n_real": n_real, "n_bogus": n_bogus, "size": size, "channels": channels, "seed": seed,
               "kinds": list(kinds) if kinds else None, "edge_frac": edge_frac}
    check_request(**request)
    require_absent(out, overwrite=overwrite, folder=True, marker=RECIPE)
    with locked(out), atomic_folder(out, overwrite=overwrite, marker=RECIPE) as folder, \
            progress("simulating") as update:
        rows = []
        if not unlabelled:
            for name in FOLDERS.values():
                (folder / name).mkdir()
        for count, one in enumerate(iterate_candidates(**request), 1):
            rows.append(_write_candidate(folder, one, CHANNELS[channels], unlabelled, checksum))
            update(count, n_real + n_bogus)
        kinds_written = dict(sorted(Counter(row["kind"] for row in rows).items()))
        _write_truth(folder / "truth.ecsv", rows)
        _write_recipe(folder / RECIPE, command, kinds_written,
                      request | {"unlabelled": unlabelled, "checksum": checksum})
    done = Simulation(Path(out), n_real, n_bogus, kinds_written)
    say(f"otrain-simulate: {done}")
    return done


def _write_candidate(folder, one, channels, unlabelled, checksum):
    """Write one candidate and return its row of the truth table."""
    name = one.columns["file"] if unlabelled else f"{FOLDERS[one.label]}/{one.columns['file']}"
    columns = {key: value for key, value in one.columns.items() if key != "kind" or not unlabelled}
    content = fits_bytes(one.image, channels, columns, checksum=checksum)
    with open(folder / name, "wb", buffering=0) as file:
        file.write(content)
    return {"file": name, "label": one.label} | {key: one.columns[key] for key in TRUTH_COLUMNS} | one.truth


def _write_truth(path, rows):
    """Write the truth of every candidate, in the order of the files."""
    from astropy.table import Table

    rows = sorted(rows, key=lambda row: row["file"])
    table = Table({name: [_rounded(row[name]) for row in rows] for name in rows[0]})
    for name, unit in TRUTH_UNITS.items():
        table[name].unit = unit
    table.write(path, format="ascii.ecsv", overwrite=True)


def _rounded(value):
    """Floats to nine significant digits; the truth need not be longer than it is good for."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _write_recipe(path, command, kinds, request):
    """Write what would make the same candidates again."""
    recipe = {
        "command": shlex.join(command), "request": request, "kinds": kinds,
        "versions": {"otrain": __version__, "numpy": np.__version__, "scipy": scipy.__version__,
                     "python": platform.python_version()},
    }
    path.write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
