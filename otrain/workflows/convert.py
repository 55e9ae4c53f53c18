"""Files of a domain to a data cube: read, prepare, choose, write, and show what is in it."""

import json
import os
from contextlib import contextmanager

import numpy as np

from otrain import __version__
from otrain.catalogue import DOMAINS, TASKS
from otrain.data.cubes.datacube import MARKERS, STORES, write_cube
from otrain.data.cubes.meta import checked_meta
from otrain.data.cubes.side_table import side_table_path, write_side_table
from otrain.data.cubes.sidecars import stamped_picture
from otrain.data.cubes.spool import Spool
from otrain.data.files.atomic import atomic_file, locked, require_absent, require_room, write_text
from otrain.data.files.journal import request_id
from otrain.data.files.work_log import EVERY, WorkLog
from otrain.data.inputs.file_names import name_after_files
from otrain.data.inputs.listing import is_one_source, named_source, plain_source
from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine
from otrain.errors import DataError, UsageError
from otrain.registry import nearest
from otrain.workflows.progress import progress, say
from otrain.workflows.reading.account import Account, contents_of, continued
from otrain.workflows.reading.checksums import not_default
from otrain.workflows.reading.conversion import (
    Conversion,
    base_of,
    beside,
    finished_conversion,
    names_of,
    unfinished_at,
)
from otrain.workflows.reading.cube_summary import summarise
from otrain.workflows.reading.early import watching
from otrain.workflows.reading.filling import Filling
from otrain.workflows.reading.guess import guess_domain
from otrain.workflows.reading.intake import default_jobs, intake
from otrain.workflows.reading.selection import (
    draw,
    identical_groups,
    parse_fraction,
    split_conflicts,
    wanted_counts,
)
from otrain.workflows.training.architecture import require_teachable

__all__ = ["Conversion", "convert"]

FOLDER_BYTES = 2 << 30  # above it, `auto` writes a cube folder
ENDINGS = {"npz": ".npz", "h5": ".h5", "folder": "", "gotorb": ""}


def convert(cutouts, *, path_datacube=".", cube=None, frac_true=None, domain=None, task=None, reader=None,
            mapping=None, labels=None, classes=None, store="auto", seed=0, jobs=None, engine="local",
            ray_address=None, overwrite=False, resume=False, checkpoint_every=EVERY, contact_sheet=True,
            checksums="stale", **preparation) -> Conversion:
    """Make a data cube from the files of a domain.

    Parameters
    ----------
    cutouts : path-like, or iterable of path-like
        Folder with ``true/`` and ``false/``, or any source of the domain; or several.
    path_datacube : path-like
        The cube goes to ``<path_datacube>/datacube/``.
    cube : str, optional
        Its name; by default that of the folder of cutouts.
    frac_true : float or "all", optional
        Fraction of the result with a label above 0; ``"all"`` keeps every usable example. By
        default that of the domain: 0.5 for transients, ``"all"`` for light curves.
    domain : str, optional
        By default the one that the names of the files tell, else transients.
    task, reader, mapping, labels
        Instead of what is recognised.
    classes : sequence of str, optional
        Names of the classes in label order, each perhaps with the words that stand for it:
        ``["noise", "source=SN,AGN"]``. By default those of the domain, of the folders or of the labels.
    store : {"auto", "npz", "folder", "h5", "gotorb"}
        ``auto``: a folder above 2 GB, else npz.
    seed : int
        Of the draw that meets `frac_true`.
    jobs : int, optional
        Worker processes; by default one per core, 0: none.
    checksums : {"stale", "verify", "ignore"}
        As for `otrain.workflows.reading.intake.intake`.
    engine, ray_address
        As for `otrain.workflows.reading.intake.intake`.
    overwrite : bool
    resume : bool
        Go on where a process that was asked for the same was stopped or killed.
    checkpoint_every : float
        Seconds of work that a power cut may cost.
    contact_sheet : bool
        Whether to draw ``<cube>.png``.
    **preparation
        Options of the domain, e.g. ``cutout_size=31`` or ``cadence=600``; see its `make_recipe`.

    Returns
    -------
    Conversion

    Raises
    ------
    UsageError
        If the examples have several sizes or sets of channels and none was chosen, or an option is
        none of the domain's.
    DataError
        If no usable input is left, or the fraction cannot be met.
    OutputError
        If the cube exists or another process writes it, or unfinished work is there and neither
        `resume` nor `overwrite` is set.
    """
    if not is_one_source(cutouts):
        cutouts = [*map(os.fspath, cutouts)]
    chosen_domain = DOMAINS.load(domain or guess_domain(cutouts))
    chosen_task = task
    task = chosen_domain.checked_task(task)
    require_teachable(chosen_domain, task)
    chosen_domain = chosen_domain.doing(task)
    rules = chosen_domain.cube
    classes = _asked_classes(classes, chosen_domain)
    fraction = parse_fraction(rules.frac_true if frac_true is None else frac_true)
    if mapping is not None and "mapping" in chosen_domain.preparation.options:
        preparation["mapping"] = mapping
    recipe = chosen_domain.preparation.make_recipe(**_options(preparation, chosen_domain))
    base = base_of(cutouts, path_datacube, cube)
    request = _request(cutouts, chosen_domain, recipe, task=task, fraction=fraction, reader=reader,
                       mapping=mapping and os.fspath(mapping), labels=labels and plain_source(labels),
                       store=store, seed=seed, contact_sheet=contact_sheet,
                       **({"classes": list(classes)} if isinstance(classes, tuple) else {}),
                       **not_default(checksums))
    if resume:
        done = finished_conversion(base, request, chosen_domain, cutouts, labels, classes)
        if done is not None:
            return done
    log, account = WorkLog(unfinished_at(base), request, every=checkpoint_every), Account()
    tally, quarantine = account.tally, account.quarantine
    if not (resume and log.path.exists()):
        _check_output(base, store, overwrite)
    with locked(base, beside=names_of(base, rules), overwrite=overwrite), \
            Spool(base.parent, _kinds(chosen_domain), base.name, log,
                  overwrite=overwrite and not resume) as spool, \
            continued(log, account, resume=resume, overwrite=overwrite, accept=spool.take):
        filling = Filling(spool, log, account, chosen_domain)
        filling.restore(log.states)
        overwrite |= filling.writing  # of what this very run may have written before it was killed
        _check_output(base, store, overwrite)  # a killed process may have left an older folder
        with progress("reading") as on_progress:
            filling.fill(intake(
                cutouts, chosen_domain, recipe, labels=labels, classes=classes, reader=reader,
                mapping=mapping, tally=tally, quarantine=quarantine,
                workers=default_jobs(engine) if jobs is None else jobs, engine=engine,
                ray_address=ray_address, on_progress=watching(on_progress, account),
                on_listing=filling.take_listing,
                finish=spool.writer, place=account.place, checksums=checksums))
        table = spool.columns()
        table["candid"] = name_after_files(table["candid"], table["file"], spool.positions)
        if len(filling.classes) > 2 and frac_true is None:
            fraction = None  # a share of trues is for two classes
        rows, repeats = _choose(spool, table, filling.rows, fraction, seed, tally, quarantine)
        if not len(rows):
            rejected = _write_rejected(base, quarantine) if quarantine else None
            raise DataError(_nothing_left(cutouts, tally, rejected, labels, chosen_domain.source,
                                          next((row.words for row in quarantine), "")))
        chosen = spool.batches(rows)
        store, path = _place(base, store, spool, chosen)
        meta = {"domain": chosen_domain.name, "task": task, "classes": list(filling.classes),
                "channels": list(spool.channels), "recipe": recipe, "seed": seed, "counts": tally.to_dict(),
                "created": filling.created,
                "source": named_source(cutouts)}
        asked_labels = labels if filling.labels is None else filling.labels
        columns, labels = _taken(table, rows, rules), spool.labels[rows]
        side = {name: _side_columns(found, rows, rules.tables[name]) for name, found in filling.side.items()}
        targets, left_out = _targets(chosen_domain, task, spool, filling.classes, recipe, columns)
        meta |= targets
        _check_lesson(task, checked_meta(meta, spool.shape), path,
                      asked=chosen_task is not None)
        sheet = _draw_sheet(chosen, labels, columns, chosen_domain, filling.classes, spool.channels, seed) \
            if contact_sheet else None
        with _tables_beside(path, side, rules, meta), \
                write_cube(path, chosen, labels=labels, columns=columns, meta=meta, store=store,
                           overwrite=overwrite, digests=spool.digests[rows]) as written:
            summary = summarise(written, columns, tally, chosen_domain, repeats=repeats,
                                masked=int(spool.masked[rows].sum()), tables=side)
            said = [*left_out, *(rules.compare(columns, asked_labels) if rules.compare else ())]
            if said:
                summary["notes"] = [*summary.get("notes", ()), *said]
        # What lies beside an older cube is as it was until the cube is replaced.
        rejected = _write_rejected(base, quarantine, summary["identity"])
        if sheet is not None:
            with atomic_file(beside(base, "png")) as temporary:
                temporary.write_bytes(stamped_picture(sheet, summary["identity"]))
        # The last of the files: where it is, everything is.
        summary |= {"request_id": request_id(request), "source_id": account.place.source,
                    "folders": _folders(cutouts, base)}
        write_text(beside(base, "summary.json"), json.dumps(summary, indent=1) + "\n")
    return Conversion(path, tally, summary, sheet and beside(base, "png"), rejected, chosen_domain)


def _request(cutouts, domain, recipe, **asked):
    """Return what decides the content of a cube."""
    cutouts = named_source(cutouts) if is_one_source(cutouts) else [
        named_source(one) for one in cutouts]
    return {"cutouts": cutouts, "domain": domain.name, "recipe": recipe, "otrain_version": __version__,
            **asked, **contents_of(asked, "labels", "mapping")}


def _folders(cutouts, base):
    """Return the folders that a cube is made of, seen from where it lies: among them it is no input."""
    sources = [cutouts] if is_one_source(cutouts) else cutouts
    here = os.path.realpath(base.parent)
    folders = [os.path.realpath(source) for source in map(os.fsdecode, sources) if os.path.isdir(source)]
    return [named_source(os.path.relpath(folder, here)) for folder in folders]


def _asked_classes(classes, domain):
    """Return the classes as the domain's `list_inputs` takes them; None where it takes none."""
    if domain.cube.any_classes:
        return "folders" if classes is None else tuple(classes)
    if classes is not None:
        raise UsageError(f"--classes does not concern {domain.name}: its classes are "
                         f"{', '.join(domain.classes)}.")
    return None


def _options(preparation, domain):
    """Return the parameters of a recipe; refuse what does not concern the domain."""
    known = domain.preparation.options
    for name in preparation:
        if name not in known:
            raise UsageError(f"--{name.replace('_', '-')} does not concern {domain.name}."
                             f"{nearest(name, known)} Options of {domain.name}: "
                             f"{', '.join('--' + option.replace('_', '-') for option in known)}.")
    return {known[name]: value for name, value in preparation.items()}


def _targets(domain, task, spool, classes, recipe, columns):
    """Return the meta of what is to be learnt where it is no label: numbers, or a channel; and notes."""
    rules = domain.rules(task)
    if rules.numbers:
        names, notes = rules.numbers(recipe, columns) if callable(rules.numbers) else (rules.numbers, [])
        return {"classes": [], "targets": [{"name": name, "column": name, "shape": [],
                                            "unit": domain.columns[name].unit} for name in names]}, notes
    name = rules.target
    if name not in spool.channels:
        return {}, []
    return {"targets": [{"name": "label", "channel": name, "shape": list(spool.shape[:-1]),
                         "classes": list(classes)}]}, []


def _check_lesson(task, meta, path, *, asked):
    """Say before anything is written that a cube teaches nothing; refuse it where its task was asked for."""
    try:
        TASKS.load(task).lesson(meta, path)
    except DataError as error:
        if asked:
            raise
        say(f"note: this cube can be scored but not trained on: {error}")


def _side_columns(found, rows, columns):
    """Return the rows of a side table that belong to the rows of the cube, as arrays."""
    kept = [entry for row in rows.tolist() for entry in found.get(row, ())]
    return {name: np.array([entry.get(name, column.missing) for entry in kept], dtype=column.kind)
            for name, column in columns.items()}


@contextmanager
def _tables_beside(path, side, rules, meta):
    """Write the side tables beside the cube that is written next, and tie them to it in its meta."""
    if not rules.tables:
        yield
        return
    existed = path.exists()
    try:
        meta["tables"] = {name: write_side_table(path, name, columns, rules.tables[name])
                          for name, columns in side.items()}
        yield
    except BaseException:
        if not existed and not path.exists():  # no cube, no tables
            for name in rules.tables:
                side_table_path(path, name).unlink(missing_ok=True)
        raise


def _check_output(base, store, overwrite):
    """Refuse, before the long job, what could not be written after it.

    A cube of another store has the same picture and tables beside it, so it counts as well.
    """
    if store != "auto" and store not in STORES:
        raise UsageError(f"unknown store {store!r}.{nearest(store, STORES)} "
                         f"Known: auto, {', '.join(STORES)}.")
    wanted = {ENDINGS[name] for name in (("npz", "folder") if store == "auto" else (store,))}
    for ending in sorted(wanted):
        require_absent(base.with_name(base.name + ending), overwrite=overwrite, folder=not ending,
                       marker=None if ending else MARKERS)
    for ending in sorted(set(ENDINGS.values()) - wanted):
        if ending or any((base / name).is_file() for name in MARKERS):
            require_absent(base.with_name(base.name + ending), overwrite=overwrite)


def _kinds(domain):
    """Type and missing value of each column; bands and names of candidates are text for ever."""
    return {name: (column.kind, column.missing) for name, column in domain.columns.items()}


def _choose(spool, table, candidates, fraction, seed, tally, quarantine):
    """Return the rows of the cube, and the groups of identical images of one label."""
    labels = spool.labels
    groups = [candidates[group] for group in identical_groups(spool.digests[candidates])]
    repeats, conflicts = split_conflicts(groups, labels)
    usable = np.zeros(len(labels), dtype=bool)
    usable[candidates] = True
    for group in conflicts:
        usable[group] = False
        for row in group.tolist():
            others = [other for other in group.tolist() if labels[other] != labels[row]]
            quarantine.append(QuarantineRow(
                str(table["file"][row]), "label-conflict", f"the same pixels are labelled "
                f"{labels[others[0]]} in {', '.join(str(table['file'][other]) for other in others[:3])}.",
                spool.positions[row]))
    rows = np.flatnonzero(usable)
    _move(tally, len(candidates) - len(rows), tally.quarantine, "label-conflict")
    if fraction is None or not len(rows):
        return rows, _named(repeats, table)
    true, false = rows[labels[rows] > 0], rows[labels[rows] == 0]
    _move(tally, len(rows) - len(true) - len(false), tally.skip, "unlabelled")
    wanted = wanted_counts(len(true), len(false), fraction)

    def name(row):
        return f"{table['candid'][row]}\0{table['file'][row]}"

    drawn = np.sort(np.concatenate([draw(part, count, name, seed)
                                    for part, count in zip((true, false), wanted, strict=True)]))
    _move(tally, len(true) + len(false) - len(drawn), tally.skip, "balance")
    return drawn, _named(repeats, table)


def _move(tally, count, where, reason):
    """Count examples that were kept at first under another fate."""
    tally.kept -= count
    if count:
        where(reason, count)


def _named(groups, table):
    return [[str(table["file"][row]) for row in group.tolist()] for group in groups]


def _write_rejected(base, quarantine, identity=None):
    """Write the table of rejected inputs, and of which cube it is; return its path, or None."""
    path = beside(base, "quarantine.ecsv")
    write_quarantine(path, quarantine, meta=identity and {"cube": identity})
    return path if quarantine else None


def _nothing_left(cutouts, tally, rejected, labels, source, words):
    """Say why there is no usable input."""
    if not tally.seen:
        return f"{named_source(cutouts)}: no {source.what} files in it ({source.endings})."
    where = f" See {rejected}." if rejected else ""
    remedy = ""
    if labels is None and [reason for reason, _ in tally.quarantined.most_common(1)] == ["label-missing"]:
        remedy = (" Give --labels TABLE or --labels keyword:NAME, or name the classes of the folders with "
                  "--classes; to score candidates without labels use otrain-infer.")
    elif words and labels is not None:
        remedy = f" {words}"
    elif words and source.draft_mapping and tally.quarantined.keys() & {"no-image", "unknown-format"}:
        remedy = f" The first: {words} otrain-convert --draft-mapping FILE writes a first mapping."
    return f"{named_source(cutouts)}: no usable {source.what}: {tally}.{where}{remedy}"


def _place(base, store, spool, chosen):
    """Return the store and the path of the cube, once its bytes are known to fit."""
    size = len(chosen) * 4 * int(np.prod(spool.shape))
    if store == "auto":
        store = "folder" if size > FOLDER_BYTES else "npz"
    if store == "npz" and chosen.movable:
        chosen.begin()
        return store, base.with_name(base.name + ENDINGS[store])
    need = 2 * size if store == "gotorb" else size
    path = base.with_name(base.name + ENDINGS[store])
    require_room(path, need)
    return store, path


def _taken(table, rows, rules):
    """Return the columns of the rows, without those of which nothing is known."""
    columns = {name: values[rows] for name, values in table.items()}
    return {name: values for name, values in columns.items() if name in rules.always or _known(values)}


def _known(values):
    if values.dtype.kind == "f":
        return not np.isnan(values).all()
    return bool((values != "").any() if values.dtype.kind == "U" else (values != -1).any())


def _draw_sheet(chosen, labels, columns, domain, names, channels, seed):
    """Return a picture of examples of each class, those that the seed draws, as the bytes of a PNG file."""
    if domain.cube.draw_sheet is None:
        return None
    generator, parts = np.random.default_rng(seed), []
    classes = [*enumerate(names)]
    if (labels < 0).any():
        classes.insert(0, (-1, "not known" if names else "all"))
    for index, name in reversed(classes):
        rows = np.flatnonzero(labels == index)
        shown = np.sort(generator.permutation(rows)[:domain.cube.per_class])
        titles = [_title(columns, row) for row in shown.tolist()]
        parts.append((f"{name} ({len(shown)} of {len(rows)})", chosen.read(shown), titles))
    return domain.cube.draw_sheet(parts, channels)


def _title(columns, row):
    candid, mag = str(columns["candid"][row]), columns["mag"][row] if "mag" in columns else np.nan
    return candid if np.isnan(mag) else f"{candid} {mag:.2f}"
