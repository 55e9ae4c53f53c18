"""otrain-convert: candidate files to a data cube."""

import json
import sys

from otrain.catalogue import DOMAINS, READERS, TASKS
from otrain.cli._arguments import count
from otrain.cli._command import make_parser, run
from otrain.errors import QUARANTINED

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-convert --cutouts candidates
      # candidates/true/*.fits and candidates/false/*.fits to ./datacube/candidates.npz
  otrain-convert --path-datacube work --cube night1 --cutouts candidates --frac-true 0.5 --cutout-size 31
  otrain-convert --cutouts alerts --labels labels.csv --channels science template difference --frac-true all
  otrain-convert --cutouts candidates --cutout-size 63 --pad --nonfinite reject --store folder --json"""


def build_parser():
    parser = make_parser("otrain-convert", "Convert candidate files to a data cube for training.", EXAMPLES)
    add = parser.add_argument
    add("--cutouts", required=True, metavar="DIR",
        help="folder with true/ and false/, or any folder or file of cutouts, alerts or a cube")
    add("--path-datacube", "--path_datacube", "--path", default=".", metavar="DIR",
        help="the cube goes to DIR/datacube/ [.]")
    add("--cube", metavar="NAME", help="name of the cube [name of the cutouts' folder]")
    add("--frac-true", "--frac_true", default="0.5", metavar="FRACTION",
        help="true fraction of the result, 0 to 1; the excess of the other class is left out; "
             "'all' keeps every usable candidate [0.5]")
    add("--cutout-size", "--cutout_size", type=int, default=-1, metavar="PIXELS",
        help="side of the square kept around the candidate in pixel; -1: as they are [-1]")
    add("--pad", action="store_true", help="give smaller cutouts a masked border; else quarantine them")
    add("--nonfinite", choices=["fill", "reject"], default="fill",
        help="mask NaN and infinite pixels, or quarantine their cutouts [fill]")
    add("--channels", nargs="+", metavar="NAME",
        help="images to keep, in this order, e.g. science template difference [all there are]")
    add("--labels", metavar="SOURCE",
        help="table (CSV or ECSV) with candid or file and label, or keyword:NAME [folders true/, false/]")
    add("--domain", choices=list(DOMAINS), default="transients", help="kind of data [transients]")
    add("--task", choices=list(TASKS), help="what is to be learnt [that of the domain]")
    add("--reader", metavar="NAME", help=f"reader to use: {', '.join(READERS)} [recognised]")
    add("--mapping", metavar="FILE", help="TOML file that describes the headers of a telescope")
    add("--store", choices=["auto", "npz", "folder", "h5", "gotorb"], default="auto",
        help="form of the cube; auto: a folder above 2 GB, else npz [auto]")
    add("--seed", type=int, default=0, metavar="N", help="seed of the draw [0]")
    add("--jobs", type=count, metavar="N", help="reading processes; 0: none, without protection [cores]")
    add("--overwrite", action="store_true", help="replace an existing cube")
    add("--no-contact-sheet", "--no_contact_sheet", action="store_true", help="draw no picture of the cube")
    add("--json", action="store_true", help="print the summary as one JSON document")
    return parser


def execute(args):
    from otrain.workflows.convert import convert

    done = convert(
        args.cutouts, path_datacube=args.path_datacube, cube=args.cube, frac_true=args.frac_true,
        cutout_size=args.cutout_size, domain=args.domain, task=args.task, reader=args.reader,
        mapping=args.mapping, channels=args.channels, pad=args.pad, nonfinite=args.nonfinite,
        labels=args.labels, store=args.store, seed=args.seed, jobs=args.jobs, overwrite=args.overwrite,
        contact_sheet=not args.no_contact_sheet)
    print(json.dumps(done.summary) if args.json else done.text)
    print(f"otrain-convert: {done.tally}", file=sys.stderr)
    return QUARANTINED if done.tally.quarantined else 0


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    sys.exit(main())
