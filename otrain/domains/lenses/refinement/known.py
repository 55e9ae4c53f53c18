"""What is known before the pixels of a lens are looked at: observation, kind, ranges of the training."""

import math

import numpy as np

from otrain.domains.lenses.derived import DEFAULT_SCALE, ROUND_LENSES, ROUND_SOURCES
from otrain.domains.lenses.refinement.fit import Pixels
from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.prior import NUISANCE, Prior

__all__ = ["Known", "known_of", "light_noise", "outside_training"]

RATIO = (0.2, 1.0)  # axis ratios of lenses where the training tells none
_ROUND = 0.97  # least axis ratio of a lens that is said to be round
_ALIKE = 0.05  # a range so narrow, as a share of its value, tells the value
_SLACK = 0.02  # of the width of a range: the training has not met its very ends
_FULL = 4  # pixels of one largest value: what is brighter did not fit into the file
_OBSERVATION = ("pixel_scale", "psf_fwhm", "background_rms", "exposure_time")
_MARGIN = 0.05


class Known:
    """What is known of one lens.

    Parameters
    ----------
    columns : dict
        Its own columns by canonical name.
    seen : dict
        ``low high`` or ``values`` of the training by column, as a bundle has them.
    recipe : dict
        Of the preparation.

    Attributes
    ----------
    assumed : list of str
        What had to be taken for granted, in words.
    scale : float
        Side of a pixel [arcsec].
    noise_error : float
        Relative error of the noise, where it had to be measured.
    """

    def __init__(self, columns, seen, recipe):
        self.columns, self.seen, self.assumed, self.noise_error = columns, seen, [], 0.0
        scale = recipe.get("pixel_scale") or self.number("pixel_scale")
        if scale is None:
            scale = DEFAULT_SCALE
            self.assumed.append(f"pixel scale of {scale:g} arcsec")
        self.scale = float(scale)

    def number(self, name):
        """Return a positive number of the observation: its own, else that of the training, or None."""
        own = _finite(self.columns.get(name))
        if own is not None:
            return own if own > 0 else None
        entry = self.seen.get(name, {})
        if "low" in entry and entry["high"] > 0 and entry["high"] - entry["low"] <= _ALIKE * entry["high"]:
            value = (entry["low"] + entry["high"]) / 2
            self.assumed.append(f"{name} of the training, {value:.3g}")
            return value
        return None

    def kinds(self, name):
        """Return the kinds of lens or source: its own, or those of the training; none where nobody knows."""
        own = str(self.columns.get(name) or "").strip()
        many = [own] if own else self.seen.get(name, {}).get("values", ())
        return {str(one).lower() for one in many}

    def range(self, *names):
        """Return the range [pixel] in which the training has a length, or None.

        Parameters
        ----------
        *names : str
            Columns; those in arcsec have ``_`` in their names.
        """
        for name in names:
            entry = self.seen.get(name, {})
            if "low" in entry:
                unit = self.scale if "_" in name else 1.0
                slack = _SLACK * (entry["high"] - entry["low"])
                return (entry["low"] - slack) / unit, (entry["high"] + slack) / unit
        return None

    def forward(self, side):
        """Return the way from the numbers of the fit to images."""
        kinds = self.kinds("source")
        if not kinds:
            self.assumed.append("an elliptical Gaussian source")
        profile = "sersic" if any("sersic" in kind for kind in kinds) else "gaussian"
        width = self.number("psf_fwhm") or 0.0
        if not width:
            self.assumed.append("no point-spread function")
        elliptical = not kinds or not kinds <= ROUND_SOURCES
        return LensForward(side, profile, elliptical, True, psf=width / self.scale, loose_psf=width > 0)

    def prior(self, forward):
        """Return the ranges of the training; where it tells none, wide ones."""
        half = forward.size / 2
        theta, size = self.range("theta_e", "einsteinradius"), self.range("source_size", "sigma")
        if theta is None or size is None:
            self.assumed.append("wide ranges: the network does not tell those of its training")
        theta, size = theta or (1.0, half), size or (0.5, half / 2)
        second = self.range("sigma2") if forward.elliptical else None
        size = (size[0], max(size[1], second[1] if second else 0.0))
        reach = [self.range(*names) for names in (("x_source", "x"), ("y_source", "y"))]
        reach = max((abs(end) for ends in reach if ends for end in ends), default=half)
        return Prior(forward.names, theta_e=(max(theta[0], 0.3), max(theta[1], 0.6)),
                     size=(max(size[0], 0.2), max(size[1], 0.4)), ratio=self._ratio(), reach=max(reach, 1.0),
                     nuisance=self._nuisance(size, second))

    def _ratio(self):
        kinds = self.kinds("lens")
        if kinds and kinds <= ROUND_LENSES:
            return _ROUND, 1.0
        low, high = self.range("ellipseratio") or RATIO
        return max(low, 0.05), 1.0 if kinds & ROUND_LENSES else min(high, 1.0)

    def _nuisance(self, size, second):
        found = {}
        if "low" in (entry := self.seen.get("n_sersic", {})):
            found["n_sersic"] = (max(entry["low"] - 0.1, 0.2), entry["high"] + 0.1)
        places = [ends for ends in (self.range("lensX"), self.range("lensY")) if ends]
        if places:  # a normal distribution as wide as the uniform one
            found["lens_sd"] = max(NUISANCE["lens_sd"], max(np.ptp(ends) for ends in places) / math.sqrt(12))
        if second:
            least, most = max(min(size[0], second[0]), 1e-3), max(size[1], second[1])
            found["source_ellipticity"] = min(0.9, (most - least) / (most + least) + 0.02)
        return found

    def pixels(self, image, noise):
        """Return the pixels of an image with the noise of the sky, and what an exposure counts.

        Parameters
        ----------
        image : (H, W) ndarray
        noise : (H, W) ndarray or None
            Standard deviation in each pixel, where a map tells it.

        Returns
        -------
        Pixels
        exposure : float or None
            Photons per unit of the image, where their noise is not in the map.
        """
        known, exposure = np.isfinite(image), None
        if noise is not None:
            known &= np.isfinite(noise) & (noise > 0)
            variance = np.where(known, noise, 1.0).astype(float) ** 2
        else:
            rms, exposure = self.number("background_rms"), self.number("exposure_time")
            if rms is None:
                rms, self.noise_error = _border_noise(image)
                self.assumed.append(f"noise measured at the border, {rms:.3g}")
            variance = np.full(image.shape, float(rms) ** 2)
        values = image[known]
        if values.size and np.array_equal(values, np.round(values)):
            variance += 1 / 12  # rounded to whole numbers
        if values.size and values.max() > 0 and (values == values.max()).sum() >= _FULL:
            known &= image < values.max()
        return Pixels(np.where(known, image, 0.0), np.where(known, variance ** -0.5, 0.0), sky=True), exposure


def known_of(columns, row, seen, recipe):
    """Return what is known of one row of columns."""
    return Known({name: values[row] for name, values in columns.items()}, seen, recipe)


def light_noise(pixels, light, exposure):
    """Return pixels whose weight also holds the noise of the photons of the light.

    Parameters
    ----------
    pixels : Pixels
        With the noise of the sky.
    light : (H, W) ndarray
        Without noise, in the units of the image; negative values count as none.
    exposure : float
        Photons per unit.
    """
    counted = pixels.weight > 0
    variance = np.where(counted, pixels.weight, 1.0) ** -2.0 + np.maximum(light, 0) / exposure
    return Pixels(pixels.image, np.where(counted, variance ** -0.5, 0.0), pixels.sky, pixels.loose)


def outside_training(known):
    """Return the columns of an observation that the training never had."""
    found = []
    for name in _OBSERVATION:
        own, entry = _finite(known.columns.get(name)), known.seen.get(name, {})
        if own is not None and "low" in entry and not (
                entry["low"] * (1 - _MARGIN) <= own <= entry["high"] * (1 + _MARGIN)):
            found.append(name)
    return found


def _border_noise(image):
    """Return the noise of pixels at the border, and its relative error.

    Second differences, which smooth light hardly changes, by the median of their sizes.
    """
    wide = max(2, len(image) // 10)
    border = np.ones(image.shape, bool)
    border[wide:-wide, wide:-wide] = False
    values = np.where(border, image, np.nan).astype(float)
    along = [one[:-2] - 2 * one[1:-1] + one[2:] for one in (values, values.T)]
    steps = np.concatenate([one[np.isfinite(one)] for one in along])
    if not len(steps):
        return 1.0, 1.0
    found = 1.4826 * float(np.median(np.abs(steps))) / math.sqrt(6)
    least = 1e-3 * float(np.nanmax(np.abs(image))) or 1.0
    return max(found, least), 2.5 / math.sqrt(len(steps))


def _finite(value):
    try:
        value = float(value)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
