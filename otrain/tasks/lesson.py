"""What is to be learnt from a cube: names, shape, unit and classes of one answer."""

from dataclasses import dataclass, field, replace

from otrain.errors import DataError

__all__ = ["Lesson", "class_lesson"]


@dataclass(frozen=True)
class Lesson:
    """What a network is to answer about one example.

    Parameters
    ----------
    names : tuple of str
        Of what is learnt: the label, or each of several numbers.
    shape : tuple of int
        Places of an example that are answered one by one: ``()`` for the whole example, ``(L,)`` for
        each point of a series, ``(H, W)`` for each pixel of an image.
    classes : tuple of str
        In label order; empty where numbers are learnt.
    unit : str or tuple of str
        Of each number, as astropy writes it; one for all becomes one a name.
    channel : str
        Channel of the cube in which it lies; empty: the label of the example, or its columns.
    outputs : int, optional
        Values that the network at hand gives at each place, where it is not the usual number.
    encoding : dict
        How the task writes the answers as numbers for the network, from the training rows.
    loss : str or None
        Name of the loss that teaches it, on which may depend what else is answered; None: the task's first.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    unit: str | tuple[str, ...] = ()
    channel: str = ""
    outputs: int | None = None
    encoding: dict = field(default_factory=dict)
    loss: str | None = None

    def __post_init__(self):
        unit = (self.unit,) * len(self.names) if isinstance(self.unit, str) else tuple(self.unit)
        object.__setattr__(self, "unit", unit)

    @property
    def units(self):
        """Values that a network gives at each place: one for two classes, the log odds of the second."""
        if self.outputs is not None:
            return self.outputs
        if not self.classes:
            return len(self.names)
        return 1 if len(self.classes) == 2 else len(self.classes)

    def taught(self, encoding, loss):
        """Return the lesson as a network is taught it: with this encoding, by the loss of this name."""
        return replace(self, encoding=encoding, loss=loss)

    def given_by(self, units):
        """Return the lesson for a network that gives so many values at each place."""
        return replace(self, outputs=units)


def class_lesson(meta, where, *, places, remedy):
    """Return the lesson of a cube whose examples, or whose points, have a class.

    Parameters
    ----------
    meta : dict
        Of the cube: ``targets channels classes``.
    where : path-like
        Of the cube, for messages.
    places : bool
        Whether each point or pixel has a class, in a channel; else each example has one.
    remedy : str
        What to do without it, for the message.

    Raises
    ------
    DataError
        If nothing of that kind is in the cube, or it has fewer than two classes.
    """
    for target in meta["targets"]:
        channel = target.get("channel", "")
        classes = tuple(target.get("classes") or meta["classes"])
        if bool(channel) != places or (channel and channel not in meta["channels"]):
            continue
        if len(classes) < 2:
            raise DataError(f"{where}: at least two classes are needed to tell them apart. Received: "
                            f"{', '.join(classes) or 'none'}. {remedy}")
        return Lesson((target.get("name", "label"),), tuple(target.get("shape", ())), classes,
                      channel=channel)
    missing = "no channel of the cube says which class each point has" if places else \
        "the cube has no class for each example"
    raise DataError(f"{where}: {missing}. {remedy}")
