"""Which numbers of a lens are to be learnt: those that are asked for, vary, and show in the image."""

import numpy as np

from otrain.domains.lenses.columns import AMPLITUDES, COLUMNS, DEFAULT_TARGETS, amplitude_columns
from otrain.domains.lenses.derived import ROUND_SOURCES
from otrain.errors import DataError

__all__ = ["asked_targets", "find_targets", "has_no_influence", "is_constant"]

_STEADY = 1e-9  # share of the largest value; what varies less is constant but for rounding
_OF_ELLIPSES = ("sigma2", "theta")  # they do not show where the source is round


def asked_targets(recipe):
    """Return the names of the numbers that a recipe asks for, in order.

    Parameters
    ----------
    recipe : dict
        Its ``variables`` and ``nterms``, either of which may be None.

    Examples
    --------
    >>> asked_targets({"variables": ["sigma"], "nterms": 0})
    ['sigma', 'alpha[0][1]', 'beta[0][1]']
    """
    variables, nterms = recipe.get("variables"), recipe.get("nterms")
    if variables is None and nterms is None:
        return list(DEFAULT_TARGETS)
    amplitudes = [] if nterms is None else amplitude_columns(nterms)
    return list(dict.fromkeys([*(variables or ()), *amplitudes]))


def is_constant(values):
    """Tell whether all finite values of a column are one, but for rounding; also where there are none."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return True
    return bool(np.ptp(values) <= _STEADY * np.abs(values).max())


def has_no_influence(name, sources):
    """Tell whether a number cannot be seen in any of the images.

    Parameters
    ----------
    name : str
        Of a column.
    sources : (N,) str ndarray or None
        Kind of source of each image, where it is known.
    """
    if name not in _OF_ELLIPSES or sources is None or not len(sources):
        return False
    return all(str(kind).lower() in ROUND_SOURCES for kind in np.unique(sources))


def _is_zero(name):
    """Tell whether a number is zero by definition: beta of spin 0."""
    part, _, spin = AMPLITUDES.get(name, ("", 0, 1))
    return part == "beta" and spin == 0


def find_targets(recipe, columns):
    """Return the names of the numbers that a cube teaches, and what has to be said of the others.

    Parameters
    ----------
    recipe : dict
        As `otrain.domains.lenses.preparation.make_recipe` gives it.
    columns : dict of str to (N,) ndarray
        Of the cube.

    Returns
    -------
    names : tuple of str
    notes : list of str
        Which were left out, and why.

    Raises
    ------
    DataError
        If numbers that were asked for by name are in no table.
    """
    wanted, chosen = asked_targets(recipe), (recipe.get("variables"), recipe.get("nterms")) != (None, None)
    absent = [name for name in wanted if name not in columns or not np.isfinite(columns[name]).any()]
    if absent and chosen:
        known = [name for name in columns if COLUMNS[name].kind is float and name not in AMPLITUDES]
        raise DataError(f"no table tells {', '.join(absent)}. Known of these images: {', '.join(known)}"
                        f"{_known_amplitudes(columns)}.")
    wanted = [name for name in wanted if name not in absent]
    hidden = [name for name in wanted if has_no_influence(name, columns.get("source"))]
    steady = [name for name in wanted if name not in hidden and
              (is_constant(columns[name]) or _is_zero(name))]
    names = tuple(name for name in wanted if name not in {*hidden, *steady})
    notes = [_left_out(found, words) for found, words in (
        (hidden, ("does not show", "do not show", "in the images, whose sources are round")),
        (steady, ("has", "have", "one value for all images"))) if found]
    if absent and names:
        notes.append(f"no table tells {', '.join(absent)}, so they are not learnt.")
    if names and (hidden or steady):
        notes.append(f"{len(names)} of {len(wanted)} numbers are to be learnt.")
    return names, notes


def _left_out(names, words):
    one, several, rest = words
    if len(names) == 1:
        return f"1 number {one} {rest}, and is left out: {names[0]}."
    return f"{len(names)} numbers {several} {rest}, and are left out: {', '.join(names)}."


def _known_amplitudes(columns):
    orders = [AMPLITUDES[name][1] for name in columns if name in AMPLITUDES]
    return f", and amplitudes up to order {max(orders)} (--nterms)" if orders else ""
