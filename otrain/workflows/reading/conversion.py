"""What a conversion leaves behind: the cube, what lies beside it, and whether it is complete already."""

import glob
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from otrain.data.cubes.side_table import read_side_table
from otrain.data.cubes.spool import files_of_spool, remove_files
from otrain.data.files.atomic import locked
from otrain.data.files.hidden import hidden
from otrain.data.files.journal import request_id
from otrain.data.inputs.quarantine import Tally
from otrain.domains.domain import Domain
from otrain.errors import QUARANTINED, IntegrityError, UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import say
from otrain.workflows.reading.cube_summary import describe
from otrain.workflows.reading.intake import list_source, named_inputs
from otrain.workflows.reading.verified_cube import open_verified

__all__ = ["Conversion", "base_of", "beside", "finished_conversion", "names_of", "unfinished_at"]

INPUT_ENDINGS = re.compile(r"\.((fits|fit|fts|csv|dat|txt)(\.(gz|fz))?|avro|npz|h5|hdf5|ecsv|parquet|ftr|"
                           r"feather|gz)$", re.IGNORECASE)


@dataclass(frozen=True)
class Conversion:
    """What a conversion left behind.

    Parameters
    ----------
    path : Path
        The data cube.
    tally : Tally
        What became of every input.
    summary : dict
        Counts of the cube, as in ``<cube>.summary.json``.
    contact_sheet, quarantine : Path or None
        The picture and the table of rejected inputs, where there are such.
    domain : Domain
    """

    path: Path
    tally: Tally
    summary: dict
    contact_sheet: Path | None
    quarantine: Path | None
    domain: Domain

    @property
    def notes(self):
        """What a person must know about the inputs."""
        return tuple(getattr(self.tally, "notes", ()))

    @property
    def exit_code(self):
        """Of otrain-convert."""
        return QUARANTINED if self.tally.quarantined else 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        beside = {"contact_sheet": self.contact_sheet, "quarantine": self.quarantine}
        return document("otrain-convert", self,
                        self.summary | {name: file and str(file) for name, file in beside.items()})

    @property
    def text(self):
        """What a person wants to know, in a few lines."""
        files = [path for path in (self.contact_sheet, self.quarantine) if path]
        return "\n".join([f"{self.path}: {describe(self.summary, self.domain)}", *map(str, files)])


def base_of(cutouts, path_datacube, cube):
    """Return the place of the cube, without the ending of its store."""
    name = cube or INPUT_ENDINGS.sub("", _common_name(cutouts))
    name = name.removesuffix(".npz").removesuffix(".h5")
    if not name or name.startswith(".") or Path(name).name != name:
        raise UsageError(f"--cube takes a name without folders; the folder is --path-datacube. "
                         f"Received: {name!r}.")
    return Path(path_datacube) / "datacube" / name


def _common_name(cutouts):
    """Return the name of a source; of several, or of a pattern, that of the folder they lie in."""
    if isinstance(cutouts, str | os.PathLike | bytes):
        path = Path(os.path.abspath(os.fsdecode(cutouts)))
        while glob.has_magic(path.name) and not path.exists():
            path = path.parent
        return path.name
    folders = [os.path.abspath(os.path.dirname(os.fsdecode(one)) or ".") for one in cutouts]
    return os.path.basename(os.path.commonpath(folders)) if len(folders) > 1 else _common_name(cutouts[0])


def beside(base, ending):
    """Return the place of a file beside the cube, by what its name ends with."""
    return base.with_name(f"{base.name}.{ending}")


def names_of(base, rules):
    """Names of all that a conversion may write."""
    tables = [f".{name}.ecsv" for name in rules.tables]
    return [base.name + ending for ending in (".npz", ".h5", ".png", ".summary.json", ".quarantine.ecsv",
                                              *tables)]


def unfinished_at(base):
    """Return the file with the finished work of a conversion that was stopped."""
    return hidden(base, "progress")


def finished_conversion(base, request, domain, cutouts, labels, classes):
    """Return the conversion that answers a request and is complete, else None.

    Raises
    ------
    UsageError
        If its inputs are not those that are there now.
    IntegrityError
        If the cube or one of its tables is not as it was written.
    """
    try:
        summary = json.loads(beside(base, "summary.json").read_text(encoding="utf-8"))
        path = base.with_name(summary["cube"])
        if summary.get("request_id") != request_id(request) or not path.exists():
            return None
        if unfinished_at(base).exists():
            return None
        counts, then = summary["inputs"], str(summary["source_id"])
        tally = Tally(counts["kept"], Counter(counts["skipped"]), Counter(counts["quarantined"]),
                      dict(counts.get("remarks", {})))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    with locked(base, beside=names_of(base, domain.cube)):  # the cube itself is no input
        listing = list_source(domain, cutouts, labels, classes)
    now = named_inputs(listing.inputs, listing.tables)
    if now != then:
        raise UsageError(f"{path}: was made of other inputs than those that are there now: files were added, "
                         f"removed or changed ({then.split()[0]} then, {now.split()[0]} now). Make it anew "
                         "with --overwrite and without --resume, or choose another name with --cube.")
    with open_verified(path) as cube:
        if cube.identity != summary.get("identity"):
            raise IntegrityError(f"{path}: is not the cube that {beside(base, 'summary.json').name} tells "
                                 "of. Make it anew with --overwrite and without --resume.")
        for name in cube.meta.get("tables") or {}:
            read_side_table(path, name, cube.meta)
    remove_files(files_of_spool(base.parent, base.name))  # of a process that was killed at the very end
    say(f"{path}: is complete already")
    others = [beside(base, ending) for ending in ("png", "quarantine.ecsv")]
    return Conversion(path, tally, summary, *(file if file.exists() else None for file in others), domain)
