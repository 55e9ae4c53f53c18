"""What every verb returns, and what ``--json`` of its command prints."""

from pathlib import Path
from typing import Any, Protocol, TypedDict, get_args, get_origin, get_type_hints

__all__ = ["DOCUMENTS", "Outcome", "document", "schema_of"]


class Outcome(Protocol):
    """What a verb left behind.

    Attributes
    ----------
    path : Path
        The file or folder that was asked for.
    notes : tuple of str
        What a person must know before using it.
    exit_code : int
        Of the command: 0, or 3 where some inputs were quarantined, or 8 where a check found something.
    """

    path: Path
    notes: tuple[str, ...]
    exit_code: int

    def to_dict(self) -> dict:
        """Return what ``--json`` prints: plain types, as `DOCUMENTS` describes them."""


class Document(TypedDict):
    """What every command says."""

    schema_version: int
    command: str
    path: str
    notes: list[str]
    exit_code: int


class Inputs(TypedDict):
    """What became of the inputs: seen = kept + skipped + quarantined."""

    seen: int
    kept: int
    skipped: dict[str, int]
    quarantined: dict[str, int]


class Groups(TypedDict):
    """Things that belong together, the first thousand groups of them."""

    count: int
    groups: list[Any]


class Convert(Document):
    """A data cube: counts by class, ranges of the columns, repeated images."""

    cube: str
    identity: str
    inputs: Inputs
    examples: int
    shape: list[int]
    channels: list[str]
    classes: dict[str, int]
    masked_examples: int
    duplicated_candids: Groups
    identical_images: Groups
    contact_sheet: str | None
    quarantine: str | None


class Train(Document):
    """A run directory: what the network is, and its rates on validation and test."""

    name: str
    model_id: str | None
    bundle: str | None
    counts: dict[str, Any]
    metrics: dict[str, Any]


class Batch(Document):
    """A table of trainings: how many are finished, and the best by `measure` on validation."""

    table: str
    runs: int
    finished: int
    failed: int
    measure: str | None
    best: dict[str, Any] | None


class Infer(Document):
    """A table of scores or events."""

    table: str
    inputs: Inputs
    classes: dict[str, int]
    threshold: float | None
    model_id: str
    calibration_id: str
    never_seen: dict[str, Any]
    quarantine: str | None
    injections: str | None


class Diagnostics(Document):
    """A judgement: counts, rates with their 95 % intervals, the confusion matrix."""

    folder: str
    cube: dict[str, Any]
    model_id: str
    subset: str
    threshold: float | None
    counts: dict[str, int]
    metrics: dict[str, Any]
    confusion: list[Any] | None
    pictures: dict[str, int]


class PlotResults(Document):
    """Figures, and the numbers behind them."""

    folder: str
    figures: list[str]
    name: str
    subset: str


class Checkinfer(Document):
    """Which simulated events a threshold keeps."""

    folder: str
    figures: list[str]
    events: dict[str, Any]
    candidates: dict[str, Any]
    kept: list[Any]


class Compare(Document):
    """Images of two folders: how many differ, their mean differences, and the numbers of each."""

    counts: dict[str, int]
    mean: dict[str, float | None]
    images: list[Any]


class Doctor(Document):
    """What is wrong with the data: findings, and the checks that found nothing."""

    source: str
    identity: str | None
    examples: int
    inputs: Inputs
    classes: dict[str, int]
    faults: int
    notices: int
    findings: list[Any]
    clean: dict[str, str]
    suspects: list[Any] | None


class GradCam(Document):
    """Heat maps: how many of each outcome, and what their test found."""

    folder: str
    counts: dict[str, int]
    words: list[str]


class OptimiseDatasetSize(Document):
    """What more labels would bring: one entry in `gains` for each measure."""

    folder: str
    name: str
    cube: str
    runs: int
    counts: dict[str, Any]
    gains: list[Any]
    laws: dict[str, Any]


class ScanChannels(Document):
    """A ranked table of channels: which of them see the glitches of the strain."""

    folder: str
    table: str
    reference: str
    channels: int
    events: int
    quiet_events: int
    witnesses: list[str]
    selected: list[str]
    problems: int


class Simulate(Document):
    """Simulated examples: how many of each kind."""

    domain: str
    kinds: dict[str, Any]


class Lightcurves(Document):
    """What each verb of Panopticon said."""

    verbs: list[str]
    lines: list[str]


# By the name of the workflow.
DOCUMENTS = {
    "batch": Batch,
    "checkinfer": Checkinfer, "compare": Compare, "convert": Convert,
    "diagnostics": Diagnostics, "doctor": Doctor,
    "grad_cam": GradCam, "infer": Infer, "lightcurves": Lightcurves,
    "optimise_dataset_size": OptimiseDatasetSize, "plot_results": PlotResults,
    "scan_channels": ScanChannels, "simulate": Simulate,
    "train": Train,
}

_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", type(None): "null"}


def document(command, outcome, numbers):
    """Return what ``--json`` prints: what every command says, then what this one does.

    Parameters
    ----------
    command : str
        ``otrain-train`` and so on.
    outcome : Outcome
    numbers : dict
        Plain types.
    """
    return {**numbers, "schema_version": 1, "command": command, "path": str(outcome.path),
            "notes": list(outcome.notes), "exit_code": outcome.exit_code}


def schema_of(name):
    """Return the JSON Schema (2020-12) of what the command of a workflow prints with ``--json``.

    Further keys may come in later versions; none of these will go or change its type.

    Parameters
    ----------
    name : str
        A key of `DOCUMENTS`.
    """
    command = f"otrain-{name.replace('_', '-')}"
    schema = _schema(DOCUMENTS[name])
    schema["properties"]["schema_version"] = {"const": 1}
    schema["properties"]["command"] = {"const": command}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{command} --json",
            "description": DOCUMENTS[name].__doc__, **schema}


def _schema(kind):
    """Return the schema of one type."""
    if kind is Any:
        return {}
    if kind in _TYPES:
        return {"type": _TYPES[kind]}
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema(get_args(kind)[0])}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": _schema(get_args(kind)[1])}
    if get_args(kind):  # a union
        return {"anyOf": [_schema(one) for one in get_args(kind)]}
    hints = get_type_hints(kind)
    return {"type": "object", "properties": {name: _schema(one) for name, one in hints.items()},
            "required": list(hints)}
