"""otrain-simulate: simulated candidates with truth, as folders of FITS files."""

import sys
from functools import partial

from otrain.catalogue import SIMULATORS
from otrain.cli._command import make_parser, run

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-simulate transients --out candidates
  otrain-simulate transients --out triplets --real 5000 --bogus 5000 --channels triplet --seed 7
  otrain-simulate transients --out dipoles --real 0 --bogus 500 --kinds dipole --size 31
  otrain-simulate transients --out tonight --real 10 --bogus 90 --unlabelled"""


def build_parser():
    parser = make_parser("otrain-simulate",
                         "Write simulated real and bogus candidates with their truth.", EXAMPLES)
    add = parser.add_argument
    add("domain", choices=list(SIMULATORS), help="what is simulated")
    add("--out", required=True, metavar="DIR",
        help="new folder: true/, false/, truth.ecsv and simulate.json go there")
    add("--real", type=int, default=1000, metavar="N", help="number of real candidates [1000]")
    add("--bogus", type=int, default=1000, metavar="N", help="number of bogus candidates [1000]")
    add("--size", type=int, default=63, metavar="PIXELS", help="side of the cutouts in pixel [63]")
    add("--channels", choices=["difference", "triplet"], default="difference",
        help="the difference alone, or science, template and difference [difference]")
    add("--kinds", nargs="+", metavar="KIND",
        help="only these kinds; a class of which none is named keeps all of its kinds [all]")
    add("--edge-frac", "--edge_frac", type=float, default=0.0, metavar="FRACTION",
        help="fraction of both classes at the border of an image, EDGE true [0]")
    add("--unlabelled", action="store_true",
        help="one folder without true/, false/ and KIND, as a night brings candidates")
    add("--checksum", action="store_true", help="write CHECKSUM and DATASUM (slower)")
    add("--seed", type=int, default=0, metavar="N", help="same seed, same files [0]")
    add("--overwrite", action="store_true", help="replace the folder if it exists")
    return parser


def execute(args, argv=()):
    from otrain.workflows.simulate import simulate

    simulate(args.out, n_real=args.real, n_bogus=args.bogus, size=args.size, channels=args.channels,
             seed=args.seed, kinds=args.kinds, edge_frac=args.edge_frac, unlabelled=args.unlabelled,
             checksum=args.checksum, overwrite=args.overwrite, command=["otrain-simulate", *argv])


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return run(build_parser(), partial(execute, argv=argv), argv)


if __name__ == "__main__":
    sys.exit(main())
