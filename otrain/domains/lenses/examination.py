"""What otrain-doctor looks for in images of lenses and in the numbers that are learnt of them."""

import numpy as np

from otrain.domains.domain import DomainExamination, DomainFinding
from otrain.domains.lenses.columns import AMPLITUDES, COLUMNS
from otrain.domains.lenses.derived import ROUND_SOURCES
from otrain.domains.lenses.targets import is_constant

__all__ = ["EXAMINATION", "find_faults", "measure_images"]

FAULT, NOTICE = "fault", "notice"
EDGE = 0.1  # of the brightest pixel: so bright is an image that is cut off by its frame
CROWDED = 0.01  # share of the pixels at the largest value
DIM = 1e-6  # of the median range of values: an image that shows next to nothing
_NOISES = 5.0  # times the noise of the border
_MAD_TO_SIGMA = 1.4826

CHECKS = {
    "blank-image": "images that show nothing",
    "cut-off": "images whose light touches the frame",
    "saturated-lens": "images with many saturated pixels",
    "pixel-without-value": "images with many pixels without a value",
    "number-missing": "numbers that are not known for some images",
    "number-constant": "numbers that are the same for all images",
    "number-hidden": "numbers that do not show in the image",
    "subset-leak": "lenses that are in several subsets",
    "remarks": "what was said when the files were read",
}
_WORDS = {
    "blank-image": "All pixels are the same but for rounding: the source is far off, or the radius of the "
                   "lens is not known. Leave them out.",
    "cut-off": f"Light of more than {100 * EDGE:.0f} % of the brightest pixel is at the frame, so a part of "
               "the image may be missing. Simulate a larger frame, or a smaller Einstein radius.",
    "saturated-lens": f"More than {100 * CROWDED:.0f} % of the pixels are at the largest value: what differs "
                      "above it cannot be learnt. Lower the luminosity.",
    "pixel-without-value": "More than a tenth of the pixels is NaN.",
    "number-missing": "otrain-convert leaves images out that lack a number that is to be learnt.",
    "number-constant": "There is nothing to learn; otrain-convert leaves them out of what is learnt.",
    "number-hidden": "sigma2 and theta of a round source do not show, and beta[m][0] is zero by definition. "
                     "Do not ask for them, or their errors look like those of the network.",
    "subset-leak": "Rows of one lens are in several subsets, so a test is no test. Give them one subset.",
}


def measure_images(images, channels):
    """Measure what only images of lenses are asked.

    Parameters
    ----------
    images : (n, H, W, C) ndarray
    channels : tuple of str

    Returns
    -------
    dict of str to (n,) ndarray
        ``range``, of the values; ``edge``, the brightest of the frame over the brightest of all, both above
        the sky, 0 where it is no brighter than noise; ``masked``, the share of pixels without a value.
    """
    first = images[..., channels.index("image") if "image" in channels else 0]
    known = np.isfinite(first)
    count = len(first)
    found = {name: np.zeros(count) for name in ("range", "edge")}
    found["masked"] = 1 - known.mean(axis=(1, 2))
    for row in range(count):
        values = first[row][known[row]].astype(np.float64)
        if not values.size:
            continue
        sky = np.median(values)
        top, found["range"][row] = values.max() - sky, np.ptp(values)
        frame = np.concatenate([first[row, (0, -1)].ravel(), first[row][:, (0, -1)].ravel()])
        frame = frame[np.isfinite(frame)]
        noise = _MAD_TO_SIGMA * np.median(np.abs(values - sky))
        if frame.size and top > 0:
            bright = frame.max() - sky
            found["edge"][row] = bright / top if bright > _NOISES * noise else 0.0
    return found


def find_faults(columns, measured, labels, remarks):
    """Yield what is wrong with images of lenses, or worth knowing.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
    measured : dict of str to (N,) ndarray
        As `measure_images` gives it.
    labels : (N,) int ndarray
    remarks : dict of str to (int, str)
        What was said when the files were read: how often, and an instance.

    Yields
    ------
    DomainFinding
    """
    yield from _images(columns, measured)
    yield from _numbers(columns)
    yield from _subsets(columns)
    if remarks:
        yield DomainFinding("remarks", NOTICE, "; ".join(f"{words} ({count})" for words, (count, _) in
                                                         remarks.items()) + ".",
                            count=sum(count for count, _ in remarks.values()))


def _images(columns, measured):
    """Find images that show nothing, too little or too much."""
    usual = np.median(measured["range"])
    blank = np.flatnonzero(measured["range"] <= DIM * usual)
    if len(blank):
        yield DomainFinding("blank-image", FAULT, _WORDS["blank-image"], blank)
    edge = np.flatnonzero(measured["edge"] > EDGE)
    edge = edge[np.argsort(-measured["edge"][edge])]
    if len(edge):
        yield DomainFinding("cut-off", NOTICE, _WORDS["cut-off"], edge,
                            [f"{100 * measured['edge'][row]:.0f} % at the frame" for row in edge])
    full = columns.get("saturation", np.zeros(len(measured["range"])))
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(full > CROWDED)
    rows = rows[np.argsort(-full[rows])]
    if len(rows):
        yield DomainFinding("saturated-lens", NOTICE, _WORDS["saturated-lens"], rows,
                            [f"{100 * full[row]:.1f} %" for row in rows])
    rows = np.flatnonzero(measured["masked"] > 0.1)
    if len(rows):
        yield DomainFinding("pixel-without-value", NOTICE, _WORDS["pixel-without-value"], rows,
                            [f"{100 * measured['masked'][row]:.0f} %" for row in rows])


def _numbers(columns):
    """Find numbers that are missing, constant, or cannot be seen."""
    numbers = {name: np.asarray(columns[name], float) for name, column in COLUMNS.items()
               if column.kind is float and name in columns and np.isfinite(columns[name]).any()}
    some = {name: int((~np.isfinite(values)).sum()) for name, values in numbers.items()}
    some = {name: count for name, count in some.items() if count}
    if some:
        worst = max(some, key=some.get)
        words = _listed(f"{name} ({count})" for name, count in some.items())
        yield DomainFinding("number-missing", NOTICE, f"{words}. {_WORDS['number-missing']}",
                            np.flatnonzero(~np.isfinite(numbers[worst])))
    steady = [name for name, values in numbers.items() if len(values) > 1 and is_constant(values)
              and not _is_zero(name)]
    if steady:
        yield DomainFinding("number-constant", NOTICE, f"{_listed(steady)}. {_WORDS['number-constant']}",
                            count=len(steady), of=len(numbers))
    yield from _hidden(columns, numbers)


def _hidden(columns, numbers):
    zero = [name for name in numbers if _is_zero(name)]
    sources = columns.get("source")
    kinds = np.char.lower(np.asarray(sources, str)) if sources is not None else np.empty(0, str)
    rows = np.flatnonzero(np.isin(kinds, sorted(ROUND_SOURCES)))
    ellipse = [name for name in ("sigma2", "theta") if name in numbers and len(rows)]
    if zero or ellipse:
        words = f"{_listed([*ellipse, *zero])}. {_WORDS['number-hidden']}"
        yield DomainFinding("number-hidden", NOTICE, words,
                            rows if ellipse else (), count=None if ellipse else len(zero),
                            of=None if ellipse else len(numbers))


def _is_zero(name):
    part, _, spin = AMPLITUDES.get(name, ("", 0, 1))
    return part == "beta" and spin == 0


def _subsets(columns):
    """Find lenses of which several images are in different subsets."""
    if "subset" not in columns or "object_id" not in columns:
        return
    seen, rows = {}, []
    for row, (name, subset) in enumerate(zip(columns["object_id"].tolist(), columns["subset"].tolist(),
                                             strict=True)):
        if name and subset and seen.setdefault(name, (subset, row))[0] != subset:
            rows += [seen[name][1], row]
    if rows:
        rows = list(dict.fromkeys(rows))
        yield DomainFinding("subset-leak", FAULT, _WORDS["subset-leak"], rows,
                            [str(columns["subset"][row]) for row in rows])


def _listed(names, most=12):
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


EXAMINATION = DomainExamination(
    CHECKS, find_faults, measure_images,
    # The middle of a lens is empty, and its ring has a flat top where it is saturated, which is found above.
    skipped=("off-centre", "constant", "saturated", "masked", "magnitude-fill", "score-fill", "night-balance",
             "band-balance"))
