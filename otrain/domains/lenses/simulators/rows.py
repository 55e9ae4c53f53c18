"""The rows of a set of lenses: drawn from a TOML, read from a table, or described by flags."""

from pathlib import Path

import numpy as np

from otrain.domains.lenses.simulators.critical_radius import critical_radius
from otrain.domains.lenses.simulators.distributions import distribution_of
from otrain.domains.lenses.simulators.draws import DECIMALS, draw_system, image_name
from otrain.domains.lenses.simulators.names import CONFIGS
from otrain.domains.lenses.simulators.scene import lens_of
from otrain.domains.lenses.simulators.tables import read_rows
from otrain.errors import DataError

__all__ = ["Draws", "fixed_row", "given_rows", "names_of", "single_row"]

_COLUMN = (
    {  # section, key of a TOML: column of a row
        ("simulator", "model"): "model",
        ("simulator", "config"): "config",
        ("simulator", "sampled"): "sampled",
        ("lens", "mode"): "lens",
        ("lens", "cluster"): "cluster",
        ("lens", "einstein"): "einsteinradius",
        ("source", "mode"): "source",
    }
    | {
        ("lens", name): name.replace("-", "_")
        for name in (
            "ellipseratio",
            "orientation",
            "chi",
            "slope",
            "kappa-s",
            "scale-radius",
            "gamma1",
            "gamma2",
        )
    }
    | {("source", name): name for name in ("sigma", "sigma2", "theta", "n_sersic", "luminosity")}
    | {("position", name): name for name in ("x", "y", "phi")}
    | {
        ("observation", name): name.replace("-", "_")
        for name in ("psf-fwhm", "background-rms", "exposure-time", "saturation")
    }
)
# CosmoSim's command line has others than its tables.
_SINGLE = {"source": "Spherical", "sigma": 20.0, "sigma2": 10.0, "theta": 45.0, "orientation": 0.0, "x": 0.0}
_SAME = (("lens", "cluster", "config"), ("model", "config"), ("x", "y", "phi", "R"))


class Draws:
    """Rows that are drawn; row `index` and its noise depend on the seed and the index alone.

    Parameters
    ----------
    table : dict
        Of `check_table`.
    seed : int
    full_precision : bool
        Draw numbers with all digits.
    """

    def __init__(self, table, seed, *, full_precision=False):
        self.table, self.seed = table, seed
        self.ranges = distribution_of(table)
        self.decimals = None if full_precision else DECIMALS

    def generator(self, index):
        """Return the source of all random numbers of one row."""
        return np.random.default_rng([self.seed, index])

    def draw(self, rng):
        """Return the next row of a generator."""
        return draw_system(
            self.table, self.ranges, rng, critical_radius=_critical_radius, decimals=self.decimals
        )


def _critical_radius(row, phi):
    reach = row.get("einsteinradius")
    if reach is None:
        parts = [[float(word) for word in part.split("/")[1:4]] for part in row["cluster"].split(";")]
        reach = max(abs(complex(x, y)) + radius for x, y, radius in parts)
    return critical_radius(lens_of(row), phi, reach)


def fixed_row(table):
    """Return what a table says about every row: its values that are neither ranges nor lists."""
    row = {}
    for (section, key), column in _COLUMN.items():
        value = table.get(section, {}).get(key)
        if value is not None and not isinstance(value, list):
            row[column] = value
    return row


def _filled(row, fixed):
    """Return a row with what a table says where the row says nothing about the matter."""
    told = {name for group in _SAME if any(row.get(name) is not None for name in group) for name in group}
    return {name: value for name, value in fixed.items() if name not in told} | {
        name: value for name, value in row.items() if value is not None or name not in fixed
    }


def given_rows(path, table, *, ending=".png"):
    """Return the rows of a table of parameters, each with a name of its own; see `read_rows`.

    Raises
    ------
    DataError
        If a name is no plain name of a file, or stands twice.
    """
    rows = read_rows(path, most=table.get("management", {}).get("maxcount"))
    fixed = fixed_row(table)
    return [
        _filled(row, fixed) | {"filename": name}
        for row, name in zip(rows, names_of(rows, path, ending=ending), strict=True)
    ]


def names_of(rows, path, *, ending=".png"):
    """Return the names of the files of rows; those without one are counted from 1."""
    names = []
    for number, row in enumerate(rows, 1):
        given = row.get("filename") or image_name(number)
        name = Path(given).name
        if (
            name != given
            or name in ("", ".", "..")
            or name.startswith(".")
            or "\\" in name
            or len(name) > 200
        ):
            raise DataError(
                f"{path}, row {number}: `filename` must be the plain name of a file. Received: {given!r}."
            )
        names.append(str(Path(name).with_suffix(ending)) if ending else name)
    twice = (
        next((name for name in names if names.count(name) > 1), None)
        if len(set(names)) < len(names)
        else None
    )
    if twice:
        raise DataError(
            f"{path}: two rows have the `filename` {twice!r}. Each image needs a name of its own."
        )
    return names


def single_row(table, name):
    """Return the row that flags describe."""
    row = fixed_row(table)
    if row.get("config") is not None and row["config"] in CONFIGS:
        row.setdefault("lens", CONFIGS[row["config"]].lens)
    polar = {} if "phi" in row else {"y": 0.0}
    return _SINGLE | polar | row | {"filename": name}
