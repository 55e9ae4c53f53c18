"""Labels and columns of a data cube: one entry per example, in our types."""

import numpy as np

from otrain.errors import DataError

__all__ = ["NO_VALUE", "check_classes", "checked_table", "class_indices", "legacy_columns"]

NO_VALUE = 1e30  # surveys write -3.4e38 or 1e30 where there is no pixel; no detector counts so far

_NOT_MEASURED = (-99.0,)  # what O'TRAIN writes for a missing magnitude


def class_indices(labels):
    """Return labels as class indices; O'TRAIN's validation cubes are one-hot."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.dtype.kind in "fiub":
        return labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    return labels


def checked_table(labels, columns, rows, where=""):
    """Return labels as int64 and columns as arrays, all with one entry per example."""
    labels = np.asarray(labels)
    rows = len(labels) if rows is None and labels.ndim == 1 else rows
    if labels.shape != (rows,):
        raise DataError(f"{where}`labels` must have one entry per example. "
                        f"Received: shape {labels.shape} for {rows} examples.")
    fractions = labels.dtype.kind == "f" and not (labels == np.floor(labels)).all()
    if labels.dtype.kind not in "fiub" or fractions:
        raise DataError(f"{where}`labels` must be whole numbers. Received: {labels.dtype}.")
    if hasattr(columns, "take"):  # read in parts
        types = {name: columns.dtype(name) for name in columns}
        if all(dtype.kind in "fiubU" for dtype in types.values()) and columns.rows == rows:
            return labels.astype(np.int64, copy=False), columns
    table = {}
    for name, values in columns.items():
        values = np.asarray(values)
        if values.dtype.kind not in "fiubU" or values.shape != (rows,):
            raise DataError(f"{where}column {name!r} must have one number or text per example. "
                            f"Received: {values.dtype} of shape {values.shape} for {rows} examples.")
        table[name] = values.astype(np.float64, copy=False) if values.dtype.kind == "f" else values
    return labels.astype(np.int64, copy=False), table


def check_classes(labels, classes, where=""):
    """Refuse labels for which there is no class; -1 stands for 'not known'."""
    if not len(labels) or (labels.min() >= -1 and labels.max() < len(classes)):
        return
    found = np.unique(labels)
    strange = found[(found < -1) | (found >= len(classes))]
    if len(strange):
        more = ", ..." if len(strange) > 5 else ""
        raise DataError(f"{where}`labels` must be 0 to {len(classes) - 1} ({', '.join(classes)}), or -1 for "
                        f"not known. Received also: {', '.join(map(str, strange[:5]))}{more}. "
                        "Correct the labels of the cube.")


def legacy_columns(columns, rows):
    """Columns of a cube without meta: what fits is kept, in our types."""
    kept = {}
    for name, values in columns.items():
        if values.shape != (rows,) or values.dtype.kind not in "fiubUS":
            continue
        if name in ("candid", "band"):
            values = _as_text(values)
        elif name in ("mag", "mag_err", "fwhm"):
            values = _as_numbers(values)
        elif values.dtype.kind == "S":
            values = _as_text(values)
        kept[name] = values
    return kept


def _as_text(values):
    return np.char.decode(values, "utf-8", "replace") if values.dtype.kind == "S" else values.astype(np.str_)


def _as_numbers(values):
    """Return floats, with NaN for what is no number or O'TRAIN's mark of a missing one."""
    try:
        values = values.astype(np.float64)
    except ValueError:
        def number(text):
            try:
                return float(text)
            except ValueError:
                return np.nan

        values = np.array([number(text) for text in values.tolist()])
    return np.where(np.isin(values, _NOT_MEASURED), np.nan, values)
