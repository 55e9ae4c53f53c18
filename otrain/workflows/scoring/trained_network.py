"""A trained network in a Python session: images go in as they are, a table of scores comes out."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from otrain.catalogue import ANSWERS
from otrain.data.cubes.datacube import write_cube
from otrain.data.inputs.listing import is_one_source
from otrain.errors import DataError, UsageError
from otrain.workflows.progress import hushed
from otrain.workflows.scoring.network import open_network as open_for_scoring

if TYPE_CHECKING:
    from astropy.table import Table

__all__ = ["TrainedNetwork", "open_network"]


def open_network(path: str | os.PathLike, *, normalise: str | None = None) -> "TrainedNetwork":
    """Open a trained network, to score with it.

    Parameters
    ----------
    path : path-like
        Run directory of otrain-train, bundle, ``.keras`` or ``.h5``. A bundle is scored without TensorFlow.
    normalise : {"none", "l2", "robust"}, optional
        What is done to the pixels before a network without a bundle; by default nothing.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    DataError
        If there is no network.
    IntegrityError
        If it is damaged or refused.

    Examples
    --------
    >>> network = otrain.open_network("CNN_training/first")  # doctest: +SKIP
    >>> network.score("tonight")["candid", "score", "class"]  # doctest: +SKIP
    """
    return TrainedNetwork(open_for_scoring(path, normalise=normalise))


class TrainedNetwork:
    """A network and everything that belongs to it: preparation, calibration, threshold.

    Use `open_network`.

    Parameters
    ----------
    network : Bundle or KerasNetwork

    Attributes
    ----------
    name, domain, task : str
    classes, channels : tuple of str
        In the order of the labels, and of the images.
    shape : tuple of int
        Of one prepared example, channels last.
    threshold : float
        Score from which an example is called the second class, or an event is announced where validation
        could not tell.
    identity : str
        SHA-256 of what decides a score.
    """

    def __init__(self, network):
        self._network = network
        for name in ("name", "domain", "task", "classes", "channels", "shape", "identity"):
            setattr(self, name, getattr(network, name))
        self.threshold = network.threshold

    def __repr__(self):
        shape = "x".join(map(str, self.shape))
        return (f"<TrainedNetwork {self.name}: {self.domain}, {self.task}, {shape} "
                f"({', '.join(self.channels)}) to {', '.join(self.classes or self._numbers)}>")

    @property
    def _numbers(self):
        """Names of the numbers that the network gives; none where it tells classes apart."""
        return tuple(getattr(self._network.settings, "names", ()))

    def _is_said(self, name):
        """Tell whether a column of a table holds what the network says."""
        return name.startswith(("score", "uncertainty")) or name in ("ood", "ood_flag") or any(
            name == number or name.startswith(f"{number}_") for number in self._numbers)

    def score(self, source: Any, *, uncertainty: int | None = None, threshold: float | None = None,
              prob_ratio: float | None = None, seed: int = 0, jobs: int | None = None,
              **preparation: Any) -> "Table":
        """Score examples as they are: they are prepared by the recipe of the network first.

        Parameters
        ----------
        source : path-like, list of path-like, ndarray, Table, HDUList
            Files or a data cube, as otrain-infer takes them. Or cutouts: (H, W), (N, H, W) where the network
            takes one channel, (H, W, C), (N, H, W, C); at least as large as those of the network, with the
            candidate in the middle. Or a Table with a column of cutouts for each channel (or one column
            ``cutout``), whose other columns go into the result; or one light curve with columns ``time`` and
            ``flux``. Or an open FITS file.
        uncertainty : int, optional
            Number of passes with random dropout behind a column ``uncertainty``.
        threshold : float, optional
            By default that of the network.
        prob_ratio : float, optional
            Examples of the second class for each of the first that are expected; by default as in training.
        seed : int
            Of the dropout.
        jobs : int, optional
            Processes that read files; by default one a core.
        **preparation
            Values in place of those of the recipe, e.g. ``pad=True``.

        Returns
        -------
        astropy.table.Table
            One row for each example, in their order: ``score`` (calibrated probability of the second class;
            ``score_<class>`` where there are more), ``class``, ``uncertainty`` if asked for, and ``reason``:
            empty, or why the example has no score, which is NaN then. Of files the rows without a
            score come last. A network that finds events gives one row for each event; one that gives numbers
            ``NAME``, ``NAME_std`` and four quantiles of each.

        Raises
        ------
        UsageError
            If the source is none of these.
        DataError
            If there is nothing to score.
        """
        asked = {"uncertainty": uncertainty, "threshold": threshold, "prob_ratio": prob_ratio, "seed": seed,
                 "jobs": jobs, **preparation}
        asked = {name: value for name, value in asked.items() if value is not None}
        if is_one_source(source) or (isinstance(source, (list, tuple)) and source
                                     and all(map(is_one_source, source))):
            return self._of_files(source, **asked)
        with tempfile.TemporaryDirectory(prefix="otrain-score-") as folder:
            return self._of_memory(source, Path(folder), asked)

    def _of_memory(self, source, folder, asked):
        """Score what is in memory: it goes through a file, so that it is read like any other."""
        if hasattr(source, "writeto"):  # an HDUList
            file = folder / "open.fits"
            source.writeto(file, output_verify="silentfix")
            return self._of_files(file, **(asked | {"jobs": 0}))
        kept = {}
        if hasattr(source, "colnames"):
            if {"time", "flux"} <= set(source.colnames):
                file = folder / "curve.ecsv"
                source.write(file, format="ascii.ecsv")
                return self._of_files(file, **(asked | {"jobs": 0}))
            source, kept = self._cutouts_of(source)
        images = self._as_images(source)
        height, width = self.shape[:2]
        if (images.shape[1] < height or images.shape[2] < width) and not asked.get("pad"):
            raise DataError(f"the network takes at least {height}x{width} pixel. Received: "
                            f"{images.shape[1]}x{images.shape[2]}. Allow a masked border with pad=True.")
        cube = folder / "images.npz"
        write_cube(cube, [images], labels=np.full(len(images), -1), columns={}, meta={
            "channels": list(self.channels), "domain": self.domain, "task": self.task,
            "classes": list(self.classes), **({} if self.classes else {"targets": []})}).close()
        return self._of_cube(cube, len(images), kept, asked)

    def _cutouts_of(self, table):
        """Return the cutouts of a table as one array, and its other columns."""
        named = [name for name in self.channels if name in table.colnames]
        if len(named) == len(self.channels):
            images = np.stack([np.asarray(table[name], float) for name in named], axis=-1)
        elif "cutout" in table.colnames:
            named, images = ["cutout"], np.asarray(table["cutout"])
            if images.ndim == 3:
                images = images[..., None]
        else:
            raise UsageError(f"the table has no cutouts. Give a column for each channel "
                             f"({', '.join(self.channels)}), or one called cutout. Received: "
                             f"{', '.join(table.colnames)}.")
        return images, {name: table[name] for name in table.colnames if name not in named}

    def _as_images(self, source):
        """Return cutouts as (N, H, W, C) float32."""
        try:
            images = np.asarray(source)
            if images.dtype.kind not in "fiub":
                raise ValueError
        except ValueError:
            raise UsageError("the source must be paths, images of one size, a Table or an HDUList. Received: "
                             f"{type(source).__name__}.") from None
        if len(self.shape) != 3:
            raise UsageError(f"a network of {self.domain} takes files, or a Table with the columns time and "
                             f"flux. Received: an array of shape {images.shape}.")
        count = len(self.channels)
        if images.ndim == 2 or (images.ndim == 3 and images.shape[-1] == count):
            images = images[None]
        if images.ndim == 3 and count == 1:
            images = images[..., None]
        if images.ndim != 4 or images.shape[-1] != count:
            raise UsageError(f"the network takes images of {count} channels ({', '.join(self.channels)}), "
                             f"these last: (N, H, W, {count}). Received: {np.shape(source)}.")
        return images.astype(np.float32)

    def _of_cube(self, cube, count, kept, asked):
        """Return one row for each of `count` images, with or without a score."""
        from astropy.table import Table

        found = self._of_files(cube, **asked)
        order = np.argsort(np.asarray(found["position"]), kind="stable")
        found = found[order]
        if len(found) != count:
            raise DataError(f"{count} images gave {len(found)} scores.")
        told = [name for name in found.colnames
                if self._is_said(name) or name in ("class", "reason")]
        return Table({**kept, **{name: found[name] for name in told}}, meta=found.meta)

    def _of_files(self, source, **asked):
        """Return the table that otrain-infer would write, and what it rejected below it."""
        from astropy.table import Table

        from otrain.workflows.infer import infer

        with tempfile.TemporaryDirectory(prefix="otrain-score-") as folder, hushed():
            path = Path(folder) / "scores.ecsv"
            rejected = path.with_name(f"{path.name}.quarantine.ecsv")
            try:
                infer(source, self._network, out=path, format="ecsv", **self._without_maps(), **asked)
            except DataError:
                if not rejected.exists():
                    raise
            table = Table.read(path, format="ascii.ecsv") if path.exists() else None
            faults = Table.read(rejected, format="ascii.ecsv") if rejected.exists() else None
        if table is not None:
            table["reason"] = np.full(len(table), "", dtype=object).astype(str)
        return table if faults is None else self._with_faults(table, faults)

    def _without_maps(self):
        return {"maps": False} if "maps" in ANSWERS.load(self._network.answer).options else {}

    def _with_faults(self, table, faults):
        """Append a row without a score for each rejected input."""
        from astropy.table import Table, vstack

        rows = {"file": np.asarray(faults["file"]).astype(str),
                "position": np.asarray(faults["position"]).astype(int),
                "reason": np.asarray(faults["reason"]).astype(str)}
        if table is None:
            empty = Table(rows)
            for name in self._numbers or ("score",):
                empty[name] = np.nan
            if not self._numbers:
                empty["class"] = ""
            return empty
        rows |= {name: np.full(len(faults), np.nan) for name in table.colnames if self._is_said(name)}
        if "class" in table.colnames:
            rows["class"] = np.full(len(faults), "")
        joined = vstack([table, Table({name: rows[name] for name in rows if name in table.colnames})])
        for name in joined.colnames:  # what a rejected input does not say
            column = joined[name]
            if hasattr(column, "filled") and column.dtype.kind in "fUS":
                joined[name] = column.filled(np.nan if column.dtype.kind == "f" else "")
        joined.meta = table.meta
        return joined
