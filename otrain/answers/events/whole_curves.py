"""A light curve of a cube with its classes and what a network says of each point, ready to be drawn."""

import numpy as np

from otrain.answers.events.maps import class_maps
from otrain.tasks.segmentation import TASK

__all__ = ["whole_panel"]


def whole_panel(cube, row, logits=None):
    """Return what `otrain.plots.curve_gallery.whole_curve` draws of one example.

    Parameters
    ----------
    cube : DataCube
    row : int
    logits : (L, units) ndarray, optional
        What the network said of its points.

    Returns
    -------
    dict
        ``time`` [d] in the scale of the star, ``flux`` (relative, 1 where nothing happens), ``label`` (class
        of each point), ``probability`` ((K, L), NaN where there is no flux; None without `logits`) and
        ``title``.
    """
    example, place = cube.read([row])[0], cube.channels.index
    columns = {name: values[0] for name, values in cube.columns_of(np.array([row])).items()}
    flux = 1 + example[:, place("flux")] * float(columns["scale"])
    maps = None
    if logits is not None:
        maps = np.stack([np.where(np.isfinite(flux), class_maps(logits[None], kind)[0][0], np.nan)
                         for kind in range(1, max(2, logits.shape[-1]))])
    return {"time": example[:, place("time")].astype(float) + float(columns["time_start"]), "flux": flux,
            "label": example[:, TASK.answer_channel(cube)], "probability": maps,
            "title": str(columns["candid"])}
