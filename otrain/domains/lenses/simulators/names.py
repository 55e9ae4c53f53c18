"""The words of CosmoSim for lenses, sources and ways to simulate, those of version 2 and of version 3."""

from typing import NamedTuple

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = [
    "CONFIGS",
    "DRAWMODES",
    "ELLIPTICAL_LENSES",
    "ENGINES",
    "LENSES",
    "LIGHT_PROFILES",
    "MODELS",
    "POSITIONS",
    "SOURCES",
    "Config",
    "require_name",
]


class Config(NamedTuple):
    """What one `config` of version 2 stands for: lens, way to simulate, whether the potential is sampled."""

    lens: str
    model: str
    sampled: bool


LENSES = {  # word: our own
    "SIS": "SIS",
    "SIE": "SIE",
    "PM": "PointMass",
    "PointMass": "PointMass",
    "EPL": "EPL",
    "NFW": "NFW",
    "Cluster": "Cluster",
}
ELLIPTICAL_LENSES = ("SIE", "EPL")

SOURCES = {
    "s": "Spherical",
    "Spherical": "Spherical",
    "e": "Ellipsoid",
    "Ellipsoid": "Ellipsoid",
    "SersicSphere": "SersicSphere",
    "SersicEllipsoid": "SersicEllipsoid",
    "t": "Triangle",
    "Triangle": "Triangle",
    "Image (Einstein)": "Image",
    "Image": "Image",
    "image": "Image",
}
LIGHT_PROFILES = {
    "Gaussian": "Gaussian",
    "Spherical": "Gaussian",
    "Ellipsoid": "Gaussian",
    "Sersic": "Sersic",
    "SersicSphere": "Sersic",
    "SersicEllipsoid": "Sersic",
}
MODELS = {"Raytrace": "Raytrace", "ray": "Raytrace", "Roulette": "Roulette", "rou": "Roulette"}

_LONG_CONFIGS = {
    "Point Mass (exact)": Config("PM", "Raytrace", False),
    "Point Mass (roulettes)": Config("PM", "Roulette", False),
    "Sampled Roulette SIS": Config("SIS", "Roulette", True),
    "Sampled Roulette SIE": Config("SIE", "Roulette", True),
    "Sampled Raytrace SIS": Config("SIS", "Raytrace", True),
    "Sampled Raytrace SIE": Config("SIE", "Raytrace", True),
    "Roulette SIS": Config("SIS", "Roulette", False),
    "Roulette SIE": Config("SIE", "Roulette", False),
    "Raytrace SIS": Config("SIS", "Raytrace", False),
    "Raytrace SIE": Config("SIE", "Raytrace", False),
}
_SHORT_CONFIGS = {
    "raysie": "Raytrace SIE",
    "rs": "Raytrace SIS",
    "rousie": "Roulette SIE",
    "fs": "Roulette SIS",
    "ss": "Sampled Roulette SIS",
    "srousie": "Sampled Roulette SIE",
    "pss": "Sampled Raytrace SIS",
    "sraysie": "Sampled Raytrace SIE",
    "p": "Point Mass (exact)",
    "r": "Point Mass (roulettes)",
}
CONFIGS = {short: _LONG_CONFIGS[long] for short, long in _SHORT_CONFIGS.items()} | _LONG_CONFIGS

POSITIONS = ("cartesian", "polar", "relative", "critical")
DRAWMODES = ("xi", "centre", "origin")
ENGINES = ("builtin", "cosmosim", "lenstronomy")


def require_name(word, known, where):
    """Return a word if it is known.

    Raises
    ------
    UsageError
        If it is not; the message proposes the nearest one.
    """
    if not isinstance(word, str) or word not in known:
        raise UsageError(
            f"{where}: unknown value {word!r}.{nearest(str(word), known)} Known: {', '.join(known)}."
        )
    return word
