"""What a reader yields: one image or series, its channels, its columns, perhaps its label."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Example"]


@dataclass(slots=True)
class Example:
    """One candidate, star, lens or glitch as it was read from a file.

    Parameters
    ----------
    image : (..., C) float32 ndarray
        The data, channels last: ``(H, W, C)`` for cutouts. NaN marks a pixel
        without a value; it stays NaN in the data cube, and the network turns it
        into its mask.
    channels : tuple of str
        Name of each channel, e.g. ``("science", "template", "difference")``.
    columns : dict
        Values by canonical column name (``candid``, ``mag`` [mag], ...). A
        column that the file lacks is absent.
    label : int or str, optional
        Index or name of the class, where the file itself tells it.
    position : int
        Place of the example in its file, from 0.
    digest : bytes, optional
        SHA-256 of the pixels, where the worker that read them has computed it.
    tables : dict of str to list of dict, optional
        Rows of side tables that belong to this example, e.g. its ``events``.
    remarks : dict of str to str, optional
        What a person must know of how it was read, in words that are the same for all such examples, and
        an instance. They are counted over a run, and said once.
    lacks : tuple of (str, str), optional
        A reason and words, where the example can be scored but not learnt from: it has no label.
    where : callable, optional
        ``where(shape) -> (row, column) or None``: the pixel of the source in an image that the edge of a
        detector has cut. It stays in the process that read the file.
    """

    image: np.ndarray
    channels: tuple[str, ...]
    columns: dict = field(default_factory=dict)
    label: int | str | None = None
    position: int = 0
    digest: bytes | None = None
    tables: dict | None = None
    remarks: dict | None = None
    lacks: tuple | None = None
    where: object | None = None

    def __reduce__(self):
        # Workers send thousands each second; the pickle of a dataclass costs three times this.
        return Example, (self.image, self.channels, self.columns, self.label, self.position, self.digest,
                         self.tables, self.remarks, self.lacks)
