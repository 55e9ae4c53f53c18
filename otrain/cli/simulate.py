"""otrain-simulate: simulated examples with truth, as folders of files."""

import argparse
import sys
from functools import partial

from otrain.catalogue import SIMULATORS
from otrain.cli._arguments import count, positive
from otrain.cli._command import make_parser, run

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = {
    "transients": """\
  otrain-simulate transients --out candidates
  otrain-simulate transients --out triplets --real 5000 --bogus 5000 --channels triplet --seed 7
  otrain-simulate transients --out dipoles --real 0 --bogus 500 --kinds dipole --size 31
  otrain-simulate transients --out tonight --real 10 --bogus 90 --unlabelled
""",
    "lightcurves": """\
  otrain-simulate lightcurves --out stars --stars 200
  otrain-simulate lightcurves --out training --stars 10000 --cadence 1800 --planet-free 0.5 --binaries 0.1
  otrain-simulate lightcurves --out quiet --stars 500 --planet-free 1 --binaries 0 --seed 9
  otrain-simulate lightcurves --out kepler --preset kepler --quarters 4 --depth 100 2000 --period 60 500
""",
}
SAID = "--out", "--config"  # flags whose value may be any word, the name of a domain too


def build_parser(domain=None):
    """Return the parser with the flags of one domain, or of all."""
    shown = [domain] if domain else list(SIMULATORS)
    parser = make_parser("otrain-simulate", "Write simulated examples with their truth.",
                         "".join(EXAMPLES.get(name, "") for name in shown))
    add = parser.add_argument
    add("domain", choices=list(SIMULATORS), help="what is simulated")
    add("--out", required=True, metavar="DIR",
        help="new folder: the files, a table of the truth and simulate.json go there")
    add("--unlabelled", action="store_true",
        help="files that do not say what they are, in one folder, as a night or a mission brings them")
    add("--seed", type=int, default=0, metavar="N", help="same seed, same files [0]")
    add("--overwrite", action="store_true", help="replace the folder if it exists")
    for name in shown:
        FLAGS[name](parser.add_argument_group(f"{name}: {SIMULATORS[name].summary}").add_argument)
    return parser


def _transients(add):
    add("--real", type=int, default=1000, metavar="N", help="number of real candidates [1000]")
    add("--bogus", type=int, default=1000, metavar="N", help="number of bogus candidates [1000]")
    add("--size", type=int, default=63, metavar="PIXELS", help="side of the cutouts in pixel [63]")
    add("--channels", choices=["difference", "triplet"], default="difference",
        help="the difference alone, or science, template and difference [difference]")
    add("--kinds", nargs="+", metavar="KIND",
        help="only these kinds; a class of which none is named keeps all of its kinds [all]")
    add("--edge-frac", "--edge_frac", type=float, default=0.0, metavar="FRACTION",
        help="fraction of both classes at the border of an image, EDGE true [0]")
    add("--checksum", action="store_true", help="write CHECKSUM and DATASUM (slower)")


def _lightcurves(add):
    add("--stars", type=positive, default=1000, metavar="N", help="number of stars [1000]")
    add("--first", type=count, default=0, metavar="N",
        help="number of the first star, to make a part of a set elsewhere [0]")
    add("--preset", default="plato", metavar="NAME", help="plato, kepler or tess [plato]")
    add("--cadence", type=float, metavar="S", help="sampling in s [600, 1765.46 or 120, as the preset]")
    add("--quarters", type=positive, default=1, metavar="N", help="quarters, or sectors, of each star [1]")
    add("--planet-free", "--planet_free", type=float, default=0.5, metavar="SHARE",
        help="share of the stars without a planet [0.5]")
    add("--binaries", type=float, default=0.1, metavar="SHARE",
        help="share of the stars with an eclipsing binary, a part of the planet-free ones [0.1]")
    add("--planets", type=positive, default=4, metavar="N", help="most planets of a star, to 4 [4]")
    add("--depth", type=float, nargs=2, default=[50.0, 10000.0], metavar=("MIN", "MAX"),
        help="depth of the transits in ppm, log-uniform [50 10000]")
    add("--radius", type=float, nargs=2, metavar=("MIN", "MAX"),
        help="radius of the planets in Earth radii, log-uniform, instead of the depth")
    add("--period", type=float, nargs=2, default=[1.0, 500.0], metavar=("MIN", "MAX"),
        help="period of the planets in d, log-uniform [1 500]")
    add("--magnitudes", type=float, nargs=2, metavar=("MIN", "MAX"),
        help="magnitudes of the stars, uniform [8 13, 9 15 or 6 13, as the preset]")
    add("--cameras", type=int, nargs="+", metavar="N",
        help="only stars seen by so many cameras: 24, 18, 12 or 6 of PLATO [by their share of the field]")
    add("--pulsate", action=argparse.BooleanOptionalAction,
        help="add p-modes [at a cadence of 120 s or less]")
    add("--psls", metavar="YAML",
        help="let the program PSLS make stars and noise, with this configuration, around our planets")
    add("--compress", action="store_true", help="write .fits.gz, a third as large")
    add("--jobs", type=count, metavar="N", help="worker processes [one per core]; the result is the same")


FLAGS = {"transients": _transients, "lightcurves": _lightcurves}
REQUEST = {
    "transients": {"n_real": "real", "n_bogus": "bogus", "size": "size", "channels": "channels",
                   "kinds": "kinds", "edge_frac": "edge_frac", "checksum": "checksum"},
    "lightcurves": {name: name for name in (
        "stars", "first", "preset", "cadence", "quarters", "planet_free", "binaries", "planets", "depth",
        "radius", "period", "magnitudes", "cameras", "pulsate", "compress", "psls")},
}


def execute(args, argv=()):
    from otrain.workflows.simulate import simulate

    request = {name: getattr(args, flag) for name, flag in REQUEST[args.domain].items()}
    simulate(args.out, domain=args.domain, seed=args.seed, unlabelled=args.unlabelled, **request,
             jobs=getattr(args, "jobs", None), overwrite=args.overwrite, command=["otrain-simulate", *argv])


def _domain_of(argv):
    """Return the domain that the words name, so that only its flags are known; None if there is none."""
    pairs = zip(["", *argv], argv, strict=False)
    return next((word for before, word in pairs if word in SIMULATORS and before not in SAID), None)


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return run(build_parser(_domain_of(argv)), partial(execute, argv=argv), argv)


if __name__ == "__main__":
    sys.exit(main())
