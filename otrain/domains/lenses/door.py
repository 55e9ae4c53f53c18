"""The one door for images of lenses: find the reader, read, join the tables, prepare."""

import math

from otrain.data.inputs.outcomes import Kept, Skipped, choose_reader, explain
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.domain import readers_of
from otrain.domains.labels.classes import Classes, classes_called, parse_classes, read_labels
from otrain.domains.lenses.derived import DEFAULT_SCALE, derive
from otrain.domains.lenses.inputs import CLASSES
from otrain.domains.lenses.preparation import check_recipe, prepare
from otrain.domains.lenses.targets import asked_targets
from otrain.domains.lenses.truth import read_truth
from otrain.domains.lenses.truth_table import NO_SUBSET
from otrain.errors import MissingExtraError, UsageError

__all__ = ["READER_NAMES", "ClassDoor", "Door"]

READER_NAMES = ("lens-picture", "lens-stack", "lens-fits")
NUMBERED = -1  # the label of an example of which numbers are learnt, not a class
NO_SCALE = (f"neither file nor table tells the pixel scale; {DEFAULT_SCALE} arcsec is taken, the convention "
            "of CosmoSim (another one: --pixel-scale)")


class Door:
    """Read and prepare the images of one file after the other.

    Parameters
    ----------
    recipe : dict
        As `make_recipe` gives it.
    reader : str, optional
        Name of the reader; by default the one that recognises the file.
    mapping : path-like, optional
        Not known for lenses.
    labels : path-like, iterable of path-like or Truth, optional
        As `read_truth` takes it.

    Raises
    ------
    UsageError
        If the recipe or the reader is unknown or wrong.
    """

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None):
        self.recipe = check_recipe(recipe)
        if mapping is not None:
            raise UsageError("--mapping describes the headers of cutouts, not of lenses. A band is chosen "
                             f"with --band, the pixel scale with --pixel-scale. Received: {mapping!r}.")
        self.readers = readers_of("lenses", READER_NAMES, chosen=reader)
        self.chosen = reader is not None
        self.truth = self._read_labels(labels)

    def _read_labels(self, labels):
        return read_truth(labels)

    def __call__(self, item):
        """Return what became of each image of an input.

        Parameters
        ----------
        item : Input

        Returns
        -------
        list of Kept, Skipped or Quarantined
            At least one. An image without a row in the tables, or without a number that is to be learnt, is
            kept, so that it can be scored, and says in `lacks` why nothing is learnt from it.

        Raises
        ------
        MissingExtraError
            If reading needs a package that is not installed.
        """
        outcomes = []
        if self._leaves_out(item):
            return [Skipped("no-subset")]
        try:
            probe = Probe(item.path, rows=item.rows, options=self.recipe)
            for found in self._choose(probe).read(probe):
                outcomes.append(self._admit(item, found))
            if not outcomes:
                raise InputRejected("no-image", "the file holds no image of a lens.")
        except (MissingExtraError, UsageError):
            raise
        except (Exception, MemoryError) as error:
            outcomes.append(explain(error, len(outcomes)))
        return outcomes

    def _leaves_out(self, item):
        """Return whether the table tells of a whole file that it is not asked for."""
        return (self.truth is not None and self.truth.leaves_out
                and self.truth.find(item.path, item.name).columns.get("subset") == NO_SUBSET)

    def _choose(self, probe):
        """Return the reader that recognises a file."""
        if self.chosen and not self.readers[0].recognises(probe):
            raise InputRejected("unknown-format", f"the reader {self.readers[0].name!r} does not recognise "
                                                  f"the file (it begins with {probe.head[:12]!r}).")
        return choose_reader(self.readers, probe)

    def _admit(self, item, found):
        """Return what becomes of one image, or of the fault that stands in its place."""
        if isinstance(found, BaseException):
            return explain(found)
        try:
            told = self._told(item, found)
            if found.columns.get("subset") == NO_SUBSET:
                return Skipped("no-subset", found.position)
            scale = self.recipe["pixel_scale"]
            if scale is not None:
                found.columns["pixel_scale"] = float(scale)
            elif "pixel_scale" not in found.columns and "einsteinradius" in found.columns:
                found.remarks = {**(found.remarks or {}), NO_SCALE: ""}
            found.columns = derive(found.columns) | {"file": item.name}
            self._label(item, found, told)
            return Kept(prepare(found, self.recipe))
        except (Exception, MemoryError) as error:
            return explain(error, found.position)

    def _told(self, item, found):
        """Add what the tables tell of an image to its columns, and return it; None without a table."""
        if self.truth is None:
            return None
        told = self.truth.find(item.path, found.columns.get("file", item.name))
        # A number that the file does not know is that of the table.
        found.columns = told.columns | {
            name: value for name, value in found.columns.items()
            if isinstance(value, str) or math.isfinite(value) or name not in told.columns}
        return told

    def _label(self, item, found, told):
        """Say whether there is anything to learn from an image."""
        asked, columns = asked_targets(self.recipe), found.columns
        chosen = self.recipe["variables"] is not None or self.recipe["nterms"] is not None
        if told is not None and told.fault:
            found.lacks = told.fault
        elif told is not None and not told.tables and not any(name in columns for name in asked):
            found.lacks = ("label-missing", "no table has a row with the name of the image.")
        else:
            absent = [name for name in asked if not math.isfinite(columns.get(name, math.nan))
                      and (name in columns or (chosen and told is not None))]
            if absent:
                found.lacks = ("bad-column", f"of what is to be learnt it has no finite value: "
                                             f"{', '.join(absent[:6])}{', ...' if len(absent) > 6 else ''}.")
        found.label = None if found.lacks else NUMBERED


class ClassDoor(Door):
    """The same where a class is to be learnt: from folders or a table of labels.

    Parameters
    ----------
    recipe, reader, mapping
        As for `Door`.
    labels : str, path-like or label source, optional
        As `read_labels` takes it.
    classes : tuple of str
        As `parse_classes` takes them.
    """

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None, classes=CLASSES):
        self.spelled = classes if isinstance(classes, Classes) else classes_called(CLASSES) \
            if tuple(classes) == CLASSES else parse_classes(classes)
        super().__init__(recipe, reader=reader, mapping=mapping, labels=labels)

    def _read_labels(self, labels):
        self.labels = read_labels(labels, self.spelled)

    def _label(self, item, found, told):
        label = item.label
        if label is None and self.labels is not None:
            label = self.labels.of(item, found)
        found.label = self.spelled.label(label) if isinstance(label, str | bool | float) else label
