"""The one door for candidate files: find the reader, read, prepare, and say what became of each."""

import os
from functools import cached_property
from pathlib import Path

from otrain.catalogue import READERS
from otrain.data.inputs.listing import Input
from otrain.data.inputs.outcomes import Kept, Quarantined, Skipped, choose_reader, explain
from otrain.data.inputs.probe import MemberProbe, Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.domain import readers_of
from otrain.domains.labels.classes import CLASSES, Classes, LabelTable, parse_classes, read_labels
from otrain.domains.labels.folders import label_folders
from otrain.domains.transients.known_files import ENDINGS
from otrain.domains.transients.preparation import check_recipe, prepare
from otrain.errors import MissingExtraError, UsageError

__all__ = ["READER_NAMES", "Door"]

_SMALLEST_FRAME, _SURELY_FRAME = 200, 512  # pixel
_TIMES = 4  # the side that is asked for
_OF_A_CANDIDATE = ("candid", "mag", "mag_err", "edge", "survey_score")

FITS = b"SIMPLE  ="
READER_NAMES = ("fits", "alert", "gotorb", "otrain-npz", "stack", "alert-table", "json-alert", "picture")


class Door:
    """Read and prepare the candidates of one file after the other.

    Parameters
    ----------
    recipe : dict
        As `make_recipe` gives it.
    reader : str, optional
        Name of the reader; by default the one that recognises the file.
    mapping : path-like, optional
        TOML file that describes the headers of a telescope.
    labels : str, path-like or label source, optional
        As `read_labels` takes it.
    classes : tuple of str
        Their names in label order, each perhaps with its words, as `parse_classes` takes them.

    Raises
    ------
    UsageError
        If the recipe, the reader or the mapping is unknown or wrong.
    """

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None, classes=CLASSES):
        self.recipe = check_recipe(recipe)
        # Their words; those of real and bogus are many.
        self.spelled = Classes() if tuple(classes) == CLASSES else parse_classes(tuple(classes))
        self.labels, self.classes = read_labels(labels), self.spelled.names
        if mapping is not None:
            from otrain.domains.transients.readers.mapping import load_mapping

            self.readers = [load_mapping(mapping)]
        elif reader is not None:
            self.readers = readers_of("transients", READER_NAMES, chosen=reader)
        self.chosen = mapping is not None or reader is not None
        # Reading a mapped FITS file says itself which rule it does not match.
        self.mapped = mapping is not None and self.readers[0].name != "stack"
        # No reader of ours but this one takes what begins as FITS does; those of others have to be asked.
        self.alone = None if self.chosen or len(READERS) > len(READERS.own) else READERS.load("fits")
        self.carried = None
        if not self.chosen and "mapping" in recipe:  # of the files that a network was trained on
            from otrain.domains.transients.readers.mapping import parse_mapping

            self.carried = parse_mapping(recipe["mapping"], Path("the mapping of the network"))

    @cached_property
    def readers(self):
        """The readers that are asked; loaded for the first file that is not plainly FITS."""
        return readers_of("transients", READER_NAMES)

    @cached_property
    def archives(self):
        """What reads archives; loaded for the first file that is not plainly FITS."""
        from otrain.data.inputs.archives import ArchiveReader

        return ArchiveReader()

    @cached_property
    def file_names(self):
        """The names of files in the table of labels; read for the first member of an archive."""
        return self.labels.files

    def __call__(self, item):
        """Return what became of each candidate of an input.

        Parameters
        ----------
        item : Input

        Returns
        -------
        list of Kept, Skipped or Quarantined
            At least one.

        Raises
        ------
        MissingExtraError
            If reading needs a package that is not installed.
        """
        outcomes = []
        try:
            probe = Probe(item.path, label_keyword=getattr(self.labels, "keyword", None), rows=item.rows)
            if not probe.head.startswith(FITS) and _is_archive(probe):
                self._unpack(item, probe, outcomes)
            else:
                for found in self._read(probe):
                    outcomes.append(self._admit(item, found, len(outcomes)))
            if not outcomes:
                raise InputRejected("no-image", "the file holds no candidate.")
        except (MissingExtraError, UsageError):
            raise
        except (Exception, MemoryError) as error:
            outcomes.append(explain(error, len(outcomes)))
        return outcomes

    def _unpack(self, item, probe, outcomes):
        """Add what became of the candidates of an archive; they are numbered through."""
        before = item.rows[0] if item.rows else 0
        for _, member in self.archives.members(probe, item.rows):
            inside = self._named(item, member.name)
            for outcome in self._read_member(inside, member.content, probe):
                place = before + len(outcomes)
                if isinstance(outcome, Kept):
                    outcome.example.position = place
                elif isinstance(outcome, Quarantined):
                    outcome = Quarantined(outcome.reason, f"{member.name}: {outcome.words}", place)
                outcomes.append(outcome)

    def _named(self, item, name):
        """Return a member of an archive as an input: its label is that of its folder or its name."""
        label = item.label
        if label is None and isinstance(self.labels, LabelTable):
            (label,) = self.file_names.find_all([(f"{item.path}/{name}", name)])
        elif label is None and self.labels is None:
            classes = None if self.classes == CLASSES else self.spelled
            (label,), _ = label_folders([name], classes, several=True)
        return Input(item.path, f"{item.name}/{name}", label)

    def _read_member(self, inside, content, probe):
        """Yield what becomes of the candidates of one file in an archive."""
        if content is None or os.path.basename(inside.name).startswith("."):
            yield Skipped("hidden" if content is not None else "not-a-cutout")
            return
        found = 0
        try:
            if isinstance(content, InputRejected):
                raise content
            member = MemberProbe(inside.name, content, probe)
            if not self.chosen and not any(reader.recognises(member) for reader in self.readers):
                yield Skipped("not-a-cutout") if not inside.name.lower().endswith(ENDINGS) else explain(
                    InputRejected("unknown-format", f"no reader recognises the file (it begins with "
                                                    f"{content[:12]!r})."))
                return
            for example in self._read(member):
                yield self._admit(inside, example, found)
                found += 1
            if not found:
                raise InputRejected("no-image", "the file holds no candidate.")
        except (MissingExtraError, UsageError):
            raise
        except (Exception, MemoryError) as error:
            yield explain(error, found)

    def _read(self, probe):
        """Return the candidates of a file: by the mapping that came with the network, if it suits."""
        carried = self.carried
        if hasattr(carried, "read_if_suited"):
            if (found := carried.read_if_suited(probe)) is not None:
                return [found]
        elif carried is not None and carried.recognises(probe):  # of the arrays of a stack
            return carried.read(probe)
        return self._choose(probe).read(probe)

    def _choose(self, probe):
        """Return the reader that recognises a file."""
        if self.chosen:
            reader = self.readers[0]
            if not self.mapped and not reader.recognises(probe):
                raise InputRejected("unknown-format", f"the reader {reader.name!r} does not recognise "
                                                      f"the file (it begins with {probe.head[:12]!r}).")
            return reader
        if self.alone is not None and probe.head.startswith(FITS):
            return self.alone
        return choose_reader(self.readers, probe)

    def _admit(self, item, found, place):
        """Return what becomes of one example, or of the fault that stands in its place."""
        if isinstance(found, BaseException):
            return explain(found, place)
        try:
            if found.columns.get("edge"):
                return Skipped("edge", found.position)
            _refuse_frame(found, self.recipe["size"])
            example = prepare(found, self.recipe)
            example.columns["file"] = item.name
            example.label = self._label(item, found)
            return Kept(example)
        except (Exception, MemoryError) as error:
            return explain(error, found.position)

    def _label(self, item, found):
        """Return the label of an example: of its folder or table, else what its file says."""
        if item.label is not None:
            return item.label
        label = found.label if self.labels is None else self.labels.of(item, found)
        if isinstance(label, str | bool | float):
            label = self._parsed(label)
        if label is not None and label not in range(len(self.classes)):
            known = ", ".join(f"{index} ({name})" for index, name in enumerate(self.classes))
            raise InputRejected("bad-column", f"the file gives the label {label!r}. Known: {known}, or none. "
                                              "Name other classes with --classes.")
        return label

    def _parsed(self, label):
        """Return the label that a word or number of a file stands for; what stands for none as it is."""
        try:
            return self.spelled.label(label)
        except ValueError:
            return label


def _is_archive(probe):
    from otrain.data.inputs.archives import is_archive  # it loads tarfile

    return is_archive(probe)


def _refuse_frame(found, size):
    """Set a whole frame aside, which may lie among cutouts: its middle is no candidate."""
    height, width = found.image.shape[:2]
    if min(height, width) < _SMALLEST_FRAME or any(name in found.columns for name in _OF_A_CANDIDATE):
        return
    if min(height, width) >= _SURELY_FRAME or (size != -1 and min(height, width) >= _TIMES * size):
        raise InputRejected("too-large", f"an image of {height}x{width} pixel whose header speaks of no "
                                         f"candidate (no CANDID, MAG, EDGE, ...) is taken for a whole frame. "
                                         f"If it is a cutout, name its keywords with --mapping.")
