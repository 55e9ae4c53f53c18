"""The lens and the source that a row of CosmoSim's tables describes, in pixel and radians."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otrain.domains.lenses.physics.lens_models import EPL, NFW, SIE, SIS, Cluster, ExternalShear, PointMass
from otrain.domains.lenses.physics.sources import (
    Constellation,
    EllipticalGaussian,
    SersicEllipsoid,
    SersicSphere,
    SphericalGaussian,
    Triangle,
)
from otrain.domains.lenses.simulators.image_source import picture_source
from otrain.domains.lenses.simulators.names import (
    CONFIGS,
    LENSES,
    LIGHT_PROFILES,
    MODELS,
    SOURCES,
    require_name,
)
from otrain.errors import DataError

__all__ = ["DEFAULTS", "Scene", "lens_of", "scene_of", "source_of"]

# CosmoSim's, where neither a row nor a flag nor a TOML says otherwise.
DEFAULTS = {
    "lens": "SIS",
    "model": "Raytrace",
    "source": "Spherical",
    "einsteinradius": 20.0,
    "ellipseratio": 0.6,
    "orientation": 45.0,
    "sigma": 10.0,
    "sigma2": 20.0,
    "theta": 45.0,
    "x": 0.0,
    "y": 0.0,
}
_SERSIC = {"Spherical": "SersicSphere", "Ellipsoid": "SersicEllipsoid"}
_GAUSSIAN = {"SersicSphere": "Spherical", "SersicEllipsoid": "Ellipsoid"}
_CLUSTER_NUMBERS = {"SIS": 3, "PointMass": 3, "SIE": 5, "EPL": 5}
_GALAXY_NUMBERS = {"Spherical": 7, "Ellipsoid": 7, "SersicSphere": 7, "SersicEllipsoid": 7, "Triangle": 4}


@dataclass(frozen=True)
class Scene:
    """What is seen in one image.

    Parameters
    ----------
    lens : lens model
    source : source
        At its unlensed position.
    x, y : float
        Position of the source without the lens [pixel], y up.
    model : {"Raytrace", "Roulette"}
    sampled : bool
        Whether the potential is known at whole pixels only.
    row : dict
        What the table says.
    """

    lens: Any
    source: Any
    x: float
    y: float
    model: str
    sampled: bool
    row: dict


def scene_of(row, *, where="", lightprofile=None, folder="."):
    """Return the scene that a row describes.

    Parameters
    ----------
    row : dict of str to str, float or None
        By the names of CosmoSim's columns, 2 and 3; None is not given. Without y, R and phi count.
    where : str
        Which row it is, for messages.
    lightprofile : str, optional
        Gaussian or Sersic, whatever the name of the source says.
    folder : path-like
        Where images of galaxies lie that are named relative to it.

    Raises
    ------
    DataError
        If a name or a number is not usable.
    """
    config = row.get("config")
    model = sampled = None
    if config is not None:
        chosen = CONFIGS[_name(config, CONFIGS, f"{where}config")]
        model, sampled = chosen.model, chosen.sampled
    if row.get("model") is not None:
        model = MODELS[_name(row["model"], MODELS, f"{where}model")]
    x, y = _position(row, where)
    return Scene(
        lens_of(row, where=where),
        source_of(row, x, y, where=where, lightprofile=lightprofile, folder=folder),
        x,
        y,
        model or DEFAULTS["model"],
        bool(sampled or row.get("sampled")),
        row,
    )


def lens_of(row, *, where=""):
    """Return the lens of a row, at the origin; see `scene_of`."""
    if row.get("cluster"):
        lens = _cluster(row["cluster"], f"{where}cluster")
    else:
        word = row.get("lens")
        if word is None and row.get("config") is not None:
            word = CONFIGS[_name(row["config"], CONFIGS, f"{where}config")].lens
        lens = _single(LENSES[_name(word or DEFAULTS["lens"], LENSES, f"{where}lens")], row, where)
    if row.get("gamma1") or row.get("gamma2"):
        parts = lens.parts if isinstance(lens, Cluster) else (lens,)
        lens = Cluster((*parts, ExternalShear(row.get("gamma1") or 0.0, row.get("gamma2") or 0.0)))
    return lens


def _single(kind, row, where):
    if kind == "Cluster":
        raise DataError(
            f'{where}lens: a Cluster needs the column `cluster`, such as "SIS/0/0/20;SIS/30/0/10".'
        )
    if kind == "NFW":
        return NFW(
            _positive(row, "kappa_s", where, default=0.2),
            _positive(row, "scale_radius", where, default=100.0),
        )
    names = [row.get("einsteinradius"), row.get("einsteinR")]
    radius = _positive(
        {"einsteinradius": next((one for one in names if one is not None), None)}, "einsteinradius", where
    )
    return _lens_at(kind, radius, row, 0.0, 0.0, where)


def _lens_at(kind, radius, row, x, y, where):
    if kind == "SIS":
        return SIS(radius, x, y)
    if kind == "PointMass":
        return PointMass(radius, x, y)
    ratio = _positive(row, "ellipseratio", where)
    if ratio > 1:
        raise DataError(f"{where}ellipseratio: must be at most 1. Received: {ratio!r}.")
    angle = math.radians(_number(row, "orientation", where))
    if kind == "SIE":
        return SIE(radius, ratio, angle, x, y)
    return EPL(radius, ratio, angle, _positive(row, "slope", where, default=1.0), x, y)


def _cluster(text, where):
    """Return the lenses of ``SIS/x/y/radius;SIE/x/y/radius/ratio/orientation``."""
    parts = []
    for part in str(text).split(";"):
        word, *numbers = part.strip().split("/")
        kind = LENSES[_name(word, LENSES, where)]
        needed = _CLUSTER_NUMBERS.get(kind)
        if needed is None:
            raise DataError(f"{where}: {kind} cannot be in a cluster. Known: {', '.join(_CLUSTER_NUMBERS)}.")
        numbers = _numbers(numbers, needed, f"{where}: {part!r}")
        row = {"ellipseratio": numbers[3], "orientation": numbers[4]} if needed == 5 else {}
        parts.append(
            _lens_at(
                kind,
                _positive({"radius": numbers[2]}, "radius", f"{where}: {part!r}: "),
                row,
                numbers[0],
                numbers[1],
                f"{where}: {part!r}: ",
            )
        )
    return Cluster(tuple(parts))


def source_of(row, x, y, *, where="", lightprofile=None, folder="."):
    """Return the source of a row at a position; see `scene_of`."""
    word = str(row.get("source") or DEFAULTS["source"])
    if word.startswith("image:"):
        return picture_source(
            Path(folder) / word[len("image:") :],
            _positive(row, "sigma", where),
            math.radians(_number(row, "theta", where)),
            x,
            y,
        )
    if "/" in word:
        return Constellation(
            tuple(_galaxy(part, f"{where}source: {part!r}") for part in word.split(";")), x, y
        )
    kind = SOURCES[_name(word, SOURCES, f"{where}source")]
    if lightprofile is not None:
        profile = LIGHT_PROFILES[_name(lightprofile, LIGHT_PROFILES, f"{where}lightprofile")]
        kind = (_SERSIC if profile == "Sersic" else _GAUSSIAN).get(kind, kind)
    return _galaxy_at(kind, row, x, y, where)


def _galaxy_at(kind, row, x, y, where):
    sigma = _positive(row, "sigma", where)
    if kind == "Spherical":
        return SphericalGaussian(sigma, x, y)
    theta = 0.0 if kind == "SersicSphere" else math.radians(_number(row, "theta", where))
    if kind == "Ellipsoid":
        return EllipticalGaussian(sigma, _positive(row, "sigma2", where), theta, x, y)
    if kind == "Triangle":
        return Triangle(sigma, theta, x, y)
    if kind == "SersicSphere":
        return SersicSphere(
            sigma,
            _positive(row, "n_sersic", where, default=4.0),
            _positive(row, "luminosity", where, default=10.0),
            x,
            y,
        )
    if kind == "SersicEllipsoid":
        return SersicEllipsoid(
            sigma,
            _positive(row, "sigma2", where),
            theta,
            _positive(row, "n_sersic", where, default=4.0),
            _positive(row, "luminosity", where, default=20.0),
            x,
            y,
        )
    return picture_source(None, sigma, theta, x, y)


def _galaxy(part, where):
    """Return one galaxy of ``mode/x/y/sigma/sigma2/theta/n_sersic/luminosity``."""
    word, *numbers = part.strip().split("/")
    kind = SOURCES[_name(word, SOURCES, where)]
    needed = _GALAXY_NUMBERS.get(kind)
    if needed is None:
        raise DataError(f"{where}: {kind} cannot be in a constellation. Known: {', '.join(_GALAXY_NUMBERS)}.")
    if needed == 7 and len(numbers) == 5:  # a Gaussian needs no more
        numbers = [*numbers, "4", "20"]
    numbers = _numbers(numbers, needed, where)
    names = ("sigma", "theta") if needed == 4 else ("sigma", "sigma2", "theta", "n_sersic", "luminosity")
    return _galaxy_at(kind, dict(zip(names, numbers[2:], strict=True)), numbers[0], numbers[1], f"{where}: ")


def _position(row, where):
    if row.get("y") is None and row.get("phi") is not None:
        radius = row.get("R") if row.get("R") is not None else row.get("x")
        radius, phi = _number({"R": radius or 0.0}, "R", where), math.radians(_number(row, "phi", where))
        return radius * math.cos(phi), radius * math.sin(phi)
    return _number(row, "x", where), _number(row, "y", where)


def _name(word, known, where):
    try:
        return require_name(word, known, where)
    except ValueError as error:
        raise DataError(str(error)) from None


def _numbers(words, count, where):
    """Return as many numbers as are needed of the words of one part; further words are passed over."""
    if len(words) < count:
        raise DataError(f"{where}: {count} numbers are needed. Received: {len(words)}.")
    return [_number({"part": word}, "part", f"{where}: ") for word in words[:count]]


def _number(row, name, where, default=None):
    value = row.get(name)
    if value is None:
        value = DEFAULTS.get(name) if default is None else default
    try:
        value = float(value)
    except (TypeError, ValueError):
        raise DataError(f"{where}{name}: a number is needed. Received: {value!r}.") from None
    if not math.isfinite(value):
        raise DataError(f"{where}{name}: a finite number is needed. Received: {value!r}.")
    return value


def _positive(row, name, where, default=None):
    value = _number(row, name, where, default)
    if value <= 0:
        raise DataError(f"{where}{name}: must be above 0. Received: {value!r}.")
    return value
