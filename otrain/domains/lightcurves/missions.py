"""What differs between missions: which quality bits spoil a sample, and where their clocks start."""

__all__ = ["OFFSETS", "SPOILING_BITS", "bad_samples", "mission_name", "time_scale"]

import numpy as np

# Bits after which the flux says nothing about the star: attitude tweak, safe mode, coarse point, Earth
# point, desaturation, manual exclusion and the like. Cosmic-ray and outlier bits of Kepler are not among
# them: the flux has been corrected, and a single deep transit can set the outlier bit.
# References: Kepler Archive Manual (KDMC-10008-006) table 2-3; TESS Science Data Products
# Description Document (EXP-TESS-ARC-ICD-0014) table 32.
SPOILING_BITS = {
    "Kepler": 1 | 2 | 4 | 8 | 32 | 256 | 16384 | 65536 | 1048576,
    "TESS": 1 | 2 | 4 | 8 | 16 | 32 | 128 | 512 | 16384,
}
SPOILING_BITS["K2"] = SPOILING_BITS["Kepler"]

OFFSETS = {"BKJD": 2454833.0, "BTJD": 2457000.0, "BJD": 0.0}  # d; BJD = value + offset

_NAMES = {"kepler": "Kepler", "k2": "K2", "tess": "TESS", "plato": "PLATO", "corot": "CoRoT",
          "cheops": "CHEOPS"}


def mission_name(text):
    """Return the name of a mission in our spelling, or the text as it is.

    Examples
    --------
    >>> mission_name("KEPLER"), mission_name("Roman")
    ('Kepler', 'Roman')
    """
    text = str(text or "").strip()
    return _NAMES.get(text.lower(), text)


def bad_samples(quality, mission, policy):
    """Return which samples a quality flag excludes.

    Parameters
    ----------
    quality : (n,) ndarray or None
        Flags of the file; a value that is not finite excludes.
    mission : str
    policy : {"default", "any", "none"}
        The mission's spoiling bits (any bit where we do not know the mission), any bit, or none.

    Returns
    -------
    (n,) bool ndarray or None
    """
    if quality is None or policy == "none":
        return None
    quality = np.asarray(quality)
    unknown = ~np.isfinite(quality)
    flags = np.where(unknown, 0, quality).astype(np.int64)
    bits = SPOILING_BITS.get(mission) if policy == "default" else None
    return unknown | ((flags != 0) if bits is None else (flags & bits != 0))


def time_scale(reference, first):
    """Return the name of a time scale whose zero is `reference`, or that values about `first` suggest.

    Parameters
    ----------
    reference : float or None
        Barycentric Julian date of the zero [d], where the file says it.
    first : float
        A time of the file [d].
    """
    if reference is not None:
        for name, offset in OFFSETS.items():
            if abs(reference - offset) < 1e-6:
                return name
        return f"BJD-{reference:.10g}"
    return "BJD" if first > 2_400_000 else "d"
