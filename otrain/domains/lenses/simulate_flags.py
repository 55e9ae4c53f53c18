"""What otrain-simulate asks about lenses: CosmoSim's flags, long and short, and some more."""

from otrain.domains.flags import Dialect, Flag

__all__ = ["ABOUT", "DIALECT", "EXAMPLES", "IN_TABLE", "SIMULATE"]


def _switch(name, help, short=""):
    """Return a flag with its twin ``--no-...``."""
    return Flag(name, help, bool, both_ways=True, short=short)


_SET = (
    Flag(
        "csvfile",
        "table of parameters: written with --toml, else read, one image for each row",
        str,
        "FILE",
        short="i",
    ),
    Flag("outfile", "table of roulette amplitudes to write", str, "FILE", short="o"),
    Flag(
        "directory",
        "folder for the images [that of the TOML, else images; ./ for a single image]",
        str,
        "DIR",
        short="D",
    ),
    Flag(
        "roulette",
        "make the images again from a table of amplitudes, or of predicted parameters",
        str,
        "FILE",
    ),
    Flag(
        "rnd",
        "draw from the TOML; --no-rnd takes its settings and reads --csvfile [drawn if there is a TOML]",
        bool,
        both_ways=True,
    ),
    Flag("size", "number of lenses, instead of that of the TOML [10000]", int, "N", least=1),
    Flag("maxcount", "at most so many rows of a table that is read", int, "N", least=1),
    _switch("mldata", "leave columns out of the table of amplitudes that no network should see"),
    Flag("full_precision", "draw and write numbers with all digits instead of four decimals", bool),
    Flag(
        "format",
        "png; fits; or npz: one file with all images as float32 [png]",
        choices=("png", "fits", "npz"),
    ),
    Flag("bits", "of PNG files, 8 or 16 [8]", int, choices=(8, 16)),
    Flag(
        "engine",
        "what makes the images: builtin; cosmosim or lenstronomy, which are extras [builtin]",
        choices=("builtin", "cosmosim", "lenstronomy"),
    ),
)
_IMAGE = (
    Flag("imagesize", "side of what is simulated in pixel [512]", int, "N", least=8, short="Z"),
    Flag("cropsize", "side of what is kept of it in pixel [all]", int, "N", least=4, short="z"),
    Flag("nterms", "highest order of the roulette amplitudes [5]", int, "N", least=0, short="n"),
    _switch("centred", "shift the centre of light into the middle, so that the origin is not told", "C"),
    _switch(
        "xireference",
        "amplitudes about the apparent position of the source, not the middle of the image [on]",
    ),
    Flag(
        "drawmode",
        "where a roulette is drawn again: xi, centre or origin [xi]",
        choices=("xi", "centre", "origin"),
    ),
    Flag("pixel_scale", "side of a pixel in arcsec [0.04]", float, "ARCSEC"),
    Flag("supersampling", "rays per pixel along each axis [1]", int, "N", least=1),
    _switch(
        "raster", "draw the source in whole pixels first, as CosmoSim does: its pixels, half a pixel aside"
    ),
    Flag("psf_fwhm", "full width of a Gaussian PSF at half maximum in arcsec [none]", float, "ARCSEC"),
    Flag("background_rms", "noise of the sky in grey levels [none]", float, "LEVEL"),
    Flag("exposure_time", "s; adds photon noise to an image in counts per second [none]", float, "S"),
    Flag("saturation", "level at which pixels are full [255 in a PNG]", float, "LEVEL"),
    _switch("reflines", "draw the axes", "R"),
    _switch("criticalcurves", "draw the critical curves"),
    _switch("mask", "make black what lies outside the circle of convergence", "M"),
    _switch("showmask", "draw the circle of convergence", "m"),
    Flag("maskradius", "radius of the mask in pixel, instead of that of convergence", float, "PIXELS"),
    Flag("maskscale", "factor of the radius of the mask [0.9]", float, "FACTOR", short="O"),
    _switch("actual", "also write the source without the lens, actual-NAME.png", "a"),
    _switch("apparent", "also write the source at its apparent position, apparent-NAME.png", "A"),
    _switch("family", "also write the roulette about four other reference points", "f"),
    _switch(
        "join", "also write the roulettes about several reference points in one image, join-NAME.png", "J"
    ),
    Flag("components", "reference points of --join [6]", int, "N", least=1, short="c"),
    _switch("psiplot", "also write a plot of the potential, psi-NAME.svg", "P"),
    _switch("kappaplot", "also write a plot of the convergence, kappa-NAME.svg", "K"),
)
_ONE = (
    Flag("lens", "lens of a single image: SIS, SIE, PM, EPL, NFW [SIS]", str, "NAME", short="l"),
    Flag("cluster", "several lenses: SIS/x/y/radius;SIE/x/y/radius/ratio/orientation", str, "TEXT"),
    Flag(
        "lens_config",
        "lens and way to simulate in one word of CosmoSim 2, such as raysie, rs, p",
        str,
        "NAME",
        parameter="config",
    ),
    Flag("model", "Raytrace or Roulette [Raytrace]", str, "NAME", short="L"),
    Flag(
        "source",
        "Spherical, Ellipsoid, SersicSphere, SersicEllipsoid, Triangle, Image, or several galaxies "
        "mode/x/y/sigma/sigma2/theta/n/luminosity;... [Spherical]",
        str,
        "NAME",
        short="S",
    ),
    _switch("sampled", "know the potential at whole pixels only", "G"),
    Flag("x", "of the source in pixel, or its distance with --phi [0]", float, "PIXELS", short="x"),
    Flag("y", "of the source in pixel [0]", float, "PIXELS", short="y"),
    Flag("phi", "direction of the source in degrees", float, "DEG", short="T"),
    Flag("sigma", "size of the source in pixel [20]", float, "PIXELS", short="s"),
    Flag("sigma2", "its second size [10]", float, "PIXELS", short="2"),
    Flag("theta", "its direction in degrees [45]", float, "DEG", short="t"),
    Flag("n_sersic", "its Sersic index [4]", float, "N"),
    Flag("luminosity", "its flux in 1000 grey levels [10 or 20]", float, "L"),
    Flag("einsteinradius", "of the lens in pixel [20]", float, "PIXELS", short="E"),
    Flag("ratio", "axis ratio of an elliptical lens [0.6]", float, "Q", short="r"),
    Flag("orientation", "of an elliptical lens in degrees [0]", float, "DEG"),
    Flag(
        "amplitudes",
        "file of amplitude formulae of CosmoSim; the builtin engine needs none",
        str,
        "FILE",
        short="F",
    ),
    Flag("name", "name of the file of a single image [test]", str, "NAME", short="N"),
)
SIMULATE = _SET + _IMAGE + _ONE

# Flags that stand for a key of the TOML: section, key.
IN_TABLE = {
    "size": ("simulator", "size"),
    "model": ("simulator", "model"),
    "sampled": ("simulator", "sampled"),
    "imagesize": ("simulator", "imagesize"),
    "cropsize": ("simulator", "cropsize"),
    "nterms": ("simulator", "nterms"),
    "centred": ("simulator", "centred"),
    "xireference": ("simulator", "xireference"),
    "engine": ("simulator", "engine"),
    "pixel_scale": ("simulator", "pixel-scale"),
    "seed": ("simulator", "seed"),
    "supersampling": ("simulator", "supersampling"),
    "raster": ("simulator", "raster"),
    "config": ("simulator", "config"),
    "lens": ("lens", "mode"),
    "cluster": ("lens", "cluster"),
    "einsteinradius": ("lens", "einstein"),
    "ratio": ("lens", "ellipseratio"),
    "orientation": ("lens", "orientation"),
    "amplitudes": ("lens", "amplitudefile"),
    "source": ("source", "mode"),
    "sigma": ("source", "sigma"),
    "sigma2": ("source", "sigma2"),
    "theta": ("source", "theta"),
    "n_sersic": ("source", "n_sersic"),
    "luminosity": ("source", "luminosity"),
    "x": ("position", "x"),
    "y": ("position", "y"),
    "phi": ("position", "phi"),
    "psf_fwhm": ("observation", "psf-fwhm"),
    "background_rms": ("observation", "background-rms"),
    "exposure_time": ("observation", "exposure-time"),
    "saturation": ("observation", "saturation"),
    "directory": ("dataset", "directory"),
    "drawmode": ("resimulation", "drawmode"),
    "reflines": ("annotation", "reflines"),
    "criticalcurves": ("annotation", "criticalcurves"),
    "name": ("management", "filename"),
} | {
    name: ("management", name)
    for name in (
        "maxcount",
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

ABOUT = {
    "simulate": (
        "A set is drawn from --toml, or read from --csvfile; --roulette makes images again. Without these, "
        "the flags describe a single image. --out puts all into one folder."
    )
}
EXAMPLES = {
    "simulate": """\
  otrain-simulate lenses --toml dataset.toml --csvfile d.csv --outfile roulette.csv --directory images -C
  otrain-simulate lenses --toml dataset.toml --out lenses --size 100 -Z 128 -z 64 -C --seed 1
  otrain-simulate lenses --csvfile dataset.csv --outfile roulette.csv --directory again -n 4
  otrain-simulate lenses --roulette roulette.csv --directory resimulated -Z 128 -z 64
  otrain-simulate lenses -l SIE -E 40 -r 0.6 --orientation 30 -x 15 -y -5 -s 8 -Z 256 --name one
"""
}

DIALECT = Dialect(
    "otrain.domains.lenses.simulators.dialect:translate",
    sections=("simulator", "lens", "source", "position", "cluster"),
    further=(
        "observation",
        "dataset",
        "annotation",
        "management",
        "resimulation",
        "problem",
        "settings",
        "hyperparameters",
        "training",
        "output",
    ),
)
