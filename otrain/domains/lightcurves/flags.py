"""What the commands ask about light curves alone."""

from otrain.domains.flags import DomainFlags, Flag

__all__ = ["FLAGS"]

# Which columns of a file are read, and how; for every format, whatever a network was trained on.
_READING = (
    Flag("time", "column of the times, perhaps with its unit: 'HJD [BJD - 2450000]' [auto: the best clock]",
         str, "COLUMN"),
    Flag("flux", "pdcsap, sap or a column's name, perhaps with its unit: 'df [ppm]' [auto: the corrected "
                 "flux]", str, "COLUMN"),
    Flag("error", "column of the errors of the flux; none [auto: that of the flux]", str, "COLUMN"),
    Flag("magnitudes", "the flux column holds magnitudes, whatever its name", bool),
    Flag("quality_column", "column of the flags; none [auto]", str, "COLUMN"),
    Flag("quality", "samples left out: with a spoiling bit of the mission, with any bit, none [default]",
         choices=("default", "any", "none")),
    Flag("bitmask", "bits of the flags that leave a sample out, as one number [those of the mission]", int,
         "BITS", least=0),
    Flag("mission", "mission of the files, which defines bits and clock: Kepler, K2, TESS, ... [that which "
                    "they name]", str, "NAME"),
)

FLAGS = DomainFlags(
    title="light curves",
    about={
        "convert": "Files of Kepler, TESS, CSV and others. --labels takes a table of ephemerides "
                   "[ephemerides.ecsv of the folder]; --frac-true is all.",
    },
    convert=(
        Flag("cadence", "length of a slot of the grid in s [1800]", float, "SECONDS"),
        Flag("length", "slots of a window; longer curves are cut [4320]", int, "SLOTS", least=0),
        Flag("stride", "slots from one window to the next [the length]", int, "SLOTS", least=0),
        *_READING,
        Flag("average", "how to combine the samples of one slot: mean; weighted (by 1/error^2); robust (high "
                        "outliers left out) [mean]", choices=("mean", "weighted", "robust")),
        Flag("upsample", "fill slots between samples of coarser data [none]", choices=("none", "linear")),
        Flag("gap", "time without flux at which a new piece begins in d [0.5]", float, "DAYS"),
        Flag("median_window", "width of the running median of the residual in d [2]", float, "DAYS"),
        Flag("scaling", "flux in units of its noise, or from 0 to 1 as in Panopticon [robust]",
             choices=("robust", "minmax")),
    ),
    infer=(
        *_READING,
        Flag("no_maps", "do not write the probability of every point beside the table of events", bool,
             parameter="maps", value=False),
        Flag("inject", "also put N transits of each depth and duration into copies of every curve, and write "
                       "which are found [N: 10]", int, "N", least=1, alone=10),
        Flag("inject_depths", "of the transits of --inject [100 200 400 800 1600]", float, "PPM", many="+"),
        Flag("inject_durations", "of the transits of --inject [2 4 8 12]", float, "H", many="+"),
    ),
    simulate=(
        Flag("stars", "number of stars [1000]", int, "N", least=1, default=1000),
        Flag("first", "number of the first star, to make a part of a set elsewhere [0]", int, "N", least=0,
             default=0),
        Flag("preset", "plato, kepler or tess [plato]", str, "NAME", default="plato"),
        Flag("cadence", "sampling in s [600, 1765.46 or 120, as the preset]", float, "S"),
        Flag("quarters", "quarters, or sectors, of each star [1]", int, "N", least=1, default=1),
        Flag("planet_free", "share of the stars without a planet [0.5]", float, "SHARE", default=0.5),
        Flag("binaries", "share of the stars with an eclipsing binary, a part of the planet-free ones [0.1]",
             float, "SHARE", default=0.1),
        Flag("planets", "most planets of a star, to 4 [4]", int, "N", least=1, default=4),
        Flag("depth", "depth of the transits in ppm, log-uniform [50 10000]", float, ("MIN", "MAX"), many=2,
             default=(50.0, 10000.0)),
        Flag("radius", "radius of the planets in Earth radii, log-uniform, instead of the depth", float,
             ("MIN", "MAX"), many=2),
        Flag("period", "period of the planets in d, log-uniform [1 500]", float, ("MIN", "MAX"), many=2,
             default=(1.0, 500.0)),
        Flag("magnitudes", "magnitudes of the stars, uniform [8 13, 9 15 or 6 13, as the preset]", float,
             ("MIN", "MAX"), many=2),
        Flag("cameras", "only stars seen by so many cameras: 24, 18, 12 or 6 of PLATO [by their share of the "
                        "field]", int, "N", many="+"),
        Flag("pulsate", "add p-modes [at a cadence of 120 s or less]", bool, both_ways=True),
        Flag("psls", "let the program PSLS make stars and noise, with this configuration, around our planets",
             str, "YAML"),
        Flag("compress", "write .fits.gz, a third as large", bool, default=False),
    ),
    examples={
        "convert": """\
  otrain-convert --domain lightcurves --cutouts quarters --labels ephemerides.ecsv
      # Kepler, TESS, CSV, ... of a folder to ./datacube/quarters.npz, 90 days of 30 minutes each
  otrain-convert --domain lightcurves --cutouts sectors --cadence 600 --length 4096 --flux sap
""",
        "simulate": """\
  otrain-simulate lightcurves --out stars --stars 200
  otrain-simulate lightcurves --out training --stars 10000 --cadence 1800 --planet-free 0.5 --binaries 0.1
  otrain-simulate lightcurves --out quiet --stars 500 --planet-free 1 --binaries 0 --seed 9
  otrain-simulate lightcurves --out kepler --preset kepler --quarters 4 --depth 100 2000 --period 60 500
""",
    },
)
