"""Command line of otrain-doctor."""

import sys

from otrain.catalogue import DOMAINS, READERS
from otrain.cli._arguments import add_out, count, spelt
from otrain.cli._command import make_parser, print_notes, print_outcome, run
from otrain.cli._sources import gather_sources
from otrain.errors import UsageError

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-doctor datacube/candidates.npz
      # candidates_doctor/doctor.html and doctor.json; exit 8 if there is a fault
  otrain-doctor --out checked --overwrite candidates
  otrain-doctor --labels --json datacube/candidates.npz
  otrain-doctor --labels --model CNN_training/first datacube/candidates.npz"""


def build_parser():
    parser = make_parser("otrain-doctor", "Say what is wrong with a data cube or a folder, before training.",
                         EXAMPLES)
    add = parser.add_argument
    add("source", nargs="*", metavar="CUBE|FOLDER",
        help="data cube (.npz, .h5, folder), or folders, files or quoted patterns of candidates")
    add("--cube", "--cutouts", nargs="+", metavar="PATH", help="the same as CUBE|FOLDER, as a flag")
    add_out(add, "--outdir",
            help="folder for doctor.html and doctor.json (default: <name>_doctor here)")
    add("--labels", action="store_true",
        help="also look for wrong labels, with a quick classifier (confident learning)")
    add("--model", *spelt("--model-path"), metavar="DIR",
        help="use the stored scores of this run directory for --labels instead of the quick classifier")
    add(*spelt("--labels-from"), metavar="SOURCE",
        help="for a folder: table (CSV or ECSV) with candid or file and label, or keyword:NAME "
             "(default: folders true/, false/)")
    add("--classes", nargs="+", metavar="NAME[=WORD+WORD]",
        help="for a folder: names of the classes in label order, as in otrain-convert")
    add("--domain", choices=list(DOMAINS),
        help="for a folder: kind of data (default: that which the names of its files tell)")
    add("--reader", metavar="NAME", help=f"for a folder: {', '.join(READERS)} (default: recognised)")
    add("--mapping", metavar="FILE", help="for a folder: TOML file that describes the headers of a telescope")
    add("--seed", type=int, default=0, metavar="N", help="random seed of the quick classifier (default: 0)")
    add("--jobs", type=count, metavar="N",
        help="for a folder: reading processes; 0: none, without protection (default: one per core)")
    add("--overwrite", action="store_true", help="replace an older page")
    return parser


def execute(args):
    sources = [*args.source, *(args.cube or ())]
    if not sources:
        raise UsageError("nothing to look at. Give a data cube, or a folder of candidates.")
    from otrain.workflows.doctor import describe, doctor

    done = doctor(
        gather_sources(sources), out=args.out, labels=args.labels, model=args.model,
        labels_from=args.labels_from, classes=args.classes, domain=args.domain, reader=args.reader,
        mapping=args.mapping, seed=args.seed, jobs=args.jobs, overwrite=args.overwrite)
    print_notes("otrain-doctor", args, [done.path / "doctor.html"])
    return print_outcome(args, done, describe(done.result))


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    sys.exit(main())
