"""otrain-convert: candidate files or light curves to a data cube."""

import json
import sys

from otrain.catalogue import DOMAINS, READERS, TASKS
from otrain.cli._arguments import add_engine, add_resume, count
from otrain.cli._command import make_parser, run, visible
from otrain.errors import QUARANTINED

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-convert --cutouts candidates
      # candidates/true/*.fits and candidates/false/*.fits to ./datacube/candidates.npz
  otrain-convert --path-datacube work --cube night1 --cutouts candidates --frac-true 0.5 --cutout-size 31
  otrain-convert --cutouts alerts --labels labels.csv --channels science template difference --frac-true all
  otrain-convert --cutouts candidates --cutout-size 63 --pad --nonfinite reject --store folder --json
  otrain-convert --domain lightcurves --cutouts quarters --labels ephemerides.ecsv
      # Kepler, TESS, CSV, ... of a folder to ./datacube/quarters.npz, 90 days of 30 minutes each
  otrain-convert --domain lightcurves --cutouts sectors --cadence 600 --length 4096 --flux sap"""

_DOMAINS_OWN = ("cutout_size", "pad", "nonfinite", "channels", "cadence", "length", "stride", "flux",
                "quality", "average", "upsample", "gap", "median_window", "scaling")


class _Unasked(str):
    """A default in whose place a domain may have one of its own."""

    __slots__ = ()


def build_parser():
    parser = make_parser("otrain-convert", "Convert candidate files, or light curves, to a data cube for "
                         "training.", EXAMPLES)
    add = parser.add_argument
    add("--cutouts", required=True, metavar="DIR",
        help="folder with true/ and false/, or any folder or file of cutouts, alerts or a cube")
    add("--path-datacube", "--path_datacube", "--path", default=".", metavar="DIR",
        help="the cube goes to DIR/datacube/ [.]")
    add("--cube", metavar="NAME", help="name of the cube [name of the cutouts' folder]")
    add("--frac-true", "--frac_true", default=_Unasked("0.5"), metavar="FRACTION",
        help="true fraction of the result, 0 to 1; the excess of the other class is left out; "
             "'all' keeps every usable candidate [0.5; all for light curves]")
    add("--channels", nargs="+", metavar="NAME",
        help="channels to keep, in this order, e.g. science template difference [all there are]")
    add("--labels", metavar="SOURCE",
        help="cutouts: table (CSV or ECSV) with candid or file and label, or keyword:NAME [folders true/, "
             "false/]; light curves: table of ephemerides [ephemerides.ecsv of the folder]")
    add("--domain", choices=list(DOMAINS),
        help="kind of data [that which the names of the files tell, else transients]")
    add("--task", choices=list(TASKS), help="what is to be learnt [that of the domain]")
    add("--reader", metavar="NAME", help=f"reader to use: {', '.join(READERS)} [recognised]")
    add("--mapping", metavar="FILE", help="TOML file that describes the headers of a telescope")
    add("--store", choices=["auto", "npz", "folder", "h5", "gotorb"], default="auto",
        help="form of the cube; auto: a folder above 2 GB, else npz [auto]")
    add("--seed", type=int, default=0, metavar="N", help="seed of the draw [0]")
    add("--jobs", type=count, metavar="N", help="reading processes; 0: none, without protection [cores]")
    add_engine(add)
    add("--overwrite", action="store_true", help="replace an existing cube")
    add_resume(add)
    add("--no-contact-sheet", "--no_contact_sheet", action="store_true", help="draw no picture of the cube")
    add("--json", action="store_true", help="print the summary as one JSON document")
    _add_cutouts(parser.add_argument_group("cutouts").add_argument)
    _add_light_curves(parser.add_argument_group("light curves").add_argument)
    return parser


def _add_cutouts(add):
    add("--cutout-size", "--cutout_size", type=int, default=-1, metavar="PIXELS",
        help="side of the square kept around the candidate in pixel; -1: as they are [-1]")
    add("--pad", action="store_true", default=None,
        help="give smaller cutouts a masked border; else quarantine them")
    add("--nonfinite", choices=["fill", "reject"],
        help="mask NaN and infinite pixels, or quarantine their cutouts [fill]")


def _add_light_curves(add):
    add("--cadence", type=float, metavar="SECONDS", help="length of a slot of the grid in s [1800]")
    add("--length", type=count, metavar="SLOTS", help="slots of a window; longer curves are cut [4320]")
    add("--stride", type=count, metavar="SLOTS", help="slots from one window to the next [the length]")
    add("--flux", metavar="COLUMN", help="pdcsap, sap or a column's name [auto: the corrected flux]")
    add("--quality", choices=["default", "any", "none"],
        help="samples left out: with a spoiling bit of the mission, with any bit, none [default]")
    add("--average", choices=["mean", "weighted", "robust"],
        help="of samples in a slot: mean, inverse variances, or without upward outliers [mean]")
    add("--upsample", choices=["none", "linear"], help="fill slots between samples of coarser data [none]")
    add("--gap", type=float, metavar="DAYS", help="time without flux at which a new piece begins in d [0.5]")
    add("--median-window", "--median_window", type=float, metavar="DAYS",
        help="width of the running median of the residual in d [2]")
    add("--scaling", choices=["robust", "minmax"],
        help="flux in units of its noise, or from 0 to 1 as in Panopticon [robust]")


def execute(args):
    from otrain.workflows.convert import convert

    preparation = {name: value for name in _DOMAINS_OWN if (value := getattr(args, name)) is not None}
    if args.cutout_size == -1:  # nothing asked for: light curves have no such size
        del preparation["cutout_size"]
    fraction = None if isinstance(args.frac_true, _Unasked) else args.frac_true
    done = convert(
        args.cutouts, path_datacube=args.path_datacube, cube=args.cube, frac_true=fraction,
        domain=args.domain, task=args.task, reader=args.reader, mapping=args.mapping, labels=args.labels,
        store=args.store, seed=args.seed, jobs=args.jobs, engine=args.engine, ray_address=args.ray_address,
        overwrite=args.overwrite, resume=args.resume, checkpoint_every=args.checkpoint_every,
        contact_sheet=not args.no_contact_sheet, **preparation)
    print(json.dumps(done.summary) if args.json else visible(done.text))
    print(f"otrain-convert: {done.tally}", file=sys.stderr)
    return QUARANTINED if done.tally.quarantined else 0


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    sys.exit(main())
