"""One class for each light curve: constant or variable, or whatever folders and tables of stars call them."""

from dataclasses import replace

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.labels.classes import LabelTable, classes_called
from otrain.domains.labels.sources import label_files
from otrain.domains.lightcurves.columns import CHANNELS, LABEL
from otrain.domains.lightcurves.door import Door
from otrain.domains.lightcurves.inputs import list_inputs
from otrain.domains.lightcurves.truth.ephemeris_table import STAR
from otrain.errors import UsageError

__all__ = ["STAR_CLASSES", "StarDoor", "list_stars"]

STAR_CLASSES = ("constant", "variable")


def list_stars(source, *, labels=None, classes=None):
    """Return the light curves of a source and what is known of their classes.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        As `otrain.domains.lightcurves.inputs.list_inputs` takes it.
    labels : str, path-like or label source, optional
        A table (CSV or ECSV) with the name of the star (or file) and its label, or ``keyword:NAME``.
    classes : sequence of str or "folders", optional
        As `otrain.domains.labels.classes.parse_classes` takes it; ``"folders"``: those that folders tell.

    Returns
    -------
    Listing
        Its `classes` are ``constant`` and ``variable`` where nothing else is told.
    """
    listing = list_inputs(source, labels=labels)
    found = [(item.path, item.name) for item in listing.inputs]
    default = classes_called(STAR_CLASSES)
    labels, labelled, names, notes = label_files(found, source, labels, classes, default=default, ids=STAR)
    listing.inputs = [replace(item, label=label)
                      for item, label in zip(listing.inputs, labelled, strict=True)]
    listing.labels, listing.classes = labels, names or STAR_CLASSES
    listing.notes += notes
    return listing


class StarDoor(Door):
    """Read and prepare light curves, each window with the class of its star.

    Parameters
    ----------
    recipe : dict
        As `make_recipe` gives it. No class of single points becomes a channel.
    reader, mapping
        As for `otrain.domains.lightcurves.door.Door`.
    labels : LabelTable or LabelKeyword, optional
        As `list_stars` gives it; by default the folder or the file tells the class.
    classes : tuple of str
        Their names, in label order.

    Raises
    ------
    UsageError
        If the class of single points is asked for as a channel.
    """

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None, classes=STAR_CLASSES):
        channels = recipe["channels"] or [name for name in CHANNELS if name != LABEL]
        if LABEL in channels:
            raise UsageError(f"--channels {LABEL}: the class of each point would tell that of the curve. "
                             "Leave it out.")
        super().__init__(recipe | {"channels": channels}, reader=reader, mapping=mapping)
        self.labels, self.classes = labels, tuple(classes)

    def _admit(self, item, found):
        """Return the windows of one light curve, all of one class."""
        outcomes = super()._admit(item, found)
        examples = [outcome.example for outcome in outcomes if hasattr(outcome, "example")]
        label = self._label(item, found) if examples else None
        for example in examples:
            example.label, example.tables = label, None
        return outcomes

    def _label(self, item, found):
        """Return the class of a star, None where nobody tells it."""
        if item.label is not None:
            return item.label
        if isinstance(self.labels, LabelTable):
            return self.labels.of_candid(found.columns.get("object_id", ""))
        if self.labels is None:
            return None
        found.label = _header_value(item.path, self.labels.keyword)
        return self.labels.of(item, found)


def _header_value(path, keyword):
    """Return the value of a keyword in the first header that has it, or None."""
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as hdus:
            return next((hdu.header[keyword] for hdu in hdus if keyword in hdu.header), None)
    except OSError as error:
        raise InputRejected("label-missing", f"only a FITS file has a header that can hold {keyword!r} "
                                             f"({error!s:.80}).") from None
