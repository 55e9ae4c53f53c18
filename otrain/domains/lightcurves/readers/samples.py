"""From parts of a light curve to the example that every reader yields."""

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["make_example"]


def make_example(parts, columns, label=None, remarks=None):
    """Return samples as an example ``(n, k)`` float64.

    Parameters
    ----------
    parts : dict of str to (n,) ndarray or None
        ``time`` [d] and ``flux``, perhaps ``flux_err``, ``quality``, ``segment``, ``label``; None: absent.
    columns : dict
        Canonical columns; those that are None are left out.
    remarks : dict of str to str, optional
        See `Example`.

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
                   label, remarks=remarks or None)
