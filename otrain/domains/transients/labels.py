"""Where the label of a candidate comes from: its folder, a table, or its own header."""

from dataclasses import dataclass, field
from pathlib import Path

from otrain.data.quarantine import InputRejected
from otrain.errors import DataError, UsageError

__all__ = ["CLASSES", "LabelKeyword", "LabelTable", "folder_label", "parse_label", "read_labels"]

CLASSES = ("bogus", "real")

_WORDS = {
    "0": 0, "bogus": 0, "false": 0, "f": 0, "no": 0, "n": 0,
    "1": 1, "real": 1, "true": 1, "t": 1, "yes": 1, "y": 1,
}
_UNKNOWN = {"", "-1", "nan", "none", "null", "unknown", "unsure", "--"}


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
    if value is None or value != value:
        return None
    if isinstance(value, str):
        text = value.strip().lower()
        if text.endswith(".0"):
            text = text[:-2]
    else:
        # A number of numpy or of a header: 1, 1.0 and True are the same label.
        text = str(int(value)) if float(value) == int(value) else str(value)
    if text in _UNKNOWN:
        return None
    if text not in _WORDS:
        raise ValueError(f"{value!r} is no label; known: 0, 1, bogus, real, false, true")
    return _WORDS[text]


def folder_label(name):
    """Return the label that the first folder of a relative name stands for, or None."""
    first, separator, _ = name.partition("/")
    return {"true": 1, "false": 0}.get(first.lower()) if separator else None


@dataclass(frozen=True)
class LabelKeyword:
    """The label stands in the candidate's header."""

    keyword: str

    def of(self, input, example):
        """Return the label of an example as its reader found it."""
        try:
            label = parse_label(example.label)
        except (TypeError, ValueError) as error:
            raise InputRejected("bad-column", f"{self.keyword}: {error}.") from None
        if label is None:
            raise InputRejected("label-missing", f"the header has no label under {self.keyword!r}.")
        return label


@dataclass(frozen=True)
class LabelTable:
    """The label stands in a table, beside the name of the candidate or of its file."""

    path: str
    by_file: dict = field(default_factory=dict)
    by_candid: dict = field(default_factory=dict)

    def of(self, input, example):
        """Return the label of an example, by its file and else by its candid."""
        label = self.by_file.get(input.name)
        if label is None:
            label = self.by_candid.get(str(example.columns.get("candid", "")))
        if label is None:
            raise InputRejected("label-missing", f"{self.path} has no label for it.")
        return label


def read_labels(source):
    """Return what tells the labels, or None when folders and files tell them.

    Parameters
    ----------
    source : str, path-like or None
        ``"keyword:NAME"``, or the path of a CSV or ECSV table with a column
        ``label`` and a column ``candid`` or ``file``.

    Returns
    -------
    LabelKeyword, LabelTable or None

    Raises
    ------
    UsageError
        If the keyword has no name, or the table is absent or lacks a column.
    DataError
        If the table cannot be understood, or has two labels for one candidate.
    """
    if source is None or isinstance(source, LabelKeyword | LabelTable):
        return source
    if str(source).startswith("keyword:"):
        keyword = str(source).removeprefix("keyword:").strip()
        if not keyword:
            raise UsageError("`labels` names no keyword. Received: 'keyword:'. Write e.g. keyword:LABEL.")
        return LabelKeyword(keyword)
    return _read_table(Path(source))


def _read_table(path):
    """Return the labels of a CSV or ECSV table."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"{path}: the table of labels cannot be read: {error.strerror}. "
                         "Give a CSV or ECSV file, or keyword:NAME, with --labels.") from None
    columns, rows = _ecsv(path) if path.suffix.lower() == ".ecsv" else _csv(path)
    names = {name.strip().lower(): name for name in columns}
    if "label" not in names or not {"candid", "file"} & set(names):
        raise UsageError(f"{path}: a table of labels needs the columns label and candid (or file). "
                         f"Received: {', '.join(columns) or 'no column'}.")
    table = LabelTable(str(path))
    for line, row in enumerate(rows, start=1):
        try:
            label = parse_label(row[names["label"]])
        except ValueError as error:
            raise DataError(f"{path}: row {line}: {error}.") from None
        if label is None:
            continue
        for column, known in (("file", table.by_file), ("candid", table.by_candid)):
            key = str(row[names[column]]).strip() if column in names else ""
            if key and known.setdefault(key, label) != label:
                raise DataError(f"{path}: row {line}: {column} {key!r} has both labels. Keep one of them.")
    return table


def _csv(path):
    """Return the column names and the rows of a CSV table; lines with ``#`` are comments."""
    import csv

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: the table of labels cannot be read ({error}).") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(lines, restval="")
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
