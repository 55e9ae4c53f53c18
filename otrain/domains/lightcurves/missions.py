"""What differs between missions: which quality bits spoil a sample, and how they are called."""

import numpy as np

__all__ = ["SPOILING_BITS", "SPOILT", "bad_samples", "mission_name"]

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

SPOILT = 1 << 40  # ours, beyond all of the missions: a flag of another kind calls the sample bad

_NAMES = {"kepler": "Kepler", "k2": "K2", "tess": "TESS", "plato": "PLATO", "corot": "CoRoT",
          "cheops": "CHEOPS", "wasp": "SuperWASP", "superwasp": "SuperWASP"}


def mission_name(text):
    """Return the name of a mission in our spelling, or the text as it is.

    Examples
    --------
    >>> mission_name("KEPLER"), mission_name("Roman")
    ('Kepler', 'Roman')
    """
    text = str(text or "").strip()
    return _NAMES.get(text.lower(), text)


def bad_samples(quality, mission, policy, bits=None):
    """Return which samples a quality flag excludes.

    Parameters
    ----------
    quality : (n,) ndarray or None
        Flags of the file; a value that is not finite excludes.
    mission : str
    policy : {"default", "any", "none"}
        The mission's spoiling bits (any bit where we do not know the mission), any bit, or none.
    bits : int, optional
        In their place, the bits that exclude.

    Returns
    -------
    (n,) bool ndarray or None
    """
    if quality is None or policy == "none":
        return None
    quality = np.asarray(quality)
    unknown = ~np.isfinite(quality)
    flags = np.where(unknown, 0, quality).astype(np.int64)
    if bits is None and policy == "default":
        bits = SPOILING_BITS.get(mission)
    return unknown | ((flags != 0) if bits is None else (flags & (bits | SPOILT) != 0))
