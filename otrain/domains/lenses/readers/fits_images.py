"""Read images of lenses from FITS: one band with its noise map and point-spread function, HST or Euclid."""

from dataclasses import dataclass, field

import numpy as np

from otrain.data.fits.images import looks_like_fits, read_hdus
from otrain.data.fits.values import to_float
from otrain.data.inputs.example import Example
from otrain.data.inputs.probe import expand
from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size
from otrain.domains.lenses.readers.pixel_scale import pixel_scale_of
from otrain.domains.lenses.readers.psf import full_width

__all__ = ["READER", "LensFitsReader", "Observation", "observations"]

_ROLES = {
    "FLUX": "image", "SCI": "image", "SCIENCE": "image", "IMAGE": "image", "DATA": "image", "IMG": "image",
    "RMS": "noise", "NOISE": "noise", "ERR": "noise", "ERROR": "noise", "SIGMA": "noise", "STD": "noise",
    "VAR": "variance", "VARIANCE": "variance", "IVAR": "inverse variance", "INVVAR": "inverse variance",
    "PSF": "psf", "KERNEL": "psf",
    "DQ": "other", "MASK": "other", "CTX": "other", "WHT": "weight", "WEIGHT": "weight", "SEG": "other",
}
_NOISE = ("noise", "variance", "inverse variance")
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_BORDER = 0.1  # of the side of an image: where the sky is measured


@dataclass
class Observation:
    """An image of one band, and what is known of how it was taken.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        The first row is the top: y goes up, as it does in the parameters of lenses.
    noise : (H, W) float32 ndarray or None
        Standard deviation of each pixel, NaN where there is none.
    psf : (h, w) float64 ndarray or None
        With the first row at the top.
    band : str
        Empty where the file names none.
    columns : dict
        ``pixel_scale psf_fwhm background_rms exposure_time``, as far as they are known.
    remarks : dict of str to str
    """

    image: np.ndarray
    noise: np.ndarray | None
    psf: np.ndarray | None
    band: str
    columns: dict
    remarks: dict = field(default_factory=dict)


def observations(data):
    """Return the images of a FITS file by band.

    Parameters
    ----------
    data : bytes
        The whole file, not compressed.

    Returns
    -------
    dict of str to callable
        ``found[band]() -> Observation``; the empty name where the extensions name no band.

    Raises
    ------
    InputRejected
        ``no-image`` and what decoding refuses.
    """
    hdus = read_hdus(data)
    planes = [(hdu, *_role(hdu.name)) for hdu in hdus if hdu.pixels is not None and hdu.pixels.size]
    bands = {}
    for hdu, band, role in planes:
        bands.setdefault(band, {}).setdefault(role, hdu)
    primary = hdus[0].header
    found = {band: (lambda parts=parts, band=band: _observation(parts, band, primary))
             for band, parts in bands.items() if "image" in parts}
    if not found:
        named = ", ".join(hdu.name or "without a name" for hdu, *_ in planes)
        raise InputRejected("no-image", f"the file holds no image of the sky. Its images: {named or 'none'}.")
    return found


def _role(name):
    """Return the band and the role that the name of an extension tells.

    Examples
    --------
    >>> _role("NIR_Y_FLUX"), _role("SCI"), _role("VIS")
    (('NIR_Y', 'image'), ('', 'image'), ('VIS', 'image'))
    """
    words = name.upper().replace("-", "_").replace(" ", "_").split("_")
    if words[-1] == "MAP" and len(words) > 1:
        words.pop()
    if words[-1] in _ROLES:
        return "_".join(words[:-1]), _ROLES[words[-1]]
    if words[0] in _ROLES:
        return "_".join(words[1:]), _ROLES[words[0]]
    return "_".join(words), "image"


def _observation(parts, band, primary):
    """Return one band, checked."""
    image, remarks = _plane(parts["image"], "image"), {}
    noise = next((_noise(parts[role], role) for role in _NOISE if role in parts), None)
    if noise is not None and noise.shape != image.shape:
        raise InputRejected("bad-shape", f"the noise map is {'x'.join(map(str, noise.shape))} and the image "
                                         f"{'x'.join(map(str, image.shape))}.")
    if noise is None and "weight" in parts:
        remarks["a weight map is not used: it may be no inverse variance (which is named IVAR)"] = ""
    psf = _plane(parts["psf"], "psf").astype(np.float64) if "psf" in parts else None
    columns = _columns(parts["image"].header, primary, image, noise)
    if psf is not None:
        width = full_width(psf)
        if width is None:
            remarks["the point-spread function has no peak and is not used"] = band
            psf = None
        elif "pixel_scale" in columns:
            scale = pixel_scale_of(parts["psf"].header) or columns["pixel_scale"]
            columns["psf_fwhm"] = width * scale
    return Observation(image, noise, psf, band, columns, remarks)


def _columns(header, primary, image, noise):
    """Return what headers and pixels tell of an image."""
    columns = {}
    scale = pixel_scale_of(header, primary)
    if scale is not None:
        columns["pixel_scale"] = scale
    for keyword in ("EXPTIME", "EXPOSURE", "TEXPTIME"):
        value = header.get(keyword, primary.get(keyword))
        if value is None:
            continue
        try:
            seconds = to_float(value, None)
        except ValueError:
            continue
        if seconds > 0:
            columns["exposure_time"] = seconds
            break
    rms = float(np.nanmedian(noise)) if noise is not None and np.isfinite(noise).any() else _sky_noise(image)
    if np.isfinite(rms):
        columns["background_rms"] = rms
    return columns


def _sky_noise(image):
    """Return the noise of the border of an image, NaN where it has no value."""
    width = max(1, round(_BORDER * min(image.shape)))
    inside = np.zeros(image.shape, bool)
    inside[width:-width, width:-width] = True
    sky = image[~inside & np.isfinite(image)]
    return float(_MAD_TO_SIGMA * np.median(np.abs(sky - np.median(sky)))) if sky.size else np.nan


def _plane(hdu, what):
    """Return an image of two axes as float32, its first row at the top."""
    pixels = hdu.pixels
    if pixels.ndim != 2:
        pixels = pixels.reshape([length for length in pixels.shape if length != 1])
    if pixels.ndim != 2:
        raise InputRejected("bad-shape", f"the {what} of a lens needs two axes. Received: "
                                         f"{'x'.join(map(str, hdu.pixels.shape))} ({hdu.name or 'primary'}).")
    check_size(pixels.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(pixels[::-1].astype(np.float32))


def _noise(hdu, role):
    """Return the standard deviation of each pixel, NaN where there is none."""
    values = _plane(hdu, role)
    with np.errstate(divide="ignore", invalid="ignore"):
        if role == "variance":
            values = np.sqrt(values)
        elif role == "inverse variance":
            values = 1 / np.sqrt(values)
        values[~(values > 0) | ~np.isfinite(values)] = np.nan
    return values


class LensFitsReader:
    """Reader of one lens per FITS file.

    Extensions are told by their names: FLUX, SCI or IMAGE; RMS, ERR or NOISE (VAR, IVAR); PSF, each perhaps
    behind the name of a band as in ``NIR_Y_FLUX``. An image without a name is one. Channels are ``image``,
    and ``noise`` where there is a noise map. FITS has its first row at the bottom: it becomes the last.
    """

    name = "lens-fits"
    formats = ("fits", "gzip", "bzip2", "xz")

    def recognises(self, probe):
        """Return whether the file is FITS, compressed or not."""
        return looks_like_fits(probe)

    def read(self, probe):
        """Yield the image of the band that is asked for."""
        found = observations(expand(probe.data))
        seen = found[_chosen(found, probe.options.get("band"))]()
        planes = [seen.image] if seen.noise is None else [seen.image, seen.noise]
        columns = seen.columns | ({"band": seen.band} if seen.band else {})
        yield Example(np.stack(planes, axis=-1), ("image", "noise")[:len(planes)], columns,
                      remarks=seen.remarks or None)


def _chosen(found, band):
    """Return the name of the band that is meant."""
    if band is None:
        if len(found) == 1:
            return next(iter(found))
        raise InputRejected("missing-channel", f"the file has images of several bands: {', '.join(found)}. "
                                               f"Choose one with --band.")
    wanted = band.upper().replace("-", "_")
    same = [name for name in found if name == wanted] or [name for name in found if name.startswith(wanted)]
    if len(same) != 1:
        present = ", ".join(filter(None, found)) or "one without a name"
        raise InputRejected("missing-channel", f"{'several images' if same else 'no image'} of the band "
                                               f"{band!r}. Present: {present}.")
    return same[0]


READER = LensFitsReader()
