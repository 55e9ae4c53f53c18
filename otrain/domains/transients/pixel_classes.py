"""One class for each pixel of a cutout, in a channel of its own: sky or source, or what else it is called."""

import numpy as np

from otrain.data.inputs.outcomes import explain
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.labels.classes import parse_classes
from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.errors import UsageError

__all__ = ["LABEL", "PIXEL_CLASSES", "PixelDoor", "list_images"]

LABEL = "label"  # the channel with the class of each pixel
PIXEL_CLASSES = ("sky", "source")


def list_images(source, *, labels=None, classes=None):
    """Return the cutouts of a source, whose classes lie in their pixels.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        As `otrain.domains.transients.inputs.list_inputs` takes it.
    labels : None
        There is no table of pixels.
    classes : sequence of str or "folders", optional
        Names of the classes, in the order of their numbers; by default ``sky`` and ``source``.

    Raises
    ------
    UsageError
        If a table of labels is given.
    """
    if labels is not None:
        raise UsageError(f"--labels does not concern the class of pixels: it lies in the channel {LABEL!r} "
                         "of each file, which may have another name with --mapping. Leave it out.")
    listing = list_inputs(source)
    listing.classes = PIXEL_CLASSES if classes in (None, "folders") else parse_classes(classes).names
    return listing


class PixelDoor(Door):
    """Read and prepare cutouts that have a class for each pixel.

    The label of an example is the highest class in it.

    Parameters
    ----------
    recipe, reader, mapping, labels, classes
        As for `otrain.domains.transients.door.Door`; with channels chosen, the classes are kept beside them.
    """

    def __init__(self, recipe, *, classes=PIXEL_CLASSES, **options):
        channels = recipe["channels"]
        if channels is not None and LABEL not in channels:
            recipe = recipe | {"channels": [*channels, LABEL]}
        super().__init__(recipe, classes=classes, **options)

    def _admit(self, item, found, place):
        """Return what becomes of one example: its classes must be whole numbers that are known."""
        outcome = super()._admit(item, found, place)
        example = getattr(outcome, "example", None)
        if example is None:
            return outcome
        try:
            example.label = self._highest(example)
        except InputRejected as error:
            return explain(error, example.position)
        return outcome

    def _label(self, item, found):
        """Return nothing: folders and headers do not tell the class of a pixel."""
        return None

    def _highest(self, example):
        """Return the highest class of an example, -1 where no class is known."""
        if LABEL not in example.channels:
            raise InputRejected("missing-channel", f"there is no channel {LABEL!r} with the class of each "
                                                   f"pixel. Present: {', '.join(example.channels)}.")
        values = example.image[..., example.channels.index(LABEL)]
        values = values[np.isfinite(values)]
        strange = values[(values != np.rint(values)) | (values < 0) | (values >= len(self.classes))]
        if len(strange):
            raise InputRejected("bad-column", f"the channel {LABEL!r} holds {strange[0]:g}. Known: 0 to "
                                              f"{len(self.classes) - 1} ({', '.join(self.classes)}), or no "
                                              "value. Name other classes with --classes.")
        return int(values.max()) if len(values) else -1
