"""How images are made and finished, alike for all lenses of a set."""

from dataclasses import dataclass

from otrain.errors import UsageError

__all__ = ["FORMATS", "Settings", "settings_of"]

FORMATS = ("png", "fits", "npz")
IMAGE_SIZE, TERMS, PIXEL_SCALE = 512, 5, 0.04  # pixel, orders, arcsec / pixel


@dataclass(frozen=True)
class Settings:
    """What a TOML and the flags say about all images.

    Parameters
    ----------
    imagesize : int
        Side of what is simulated [pixel].
    cropsize : int or None
        Side of what is kept of it.
    nterms : int
        Highest order of the roulette amplitudes.
    centred : bool
        Whether the centre of light becomes the middle of the image.
    xireference : bool
        Whether amplitudes are about the apparent position of the source, not about the middle of the image.
    engine : {"builtin", "cosmosim", "lenstronomy"}
    pixel_scale : float
        [arcsec / pixel]; lenses and sources are given in pixel.
    supersampling : int
        Rays per pixel along each axis.
    raster : bool
        Whether the source is first drawn in whole pixels, as CosmoSim does.
    format : {"png", "fits", "npz"}
    bits : {8, 16}
        Of PNG files.
    lightprofile : str or None
    drawmode : {"xi", "centre", "origin"} or None
        Where a roulette is drawn from amplitudes alone.
    reflines, criticalcurves, mask, showmask, join, family, psiplot, kappaplot, apparent, actual : bool
        What is drawn, and what else is written for each lens.
    maskradius : float or None
        Of the mask [pixel]; by default that within which the expansion converges.
    maskscale : float
        By which the radius is multiplied.
    components : int
        Reference points of a joined image.
    """

    imagesize: int = IMAGE_SIZE
    cropsize: int | None = None
    nterms: int = TERMS
    centred: bool = False
    xireference: bool = True
    engine: str = "builtin"
    pixel_scale: float = PIXEL_SCALE
    supersampling: int = 1
    raster: bool = False
    format: str = "png"
    bits: int = 8
    lightprofile: str | None = None
    drawmode: str | None = None
    reflines: bool = False
    criticalcurves: bool = False
    mask: bool = False
    showmask: bool = False
    maskradius: float | None = None
    maskscale: float = 0.9
    join: bool = False
    components: int = 6
    family: bool = False
    psiplot: bool = False
    kappaplot: bool = False
    apparent: bool = False
    actual: bool = False

    @property
    def side(self):
        """Side of an image as it is written [pixel]."""
        return self.imagesize if self.cropsize is None else min(self.cropsize, self.imagesize)


_OF_TABLE = (
    {  # name: section, key
        name: ("simulator", name.replace("_", "-") if name == "pixel_scale" else name)
        for name in (
            "imagesize",
            "cropsize",
            "nterms",
            "centred",
            "xireference",
            "engine",
            "pixel_scale",
            "supersampling",
            "raster",
        )
    }
    | {"lightprofile": ("source", "lightprofile"), "drawmode": ("resimulation", "drawmode")}
    | {name: ("annotation", name) for name in ("reflines", "criticalcurves")}
    | {
        name: ("management", name)
        for name in (
            "mask",
            "showmask",
            "maskradius",
            "maskscale",
            "join",
            "components",
            "family",
            "psiplot",
            "kappaplot",
            "apparent",
            "actual",
        )
    }
)


def settings_of(table, *, format="png", bits=8):
    """Return the settings of a checked table.

    Raises
    ------
    UsageError
        If two of them do not go together.
    """
    given = {
        name: table[section][key]
        for name, (section, key) in _OF_TABLE.items()
        if key in table.get(section, {})
    }
    settings = Settings(format=format, bits=bits, **given)
    if settings.bits == 16 and settings.format != "png":
        raise UsageError(f"--bits 16 is for PNG files; {settings.format} has floating numbers.")
    drawn = [name for name in ("reflines", "criticalcurves", "showmask") if getattr(settings, name)]
    if drawn and settings.format != "png":
        raise UsageError(f"`{drawn[0]}` draws into a picture: use --format png.")
    return settings
