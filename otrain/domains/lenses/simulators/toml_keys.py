"""Every key that the TOML of a set of lenses may have, and what stands behind it."""

from dataclasses import dataclass

__all__ = ["ALIASES", "DRAFTS", "FOREIGN_KEYS", "FOREIGN_TABLES", "QUANTITIES", "SINGLE_KEYS", "Quantity"]


@dataclass(frozen=True)
class Quantity:
    """A number that is drawn for every lens.

    Parameters
    ----------
    section : str
    low, high : float, optional
        The range where none is given; None: nothing is drawn then.
    least, most : float, optional
        What is possible at all.
    open_least : bool
        Whether `least` itself is impossible.
    """

    section: str
    low: float | None = None
    high: float | None = None
    least: float = float("-inf")
    most: float = float("inf")
    open_least: bool = False


QUANTITIES = {
    "einstein": Quantity("lens", 10, 50, least=0, open_least=True),
    "orientation": Quantity("lens"),
    "ellipseratio": Quantity("lens", least=0, most=1, open_least=True),
    "chi": Quantity("lens", least=0),
    "slope": Quantity("lens", least=0, most=2, open_least=True),
    "kappa-s": Quantity("lens", least=0, open_least=True),
    "scale-radius": Quantity("lens", least=0, open_least=True),
    "gamma1": Quantity("lens", least=-1, most=1),
    "gamma2": Quantity("lens", least=-1, most=1),
    "sigma": Quantity("source", 1, 60, least=0, open_least=True),
    "sigma2": Quantity("source", 1, 40, least=0, open_least=True),
    "theta": Quantity("source", 0, 179),
    "n_sersic": Quantity("source", 1, 5, least=0.2, most=15),
    "luminosity": Quantity("source", 1, 20, least=0, open_least=True),
    "x": Quantity("position", -100, 100),
    "y": Quantity("position", -100, 100),
    "phi": Quantity("position", 0, 359),
    "psf-fwhm": Quantity("observation", least=0),
    "background-rms": Quantity("observation", least=0),
    "exposure-time": Quantity("observation", least=0, open_least=True),
    "saturation": Quantity("observation", least=0, open_least=True),
}

# section: key: kind. "words" is one text or several, of which one is drawn.
SINGLE_KEYS = {
    "simulator": {
        "model": "words",
        "config": "words",
        "size": "count",
        "nterms": "count",
        "imagesize": "count",
        "cropsize": "count",
        "centred": "flag",
        "xireference": "flag",
        "sampled": "flag",
        "engine": "word",
        "seed": "count",
        "pixel-scale": "number",
        "supersampling": "count",
        "raster": "flag",
    },
    "lens": {"mode": "words", "cluster": "words", "amplitudefile": "word"},
    "cluster": {"count": "count", "maxrelativelocation": "number"},
    "source": {"mode": "words", "lightprofile": "word", "image": "words", "position": "word"},
    "position": {"r-min": "radius", "r-max": "radius", "r": "number", "r-relativemax": "number"},
    "observation": {},
    "dataset": {"directory": "word"},
    "annotation": {"reflines": "flag", "criticalcurves": "flag"},
    "management": {
        "maxcount": "count",
        "showmask": "flag",
        "mask": "flag",
        "maskradius": "number",
        "maskscale": "number",
        "join": "flag",
        "components": "count",
        "family": "flag",
        "psiplot": "flag",
        "kappaplot": "flag",
        "apparent": "flag",
        "actual": "flag",
        "filename": "word",
        "index": "count",
    },
    "resimulation": {"drawmode": "word"},
}

# Other spellings of a key in a section.
ALIASES = {
    "simulator": {"models": "model", "configs": "config", "centered": "centred"},
    "lens": {
        "modes": "mode",
        "einsteinradius": "einstein",
        "einsteinR": "einstein",
        "ratio": "ellipseratio",
        "clusters": "cluster",
        "kappa_s": "kappa-s",
    },
    "source": {"modes": "mode", "images": "image", "n-sersic": "n_sersic"},
}

# Keys of drafts that circulate with CosmoSim and that no version of it reads: what to write instead.
DRAFTS = {
    (
        "lens",
        "cluster",
    ): "[lens.cluster] is a draft that no version of CosmoSim reads. Write a table [cluster] with "
    "`count` and `maxrelativelocation`.",
    (
        "simulator",
        "config",
    ): "[simulator.config] is a draft that no version of CosmoSim reads. Write `mode` in [lens], "
    "and `model` and `sampled` in [simulator].",
    (
        "position",
        "r-max",
    ): "a table here is a draft that no version of CosmoSim reads. Write a number, a word such as "
    '"relative" for 2.5 times r-min, or `position = "relative"` in [source] and '
    "`r-relativemax = 1.2` in [position].",
}

# What other steps read: the files of one experiment may be one.
FOREIGN_TABLES = ("problem", "settings", "hyperparameters", "training", "output")
FOREIGN_KEYS = {"dataset": ("roulette", "training", "validation", "testing", "filename")}
