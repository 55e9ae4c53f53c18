"""The lens and light models of lenstronomy, on our pixels."""

import math

import numpy as np

from otrain.domains.lenses.physics import lens_models, sources
from otrain.errors import DataError, MissingExtraError

__all__ = ["MOVES", "render", "require"]

MOVES = True  # any point may be the middle of an image


def require():
    """Refuse where lenstronomy is not installed.

    Raises
    ------
    MissingExtraError
    """
    from importlib.util import find_spec

    if find_spec("lenstronomy") is None:
        raise MissingExtraError("lenstronomy", "lenstronomy")


def render(scene, settings, origin=(0.0, 0.0)):
    """Return the light of a scene; see `otrain.domains.lenses.simulators.engines.builtin.render`."""
    from lenstronomy.Data.imaging_data import ImageData
    from lenstronomy.Data.psf import PSF
    from lenstronomy.ImSim.image_model import ImageModel
    from lenstronomy.LensModel.lens_model import LensModel
    from lenstronomy.LightModel.light_model import LightModel

    if scene.model != "Raytrace" or scene.sampled:
        raise DataError(
            "lenstronomy traces rays through whole lenses: no roulettes, no sampled potential. Take "
            "--engine builtin."
        )
    size = settings.imagesize
    grid = ImageData(
        np.zeros((size, size)),
        ra_at_xy_0=origin[0] - size / 2,
        dec_at_xy_0=origin[1] - size / 2 + 1,
        transform_pix2angle=np.eye(2),
    )
    lenses = [_lens(part) for part in getattr(scene.lens, "parts", (scene.lens,))]
    lights = [_light(part, at) for part, at in _parts(scene.source)]
    model = ImageModel(
        grid,
        PSF("NONE"),
        LensModel([name for name, _ in lenses]),
        source_model_class=LightModel([name for name, _ in lights]),
        kwargs_numerics={"supersampling_factor": settings.supersampling},
    )
    with np.errstate(all="ignore"):  # it divides by zero in the very middle of a singular lens
        image = model.image([words for _, words in lenses], [words for _, words in lights])
    return np.nan_to_num(np.ascontiguousarray(image[::-1], np.float32), nan=0.0)


def _lens(lens):
    """Return the name and the parameters of a lens in lenstronomy."""
    if isinstance(lens, lens_models.ExternalShear):
        return "SHEAR", {"gamma1": lens.gamma1, "gamma2": lens.gamma2}
    place = {"center_x": lens.x, "center_y": lens.y}
    if isinstance(lens, lens_models.SIS):
        return "SIS", place | {"theta_E": lens.einstein_radius}
    if isinstance(lens, lens_models.PointMass):
        return "POINT_MASS", place | {"theta_E": lens.einstein_radius}
    if isinstance(lens, (lens_models.SIE, lens_models.EPL)):
        # Ours is the direction of the minor axis.
        e1, e2 = _ellipticity(lens.ellipse_ratio, lens.orientation + math.pi / 2)
        return "EPL", place | {
            "theta_E": lens.einstein_radius,
            "e1": e1,
            "e2": e2,
            "gamma": getattr(lens, "slope", 1.0) + 1,
        }
    if isinstance(lens, lens_models.NFW):
        return "NFW", place | {
            "Rs": lens.scale_radius,
            "alpha_Rs": 4 * lens.kappa_s * lens.scale_radius * (1 - math.log(2)),
        }
    raise DataError(f"lenstronomy has no lens {type(lens).__name__} here. Take --engine builtin.")


def _parts(source):
    """Return the galaxies of a source, and where the middle of each is."""
    if isinstance(source, sources.Constellation):
        return [(part, (source.x + part.x, source.y + part.y)) for part in source.parts]
    return [(source, (source.x, source.y))]


def _light(source, at):
    """Return the name and the parameters of a galaxy in lenstronomy."""
    place = {"center_x": at[0], "center_y": at[1]}
    if isinstance(source, sources.SphericalGaussian):
        return "GAUSSIAN", place | {
            "sigma": source.sigma,
            "amp": sources.BRIGHTEST * 2 * math.pi * source.sigma**2,
        }
    if isinstance(source, sources.EllipticalGaussian):
        major, minor, angle = _axes(source.sigma, source.sigma2, source.theta)
        e1, e2 = _ellipticity(minor / major, angle)
        return "GAUSSIAN_ELLIPSE", place | {
            "sigma": math.sqrt(major * minor),
            "e1": e1,
            "e2": e2,
            "amp": sources.BRIGHTEST * 2 * math.pi * major * minor,
        }
    if isinstance(source, sources.SersicSphere):
        level = float(source.brightness(source.x + source.sigma, source.y))
        return "SERSIC", place | {"amp": level, "R_sersic": source.sigma, "n_sersic": source.n_sersic}
    if isinstance(source, sources.SersicEllipsoid):
        # CosmoSim's first size of a Sersic profile lies across theta.
        major, minor, angle = _axes(source.sigma2, source.sigma, source.theta)
        e1, e2 = _ellipticity(minor / major, angle)
        level = float(
            source.brightness(source.x + major * math.cos(angle), source.y + major * math.sin(angle))
        )
        return "SERSIC_ELLIPSE", place | {
            "amp": level,
            "R_sersic": math.sqrt(major * minor),
            "e1": e1,
            "e2": e2,
            "n_sersic": source.n_sersic,
        }
    raise DataError(f"lenstronomy has no source {type(source).__name__} here. Take --engine builtin.")


def _axes(along, across, angle):
    """Return the major and the minor axis, and the direction of the major one."""
    return (along, across, angle) if along >= across else (across, along, angle + math.pi / 2)


def _ellipticity(ratio, angle):
    size = (1 - ratio) / (1 + ratio)
    return size * math.cos(2 * angle), size * math.sin(2 * angle)
