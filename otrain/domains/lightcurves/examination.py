"""What otrain-doctor looks for in light curves."""

import numpy as np

from otrain.domains.domain import DomainExamination, DomainFinding
from otrain.domains.lightcurves.door import NO_ROW
from otrain.domains.lightcurves.time_scales import shift_between
from otrain.domains.lightcurves.truth.ephemerides import star_key

__all__ = ["EXAMINATION", "find_faults", "measure_windows"]

FAULT, NOTICE = "fault", "notice"
LOUD = 1e5  # ppm in an hour: no star is lost in such noise, but a flux about zero has it
FLAGGED = 0.1  # share of the samples that flags exclude
GAP = 5.0  # d without flux inside a light curve
FILLED = 0.5  # share of the slots between first and last that must hold a flux
COARSE = 1.5  # times the slot of the grid
DIFFERS = 3.0  # times the commonest cadence
OVERLAP = 1.0  # d that two light curves of one star share
CHECKS = {
    "star-twice": "light curves of one star over the same time",
    "several-bands": "light curves of stars that have several bands or cameras",
    "flux-near-zero": "light curves with a noise of more than a tenth of the flux",
    "gaps": "light curves with long gaps",
    "cadence": "light curves of another cadence",
    "flagged": "light curves of which flags exclude more than a tenth",
    "no-row": "light curves of stars without a row in the table of labels",
    "no-clock": "light curves whose times have no known zero",
    "remarks": "light curves of which something was said when they were read",
}
_WORDS = {
    "star-twice": "They show the same transits, which count twice in training and in rates; keep one "
                  "cadence and one pipeline.",
    "several-bands": "Each is a light curve of its own; depths differ between bands, and all windows of a "
                     "star stay in one subset.",
    "flux-near-zero": "Such a flux varies about zero, or is no flux: name its unit with --flux 'COLUMN "
                      "[relative deviation]', or choose another column.",
    "gaps": f"More than {GAP:g} d without flux, or less than half of the slots filled. Transits there "
            "cannot be found; a coarser --cadence fills slots.",
    "cadence": "A network learns what one cadence does to a short transit; train and search with alike ones.",
    "no-row": "They count as stars without planets. If nobody has looked, give them a row of the kind "
              "unknown.",
    "no-row-at-all": "No row of the table belongs to any of these stars, so all count as without planets: "
                     "compare the names on both sides.",
    "no-clock": "Their events cannot be joined with those of other files of the star, nor with a table in "
                "Julian dates: name the clock with --time 'COLUMN [BTJD]'.",
}


def measure_windows(images, channels):
    """Return what the doctor wants to know of windows.

    Parameters
    ----------
    images : (n, L, C) ndarray
    channels : tuple of str

    Returns
    -------
    dict of str to (n,) ndarray
        ``first last`` [d since time_start; NaN without flux], ``gap`` [d], the longest time without flux
        between them, and ``filled``, the share of their slots with flux.
    """
    count = len(images)
    found = {name: np.full(count, np.nan) for name in ("first", "last", "gap", "filled")}
    if "time" not in channels or "flux" not in channels:
        return found
    time, flux = images[..., channels.index("time")], images[..., channels.index("flux")]
    for row in range(count):
        slots = np.flatnonzero(np.isfinite(flux[row]) & np.isfinite(time[row]))
        if len(slots):
            times = time[row, slots].astype(float)
            found["first"][row], found["last"][row] = times[0], times[-1]
            found["gap"][row] = np.diff(times).max(initial=0.0)
            found["filled"][row] = len(slots) / (slots[-1] - slots[0] + 1)
    return found


def find_faults(columns, measured, labels, remarks):
    """Yield what is wrong with light curves, or worth knowing.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
    measured : dict of str to (N,) ndarray
        As `measure_windows` gives it.
    labels : (N,) int ndarray
    remarks : dict of str to (int, str)
        What was said when the files were read: how often, and an instance.

    Yields
    ------
    DomainFinding
    """
    yield from _twice(columns, measured)
    yield from _bands(columns)
    yield from _loud(columns)
    yield from _gaps(measured)
    yield from _cadence(columns)
    yield from _flagged(columns)
    yield from _rows(columns, labels, remarks)
    yield from _clocks(columns)
    others = {words: told for words, told in remarks.items() if words != NO_ROW}
    if others:
        yield DomainFinding("remarks", NOTICE, "; ".join(f"{words} ({count}, e.g. {instance})" for words, (
            count, instance) in others.items()) + ".", count=sum(count for count, _ in others.values()))


def _twice(columns, measured):
    """Find windows of one star and band that overlap in time: of several pipelines, or cadences."""
    star = [star_key(name) for name in columns.get("object_id", ())]
    band = columns.get("band", np.full(len(star), ""))
    scale = columns.get("time_scale", np.full(len(star), ""))
    groups, pairs, words = {}, [], []
    for row, name in enumerate(star):
        groups.setdefault((name, str(band[row])), []).append(row)
    for rows in groups.values():
        spans = []
        for row in rows:
            shift = shift_between(str(scale[row]), str(scale[rows[0]]))
            if shift is not None and np.isfinite(measured["first"][row]):
                start = float(columns["time_start"][row]) + shift
                spans.append((start + measured["first"][row], start + measured["last"][row], row))
        spans.sort()
        end, last = -np.inf, -1
        for first, stop, row in spans:
            shared = min(end, stop) - first
            if shared > OVERLAP and str(columns["file"][row]) != str(columns["file"][last]):
                pairs += [last, row]
                words += [f"{shared:.0f} d shared"] * 2
            if stop > end:
                end, last = stop, row
    if pairs:
        yield DomainFinding("star-twice", NOTICE, f"{len(pairs) // 2} pairs. {_WORDS['star-twice']}",
                            pairs, words)


def _bands(columns):
    if "band" not in columns:
        return
    rows = np.flatnonzero(columns["band"] != "")
    if len(rows):
        bands = columns["band"][rows].tolist()
        names = ", ".join(sorted(set(bands))[:6])
        yield DomainFinding("several-bands", NOTICE, f"{names}. {_WORDS['several-bands']}", rows, bands)


def _loud(columns):
    noise = columns.get("noise", np.empty(0))
    rows = np.flatnonzero(noise > LOUD)
    if len(rows):
        rows = rows[np.argsort(-noise[rows])]
        yield DomainFinding("flux-near-zero", FAULT, _WORDS["flux-near-zero"], rows,
                            [f"{noise[row]:.3g} ppm" for row in rows])


def _gaps(measured):
    gap, filled = measured["gap"], measured["filled"]
    rows = np.flatnonzero((gap > GAP) | (filled < FILLED))
    if len(rows):
        rows = rows[np.argsort(-np.nan_to_num(gap[rows]))]
        yield DomainFinding("gaps", NOTICE, _WORDS["gaps"], rows,
                            [f"{gap[row]:.1f} d, {100 * filled[row]:.0f} % filled" for row in rows])


def _cadence(columns):
    native, grid = columns.get("native_cadence"), columns.get("cadence")
    if native is None or grid is None or not np.isfinite(native).any():
        return
    common, coarse = np.nanmedian(native), native > COARSE * grid
    rows = np.flatnonzero(coarse | (native > DIFFERS * common) | (native < common / DIFFERS))
    if len(rows):
        words = f"Most have samples every {common:.0f} s. {_WORDS['cadence']}"
        if coarse.any():
            words += (f" {int(coarse.sum())} are coarser than the grid of {np.median(grid):.0f} s: choose a "
                      "longer --cadence, or --upsample linear.")
        yield DomainFinding("cadence", NOTICE, words, rows, [f"{native[row]:.0f} s" for row in rows])


def _flagged(columns):
    if "flagged" not in columns or "samples" not in columns:
        return
    flagged, samples = np.maximum(columns["flagged"], 0), np.maximum(columns["samples"], 0)
    share = flagged / np.maximum(flagged + samples, 1)
    rows = np.flatnonzero(share > FLAGGED)
    if len(rows):
        rows = rows[np.argsort(-share[rows])]
        mission = columns.get("mission", np.full(len(share), ""))
        unknown = int(np.sum(mission[rows] == ""))
        words = f"{unknown} have no mission, so any bit excludes: name it with --mission. " if unknown else ""
        yield DomainFinding("flagged", FAULT if share[rows[0]] > 0.5 else NOTICE,
                            f"{words}Choose bits with --bitmask, or --quality none.", rows,
                            [f"{100 * share[row]:.0f} %" for row in rows])


def _rows(columns, labels, remarks):
    """Find that a table of labels knows none, or few, of the stars."""
    count = remarks.get(NO_ROW, (0, ""))[0]
    if not count:
        return
    named = [columns[name].tolist() for name in ("file", "object_id", "band") if name in columns]
    curves = len(set(zip(*named, strict=True)))
    none = count >= curves and not (labels > 0).any()
    yield DomainFinding("no-row", FAULT if none else NOTICE, _WORDS["no-row-at-all" if none else "no-row"],
                        count=count, of=curves)


def _clocks(columns):
    scale = columns.get("time_scale")
    rows = np.flatnonzero(scale == "d") if scale is not None else []
    if len(rows):
        yield DomainFinding("no-clock", NOTICE, _WORDS["no-clock"], rows)


EXAMINATION = DomainExamination(
    CHECKS, find_faults, measure_windows,
    # Of images: a light curve ends in NaN, and has a channel of segments.
    skipped=("off-centre", "constant", "saturated", "sentinel", "masked", "band-balance"))
