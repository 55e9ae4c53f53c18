"""Candidate files, or a data cube, to a table of scores."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from otrain import __version__
from otrain.answers.answer import Request
from otrain.answers.threshold import checked_threshold
from otrain.catalogue import ANSWERS, DOMAINS
from otrain.data.files.atomic import locked, require_absent
from otrain.data.files.hidden import hidden
from otrain.data.files.marks import completed
from otrain.data.files.work_log import EVERY, WorkLog
from otrain.data.inputs.listing import is_one_source, plain_source, require_source
from otrain.data.inputs.quarantine import Tally, write_quarantine
from otrain.data.results.side_files import KEY, NO_TABLE, file_hash, foreign_side_files
from otrain.data.tables.written import FORMATS
from otrain.errors import QUARANTINED, DataError, OutputError, UsageError
from otrain.registry import nearest
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress
from otrain.workflows.reading.account import Account, contents_of, continued
from otrain.workflows.reading.checksums import not_default
from otrain.workflows.reading.source import Reading
from otrain.workflows.reading.unseen import Unseen
from otrain.workflows.reading.verified_cube import is_cube
from otrain.workflows.scoring.finished_table import marked_table, restore_finished
from otrain.workflows.scoring.network import open_network

__all__ = ["Inference", "infer"]

ENDINGS = {"dat": ".dat", "ecsv": ".ecsv", "csv": ".csv", "parquet": ".parquet", "votable": ".vot"}


@dataclass(frozen=True)
class Inference:
    """What scoring left behind.

    Parameters
    ----------
    path : Path
        The table.
    tally : Tally
        What became of every input.
    classes : Counter
        Number of examples called each class.
    quarantine : Path or None
        Table of the rejected inputs, if there are any.
    model_id, calibration_id : str
        What gave the scores.
    threshold : float
    notes : tuple of str
        What a person must know before using the scores.
    told : object, optional
        What else was done before the table, and what came of it; its text says it in words.
    unseen : dict
        By column the examples outside what the network was trained on: ``judged outside unseen`` and
        ``low high`` or ``values`` of the training.
    said : str
        What was done to the examples that `classes` counts, where there is no threshold.
    """

    path: Path
    tally: Tally
    classes: Counter
    quarantine: Path | None
    model_id: str
    calibration_id: str
    threshold: float
    notes: tuple[str, ...]
    told: object | None = None
    unseen: dict = field(default_factory=dict)
    said: str = "scored"

    @property
    def exit_code(self):
        """Of otrain-infer."""
        return QUARANTINED if self.tally.quarantined else 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-infer", self, {
            "table": str(self.path), "inputs": self.tally.to_dict(), "classes": dict(self.classes),
            "threshold": self.threshold, "model_id": self.model_id, "calibration_id": self.calibration_id,
            "never_seen": self.unseen, "quarantine": self.quarantine and str(self.quarantine),
            "injections": str(self.told.path) if self.told else None})


def infer(cutouts, model, *, prob_ratio=None, format=None, out=None, threshold=None, uncertainty=None,
          jobs=None, engine="local", ray_address=None, reader=None, mapping=None, domain=None,
          normalise=None, seed=0, overwrite=False, resume=False, checkpoint_every=EVERY, maps=True,
          inject=None, inject_depths=None, inject_durations=None, checksums="stale", proof=None,
          **preparation) -> Inference:
    """Score candidates with a trained network, or find the events in light curves, and write one table.

    Parameters
    ----------
    cutouts : path-like or iterable of path-like
        Folder (``true/`` and ``false/``, or flat), single file, data cube, or paths.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``.
    prob_ratio : float, optional
        Reals per bogus expected in the data; by default scores presuppose the share of
        reals of the training cube.
    format : str, optional
        ``dat`` as O'TRAIN wrote it (the default), ``ecsv`` (of events), ``csv``, ``parquet`` or ``votable``.
    out : path-like, optional
        The table, whose ending says the format; by default ``infer_results.<format>`` in the folder of
        the cutouts, or ``events.<format>`` in the current folder.
    threshold : float, optional
        Score from which an example is called real; by default that of the network.
    uncertainty : int, optional
        Number of passes with random dropout behind a column ``uncertainty``.
    jobs : int, optional
        Worker processes; by default one per core.
    engine, ray_address
        As for `otrain.workflows.reading.intake.intake`; a data cube is read in this process.
    checksums : {"stale", "verify", "ignore"}
        As for `otrain.workflows.reading.intake.intake`.
    reader, mapping, domain
        Instead of what is recognised.
    normalise : {"none", "l2", "robust"}, optional
        What is done to the pixels before a network without a bundle, which does not say what it
        was trained on; by default nothing.
    seed : int
        Of the dropout of `uncertainty`.
    overwrite : bool
    resume : bool
        Go on where a process that was asked for the same was stopped or killed.
    checkpoint_every : float
        Seconds of work that a power cut may cost.
    maps : bool
        Whether the probability of every point is written beside the table of events.
    inject : int, optional
        Events of each depth and duration that are put into copies of the light curves, to see which of
        them are found.
    inject_depths, inject_durations : sequence of float, optional
        [ppm] and [h]; by default those of `otrain.answers.events.injection`.
    proof : int, optional
        Draws with which the numbers of each example are refined and tested, where the domain can do that.
    **preparation
        Values in place of those of the recipe of the network, e.g. ``pad=True``.

    Returns
    -------
    Inference

    Raises
    ------
    OutputError
        If the table exists and `overwrite` is false, or unfinished work is there and neither
        `resume` nor `overwrite` is set.
    DataError
        If no usable candidate is there.
    IntegrityError
        If the network is damaged or refused, or gives a score that is not finite.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"unknown table format {format!r}.{nearest(format, FORMATS)} "
                         f"Known: {', '.join(FORMATS)}.")
    _format(format, out)
    if out is not None and not Path(out).parent.is_dir():
        raise OutputError(f"{out}: there is no folder {os.fspath(Path(out).parent)!r}. Make it, or choose "
                          "another place.")
    if threshold is not None:
        checked_threshold(threshold)
    if uncertainty is not None and uncertainty < 2:
        raise UsageError(f"--uncertainty needs at least 2 passes. Received: {uncertainty}")
    if inject is None and (inject_depths is not None or inject_durations is not None):
        raise UsageError("--inject-depths and --inject-durations say what --inject N puts into the inputs. "
                         "Add --inject.")
    cutouts = plain_source(cutouts)
    require_source(cutouts)
    network = open_network(model, normalise=normalise)
    answer, chosen = ANSWERS.load(network.answer), DOMAINS.load(domain or network.domain)
    format = _checked_format(_format(format, out), answer)
    path = _output(cutouts, format, out, answer)
    if not (resume and path.is_file()):  # which may be what is asked for
        require_absent(path, overwrite=overwrite, folder=False)
    changes = _changes(preparation, chosen)
    options = {"prob_ratio": prob_ratio, "uncertainty": uncertainty, "maps": None if maps else False,
               "proof": proof, "inject": inject, "inject_depths": inject_depths,
               "inject_durations": inject_durations}
    scorer = answer.scorer(network, chosen, Request(
        format, threshold, {name: value for name, value in options.items() if value is not None}, seed))
    account, rejected = Account(), path.with_name(f"{path.name}.quarantine.ecsv")
    unseen = Unseen(getattr(network, "seen", {}))
    reading = Reading(cutouts, reader, mapping, changes, jobs, engine, ray_address, unseen.add, checksums)
    scorer.check(reading, path, overwrite=overwrite or resume)
    request = {
        "cutouts": reading.name, "model_id": network.identity, "calibration_id": network.calibration_id,
        "otrain_version": __version__, "format": format, "reader": reader,
        "mapping": mapping and os.fspath(mapping), "domain": chosen.name, "preparation": changes,
        **not_default(checksums),
        **contents_of({"mapping": mapping and os.fspath(mapping)}, "mapping"), **scorer.request()}
    log = WorkLog(hidden(path, "progress"), request, every=checkpoint_every)
    beside, note = [*scorer.files(path), rejected.name], getattr(network, "note", "")
    # What became of injected events is not in the account.
    if resume and inject is None and restore_finished(path, log, request, account, reading.source, chosen,
                                                      beside=beside):
        if not account.tally.quarantined:
            rejected.unlink(missing_ok=True)  # that of an older table, as below
        others = foreign_side_files(path, beside)
        here = rejected.is_file() and rejected.name not in others
        notes = [f"{name} beside it is of another table; --overwrite writes both anew" for name in others]
        return Inference(path, account.tally, account.classes, rejected if here else None, network.identity,
                         network.calibration_id, scorer.threshold, (*((note,) if note else ()), *notes),
                         said=getattr(scorer, "said", "scored"))
    require_absent(path, overwrite=overwrite, folder=False)

    def write_rejected(table):
        """Write what was rejected, once the table is complete: what lies beside it has its name before it."""
        if account.quarantine:
            write_quarantine(rejected, account.quarantine, meta={KEY: file_hash(table)})

    with locked(path, beside=beside, overwrite=overwrite), marked_table(path, request, account), \
            completed(path, write_rejected), continued(log, account, resume=resume, overwrite=overwrite), \
            progress(scorer.title) as on_progress:
        # Before the table: where that is, everything is.
        told = scorer.begin(reading, path, on_progress)
        unseen.restore(account.unseen)
        with scorer.output(path) as output:
            for part in log.parts():
                output.add(part)
            for part, ahead, counts in scorer.parts(reading, account, on_progress):
                account.classes.update(counts)
                account.unseen = unseen.state()
                log.add(part, account.state(ahead=ahead))
                output.add(part)
            if not account.tally.kept:
                write_quarantine(rejected, account.quarantine, meta={KEY: NO_TABLE})
                raise DataError(f"{reading.name}: no usable {chosen.source.what} ({account.tally})."
                                + (f" See {rejected}." if account.quarantine else ""))
        if not account.quarantine:
            rejected.unlink(missing_ok=True)  # that of an older table
    return Inference(path, account.tally, account.classes, rejected if account.quarantine else None,
                     network.identity, network.calibration_id, scorer.threshold,
                     (*((note,) if note else ()), *unseen.notes(), *account.tally.notes), told,
                     unseen.to_dict(), getattr(scorer, "said", "scored"))


def _changes(preparation, domain):
    """Return what is asked of the preparation besides the recipe of the network; refuse what is unknown."""
    known = {*domain.preparation.make_recipe(), *domain.preparation.options.values()}
    for name in preparation:
        if name not in known:
            raise UsageError(f"--{name.replace('_', '-')} does not concern {domain.name}."
                             f"{nearest(name, known)}")
    return preparation


def _format(asked, out):
    """Return the format of the table: what is asked for, or what the ending of its name says."""
    ending = "" if out is None else Path(out).suffix.lower()
    told = next((name for name, own in ENDINGS.items() if own == ending), None)
    if asked is not None and told not in (None, asked):
        raise UsageError(f"{out}: the ending says {told}, --format says {asked}. Leave one of them out, or "
                         "choose another name.")
    if asked is None and ending and told is None:
        raise UsageError(f"{out}: the ending {ending!r} says no format. Known: "
                         f"{', '.join(ENDINGS.values())}. Choose one of them, or give --format.")
    return asked or told


def _checked_format(format, answer):
    """Return the form of the table, by default the first of the answer."""
    format = format or answer.formats[0]
    if format not in answer.formats:
        raise UsageError(f"{answer.table}.{format} has no columns for {answer.name}. "
                         f"Choose --format {answer.formats[0]}.")
    return format


def _output(cutouts, format, out, answer):
    """Return where the table goes: the current folder, or that of the inputs where the answer says so."""
    if out is not None:
        return Path(out)
    name = answer.table + ENDINGS[format]
    if not answer.beside_inputs or not is_one_source(cutouts):
        return Path(name)
    inside = os.path.isdir(cutouts) and not is_cube(cutouts)  # a cube folder is closed
    return Path(cutouts) / name if inside else Path(cutouts).parent / name
