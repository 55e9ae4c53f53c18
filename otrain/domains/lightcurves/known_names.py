"""Whether files are those of light curves, by their names alone.

Every command that is told no domain asks it, so nothing here loads what reads light curves.
"""

import os

from otrain.data.cubes.folder_store import is_cube_folder

__all__ = ["EPHEMERIDES", "looks_like_light_curves"]

EPHEMERIDES = "ephemerides.ecsv"  # table that lies with light curves
_CERTAIN = ("_lc.fits", "_llc.fits", "_slc.fits", "_lc.fits.gz", "_llc.fits.gz", "_slc.fits.gz", ".ftr")
_LOOK = 200  # entries of a folder that a guess looks at


def looks_like_light_curves(source):
    """Return whether the names of a source can be those of light curves only; a guess without reading.

    Parameters
    ----------
    source : object
        A path; anything else is no.
    """
    if not isinstance(source, str | os.PathLike):
        return False
    if os.path.isfile(source):
        return str(source).lower().endswith(_CERTAIN)
    try:
        with os.scandir(source) as entries:
            names = [entry.name.lower() for _, entry in zip(range(_LOOK), entries, strict=False)]
    except OSError:
        return False
    return EPHEMERIDES in names or (not is_cube_folder(source)
                                    and any(name.endswith(_CERTAIN) for name in names))
