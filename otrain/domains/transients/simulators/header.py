"""Header values of a simulated candidate; none of them depends on the class."""

import numpy as np

__all__ = ["draw_header"]

BANDS = ("g", "r", "i")


def draw_header(rng, scene):
    """Return the columns of a candidate, drawn from the scene alone.

    The magnitude follows from the aperture flux, which the scene fixes for
    reals and bogus alike, plus its noise. A detector would measure other widths
    for other kinds of bogus; here FWHM scatters around the seeing for both
    classes, so that a network learns from the pixels.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of the scene.
    scene : Scene

    Returns
    -------
    dict
        Values by canonical column name.
    """
    error = scene.flux_error(scene.flux)
    flux = max(scene.flux + error * rng.standard_normal(), error)
    # The sphere is sampled evenly between declinations -35 and 80 degrees.
    sine = rng.uniform(np.sin(np.radians(-35)), np.sin(np.radians(80)))
    field = int(rng.integers(100, 1000))
    band = BANDS[rng.integers(3)]
    candid = f"c{rng.integers(16**12):012x}"
    return {
        "candid": candid,
        "mag": round(float(scene.zero_point - 2.5 * np.log10(flux)), 4),
        "mag_err": round(float(2.5 / np.log(10) * scene.flux_error(flux) / flux), 4),
        "band": band,
        "fwhm": round(float(scene.fwhm * np.exp(rng.normal(0, 0.15))), 3),
        "fwhm_psf": round(float(scene.fwhm * np.exp(rng.normal(0, 0.02))), 3),
        "ra": round(float(rng.uniform(0, 360)), 6),
        "dec": round(float(np.degrees(np.arcsin(sine))), 6),
        "x": round(float(rng.uniform(100, 4000)), 3),
        "y": round(float(rng.uniform(100, 4000)), 3),
        "edge": bool(scene.edge),
        "original_file": f"field{field}_{band}.fits",
        "mjd": round(float(rng.uniform(60000, 61000)), 6),
        "file": f"{candid}.fits",
    }
