"""What must happen to a light curve before a network can take it: a uniform grid, scaled, in windows.

The recipe is plain JSON; it is stored in the data cube and in the bundle, so
that convert and infer prepare a light curve by the same function.
"""

import math

import numpy as np

from otrain.data.cubes.table import NO_VALUE
from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.columns import CHANNELS, CLASSES, LABEL
from otrain.domains.lightcurves.grid import DAY, clean, fill_between, to_grid
from otrain.domains.lightcurves.missions import SPOILING_BITS, SPOILT, bad_samples
from otrain.domains.lightcurves.scaling import noise_of, relative_flux, running_median
from otrain.domains.lightcurves.truth.ephemerides import events_between, label_slots
from otrain.domains.lightcurves.truth.labels import class_of, event_rows, runs_as_events
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["check_recipe", "make_recipe", "overlapping_recipe", "prepare", "prepare_rows"]

LONGEST_WINDOW = 1 << 20  # slots

_CHOICES = {"quality": ("default", "any", "none"), "average": ("mean", "weighted", "robust"),
            "upsample": ("none", "linear"), "scaling": ("robust", "minmax")}
# How a file is read; recipes of before 1.2 have none of them.
_READING = {"time": str, "error": str, "quality_column": str, "mission": str, "magnitudes": bool,
            "bitmask": int}
_KEYS = ("kind", "cadence", "length", "stride", "channels", "flux", "gap", "median_window", *_CHOICES)
# Share of the running median's window from which a known event is left out of it. Shorter ones stay in: a
# network meets them so in curves of which nobody knows the events, and the median hardly moves.
_LONG = 0.25
_MANY_FLAGGED = 0.1  # share of the samples of which a person should know
_NEIGHBOURS = 1.5  # native cadences between samples that are joined when the grid is finer


def make_recipe(*, cadence=1800.0, length=4320, stride=None, channels=None, flux="auto", quality="default",
                average="mean", upsample="none", gap=0.5, median_window=2.0, scaling="robust", time=None,
                error=None, quality_column=None, mission=None, magnitudes=None, bitmask=None):
    """Return how a light curve is prepared, as a plain dictionary.

    Parameters
    ----------
    cadence : float
        Length of a slot of the grid [s].
    length : int
        Slots of a window; longer light curves become several windows.
    stride : int, optional
        Slots from one window to the next; None: `length`, so that windows do not overlap.
    channels : list of str, optional
        Channels to keep, in the order in which the network gets them; None: all.
    flux : str
        Column of the file that is the flux: a name, ``"pdcsap"``, ``"sap"``, or ``"auto"``, which
        takes the corrected flux where there is one.
    quality : {"default", "any", "none"}
        Samples without a flux: those with a spoiling bit of the mission, with any bit, or none.
    average : {"mean", "weighted", "robust"}
        Of the samples in a slot: mean; mean with inverse variances; or without upward outliers.
    upsample : {"none", "linear"}
        Whether empty slots between samples of data coarser than the grid are filled.
    gap : float
        Time without flux at which a new piece begins [d].
    median_window : float
        Width of the running median [d]; events up to half of it stay in the residual.
    scaling : {"robust", "minmax"}
        Flux in units of its noise, or from 0 to 1 in each window, as in Panopticon.
    time, error, quality_column : str, optional
        Columns of the file, perhaps with a unit in brackets; None: recognised.
    mission : str, optional
        Of the files, where they do not name it.
    magnitudes : bool, optional
        Whether the flux column holds magnitudes, whatever its name.
    bitmask : int, optional
        Bits of the flags that exclude a sample, in place of those of the mission.

    Raises
    ------
    UsageError
        If a value cannot be met.

    Examples
    --------
    >>> make_recipe(cadence=600)["cadence"]
    600.0
    """
    return check_recipe({
        "kind": "light-curve", "cadence": cadence if isinstance(cadence, str) else float(cadence),
        "length": length, "stride": stride, "channels": None if channels is None else list(channels),
        "flux": flux, "gap": gap, "median_window": median_window, "quality": quality, "average": average,
        "upsample": upsample, "scaling": scaling, "time": time, "error": error,
        "quality_column": quality_column, "mission": mission, "magnitudes": magnitudes, "bitmask": bitmask})


def check_recipe(recipe):
    """Return a recipe that may have been read from a file, once every value is known to be usable.

    Raises
    ------
    UsageError
        If it has an unknown key, lacks one, or holds a value of no meaning.
    """
    known = (*_KEYS, *_READING)
    for key in recipe:
        if key not in known:
            raise UsageError(f"preparation: unknown key {key!r}.{nearest(key, known)} "
                             f"Known: {', '.join(known)}.")
    for key in _KEYS:
        if key not in recipe:
            raise UsageError(f"preparation: the key {key!r} is missing. Received: {recipe!r}.")
    if recipe["kind"] != "light-curve":
        raise UsageError(f"preparation: `kind` must be 'light-curve'. Received: {recipe['kind']!r}.")
    for key, unit, most in (("cadence", "s", DAY), ("gap", "d", 1e4), ("median_window", "d", 1e4)):
        value = recipe[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
            raise UsageError(f"`{key}` must be above 0 and at most {most:g} {unit}. Received: {value!r}.")
    for key in ("length", "stride"):
        value = recipe[key]
        if not (value is None and key == "stride") and (
                type(value) is not int or not 2 <= value <= LONGEST_WINDOW):
            raise UsageError(f"`{key}` must be 2 to {LONGEST_WINDOW} slots. Received: {value!r}.")
    for key, known in _CHOICES.items():
        if recipe[key] not in known:
            raise UsageError(f"`{key}` must be one of {', '.join(known)}. Received: {recipe[key]!r}.")
    if not isinstance(recipe["flux"], str) or not recipe["flux"].strip():
        raise UsageError(f"`flux` must be the name of a column, or 'auto'. Received: {recipe['flux']!r}.")
    for key, kind in _READING.items():
        value = recipe.get(key)
        if value is not None and (type(value) is not kind or (kind is str and not value.strip())
                                  or (kind is int and not 0 <= value < SPOILT)):
            what = {str: "a name", bool: "true or false", int: f"a whole number from 0 to {SPOILT - 1}"}[kind]
            raise UsageError(f"`{key}` must be {what}. Received: {value!r}.")
    _check_channels(recipe["channels"])
    return recipe


def _check_channels(channels):
    if channels is None:
        return
    if (not isinstance(channels, list) or not channels or len(set(map(str, channels))) != len(channels)
            or not set(map(str, channels)) <= set(CHANNELS)):
        raise UsageError(f"`channels` must be a list of different names out of {', '.join(CHANNELS)}. "
                         f"Received: {channels!r}.")


def overlapping_recipe(recipe):
    """Return the preparation of the training with windows that overlap by half, and every channel."""
    return recipe | {"stride": max(1, recipe["length"] // 2), "channels": None}


def prepare(example, recipe, bodies=None):
    """Return the windows of a light curve as a network takes them.

    Parameters
    ----------
    example : Example
        With samples ``(n, k)``: channels ``time`` [d] and ``flux``, perhaps ``flux_err``, ``quality``,
        ``segment`` and ``label``. It is not changed.
    recipe : dict
        As `make_recipe` gives it.
    bodies : list of Body, optional
        Planets and binaries of the star; an empty list: none. By default the channel ``label`` of
        the file tells the classes, or nobody knows them.

    Returns
    -------
    list of Example
        Images ``(length, C)`` float32, NaN where there is no value. Windows without any flux are left
        out. The label is 0 to 2, or -1 where nobody knows; ``tables["events"]`` has the true events.

    Raises
    ------
    InputRejected
        ``too-small``, ``no-finite-pixel``, ``bad-unit``, ``no-variation`` or ``too-large``.
    """
    channels = tuple(example.channels)
    image = np.asarray(example.image)
    quality = image[:, channels.index("quality")] if "quality" in channels else None
    mission = example.columns.get("mission", "")
    samples = clean(image, channels, bad_samples(quality, mission, recipe["quality"],
                                                    recipe.get("bitmask")))
    _check_labels(samples.label)
    native = samples.cadence
    grid = to_grid(samples, cadence=recipe["cadence"], average=recipe["average"], gap=recipe["gap"])
    events = inside = long = None  # labels of the file are no part of it: nobody has them of tonight's curves
    if bodies is not None:
        events = events_between(bodies, grid.start, grid.start + len(grid) * grid.step)
        inside = _inside(events, grid)
        long = _inside(events, grid, longer=_LONG * recipe["median_window"])
    relative, level = relative_flux(grid.flux, grid.piece, inside)
    coarse = native > recipe["cadence"]
    sigma = noise_of(relative, grid.piece,
                     reach=math.ceil(_NEIGHBOURS * native / recipe["cadence"]) if coarse else 1)
    if recipe["upsample"] == "linear" and coarse:
        fill_between(grid, reach=_NEIGHBOURS * native / DAY)  # after the noise, which it would lessen
        relative, level = relative_flux(grid.flux, grid.piece, inside)
    width = max(3, round(recipe["median_window"] / grid.step))
    if bodies is not None:
        grid.label = label_slots(events, grid.start, grid.step, len(grid), unknown=_unknown(bodies))
    elif grid.label is not None:
        events = runs_as_events(grid.label, grid.start, grid.step)
    residual = relative - running_median(relative, grid.piece, width, long)
    curve = np.column_stack([relative, residual, grid.error / level, grid.time,
                             grid.piece, np.full(len(grid), np.nan) if grid.label is None else grid.label])
    shared = {**example.columns, **samples.counts, "cadence": recipe["cadence"], "native_cadence": native,
              "noise": sigma * 1e6 * math.sqrt(max(native, recipe["cadence"]) / 3600)}
    windows = [_window(curve, grid, start, number, sigma, recipe, shared, events)
               for number, start in enumerate(_starts(np.isfinite(relative), recipe))]
    if windows:
        windows[0].remarks = _remarks(example, samples.counts, recipe) or None
    return windows


def _remarks(example, counts, recipe):
    """Return what has to be said of a light curve, once."""
    remarks, mission = dict(example.remarks or {}), example.columns.get("mission", "")
    if counts["flagged"] > _MANY_FLAGGED * (counts["flagged"] + counts["samples"]):
        known = mission in SPOILING_BITS or recipe.get("bitmask") is not None
        remedy = "choose bits with --bitmask" if known else (
            "any bit excludes as the mission is not known: name it with --mission, or bits with --bitmask")
        words = f"more than a tenth of the samples is excluded by flags; {remedy}"
        remarks[words] = example.columns.get("file", "")
    return remarks


def _check_labels(label):
    """Refuse labels of a file that are no class."""
    known = [] if label is None else np.unique(label[np.isfinite(label)])
    wrong = [value for value in known if value not in range(len(CLASSES))]
    if wrong:
        raise InputRejected("bad-column", f"the column of labels holds {wrong[0]:g}. Known: "
                            f"{', '.join(f'{i} ({name})' for i, name in enumerate(CLASSES))}.")


def _inside(events, grid, *, longer=0.0):
    """Return which slots lie in events that last longer than so many days."""
    inside = np.zeros(len(grid), bool)
    for event in events:
        half = event.duration / 48
        if 2 * half > longer:
            first, last = ((event.t0 + side * half - grid.start) / grid.step for side in (-1, 1))
            inside[max(0, math.floor(first)):max(0, math.ceil(last))] = True
    return inside


def _unknown(bodies):
    return any(body.kind == "unknown" for body in bodies)


def _starts(known, recipe):
    """Return the first slots of the windows that hold a value."""
    length, stride = recipe["length"], recipe["stride"] or recipe["length"]
    count = 1 + max(0, math.ceil((len(known) - length) / stride))
    return [start for start in range(0, count * stride, stride) if known[start:start + length].any()]


def _window(curve, grid, start, number, sigma, recipe, shared, events):
    """Return one window as an example."""
    length = recipe["length"]
    part = curve[start:start + length]
    image = np.full((length, len(CHANNELS)), np.nan, np.float32)
    begin = grid.start + start * grid.step
    flux = part[:, 0]
    scale, zero = sigma, 0.0
    if recipe["scaling"] == "minmax":
        zero, scale = np.nanmin(flux), np.nanmax(flux) - np.nanmin(flux)
        scale = scale or sigma  # a single slot
    values = np.column_stack([(flux - zero) / scale, part[:, 1:3] / scale, part[:, 3] - begin, part[:, 4:]])
    values[:, 4] -= values[0, 4]
    with np.errstate(over="ignore"):
        image[:len(part)] = values
    # After the last conversion: what float64 holds may be infinite in float32.
    image[~(np.abs(image) < NO_VALUE)] = np.nan
    columns = shared | {"time_start": begin, "scale": float(scale), "candid": _name(shared, number),
                        "samples": int(grid.count[start:start + length].sum())}
    out = Example(_chosen(image, recipe["channels"]), tuple(recipe["channels"] or CHANNELS), columns,
                  position=number)
    rows = event_rows(events or [], columns, np.isfinite(image[:, 0]), begin, grid.step, sigma)
    out.label = class_of(rows, image[:, CHANNELS.index(LABEL)])
    out.tables = {"events": rows}
    return out


def _name(columns, number):
    """Return the name of a window: star, quarter if known, number of the window."""
    quarter = columns.get("quarter", -1)
    parts = [columns.get("object_id", ""), str(quarter) if quarter >= 0 else "", columns.get("band", "")]
    return "_".join([*filter(None, parts), str(number)]).replace(" ", "")


def _chosen(image, wanted):
    if wanted is None:
        return image
    return np.ascontiguousarray(image[:, [CHANNELS.index(name) for name in wanted]])


def prepare_rows(images, channels, recipe):
    """Return rows of a data cube as a network takes them.

    Parameters
    ----------
    images : (N, L, C) ndarray
        Windows that `prepare` has made.
    channels : tuple of str
        Name of each channel.
    recipe : dict
        As `make_recipe` gives it; shorter windows than its length end in NaN.

    Returns
    -------
    prepared : (K, length, C) float32 ndarray
        Those that can be used, in order.
    usable : (K,) int ndarray
        Which of the N they are.
    faults : dict of int to InputRejected
        What is wrong with each of the others.
    """
    wanted, length = recipe["channels"] or list(channels), recipe["length"]
    absent = [name for name in wanted if name not in channels]
    fault = None
    if absent:
        fault = InputRejected("missing-channel", f"there is no channel {absent[0]!r}. "
                                                 f"Present: {', '.join(channels)}.")
    elif images.shape[1] > length:
        fault = InputRejected("bad-shape", f"the windows have {images.shape[1]} slots and {length} are asked "
                                           "for. Make the cube again with that --length.")
    if fault is not None:
        return (np.empty((0, length, len(wanted)), np.float32), np.empty(0, np.int64),
                dict.fromkeys(range(len(images)), fault))
    prepared = np.full((len(images), length, len(wanted)), np.nan, np.float32)
    with np.errstate(over="ignore"):
        prepared[:, :images.shape[1]] = images[..., [channels.index(name) for name in wanted]]
    prepared[~(np.abs(prepared) < NO_VALUE)] = np.nan
    lead = channels.index("flux") if "flux" in channels else channels.index(wanted[0])
    filled = (np.abs(images[..., lead]) < NO_VALUE).any(axis=1)
    faults = {int(row): InputRejected("no-finite-pixel", "the window has no flux.")
              for row in np.flatnonzero(~filled)}
    usable = np.flatnonzero(filled)
    return prepared[usable] if faults else prepared, usable, faults
