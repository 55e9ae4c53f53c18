"""The columns of a lens: canonical name, type, unit and meaning.

Lengths of CosmoSim's own columns are in pixel with y up, its angles in degrees from the x axis towards the
y axis; what is derived from them is in arcsec.
"""

from otrain.domains.domain import Column

__all__ = ["AMPLITUDES", "COLUMNS", "DEFAULT_TARGETS", "MOST_TERMS", "amplitude_columns", "amplitude_of"]

MOST_TERMS = 10  # highest order m of the roulette amplitudes that have columns

DEFAULT_TARGETS = ("theta_e", "e1", "e2", "x_source", "y_source", "source_size")

_ABOUT = {
    "candid": Column(str, "", "name of the lens; by default that of its file"),
    "file": Column(str, "", "file that the example was read from, relative to the source"),
    "object_id": Column(str, "", "lens that the image shows, where several images show one"),
    "source": Column(str, "", "kind of source as CosmoSim calls it: s, e, t, SersicSphere, ..."),
    "lens": Column(str, "", "lens model: PM, SIS, SIE, or the parts of a cluster"),
    "model": Column(str, "", "how the image was computed: Raytrace or Roulette"),
    "band": Column(str, "", "photometric band of the image"),
    "subset": Column(str, "", "training, validation or test, where a table of its own says so"),
}

_DERIVED = {
    "theta_e": Column(float, "arcsec", "Einstein radius"),
    "e1": Column(float, "", "ellipticity of the lens, (1 - q) / (1 + q) cos 2 phi, y up"),
    "e2": Column(float, "", "ellipticity of the lens, (1 - q) / (1 + q) sin 2 phi, y up"),
    "x_source": Column(float, "arcsec", "position of the source, relative to the lens"),
    "y_source": Column(float, "arcsec", "position of the source, relative to the lens, up"),
    "source_size": Column(float, "arcsec", "size of the source along its first axis (sigma)"),
    "pixel_scale": Column(float, "arcsec", "side of a pixel on the sky"),
    "psf_fwhm": Column(float, "arcsec", "full width at half maximum of the point-spread function"),
    "background_rms": Column(float, "", "noise of the sky, in units of the image"),
    "exposure_time": Column(float, "s", "exposure time"),
    "saturation": Column(float, "", "share of the pixels at the largest value that the file can hold"),
    "snr": Column(float, "", "signal-to-noise ratio of all pixels together"),
    "gamma1": Column(float, "", "external shear, component along the axes"),
    "gamma2": Column(float, "", "external shear, component along the diagonals"),
}

_COSMOSIM = {
    "einsteinradius": Column(float, "pix", "Einstein radius"),
    "ellipseratio": Column(float, "", "axis ratio of the lens, minor over major"),
    "orientation": Column(float, "deg", "direction of the major axis of the lens"),
    "x": Column(float, "pix", "position of the source"),
    "y": Column(float, "pix", "position of the source, up"),
    "R": Column(float, "pix", "distance of the source from the lens"),
    "phi": Column(float, "deg", "direction of the source from the lens"),
    "sigma": Column(float, "pix", "size of the source along its first axis"),
    "sigma2": Column(float, "pix", "size of the source along its second axis"),
    "theta": Column(float, "deg", "direction of the first axis of the source"),
    "n_sersic": Column(float, "", "Sersic index of the source"),
    "luminosity": Column(float, "", "brightness of the source"),
    "chi": Column(float, "", "distance of the lens over that of the source (CosmoSim 2)"),
    "lensX": Column(float, "pix", "position of the lens in the image"),
    "lensY": Column(float, "pix", "position of the lens in the image, up"),
    "centreX": Column(float, "pix", "centre of light of the image"),
    "centreY": Column(float, "pix", "centre of light of the image, up"),
    "reletaX": Column(float, "pix", "source relative to the reference point, in the source plane"),
    "reletaY": Column(float, "pix", "source relative to the reference point, in the source plane, up"),
    "offsetX": Column(float, "pix", "shift of the source against the reference point"),
    "offsetY": Column(float, "pix", "shift of the source against the reference point, up"),
    "xiX": Column(float, "pix", "reference point of the roulette expansion, in the lens plane"),
    "xiY": Column(float, "pix", "reference point of the roulette expansion, in the lens plane, up"),
}


def amplitude_columns(nterms):
    """Return the names of the roulette amplitudes up to an order, in the order of droulette.

    Parameters
    ----------
    nterms : int
        Highest order m.

    Returns
    -------
    list of str
        ``alpha[m][s]`` and ``beta[m][s]`` in turn, for m from 0 and s of the other parity up to m + 1.
        ``beta[m][0]`` is zero by definition and left out.

    Examples
    --------
    >>> amplitude_columns(1)
    ['alpha[0][1]', 'beta[0][1]', 'alpha[1][0]', 'alpha[1][2]', 'beta[1][2]']
    """
    return [f"{part}[{m}][{s}]" for m in range(nterms + 1) for s in range((m + 1) % 2, m + 2, 2)
            for part in ("alpha", "beta") if s or part == "alpha"]


def amplitude_of(name):
    """Return part, order m and spin s of a roulette amplitude; None for the name of anything else.

    Examples
    --------
    >>> amplitude_of("beta[2][3]"), amplitude_of("sigma")
    (('beta', 2, 3), None)
    """
    return AMPLITUDES.get(name)


def _amplitudes():
    return {f"{part}[{m}][{s}]": (part, m, s) for m in range(MOST_TERMS + 1)
            for s in range((m + 1) % 2, m + 2, 2) for part in ("alpha", "beta")}


AMPLITUDES = _amplitudes()


def _unit(order):
    """Return the unit of amplitudes of an order: each further one is divided by a length."""
    return {0: "pix", 1: ""}.get(order, f"1 / pix{order - 1}" if order > 2 else "1 / pix")


COLUMNS = _ABOUT | _DERIVED | _COSMOSIM | {
    name: Column(float, _unit(m), f"roulette amplitude {part}, order {m}, spin {s}")
    for name, (part, m, s) in AMPLITUDES.items()}
