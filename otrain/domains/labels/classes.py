"""Where the label of an example comes from: a table, or its own header; and what its classes are called."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.labels.names import FileNames, id_keys
from otrain.errors import DataError, UsageError

__all__ = ["CLASSES", "Classes", "LabelKeyword", "LabelTable", "classes_called", "one_table",
           "parse_classes", "parse_label", "read_labels"]

CLASSES = ("bogus", "real")
MOST_CLASSES = 100  # more different words in a table are no classes

_WORDS = {
    "0": 0, "bogus": 0, "false": 0, "f": 0, "no": 0, "n": 0,
    "1": 1, "real": 1, "true": 1, "t": 1, "yes": 1, "y": 1,
}
_UNKNOWN = {"", "-1", "nan", "none", "null", "unknown", "unsure", "--"}
_LABEL_COLUMNS = ("label", "class", "classification")
_FILE_COLUMNS = ("file", "filename", "path")
ID_COLUMNS = ("candid", "candidate_id", "cand_id")
_DELIMITERS = ",;\t|"


def parse_label(value):
    """Return 0 for bogus, 1 for real, None where the value says that nobody knows.

    Parameters
    ----------
    value : object
        A number, a logical or a word: ``1``, ``"real"``, ``True``, ``"-1"``, ...

    Raises
    ------
    ValueError
        If the value is none of these.

    Examples
    --------
    >>> parse_label("Real"), parse_label(0.0), parse_label("unsure")
    (1, 0, None)
    """
    word = _word(value)
    if word in _UNKNOWN:
        return None
    if word not in _WORDS:
        raise ValueError(f"{value!r} is no label; known: 0, 1, bogus, real, false, true")
    return _WORDS[word]


def _word(value):
    """Return a value as a word in lower case: 1, 1.0, True and "1.0" are the same label."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        text = value.strip().lower()
        return text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text
    # A number of numpy or of a header.
    return str(int(value)) if float(value) == int(value) else str(value)


@dataclass(frozen=True)
class Classes:
    """The classes of a cube in label order, and the words that stand for each.

    Parameters
    ----------
    names : tuple of str
    words : dict of str to int
        Label by word, in lower case.
    """

    names: tuple[str, ...] = CLASSES
    words: dict = field(default_factory=lambda: dict(_WORDS))

    def label(self, value):
        """Return the label that a value stands for, None where it says that nobody knows.

        Raises
        ------
        ValueError
            If the value stands for no class.
        """
        if self.names == CLASSES and self.words == _WORDS:
            return parse_label(value)
        word = _word(value)
        if word in self.words:
            return self.words[word]
        if word in _UNKNOWN:
            return None
        raise ValueError(f"{value!r} is none of the classes {', '.join(self.names)}")


def classes_called(names):
    """Return two classes by their names, for which the words for no and yes, false and true stand as well.

    Examples
    --------
    >>> classes_called(("constant", "variable")).label("true")
    1
    """
    words = {word: label for word, label in _WORDS.items() if word not in CLASSES}
    return Classes(tuple(names), words | {name.lower(): label for label, name in enumerate(names)})


def parse_classes(given):
    """Return the classes that a user names.

    Parameters
    ----------
    given : sequence of str, Classes or None
        In label order, each ``NAME``, or ``NAME=WORD,WORD`` (also ``NAME=WORD+WORD``) for several words of
        one class, e.g. ``["bogus", "real=SN,AGN,VS"]``. The place of a class is a word for it too, from
        0, unless a class has a number for a name.

    Returns
    -------
    Classes or None

    Raises
    ------
    UsageError
        If there are fewer than two, or a word stands for two classes.

    Examples
    --------
    >>> parse_classes(["bogus", "real=SN,AGN"]).label("AGN")
    1
    """
    if given is None or isinstance(given, Classes):
        return given
    names, words = [], {}
    for text in given:
        name, _, listed = text.partition("=")
        for word in (name, *filter(None, re.split("[,+]", listed))):
            if words.setdefault(word.strip().lower(), len(names)) != len(names):
                raise UsageError(f"--classes: {word!r} stands for two classes. Received: {' '.join(given)}.")
        names.append(name.strip())
    if len(names) < 2 or not all(names):
        raise UsageError(f"--classes names at least two classes. Received: {' '.join(given) or 'none'}.")
    if not any(name.isdecimal() for name in names):
        words |= {str(index): index for index in range(len(names))}
    if len(names) == 2 and all(word in _WORDS for word in map(str.lower, names)):
        words = _WORDS | words
    return Classes(tuple(names), words)


@dataclass(frozen=True)
class LabelKeyword:
    """The label stands in the candidate's header."""

    keyword: str
    classes: Classes = field(default_factory=Classes)

    def of(self, input, example):
        """Return the label of an example as its reader found it."""
        try:
            label = self.classes.label(example.label)
        except (TypeError, ValueError) as error:
            raise InputRejected("bad-column", f"{self.keyword}: {error}. Name other classes with "
                                              "--classes.") from None
        if label is None:
            raise InputRejected("label-missing", f"the header has no label under {self.keyword!r}.")
        return label


@dataclass(frozen=True)
class LabelTable:
    """The label stands in a table, beside the name of the candidate or of its file.

    Parameters
    ----------
    path : str
    by_file, by_candid : dict of str to int
        Label by what the table says.
    classes : Classes
    """

    path: str
    by_file: dict = field(default_factory=dict)
    by_candid: dict = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    _other: dict = field(default_factory=dict, compare=False)  # other spellings of the candids

    def __post_init__(self):
        for key, label in self.by_candid.items():
            for other in id_keys(key):
                # Two rows that could be meant are none.
                self._other[other] = label if self._other.get(other, label) == label else None

    @property
    def files(self):
        """The names of files in the table, however they are written."""
        return FileNames(self.by_file)

    def of(self, input, example):
        """Return the label of an example, by its file and else by its candid."""
        label = input.label if input.label is not None else self.by_file.get(input.name)
        if label is None:
            label = self.of_candid(example.columns.get("candid", ""))
        if label is None:
            raise InputRejected("label-missing", f"{self.path} has no label for it: "
                                                 f"{self._sides(input, example)}.")
        return label

    def of_candid(self, candid):
        """Return the label of a candidate by its name, as it is or as a number, or None."""
        candid = str(candid).strip()
        if candid in self.by_candid:
            return self.by_candid[candid]
        return next((label for key in id_keys(candid) if (label := self._other.get(key)) is not None), None)

    def _sides(self, input, example):
        """Say what is looked for and what there is, an example of each."""
        candid = example.columns.get("candid", "")
        parts = []
        if self.by_file:
            parts.append(f"the file is {input.name!r}, the table has e.g. {next(iter(self.by_file))!r}")
        if self.by_candid:
            parts.append(f"the candid is {str(candid)!r}, the table has e.g. {next(iter(self.by_candid))!r}")
        return "; ".join(parts) or "the table has no row with a label"


def read_labels(source, classes=None, *, default=None, ids=ID_COLUMNS):
    """Return what tells the labels, or None when folders and files tell them.

    Parameters
    ----------
    source : str, path-like or None
        ``"keyword:NAME"``, or the path of a CSV or ECSV table with a column
        ``label`` and a column ``candid`` or ``file``.
    classes : sequence of str or Classes, optional
        As `parse_classes` takes it; by default `default`, or the words of the table.
    default : Classes, optional
        The two classes for which no and yes stand; by default bogus and real.
    ids : tuple of str
        What a column with the name of an example may be called.

    Returns
    -------
    LabelKeyword, LabelTable or None

    Raises
    ------
    UsageError
        If the keyword has no name, or the table is absent or lacks a column, or its words are more
        than two classes of which nobody can tell the order.
    DataError
        If the table cannot be understood, or has two labels for one candidate.
    """
    if source is None or isinstance(source, LabelKeyword | LabelTable):
        return source
    source, classes, default = one_table(source), parse_classes(classes), default or Classes()
    if str(source).startswith("keyword:"):
        keyword = str(source).removeprefix("keyword:").strip()
        if not keyword:
            raise UsageError("`labels` names no keyword. Received: 'keyword:'. Write e.g. keyword:LABEL.")
        return LabelKeyword(keyword, classes or default)
    return _read_table(Path(source), classes, default, ids)


def one_table(source):
    """Return a table of labels as it is; refuse several, which only some domains take.

    Raises
    ------
    UsageError
    """
    if isinstance(source, list | tuple):
        raise UsageError(f"--labels takes one table here. Received: {', '.join(map(str, source))}. Join them "
                         "first.")
    return source


def _read_table(path, classes, default, ids):
    """Return the labels of a CSV or ECSV table."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"{path}: the table of labels cannot be read: {error.strerror}. "
                         "Give a CSV or ECSV file, or keyword:NAME, with --labels.") from None
    columns, rows = _ecsv(path) if path.suffix.lower() == ".ecsv" else _csv(path)
    names = {name.strip().lower(): name for name in reversed(columns)}
    label_column, file_column, candid_column = (
        next((names[known] for known in wanted if known in names), None)
        for wanted in (_LABEL_COLUMNS, _FILE_COLUMNS, ids))
    if label_column is None or (file_column is None and candid_column is None):
        raise UsageError(f"{path}: a table of labels needs the columns label and {ids[0]} (or file). "
                         f"Received: {', '.join(columns) or 'no column'}.")
    by_file, by_candid = {}, {}
    classes = classes or _classes_of(path, [row[label_column] for row in rows], default)
    for line, row in enumerate(rows, start=1):
        try:
            label = classes.label(row[label_column])
        except ValueError as error:
            raise DataError(f"{path}: row {line}: {error}.") from None
        if label is None:
            continue
        for column, known in ((file_column, by_file), (candid_column, by_candid)):
            key = str(row[column] or "").strip() if column is not None else ""
            if column == candid_column and key:
                _require_exact(path, line, column, key)
            if key and known.setdefault(key, label) != label:
                word = "both labels" if len(classes.names) == 2 else "several labels"
                raise DataError(f"{path}: row {line}: {column} {key!r} has {word}. Keep one of them.")
    return LabelTable(str(path), by_file, by_candid, classes)


def _require_exact(path, line, column, key):
    """Refuse a name that was a whole number before a program made it a rounded one."""
    try:
        rounded = not key.lstrip("+-").isdecimal() and abs(float(key)) > 2**53
    except ValueError:
        return
    if rounded and re.search(r"[.eE]", key) and float(key) not in (float("inf"), float("-inf")):
        raise DataError(f"{path}: row {line}: {column} {key!r} is a rounded number: a number of more than "
                        "15 digits loses its last ones as a float. Write the names as text or whole numbers.")


def _classes_of(path, values, default):
    """Return the classes that the words of a table stand for.

    Words of the two default classes are those two. Otherwise every word is a class, those for the first
    of them first, as long as no word for the second is among them: beside both a third is a slip of the pen.
    """
    spelled = Counter(str(value).strip() for value in values if _word(value) not in _UNKNOWN)
    words = {}
    for text, count in spelled.items():
        words.setdefault(_word(text), text)
        if count > spelled[words[_word(text)]]:
            words[_word(text)] = text
    usual = default.words
    strange = [word for word in words if word not in usual]
    if not strange or len(words) < 2 or any(usual.get(word) == 1 for word in words):
        return default
    if len(words) > MOST_CLASSES:
        return default
    if any(re.fullmatch(r"[-+.\de]+", word) for word in words):
        listed = ", ".join(sorted(words))
        raise UsageError(f"{path}: the labels {listed} are {len(words)} classes. Name them in this order "
                         "with --classes.")
    ordered = sorted(words, key=lambda word: (word not in usual, word))
    return Classes(tuple(words[word] for word in ordered), {word: n for n, word in enumerate(ordered)})


def _csv(path):
    """Return the column names and the rows of a CSV table; lines with ``#`` are comments."""
    import csv

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: the table of labels cannot be read ({error}).") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0] if lines else ""
    reader = csv.DictReader(lines, restval="", delimiter=max(_DELIMITERS, key=first.count))
    try:
        return list(reader.fieldnames or ()), list(reader)
    except csv.Error as error:
        raise DataError(f"{path}: the table of labels cannot be read ({error}).") from None


def _ecsv(path):
    """Return the column names and the rows of an ECSV table."""
    from astropy.table import Table

    try:
        table = Table.read(path, format="ascii.ecsv")
    except Exception as error:
        raise DataError(f"{path}: the table of labels cannot be read ({error}).") from None
    return table.colnames, [dict(zip(table.colnames, row, strict=True)) for row in table]
