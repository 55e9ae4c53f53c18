"""Training, validation and test rows of a cube, with no object in two of them.

A network that has seen one cutout of an object knows the object: a test subset
with another cutout of it would flatter every rate. Examples are therefore
joined to groups first, and whole groups are dealt out.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.stored_columns import column_blocks
from otrain.data.files.atomic import atomic_file
from otrain.data.subsets.sky_pairs import close_on_sky
from otrain.data.tables.csv_table import write_csv
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["SUBSETS", "Split", "object_groups", "split_cube", "write_split"]

SUBSETS = ("training", "validation", "test")
_NAMES = ("object_id", "candid")  # equal and not empty: the same object
FIELD_SHARE = 0.2  # no object has so large a part of a cube at exactly one place: the centre of a field has
_ROWS = 1 << 16  # examples that are looked at together
_FIELD_ROWS = 50  # examples below which such a share may still be one object


@dataclass(frozen=True)
class Split:
    """Rows of each subset.

    Parameters
    ----------
    train, validation, test : (n,) int ndarray
        Rows of the cube, ascending. Rows without a stratum are in none.
    groups : (N,) int ndarray
        Number of the group of every row of the cube.
    note : str
        What a person must know about the positions; empty if nothing.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    groups: np.ndarray
    note: str = ""

    def subset_names(self):
        """Return the subset of every row, (N,) str; ``""`` for rows in none."""
        return np.array([*SUBSETS, ""])[self._codes()]

    def _codes(self):
        """Return the place of the subset of every row in `SUBSETS`, (N,) int8; -1 for rows in none."""
        codes = np.full(len(self.groups), -1, np.int8)
        for code, rows in enumerate((self.train, self.validation, self.test)):
            codes[rows] = code
        return codes


def split_cube(cube, *, strata=None, fewest=2, frac_validation=0.15, frac_test=0.15, group=None, seed=0):
    """Deal the examples of a cube out to training, validation and test.

    Rows that share an ``object_id``, a ``candid``, a place on the sky (within
    2 arcsec), the pixels (also turned or mirrored), or the value of `group`,
    directly or through others, stay together. Within each stratum the groups are
    ordered by a hash of their pixels and `seed`, and cut at the fractions:
    the order of the rows does not matter, and an example that is added moves few others.

    Positions off the sky (-99, -999), and one place that more than a fifth of 50 or more
    examples share exactly (the centre of a field), tell no object; `Split.note` names the latter.

    Parameters
    ----------
    cube : DataCube
    strata : (N,) int ndarray, optional
        What every subset gets its share of, such as the class of each row; -1: in no subset. By default
        the labels of the cube.
    fewest : int
        Strata that training must have: two, where they are the classes to be told apart.
    frac_validation, frac_test : float
        Fractions of the examples; `frac_test` may be 0.
    group : str, optional
        A further column that must not straddle subsets, e.g. ``"original_file"``.
    seed : int

    Returns
    -------
    Split

    Raises
    ------
    UsageError
        If the fractions leave nothing to train on, or there is no such column.
    DataError
        If a subset would have no example, or training fewer than `fewest` strata.
    """
    _check_fractions(frac_validation, frac_test)
    pixels = _pixel_hashes(cube)
    groups = object_groups(cube.columns, len(cube), pixels=pixels, group=group)
    if not len(groups):
        raise DataError("the cube has no examples.")
    keys = np.full(groups.max() + 1, np.iinfo(np.uint64).max)
    np.minimum.at(keys, groups, pixels)
    strata = np.asarray(cube.labels if strata is None else strata)
    dealt = _deal(strata, groups, _hashed(keys, seed), (frac_test, frac_validation))
    split = Split(*(_compact(np.flatnonzero(dealt == subset)) for subset in (2, 1, 0)), groups,
                  _field_note(cube.columns))
    _require_all(split, strata, frac_test, fewest, lambda: _culprit(groups, cube.columns, pixels, group))
    return split


def object_groups(columns, count, *, pixels=None, group=None):
    """Return the number of the group that each row belongs to, (count,) int.

    Parameters
    ----------
    columns : dict of str to (count,) ndarray
        ``object_id candid ra dec``, as far as they are there, tell one object.
    count : int
        Number of rows.
    pixels : (count,) ndarray, optional
        A hash of the pixels of each row; rows that share it are joined too.
    group : str, optional
        A further column whose values join rows.
    """
    return _joined(count, [link for _, link in _links(columns, count, pixels, group)])


def _check_fractions(validation, test):
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise UsageError("the fractions of validation (--frac) and test (--test-frac) must lie between 0 "
                         f"and 1 and leave something to train on. Received: {validation} and {test}.")


def _pixel_hashes(cube):
    """Return a hash of the pixels of each row, (N,) uint64, blind to their order.

    A sum over mixed bit patterns: equal for an image and its turned or mirrored copy.
    """
    hashes = np.empty(len(cube), np.uint64)
    start = 0
    for images in cube.batches():
        flat = images.reshape(len(images), -1)
        flat = np.where(np.isnan(flat), np.float32(np.nan), flat)  # one bit pattern for every NaN
        bits = _mixed(flat.view(np.uint32).astype(np.uint64))
        hashes[start:start + len(images)] = bits.sum(axis=1, dtype=np.uint64)
        start += len(images)
    return hashes


def _links(columns, count, pixels, group):
    """Yield arrays of row pairs (a, b) that belong together, as ``(column that says so, (a, b))``."""
    if pixels is not None:
        yield "pixels", _equal(pixels)
    if group is not None:
        if group not in columns:
            raise UsageError(f"--group: the cube has no column {group!r}.{nearest(group, columns)} "
                             f"It has: {', '.join(columns)}.")
        yield group, _equal(*_keys(columns, group, count))
    for name in _NAMES:
        if name in columns:
            yield name, _equal(*_keys(columns, name, count))
    if "ra" in columns and "dec" in columns:
        chained, places, row_of, _ = _places(columns)
        yield "ra, dec", chained
        for here, there in close_on_sky(*places):
            yield "ra, dec", (row_of[here], row_of[there])


def _keys(columns, name, count):
    """Return a number for each value of a column, equal for equal values, and which values are missing.

    Texts, which cost four bytes a character, become a hash of eight bytes.
    """
    keys, missing, start = None, np.empty(count, bool), 0
    for part in column_blocks(columns, name):
        text = part.dtype.kind == "U"
        keys = np.empty(count, np.uint64 if text else part.dtype) if keys is None else keys
        some = slice(start, start + len(part))
        keys[some] = _text_hashes(part) if text else part
        missing[some] = part == "" if text else np.isnan(part) if part.dtype.kind == "f" else part == -1
        start += len(part)
    return (np.empty(0) if keys is None else keys), missing


def _text_hashes(texts):
    """Return a hash of each text, (n,) uint64, whatever the width of the array."""
    width = texts.dtype.itemsize // 4
    if not width:
        return np.zeros(len(texts), np.uint64)
    letters = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), width).astype(np.uint64)
    places = np.arange(1, width + 1, dtype=np.uint64) << np.uint64(32)
    return np.where(letters, _mixed(letters | places), 0).sum(axis=1, dtype=np.uint64)


def _mixed(bits):
    """Return well-mixed numbers: the first steps of splitmix64; uint64 arithmetic wraps around."""
    bits = bits * np.uint64(0x9E3779B97F4A7C15)
    bits ^= bits >> np.uint64(29)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(32)
    return bits


def _compact(rows):
    """Return row numbers in half the room, where that holds them."""
    return rows.astype(np.int32) if not len(rows) or rows.max() < 1 << 31 else rows


def _equal(values, missing=None):
    """Return pairs that chain all rows with one value."""
    order = _compact(np.argsort(values, kind="stable"))
    if missing is not None and missing.any():
        order = order[~missing[order]]
    ordered = values[order]
    same = ordered[1:] == ordered[:-1]
    return order[:-1][same], order[1:][same]


def _places(columns):
    """Return what positions say: pairs at exactly one place, the distinct places, a row of each, fields.

    A position is missing if it is not on the sky: headers say 0, 0 as well as -99 or -999.
    """
    ra, dec = np.asarray(columns["ra"], float), np.asarray(columns["dec"], float)
    known = (ra >= 0) & (ra <= 360) & (dec >= -90) & (dec <= 90) & ((ra != 0) | (dec != 0))  # false for NaN
    rows = _compact(np.flatnonzero(known))
    rows = rows[np.lexsort((dec[rows], ra[rows]))]
    new = np.ones(len(rows), bool)
    new[1:] = (ra[rows[1:]] != ra[rows[:-1]]) | (dec[rows[1:]] != dec[rows[:-1]])
    fields = []
    most = int(FIELD_SHARE * len(ra))
    if len(ra) >= _FIELD_ROWS and _has_run(new, most):
        place = np.cumsum(new) - 1
        size = np.bincount(place)
        field = size > FIELD_SHARE * len(ra)
        centres = rows[new][field]
        fields = list(zip(ra[centres], dec[centres], size[field], strict=True))
        keep = ~field[place]
        rows, new = rows[keep], new[keep]
    same = ~new[1:]
    distinct = rows[new]
    return (rows[:-1][same], rows[1:][same]), (ra[distinct], dec[distinct]), distinct, fields


def _has_run(new, length):
    """Tell whether more than `length` neighbours are equal, given where new values begin."""
    starts = np.flatnonzero(new)
    return bool(len(new)) and int(np.diff(starts, append=len(new)).max()) > length


def _field_note(columns):
    """Return words about places that are taken for the centre of a field."""
    if not {"ra", "dec"} <= columns.keys():
        return ""
    return " ".join(f"{n} examples stand at exactly ra = {ra:g}, dec = {dec:g}: taken for the centre of a "
                    "field, not for one object." for ra, dec, n in _places(columns)[3])


def _culprit(groups, columns, pixels, group):
    """Return words that name the column which joined more than half of the cube, if one did."""
    largest = np.bincount(groups).argmax()
    inside = groups == largest
    if inside.sum() <= len(groups) / 2:
        return ""
    counts = {}
    for name, (first, _) in _links(columns, len(groups), pixels, group):
        counts[name] = counts.get(name, 0) + np.count_nonzero(inside[first])
    most = max(counts, key=counts.get)
    return f"{inside.sum()} examples are one group, by equal or near values of: {most}. "


def _joined(count, links):
    """Return the number of the group of each row, (N,) int: the connected components of the links."""
    links = [link for link in links if len(link[0])]
    first, second = (np.concatenate(side) for side in zip(*links, strict=True)) if links else ((), ())
    label = np.arange(count, dtype=np.int32 if count < 1 << 31 else np.int64)
    while len(first):
        # Each group takes the number of its lowest neighbour, then of the lowest at the end of that way.
        a, b = label[first], label[second]
        np.minimum.at(label, a, b)
        np.minimum.at(label, b, a)
        while (label[label] != label).any():
            label = label[label]
        apart = label[first] != label[second]
        first, second = first[apart], second[apart]
    lowest = label == np.arange(count, dtype=label.dtype)
    return (np.cumsum(lowest, dtype=label.dtype) - 1)[label]


def _hashed(keys, seed):
    """Return a seeded hash of each key, as a number to order by."""
    salt = f"otrain-split {seed} ".encode()
    return np.fromiter((int.from_bytes(hashlib.blake2b(salt + key.tobytes(), digest_size=8).digest())
                        for key in keys), np.uint64, len(keys))


def _deal(strata, groups, order_of, fractions):
    """Return 0, 1 or 2 (the rest) for each row, cut at the fractions; -1 for rows without a stratum."""
    dealt = np.full(len(groups), -1, np.int8)
    known = _compact(np.flatnonzero(strata >= 0))
    size = np.bincount(groups[known], minlength=int(groups.max()) + 1)
    # A group counts under the stratum of its first row; copies under two labels are rare.
    stratum = np.full(len(size), -1)
    stratum[groups[known[::-1]]] = strata[known[::-1]]
    place = np.full(len(size), -1, np.int8)
    for one in np.unique(stratum[size > 0]):
        mine = np.flatnonzero((stratum == one) & (size > 0))
        mine = mine[np.argsort(order_of[mine], kind="stable")]
        middle = np.cumsum(size[mine]) - size[mine] / 2
        place[mine] = np.searchsorted(np.cumsum(fractions) * size[mine].sum(), middle, side="right")
    dealt[known] = place[groups[known]]
    return dealt


def _require_all(split, strata, frac_test, fewest, culprit):
    sizes = [len(rows) for rows in (split.train, split.validation, split.test)]
    empty = [name for name, size in zip(SUBSETS, sizes, strict=True) if not size]
    if frac_test == 0 and "test" in empty:
        empty.remove("test")
    counts = f"{sum(sizes)} labelled examples in {len(np.unique(split.groups[strata >= 0]))} groups"
    if empty:
        raise DataError(f"{' and '.join(empty)} would have no example: the cube has {counts}. "
                        f"{culprit()}Add examples, or change --frac, --test-frac or --group.")
    if len(np.unique(strata[split.train])) < fewest:
        raise DataError(f"training would have one class only: the cube has {counts}. "
                        f"{culprit()}Add examples of the other class.")


def write_split(path, cube, split):
    """Write the subset of every example as CSV: ``row file candid label subset group``."""
    with atomic_file(path) as temporary, open(temporary, "w", newline="", encoding="utf-8",
                                              errors="backslashreplace") as file:
        write_csv(file, ["row", "file", "candid", "label", "subset", "group"], _split_rows(cube, split))


def _split_rows(cube, split):
    """Yield the rows of the table of a split."""
    codes = split._codes()
    known = [name for name in ("file", "candid") if name in cube.columns]
    for start in range(0, len(cube), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(cube)))
        table = cube.columns_of(rows, known)
        texts = [table[name] if name in table else [""] * len(rows) for name in ("file", "candid")]
        names = np.array([*SUBSETS, ""])[codes[rows]]
        yield from zip(rows, *texts, cube.labels[rows], names, split.groups[rows], strict=True)
