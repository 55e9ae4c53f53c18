"""From columns of a file to the example that every reader yields."""

import numpy as np

from otrain.data.example import Example
from otrain.data.quarantine import InputRejected

__all__ = ["choose_flux", "make_example"]

_WISHES = {"pdcsap": "PDCSAP_FLUX", "sap": "SAP_FLUX"}
_BEST = ("flux", "pdcsap_flux", "kspsap_flux", "flux_corr", "fcor", "sap_flux", "det_flux", "flux_raw")


def choose_flux(names, wish):
    """Return the name of the column that is taken as flux.

    Parameters
    ----------
    names : list of str
        Columns of the file.
    wish : str
        ``"auto"``: what somebody has called flux, as lightkurve does, else the corrected flux of the
        mission, else another; ``"pdcsap"``, ``"sap"``, or the
        name of a column.

    Raises
    ------
    InputRejected
        ``missing-channel`` if there is no such column.

    Examples
    --------
    >>> choose_flux(["TIME", "SAP_FLUX", "PDCSAP_FLUX"], "auto")
    'PDCSAP_FLUX'
    """
    known = {name.lower(): name for name in reversed(names)}
    wanted = _BEST if wish == "auto" else (_WISHES.get(wish.lower(), wish).lower(), wish.lower())
    for name in wanted:
        if name in known:
            return known[name]
    what = "no column of flux" if wish == "auto" else f"no column {wish!r}"
    raise InputRejected("missing-channel", f"there is {what}. Present: {', '.join(names)}. "
                                           "Choose one with --flux.")


def make_example(parts, columns, label=None):
    """Return samples as an example ``(n, k)`` float64.

    Parameters
    ----------
    parts : dict of str to (n,) ndarray or None
        ``time`` [d] and ``flux``, perhaps ``flux_err``, ``quality``, ``segment``, ``label``; None: absent.
    columns : dict
        Canonical columns; those that are None are left out.

    Raises
    ------
    InputRejected
        ``no-image`` if there is no sample.
    """
    parts = {name: values for name, values in parts.items() if values is not None}
    if not len(parts["time"]):
        raise InputRejected("no-image", "the table has no row.")
    image = np.column_stack([np.asarray(values, np.float64) for values in parts.values()])
    return Example(image, tuple(parts), {name: value for name, value in columns.items() if value is not None},
                   label)
