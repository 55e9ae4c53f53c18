"""A data cube or a folder of candidates to one page of what is wrong with it, before training."""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from otrain import __version__
from otrain.data.files.atomic import atomic_folder, locked, require_absent, write_text
from otrain.data.files.time_written import time_written
from otrain.data.inputs.listing import is_one_source, named_source, plain_source
from otrain.data.inputs.quarantine import write_quarantine
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.data.tables.csv_table import write_csv
from otrain.errors import CheckFailed
from otrain.workflows.examining.examination import examine
from otrain.workflows.examining.findings import check_all, checks_of, how_many
from otrain.workflows.examining.suspects import named, second_look
from otrain.workflows.outcome import document

__all__ = ["Examined", "describe", "doctor"]

_EXAMPLES = 20  # rows of a finding that are named in doctor.json
_PICTURES = 8  # of a finding on the page
_SUSPECTS = 12  # pictures of labels for a second look


class Examined(NamedTuple):
    """What was found.

    Parameters
    ----------
    result : dict
        As in ``doctor.json``.
    folder : Path
    """

    result: dict
    folder: Path

    def __repr__(self):
        return f"<Examined {self.folder}: {self.result['faults']} faults, {self.result['notices']} notices>"

    @property
    def path(self):
        """The folder."""
        return self.folder

    @property
    def notes(self):
        """What is worth knowing and is no fault, in one line each."""
        return tuple(f"{found['title']}: {found['words']}" for found in self.result["findings"]
                     if found["level"] == "notice")

    @property
    def exit_code(self):
        """Of otrain-doctor."""
        return CheckFailed.exit_code if self.result["faults"] else 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-doctor", self, self.result)


def doctor(source, *, out=None, labels=False, model=None, labels_from=None, classes=None,
           domain=None, reader=None, mapping=None, seed=0, jobs=None, overwrite=False) -> Examined:
    """Examine a data cube or a folder and write a page about it.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A data cube of any store, or folders or files of candidates.
    out : path-like, optional
        Folder for ``doctor.html`` and ``doctor.json``; by default ``<name>_doctor`` here.
    labels : bool
        Whether to look for wrong labels too, by confident learning.
    model : path-like, optional
        Run directory whose stored scores are used for that, in place of a quick classifier.
    labels_from, classes, reader, mapping, domain
        For a folder: as the user chose them; by default recognised.
    seed : int
        Of the folds and trees of the quick classifier.
    jobs : int, optional
        Reading processes for a folder.
    overwrite : bool
        Replace an older page.

    Returns
    -------
    Examined

    Raises
    ------
    DataError
        If there is nothing to examine.
    OutputError
        If `out` exists and `overwrite` is false.
    """
    source = plain_source(source)
    folder = Path(out) if out else Path(f"{_stem(source)}_doctor")
    require_absent(folder, overwrite=overwrite, folder=True, marker="doctor.json")
    stored = Predictions.load(RunDirectory.find(model).predictions) if model else None
    seen = examine(source, centre=labels and stored is None, domain=domain, labels=labels_from,
                   classes=classes, reader=reader, mapping=mapping, jobs=jobs)
    findings, tables = check_all(seen)
    suspects = None
    if labels or stored is not None:
        finding, suspects = second_look(seen, stored, seed)
        findings = sorted([*findings, *filter(None, [finding])], key=lambda found: found.level != "fault")
    result = _result(source, seen, findings, tables, suspects)
    with locked(folder, overwrite=overwrite), \
            atomic_folder(folder, overwrite=overwrite, marker="doctor.json") as building:
        write_text(building / "doctor.json", json.dumps(result, indent=1, allow_nan=False) + "\n")
        _write_page(building / "doctor.html", result, seen, findings)
        if seen.quarantine:
            write_quarantine(building / "quarantine.ecsv", seen.quarantine)
        if suspects:
            _write_suspects(building / "labels.csv", suspects)
    return Examined(result, folder)


def _stem(source):
    first = Path(source if is_one_source(source) else source[0]).resolve().name
    return first.removesuffix(".npz").removesuffix(".h5")


def _result(source, seen, findings, tables, suspects):
    """Return everything as plain types."""
    levels = [finding.level for finding in findings]
    checks = {code: words for code, words in checks_of(seen.domain).items()
              if code != "labels" or suspects is not None}
    return {
        "schema_version": 2, "source": named_source(source), "identity": seen.identity,
        "otrain_version": __version__,
        "created": time_written(),
        "examples": len(seen), "what": "examples" if seen.domain is None else f"{seen.domain.source.what}s",
        "inputs": seen.tally.to_dict(),
        "layouts": [{"shape": list(shape), "channels": list(channels), "count": count}
                    for (shape, channels), count in seen.layouts.most_common()],
        "classes": {name: int(np.sum(seen.labels == index)) for index, name in enumerate(seen.classes)},
        "judged_channel": seen.judged_channel,
        "faults": levels.count("fault"), "notices": levels.count("notice"),
        "findings": [_plain(seen, finding) for finding in findings],
        "clean": {code: words for code, words in checks.items()
                  if code not in {found.code for found in findings}},
        **tables, "suspects": suspects,
    }


def _plain(seen, finding):
    parts = asdict(finding) | {"title": finding.title}
    del parts["check"]
    rows, values = parts.pop("rows"), parts.pop("values")
    parts["examples"] = [named(seen, row) | ({"value": str(values[i])} if values else {})
                         for i, row in enumerate(rows[:_EXAMPLES])]
    return parts


def _write_page(path, result, seen, findings):
    from otrain.web.doctor import write_doctor_page  # matplotlib, jinja2

    pictures = {}
    for finding in findings:
        rows = list(finding.rows[:_SUSPECTS if finding.code == "labels" else _PICTURES])
        if rows:
            values = finding.values or [""] * len(rows)
            titles = [_title(seen, row, value) for row, value in zip(rows, values, strict=False)]
            pictures[finding.code] = (seen.read(rows), titles)
    write_doctor_page(path, result, pictures, draw=_drawing(seen))


def _drawing(seen):
    """Return what draws examples that are no images: the contact sheet of their domain."""
    if len(next(iter(seen.layouts))[0]) == 2 or seen.domain is None or seen.domain.cube.draw_sheet is None:
        return None
    channels = next(iter(seen.layouts))[1]
    return lambda examples, titles: seen.domain.cube.draw_sheet(
        [("", np.stack(examples), [title.replace("\n", " ") for title in titles])], channels)


def _title(seen, row, value):
    example = named(seen, row)
    name = example.get("candid") or Path(example.get("file") or f"row {row}").name
    if value.startswith("labelled"):
        return f"{name}\n{value}"
    return "\n".join(filter(None, [name, ", ".join(filter(None, [example["label"] or "no label", value]))]))


def _write_suspects(path, suspects):
    """Write every label for a second look as CSV, least credible first."""
    text = io.StringIO()
    write_csv(text, list(suspects[0]), (suspect.values() for suspect in suspects), lineterminator="\n")
    write_text(path, text.getvalue())


def describe(result):
    """Yield the lines that say what was found.

    Parameters
    ----------
    result : dict
        As `doctor` returns it.
    """
    layout = result["layouts"][0]
    shape = "x".join(map(str, (*layout["shape"], len(layout["channels"]))))
    yield (f"{result['source']}: {result['examples']} {result['what']} {shape}: "
           + ", ".join(f"{count} {name}" for name, count in result["classes"].items()))
    for finding in result["findings"]:
        yield (f"  {finding['level']:6}  {finding['code']:16} {finding['count']} of {finding['of']} "
               f"{finding['title']}: {finding['words']}")
    yield (f"{how_many(result['faults'], 'fault')}, {how_many(result['notices'], 'notice')}, "
           f"{how_many(len(result['clean']), 'check')} found nothing")
