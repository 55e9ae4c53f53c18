"""CosmoSim itself, by its Python interface: its pixels and its amplitudes, bit by bit.

Its C++ code prints, and may end its process, so that a worker must call it; what it prints goes nowhere.
"""

import contextlib
import os
import sys

import numpy as np

from otrain.domains.lenses.simulators.names import LENSES, SOURCES
from otrain.errors import DataError, MissingExtraError

__all__ = ["IN_A_CHILD", "columns", "move", "render", "require"]

IN_A_CHILD = True  # what it prints and how it may end must not be ours

_LENSES = ("SIS", "SIE", "PointMass")
_last = {}  # the scene that was simulated last, and CosmoSim's object of it


def require():
    """Refuse where CosmoSim is not installed.

    Raises
    ------
    MissingExtraError
    """
    from importlib.util import find_spec

    if find_spec("CosmoSim") is None:
        raise MissingExtraError("CosmoSim", "cosmosim")


def render(scene, settings, origin=(0.0, 0.0)):
    """Return the image of a scene.

    Parameters
    ----------
    scene : Scene
    settings : Settings
    origin : (float, float)
        Only (0, 0): `move` is for another middle.

    Returns
    -------
    (imagesize, imagesize) uint8 ndarray
    """
    if origin != (0.0, 0.0):
        return move(render(scene, settings), origin)
    with _silent():
        from CosmoSim.CLI.Arguments import Parameters
        from CosmoSim.CLI.SimImage import SimImage

        simulated = SimImage(param=Parameters(_parameters(scene, settings)), verbose=0)
        image = np.array(simulated.image)
    _last.clear()
    _last.update(scene=scene, simulated=simulated)
    if image.ndim == 2 or image.shape[2] == 1:
        return image.reshape(image.shape[:2])
    import cv2

    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # a triangle, whose sides have colours


def move(image, centre):
    """Return the image with its centre of light in the middle."""
    with _silent():
        from CosmoSim.Image import translateImage

        return translateImage(image, centre)


def columns(scene, settings, centre):
    """Return CosmoSim's columns of the scene that was simulated last."""
    if _last.get("scene") is not scene:
        render(scene, settings)
    with _silent():
        simulated = _last["simulated"]
        simulated.centrepoint = centre
        told = dict(simulated.getData())
    return {
        name: value if isinstance(value, str) or value is None else float(value)
        for name, value in told.items()
        if name not in ("filename", "source", "luminosity", "n_sersic", "sigma", "sigma2", "theta")
    }


def _parameters(scene, settings):
    """Return the row in the tables that CosmoSim takes."""
    row = scene.row
    lens = {"amplitudefile": row.get("amplitudefile")}
    if row.get("gamma1") or row.get("gamma2"):
        raise DataError("CosmoSim has no external shear. Take --engine builtin.")
    if row.get("cluster"):
        lens["cluster"] = row["cluster"]
    else:
        word = LENSES[row.get("lens") or _kind(scene.lens)]
        if word not in _LENSES:
            raise DataError(
                f"CosmoSim has no lens {word}. Known: {', '.join(_LENSES)}. Take --engine builtin."
            )
        lens |= {"mode": word, "einsteinradius": float(scene.lens.einstein_radius)}
        lens |= {
            name: float(row[name]) for name in ("ellipseratio", "orientation") if row.get(name) is not None
        }
    word = row.get("source") or "Spherical"
    if word.startswith("image:") or SOURCES.get(word) == "Image":
        raise DataError("CosmoSim takes no picture of a galaxy as a source. Take --engine builtin.")
    if "/" in word:
        raise DataError("CosmoSim 3.3 fails at several galaxies in one source. Take --engine builtin.")
    source = {"mode": word, "lightprofile": settings.lightprofile}
    source |= {
        name: float(row[name])
        for name in ("sigma", "sigma2", "theta", "n_sersic", "luminosity")
        if row.get(name) is not None
    }
    simulator = {
        "imagesize": settings.imagesize,
        "nterms": settings.nterms,
        "model": scene.model,
        "sampled": scene.sampled or None,
        "centred": settings.centred,
        "xireference": settings.xireference,
    }
    return {
        "simulator": {key: value for key, value in simulator.items() if value is not None},
        "lens": {key: value for key, value in lens.items() if value is not None},
        "source": {key: value for key, value in source.items() if value is not None},
        "position": {"x": float(scene.x), "y": float(scene.y)},
    }


def _kind(lens):
    return type(lens).__name__


@contextlib.contextmanager
def _silent():
    """Let nothing that is printed meanwhile, in Python or C++, be seen."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            yield
            sys.stdout.flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
