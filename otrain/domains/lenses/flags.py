"""What the commands ask about images of lenses alone."""

from otrain.domains.flags import Dialect, DomainFlags, Flag
from otrain.domains.lenses import simulate_flags

__all__ = ["FLAGS"]

_SCALE = Flag("pixel_scale", "side of a pixel in arcsec, whatever files and tables say [what they say, "
                             "or 0.04]", float, "ARCSEC")
_BAND = Flag("band", "which image of a FITS file with several bands, by the beginning of its name: VIS, "
                     "NIR_H [the only one]", str, "NAME")

# Tables of CosmoSim, which the file of a data set brings along.
_SIMULATION = ("simulator", "lens", "source", "position", "cluster", "observation", "annotation",
               "management", "resimulation")
_CONFIGS = "otrain.domains.lenses.configs"
DIALECTS = {
    "convert": Dialect(f"{_CONFIGS}.problem:translate", ("problem",),
                       ("dataset", "settings", "hyperparameters", "training", "output", *_SIMULATION),
                       f"{_CONFIGS}.problem:prepare"),
    "train": Dialect(f"{_CONFIGS}.experiment:translate", ("settings", "hyperparameters", "training"),
                     ("dataset", "output", "problem", *_SIMULATION), f"{_CONFIGS}.experiment:prepare"),
    "batch": Dialect(f"{_CONFIGS}.batch:translate", ("settings", "hyperparameters", "training"),
                     ("dataset", "output", "problem", *_SIMULATION)),
}

FLAGS = DomainFlags(
    title="lenses",
    about={
        "convert": "Images as PNG, FITS or npz. --labels takes tables of CosmoSim or droulette, CSV with a "
                   "column filename [those beside the images]; --frac-true is all.",
    } | simulate_flags.ABOUT,
    convert=(
        Flag("cutout_size", "side of the square kept around the middle in pixel; -1: as they are [-1]", int,
             "PIXELS", parameter="size"),
        Flag("pad", "give smaller images a masked border; else quarantine them", bool),
        _SCALE,
        _BAND,
        Flag("variables", "columns to be learnt [theta_e e1 e2 x_source y_source source_size]", str, "NAME",
             many="+"),
        Flag("nterms", "learn the roulette amplitudes up to this order too, 0 to 10", int, "N", least=0),
        Flag("split_order", "how the rows of a problem TOML are dealt out: in order of a hash of lens and "
                            "--seed, or as they stand in the file [hash]", choices=("hash", "file")),
    ),
    infer=(
        _SCALE,
        _BAND,
        Flag("pad", "give images smaller than those of the network a border that it masks", bool),
    ),
    simulate=simulate_flags.SIMULATE,
    examples={
        "convert": """\
  otrain-convert --domain lenses --cutouts images --labels dataset.csv roulette.csv
  otrain-convert --domain lenses --cutouts images --variables sigma xiX xiY --nterms 4
  otrain-convert --domain lenses --cutouts euclid --band VIS --cutout-size 64
""",
    } | simulate_flags.EXAMPLES,
    dialects=DIALECTS | {"simulate": simulate_flags.DIALECT},
)
