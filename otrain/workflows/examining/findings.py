"""From what was measured to what is wrong: one function for each check of otrain-doctor."""

from dataclasses import dataclass, field, replace

import numpy as np

from otrain.data.subsets.split import object_groups
from otrain.evaluation.give_aways import find_give_aways
from otrain.evaluation.near_duplicates import near_pairs
from otrain.evaluation.table_checks import balance, missing_shares, nights, unknown_magnitudes
from otrain.workflows.reading.selection import identical_groups, split_conflicts

__all__ = ["CHECKS", "Finding", "check_all", "checks_of", "how_many", "label_finding"]

FAULT, NOTICE = "fault", "notice"
CHECKS = {
    "quarantined": "inputs that cannot be read",
    "mixed-layout": "several sizes or sets of channels",
    "label-missing": "examples without a label",
    "class-balance": "examples only in the rarest class",
    "duplicates": "identical images under one label",
    "label-conflict": "identical images under several labels",
    "near-conflict": "almost identical images under several labels",
    "near-duplicates": "almost identical images under one label",
    "object-conflict": "objects whose examples have several labels",
    "object-repeats": "objects with several examples",
    "off-centre": "images whose source is not in the middle",
    "constant": "images with a channel of a single value",
    "saturated": "images with a flat top",
    "sentinel": "pixel values beyond 1e6",
    "masked": "pixels without a value",
    "give-away": "values that tell the classes and no source",
    "magnitude-fill": "magnitudes such as 99 or -99",
    "score-fill": "survey scores of exactly 0",
    "missing-columns": "columns that are missing for many examples",
    "night-balance": "nights with almost one class only",
    "band-balance": "bands with almost one class only",
    "labels": "labels that the images contradict",
}

_FEWEST = 30  # of a class; below, no test subset says anything
_RAREST = 0.02  # share of the rarer class
_OFF_CENTRE = 0.05  # share of reals; neighbours and residuals make some 2 % of good ones look so
_SYSTEMATIC = 1.5  # pixel
_FAR = 5.0  # pixel from the middle, or a tenth of the image
_MASK_DIFFERS = 0.05  # of the share of masked pixels between the classes
_MISSING_DIFFERS = 0.1  # of the share of missing values between the classes
_LARGEST_OBJECT = 0.1  # share of all examples
_SMALLEST = 8  # pixel; side of an image whose noise tells it from others
_LEAST_SKILL = 0.7  # balanced accuracy of scores that may contradict a label
_LISTED = 1000  # rows of a finding in the JSON
_FRACTIONS = (0.7, 0.15, 0.15)  # of a split


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Parameters
    ----------
    code : str
        A key of `CHECKS`.
    level : {"fault", "notice"}
        A fault makes the command exit 8.
    count, of : int
        How many, of how many.
    words : str
        What was found and what to do.
    rows : tuple of int
        Examples, the worst first, pairs and groups one after the other.
    values : tuple
        One for each row, in words.
    check : str
        The check in words, where it is one of the domain.
    """

    code: str
    level: str
    count: int
    of: int
    words: str
    rows: tuple = ()
    values: tuple = field(default=())
    check: str = ""

    @property
    def title(self):
        """The check in words."""
        return self.check or CHECKS[self.code]


def check_all(examination):
    """Return what was found, and the tables behind it.

    Parameters
    ----------
    examination : Examination

    Returns
    -------
    findings : list of Finding
        Faults first.
    tables : dict
        ``columns nights bands``, see `otrain.evaluation.table_checks`.
    """
    tables = {"columns": missing_shares(examination.columns, examination.labels, examination.classes),
              "nights": _balance_of(examination, "mjd", nights), "bands": _balance_of(examination, "band")}
    findings = [*_inputs(examination), *_classes(examination), *_copies(examination), *_objects(examination),
                *_images(examination), *_values(examination), *_tables(tables)]
    own = examination.domain and examination.domain.examination
    if own:
        findings = [finding for finding in findings if finding.code not in own.skipped]
        findings += _of_domain(examination, own)
    return sorted(findings, key=lambda finding: finding.level != FAULT), tables


def _finding(code, level, of, words, rows=(), values=(), count=None):
    rows = np.asarray(rows, int)
    return Finding(code, level, len(rows) if count is None else int(count), int(of), words,
                   tuple(rows[:_LISTED].tolist()), tuple(values)[:_LISTED])


def checks_of(domain):
    """Return every check that is made in a domain by its code, in words."""
    own = domain and domain.examination
    if not own:
        return CHECKS
    return {code: words for code, words in CHECKS.items() if code not in own.skipped} | own.checks


def _of_domain(seen, own):
    """Return what the domain itself finds."""
    for found in own.find(seen.columns, seen.own, seen.labels, seen.tally.remarks):
        count = len(found.rows) if found.count is None else found.count
        finding = _finding(found.code, found.level, len(seen) if found.of is None else found.of, found.words,
                           found.rows, found.values, count=count)
        yield replace(finding, check=own.checks[found.code])


def _inputs(seen):
    """Files, sizes and channels."""
    if seen.tally.quarantined:
        reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(seen.tally.quarantined.items()))
        level, words = (NOTICE, "left them out") if seen.identity else (FAULT, "leaves them out")
        yield _finding("quarantined", level, seen.tally.seen, f"{reasons}. otrain-convert {words}.",
                       count=seen.tally.quarantined.total())
    if len(seen.layouts) > 1:
        parts = [f"{'x'.join(map(str, shape))} {'+'.join(channels)}: {n}"
                 for (shape, channels), n in seen.layouts.most_common()]
        yield _finding("mixed-layout", FAULT, len(seen), f"{'; '.join(parts)}. Choose one with --cutout-size "
                       "and --channels of otrain-convert.", count=len(seen) - max(seen.layouts.values()))


def _classes(seen):
    """How many there are of each class, where there are any."""
    if not seen.classes:
        return
    unknown = np.flatnonzero(seen.labels < 0)
    if len(unknown):
        yield _finding("label-missing", NOTICE, len(seen), "They cannot be trained on.", unknown)
    counts = np.bincount(seen.labels[seen.labels >= 0], minlength=len(seen.classes))
    rarest = int(counts.argmin())
    total = int(counts.sum())
    if total and (counts[rarest] < _FEWEST or counts[rarest] < _RAREST * total):
        yield _finding("class-balance", FAULT, total,
                       f"{counts[rarest]} of {total} labelled examples are {seen.classes[rarest]}. Add "
                       "some; or train with --class-weight balanced and mind the intervals.",
                       count=counts[rarest])


def _copies(seen):
    """Images that occur more than once, exactly or almost."""
    same, conflicts = split_conflicts(identical_groups(seen.digests), seen.labels)
    if same:
        yield _finding("duplicates", FAULT, len(seen), f"{how_many(len(same), 'group')}. Copies add nothing, "
                       "and inflate rates if they straddle subsets.", *_grouped(same))
    if conflicts:
        yield _finding("label-conflict", FAULT, len(seen), f"{how_many(len(conflicts), 'group')}. At least "
                       "one label in each is wrong; otrain-convert leaves all of them out.",
                       *_grouped(conflicts))
    if min(min(shape) for shape, _ in seen.layouts) < _SMALLEST:
        return  # a few pixels look alike by chance
    first = np.sort(np.unique(seen.digests, axis=0, return_index=True)[1])
    pairs, correlation = near_pairs(seen.measured["thumb"][first])
    pairs = first[pairs]
    apart = seen.labels[pairs[:, 0]] != seen.labels[pairs[:, 1]] if len(pairs) else np.zeros(0, bool)
    for code, level, some, words in (
            ("near-conflict", FAULT, apart, "One of the two labels is likely to be wrong."),
            ("near-duplicates", NOTICE, ~apart,
             "Put their common origin into a column and train with --group.")):
        if some.any():
            yield _finding(code, level, len(seen),
                           f"{how_many(some.sum(), 'pair')}, by the correlation of thumbnails. {words}",
                           pairs[some].ravel(), np.repeat([f"r = {r:.3f}" for r in correlation[some]], 2),
                           count=len(np.unique(pairs[some])))


def how_many(number, word):
    """Return a number of things in words: ``1 pair``, ``2 pairs``."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def _grouped(groups):
    """Rows of groups one after the other, and the number of the group of each."""
    return np.concatenate(groups), [f"group {i + 1}" for i, group in enumerate(groups) for _ in group]


def _objects(seen):
    """Several detections of one object, by name and by place."""
    groups = object_groups(seen.columns, len(seen))
    rows = np.flatnonzero(np.bincount(groups, minlength=1)[groups] > 1)
    rows = rows[np.argsort(groups[rows], kind="stable")]
    members = np.split(rows, np.flatnonzero(np.diff(groups[rows])) + 1)
    several = sorted((group for group in members if len(group)), key=len, reverse=True)
    both = [group for group in several if len(np.unique(seen.labels[group][seen.labels[group] >= 0])) > 1]
    if both:
        yield _finding("object-conflict", FAULT, len(seen), f"{how_many(len(both), 'object')}, by object_id, "
                       "candid or place (2 arcsec). One detection of an object may be of another class; "
                       "look whether these are.",
                       *_grouped(both))
    if several:
        straddling = sum(1 - sum(part ** len(group) for part in _FRACTIONS) for group in several)
        level = FAULT if len(several[0]) > _LARGEST_OBJECT * len(seen) else NOTICE
        yield _finding("object-repeats", level, len(seen), f"{how_many(len(several), 'object')}, the largest "
                       f"with {len(several[0])} examples. A split by rows would put about {straddling:.0f} "
                       "of them into two subsets; otrain-train keeps each in one.", *_grouped(several))


def _images(seen):
    """What the pixels say."""
    found, wanted = seen.measured, seen.labels > 0
    distance = np.hypot(found["offset_y"], found["offset_x"])
    side = min(shape[0] for shape, _ in seen.layouts)
    yield from _centring(seen, distance, wanted & (distance > max(_FAR, side / 10)) & found["empty_centre"])
    rows = np.flatnonzero(found["constant"])
    if len(rows):
        yield _finding("constant", FAULT, len(seen), "They tell the network nothing.", rows)
    rows = np.flatnonzero(found["saturated"])
    if len(rows):
        among = int(np.sum(wanted[rows]))
        yield _finding("saturated", FAULT if among else NOTICE, len(seen), "Four or more pixels share the "
                       f"maximum of a channel; {among} of these are labelled {_other(seen)}.",
                       rows[np.argsort(~wanted[rows], kind="stable")])
    rows = np.flatnonzero(found["sentinels"])
    if len(rows):
        rows = rows[np.argsort(-found["sentinels"][rows], kind="stable")]
        yield _finding("sentinel", FAULT, len(seen), "Fill values, or overflow. Make them NaN "
                       "where the images are made.", rows,
                       [f"{n} pixels" for n in found["sentinels"][rows]])
    yield from _masks(seen, found["masked"])
    if told := find_give_aways(found, seen.labels, seen.classes):
        yield _finding("give-away", FAULT, len(seen), f"{'; '.join(told)}. A network learns that instead of "
                       "the sources. Make the images of all classes in one way; mask fills with --blank.",
                       count=len(told))


def _centring(seen, distance, off):
    """Sources that are not where the network expects them."""
    clear = np.isfinite(distance) & (seen.labels != 0)
    if not clear.any():
        return
    shift = [float(np.median(seen.measured[name][clear])) for name in ("offset_y", "offset_x")]
    rows = np.flatnonzero(off)
    rows = rows[np.argsort(-distance[rows], kind="stable")]
    systematic = np.hypot(*shift) > _SYSTEMATIC
    if systematic or len(rows):
        reals = int(np.sum(seen.labels > 0))
        words = (f"In the {seen.judged_channel} image nothing is in the middle of {len(rows)} of {reals} "
                 f"that are {_other(seen)}, and something bright elsewhere; the median offset of the peak is "
                 f"{shift[0]:+.1f}, {shift[1]:+.1f} pixel in y, x."
                 + (" All cutouts are cut off centre." if systematic else ""))
        fault = systematic or len(rows) > _OFF_CENTRE * max(reals, 1)
        yield _finding("off-centre", FAULT if fault else NOTICE, reals, words, rows,
                       [f"{d:.0f} pixel away" for d in distance[rows]])


def _other(seen):
    """Name the classes besides the first, of which nobody expects a source."""
    return " or ".join(seen.classes[1:]) or "of any class"


def _masks(seen, masked):
    rows = np.flatnonzero(masked > 0)
    if not len(rows):
        return
    shares = [float(masked[seen.labels == label].mean()) if (seen.labels == label).any() else None
              for label in range(len(seen.classes))]
    known = [share for share in shares if share is not None]
    fault = len(known) > 1 and max(known) - min(known) > _MASK_DIFFERS
    each = ", ".join(f"{100 * share:.1f} % of the pixels of {name}"
                     for name, share in zip(seen.classes, shares, strict=False) if share is not None)
    words = f"{each or f'{100 * masked.mean():.1f} % of all pixels'}."
    if fault:
        words += " The network can tell the classes by the mask alone."
    rows = rows[np.argsort(-masked[rows], kind="stable")]
    yield _finding("masked", FAULT if fault else NOTICE, len(seen), words, rows,
                   [f"{100 * share:.0f} % masked" for share in masked[rows]])


def _values(seen):
    """Values that stand for 'not known'."""
    fills = np.zeros(len(seen), bool)
    for name in ("mag", "mag_err"):
        if name in seen.columns:
            fills |= unknown_magnitudes(seen.columns[name])
    if fills.any():
        yield _finding("magnitude-fill", FAULT, len(seen), "Leave an unknown magnitude empty, or NaN.",
                       np.flatnonzero(fills))
    zero = np.asarray(seen.columns.get("survey_score", np.full(len(seen), np.nan))) == 0
    if zero.any():
        yield _finding("score-fill", FAULT, len(seen),
                       "A schema fills in 0 where no score was computed; it is no score.",
                       np.flatnonzero(zero))


def _balance_of(seen, name, change=None):
    if name not in seen.columns:
        return []
    values = np.asarray(seen.columns[name])
    return balance(change(values) if change else values, seen.labels, seen.classes) if seen.classes else []


def _tables(tables):
    """Columns, nights and bands that tell the label by themselves."""
    apart = [row for row in tables["columns"]
             if len(known := [share for share in row["shares"].values() if share is not None]) > 1
             and max(known) - min(known) > _MISSING_DIFFERS]
    gaps = [row for row in tables["columns"] if 0.5 < row["share"] < 1 and row not in apart]
    if apart or gaps:
        named = ", ".join(f"{row['column']} {100 * row['share']:.0f} %" for row in apart or gaps)
        words = ("Missing more often in one class than in the other, as if they came from different "
                 "places: " if apart else "Missing for more than half: ") + named + "."
        yield _finding("missing-columns", FAULT if apart else NOTICE, len(tables["columns"]), words,
                       count=len(apart or gaps))
    for code, name in (("night-balance", "nights"), ("band-balance", "bands")):
        lopsided = [row for row in tables[name] if row["lopsided"]]
        if lopsided:
            named = ", ".join(f"{row['value']} ({_counted(row['counts'])})" for row in lopsided[:8])
            yield _finding(code, FAULT, len(tables[name]), f"{named}{', ...' if len(lopsided) > 8 else ''}. "
                           "The network may learn the sky instead of the example.", count=len(lopsided))


def _counted(counts):
    return ", ".join(f"{number} {name}" for name, number in reversed(counts.items()))


def label_finding(issues, scores, labels, classes, *, judged):
    """Return the labels for a second look as a finding, or None if there are none.

    Parameters
    ----------
    issues : LabelIssues
    scores : (N,) or (N, K) ndarray
        Probability of the second of two classes, or of each; NaN where there is none.
    labels : (N,) int ndarray
    classes : tuple of str
    judged : str
        What gave the scores, in words. Scores that hardly tell the classes apart contradict no label.
    """
    of_class = np.stack([1 - scores, scores], axis=1) if scores.ndim == 1 else scores
    known = np.isfinite(of_class).all(axis=1)
    called = (scores >= 0.5).astype(int) if scores.ndim == 1 else np.nan_to_num(scores).argmax(axis=1)
    sides = [float(np.mean(called[rows] == label)) for label in range(len(classes))
             if len(rows := np.flatnonzero(known & (labels == label)))]
    least = 1 / len(classes) + (_LEAST_SKILL - 0.5) * 2 * (1 - 1 / len(classes))
    if len(sides) < len(classes) or sum(sides) / len(sides) < least:
        words = (f"{judged[0].upper()}{judged[1:]} cannot tell the classes apart (balanced accuracy "
                 f"{sum(sides) / len(sides):.2f}), so it says nothing about labels."
                 if len(sides) == len(classes) else "There are no scores of every class.")
        return _finding("labels", NOTICE, int(known.sum()), words)
    if not len(issues.rows):
        return None
    share = ", ".join(f"{100 * part:.1f} % of those labelled {name}"
                      for name, part in zip(classes, issues.shares, strict=False) if part is not None)
    values = [f"labelled {classes[labels[row]]}, " + (
        f"score {scores[row]:.3f}" if scores.ndim == 1 else
        f"{classes[called[row]]} {of_class[row, called[row]]:.3f}") for row in issues.rows[:_LISTED]]
    return _finding("labels", FAULT, int(known.sum()), f"By {judged}: {share}. Look at them in "
                    "this order; a hard example looks the same as a wrong label.", issues.rows, values)
