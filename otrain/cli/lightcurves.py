"""Command line of otrain-lightcurves: Panopticon's verbs."""

import argparse
import sys

from otrain.cli._arguments import count
from otrain.cli._command import make_parser, print_notes, print_outcome, run
from otrain.errors import UsageError

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-lightcurves --init
      # config/default.toml, every key explained
  otrain-lightcurves --labels --prepare --augment
  otrain-lightcurves --train --eval --cfg config/plato.toml
  otrain-lightcurves --plot sim00001_Q1.ftr sim00002_Q1.ftr
  otrain-lightcurves --analyze last --plot last
  otrain-lightcurves --info"""

VERBS = ("init", "labels", "prepare", "train", "eval", "info")


def build_parser():
    parser = make_parser("otrain-lightcurves", "Find transits in light curves with the verbs of Panopticon.",
                         EXAMPLES)
    add = parser.add_argument_group("verbs, done in this order").add_argument
    add("--init", action="store_true", help="write the configuration with its comments")
    add("--labels", action="store_true",
        help="make the table of ephemerides from Complete_parameters.ftr or the AllParameters files")
    add("--prepare", action="store_true", help="make the data cube from path_data and the labels")
    add("--train", action="store_true", help="train a network on the prepared cube")
    add("--eval", action="store_true", help="judge the latest run, or --name, on its test stars")
    add("--analyze", "--analyse", nargs="+", metavar="RUN",
        help="figures and summary.csv of runs: names, last or all")
    add("--plot", nargs="+", metavar="FILE",
        help="draw light curves: files, stars, all, or last (latest run)")
    add("--plotall", action="store_true", help="the same as --plot all")
    add("--info", action="store_true", help="say what the configuration, the cube and the runs are")
    add = parser.add_argument_group("how").add_argument
    add("--cfg", default="config/default.toml", metavar="FILE",
        help="configuration with Panopticon's keys (default: config/default.toml)")
    add("--augment", action="store_true",
        help="--prepare: add every light curve inverted in time around a spline that masks its transits")
    add("--filter_inf", "--filter-inf", action=argparse.BooleanOptionalAction, default=True,
        help="--prepare: mask NaN and missing points; --no-filter_inf leaves light curves out that have any "
             "(default: yes)")
    add("--name", metavar="NAME", help="of the run (default: the time for --train, the latest for --eval)")
    add("--jobs", type=count, metavar="N", help="worker processes that read files (default: one per core)")
    add("--overwrite", action="store_true", help="replace what an earlier call has made")
    return parser


def execute(args):
    verbs = [verb for verb in VERBS if getattr(args, verb)]
    if args.plotall and args.plot:
        raise UsageError(f"--plotall and --plot ask for different figures. Received: {' '.join(args.plot)}")
    plot = ["all"] if args.plotall else args.plot
    verbs += [verb for verb, asked in (("analyze", args.analyze), ("plot", plot)) if asked]
    if not verbs:
        raise UsageError("nothing to do: give at least one verb, such as --init, --labels, --prepare, "
                         "--train or --info.")
    from otrain.workflows.lightcurves import lightcurves

    done = lightcurves(verbs, cfg=args.cfg, augment=args.augment, filter_inf=args.filter_inf,
                       plot=plot or (), analyze=args.analyze or (), name=args.name, jobs=args.jobs,
                       overwrite=args.overwrite)
    print_notes("otrain-lightcurves", args, [f"note: {note}" for note in done.notes])
    return print_outcome(args, done, done.lines)


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    sys.exit(main())
