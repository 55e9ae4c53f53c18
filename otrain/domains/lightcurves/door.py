"""The one door for light curves: find the reader, read, prepare, and say what became of each."""

from otrain.data.inputs.outcomes import Kept, choose_reader, explain
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.domain import readers_of
from otrain.domains.lightcurves.preparation import check_recipe, prepare
from otrain.domains.lightcurves.truth.ephemeris_table import read_ephemerides
from otrain.errors import MissingExtraError, UsageError

__all__ = ["READER_NAMES", "Door"]

NO_ROW = "light curves are of stars without a row in the table of labels, and count as without planets"
READER_NAMES = ("fits-curve", "csv-curve", "ecsv-curve", "parquet-curve", "panopticon", "psls")


class Door:
    """Read and prepare the light curves of one file after the other.

    Parameters
    ----------
    recipe : dict
        As `make_recipe` gives it.
    reader : str, optional
        Name of the reader; by default the one that recognises the file.
    mapping : path-like, optional
        Not known for light curves.
    labels : path-like or Ephemerides, optional
        As `read_ephemerides` takes it.

    Raises
    ------
    UsageError
        If the recipe or the reader is unknown or wrong.
    """

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None):
        self.recipe = check_recipe(recipe)
        self.ephemerides = read_ephemerides(labels)
        if mapping is not None:
            raise UsageError("--mapping describes the headers of cutouts; light curves have none. The "
                             f"column of the flux is chosen with --flux. Received: {mapping!r}.")
        self.readers = readers_of("lightcurves", READER_NAMES, chosen=reader)
        self.chosen = reader is not None

    def __call__(self, item):
        """Return what became of each light curve of an input.

        Parameters
        ----------
        item : Input

        Returns
        -------
        list of Kept or Quarantined
            At least one.

        Raises
        ------
        MissingExtraError
            If reading needs a package that is not installed.
        """
        outcomes = []
        try:
            probe = Probe(item.path, rows=item.rows, options=self.recipe)
            for found in self._choose(probe).read(probe):
                outcomes += self._numbered(self._admit(item, found), len(outcomes))
            if not outcomes:
                raise InputRejected("no-image", "the file holds no light curve.")
        except (MissingExtraError, UsageError):
            raise
        except (Exception, MemoryError) as error:
            outcomes.append(explain(error, len(outcomes)))
        return outcomes

    @staticmethod
    def _numbered(outcomes, first):
        """Return outcomes with their places in the file: one file may hold several light curves."""
        for place, outcome in enumerate(outcomes, first):
            if isinstance(outcome, Kept):
                outcome.example.position = place
        return outcomes

    def _choose(self, probe):
        """Return the reader that recognises a file."""
        if self.chosen and not self.readers[0].recognises(probe):
            raise InputRejected("unknown-format", f"the reader {self.readers[0].name!r} does not recognise "
                                                  f"the file (it begins with {probe.head[:12]!r}).")
        return choose_reader(self.readers, probe)

    def _admit(self, item, found):
        """Return the windows of one light curve, or of the fault that stands in its place."""
        if isinstance(found, BaseException):
            return [explain(found)]
        try:
            found.columns["file"] = item.name
            bodies = None
            if self.ephemerides is not None:
                if "label" not in found.channels and not self.ephemerides.names(found.columns["object_id"]):
                    found.remarks = {**(found.remarks or {}), NO_ROW: found.columns["object_id"]}
                bodies = self.ephemerides.of(found.columns["object_id"], found.columns.get("time_scale", ""))
                if not bodies and "label" in found.channels:
                    bodies = None  # the file knows more of its star than the table
            return [Kept(window) for window in prepare(found, self.recipe, bodies)]
        except (Exception, MemoryError) as error:
            return [explain(error, found.position)]
