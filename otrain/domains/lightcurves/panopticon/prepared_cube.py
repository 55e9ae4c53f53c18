"""The cube of otrain-lightcurves: within bounds, planets alone, with inverted copies, as asked for."""

import numpy as np

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.cubes.side_table import read_side_table, write_side_table
from otrain.domains.lightcurves.columns import COLUMNS, EVENT_COLUMNS, LABEL
from otrain.domains.lightcurves.inverted import inverted_window
from otrain.errors import DataError

__all__ = ["INVERTED", "prepared_cube"]

INVERTED = "_inverted"  # behind the name of a window
EVENT_BOUNDS = ("depth", "snr", "duration", "period")  # of events; other bounds are of stars
AT_ONCE = 32  # examples


def prepared_cube(source, target, *, bounds, classes=3, augment=False, complete=False, overwrite=False):
    """Write the cube that is trained on, from the one that was converted, and return what was left out.

    Parameters
    ----------
    source, target : Path
        Cubes; the events of the stars lie beside them.
    bounds : dict of str to (float, float)
        By column of the star, or of the events: an example with an event outside them is left out,
        and one of which a bounded property is not known stays.
    classes : int
        1: planets alone, binaries count as continuum; 3: as they are.
    augment : bool
        Whether each example comes a second time, inverted in time around its trend, as the same star.
    complete : bool
        Whether only light curves without a missing point between their first and last are used.
    overwrite : bool

    Returns
    -------
    dict of str to int
        ``examples``, ``inverted`` and, by reason, those that were left out.

    Raises
    ------
    DataError
        If none is left.
    """
    with open_cube(source) as cube:
        events = read_side_table(source, "events", cube.meta) or {}
        keep, counts = _within(cube, events, bounds, complete)
        rows = np.flatnonzero(keep)
        if not len(rows):
            raise DataError(f"{source}: no light curve is left ({counts}). Widen [bounds].")
        planets_alone = classes == 1
        labels = cube.labels[rows]
        columns = cube.columns_of(rows)
        kept = _of_rows(events, columns["candid"], planets_alone)
        meta = {key: value for key, value in cube.meta.items() if key not in ("hashes", "tables")}
        if planets_alone:
            labels = np.where(labels == 2, 0, labels)
            meta["classes"] = ["continuum", "planet"]
            meta["targets"] = [target | {"classes": meta["classes"]} for target in meta["targets"]]
        if augment:
            kept = _with_inverted_events(kept, columns, cube)
            columns = _doubled(columns)
            labels = np.concatenate([labels, labels])
        if kept:
            fields = {name: EVENT_COLUMNS[name] for name in kept if name in EVENT_COLUMNS}
            meta["tables"] = {"events": write_side_table(target, "events", kept, fields)}
        batches = _batches(cube, rows, planets_alone, augment)
        store = "folder" if source.is_dir() else "npz"
        write_cube(target, batches, labels=labels, columns=columns, meta=meta, store=store,
                   overwrite=overwrite).close()
    return {"examples": len(rows), "inverted": len(rows) if augment else 0, **counts}


def _within(cube, events, bounds, complete):
    """Return which examples are used, and how many are not, by reason."""
    keep, counts = np.ones(len(cube), bool), {}
    rows = np.arange(len(cube))
    for name, (low, high) in bounds.items():
        if name in EVENT_BOUNDS and events:
            outside = ~_inside(np.asarray(events[name], float), low, high)
            strange = np.isin(cube.columns_of(rows, ["candid"])["candid"], events["candid"][outside])
        elif name in cube.columns and name in COLUMNS:
            strange = ~_inside(np.asarray(cube.columns_of(rows, [name])[name], float), low, high)
        else:
            continue
        counts[f"{name} outside its bounds"] = int(np.sum(keep & strange))
        keep &= ~strange
    if complete:
        broken = np.concatenate([_has_holes(batch[..., 0]) for batch in cube.batches(size=AT_ONCE)])
        counts["with missing points"] = int(np.sum(keep & broken))
        keep &= ~broken
    return keep, counts


def _inside(values, low, high):
    return np.isnan(values) | ((values >= low) & (values <= high))


def _has_holes(flux):
    """Tell which curves (n, L) have a missing point between their first and last."""
    known = np.isfinite(flux)
    first = known.argmax(axis=1)
    last = flux.shape[1] - known[:, ::-1].argmax(axis=1)
    return known.sum(axis=1) < last - first


def _of_rows(events, candids, planets_alone):
    """Return the events of the examples that are used."""
    if not events:
        return {}
    mine = np.isin(events["candid"], candids)
    if planets_alone:
        mine &= events["kind"] == "planet"
    return {name: values[mine] for name, values in events.items()}


def _with_inverted_events(events, columns, cube):
    """Return the events of examples and of their inverted copies: mirrored at the middle of the curve."""
    if not events:
        return events
    order = np.argsort(columns["candid"])
    place = order[np.searchsorted(columns["candid"], events["candid"], sorter=order)]
    ends = _ends(cube, columns)
    twin = {name: values.copy() for name, values in events.items()}
    twin["candid"] = np.char.add(events["candid"], INVERTED)
    twin["t0"] = 2 * columns["time_start"][place] + ends[place] - events["t0"]
    return {name: np.concatenate([values, twin[name]]) for name, values in events.items()}


def _ends(cube, columns):
    """Return where the curve of each example ends, counted from its start [d]."""
    candids = cube.columns_of(np.arange(len(cube)), ["candid"])["candid"]
    rows = np.flatnonzero(np.isin(candids, columns["candid"]))
    step = np.asarray(columns["cadence"], float) / 86_400
    lengths = np.concatenate([cube.shape[0] - np.isfinite(batch[..., 0])[:, ::-1].argmax(axis=1)
                              for batch in cube.batches(rows, AT_ONCE)])
    return lengths * step


def _doubled(columns):
    twin = columns | {"candid": np.char.add(columns["candid"], INVERTED)}
    return {name: np.concatenate([values, twin[name]]) for name, values in columns.items()}


def _batches(cube, rows, planets_alone, augment):
    """Yield the examples, and then their inverted copies."""
    label = cube.channels.index(LABEL)
    recipe = cube.meta["recipe"]
    for inverted in (False, True) if augment else (False,):
        for batch in cube.batches(rows, AT_ONCE):
            if inverted:
                batch = np.stack([inverted_window(
                    example, cube.channels, cadence=float(recipe["cadence"]),
                    median_window=float(recipe["median_window"])) for example in batch])
            if planets_alone:
                batch[..., label] = np.where(batch[..., label] == 2, 0, batch[..., label])
            yield batch
