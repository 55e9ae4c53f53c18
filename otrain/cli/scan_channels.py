"""Command line of otrain-scan-channels."""

from otrain.cli._arguments import add_out, not_negative, positive
from otrain.cli._command import make_parser, print_notes, print_outcome, run

__all__ = ["build_parser", "execute", "main"]

EXAMPLES = """\
  otrain-scan-channels --source events.h5 --out annalisarun/scan
      # channels.ecsv, the most significant first; results.yaml; corr.png, iou.png, veto.png
  otrain-scan-channels --source events --reference L1:GDS-CALIB_STRAIN --out scan --frange 10 200
  otrain-scan-channels --source events.h5 --out old --peaks published --quiet-events published
      # peaks and quiet events as Annalisa defines them"""


def build_parser():
    parser = make_parser("otrain-scan-channels",
                         "Find the auxiliary channels that see the glitches of the strain.", EXAMPLES)
    add = parser.add_argument
    add("--source", required=True, metavar="PATH",
        help="HDF5 file with /<event>/<channel>, attributes sample_rate and t0; or a folder of such files")
    add("--reference", "--refchan", default="V1:Hrec_hoft_16384Hz", metavar="CHANNEL",
        help="the strain's channel (default: V1:Hrec_hoft_16384Hz)")
    add_out(add, required=True, help="folder for the table, results.yaml and the figures")
    add("--channels", nargs="+", metavar="CHANNEL", help="compare these alone (default: all)")
    add("--overwrite", action="store_true", help="replace the folder of an earlier scan")
    add = parser.add_argument_group("where the maps have peaks").add_argument
    add("--q", type=float, default=12.0, metavar="Q", help="quality factor of the Q-transform (default: 12)")
    add("--frange", "--frequency-range", dest="frequency_range", nargs=2, type=float, default=(8.0, 50.0),
        metavar=("LOW", "HIGH"), help="frequencies [Hz] (default: 8 50)")
    add("--fres", "--frequency-step", dest="frequency_step", type=float, default=0.5, metavar="HZ",
        help="step of the map in frequency (default: 0.5)")
    add("--tres", "--time-step", dest="time_step", type=float, default=0.1, metavar="S",
        help="step of the map in time (default: 0.1)")
    add("--threshold", type=not_negative, default=20.0, metavar="SNR2",
        help="energy above which a peak counts, in units of the median (default: 20)")
    add("--time-reduce", choices=("max", "mean", "sample"), default="max",
        help="what a step in time says of the finer map within it; sample, as published, misses short "
             "glitches (default: max)")
    add("--peaks", choices=("map", "published"), default="map",
        help="map: higher than all neighbours in time and frequency; published: along the flattened maps "
             "(default: map)")
    add("--segment", type=float, default=2.0, metavar="S",
        help="segments from which the spectrum of the noise is estimated (default: 2)")
    add("--filter-length", type=float, default=2.0, metavar="S",
        help="whitening filter; half of it is cut off at either end of an event (default: 2)")
    add = parser.add_argument_group("how channels are compared").add_argument
    add("--tolerance", nargs=2, type=not_negative, default=(0.0, 0.0), metavar=("S", "HZ"),
        help="corr and iou: peaks within so much are the same (default: 0 0)")
    add("--time-only", action="store_true", help="corr and iou: compare times alone")
    add("--quiet-events", choices=("left out", "published"), default="left out",
        help="corr and iou of an event without peaks: no value, or 1 as published (default: left out)")
    add("--threshold-corr", type=not_negative, default=0.17, metavar="N",
        help="corr above which a channel is selected (default: 0.17)")
    add("--threshold-iou", type=not_negative, default=0.08, metavar="N",
        help="iou above which a channel is selected (default: 0.08)")
    add("--window", type=not_negative, default=0.1, metavar="S",
        help="significance and veto: times within so much are the same (default: 0.1)")
    add("--largest-delay", type=not_negative, default=1.0, metavar="S",
        help="by which a channel may precede or follow the strain (default: 1)")
    add("--alpha", type=float, default=0.01, metavar="P",
        help="probability that any channel is called a witness by chance (default: 0.01)")
    add("--block", "--num-chan", dest="block", type=positive, default=26, metavar="N",
        help="channels that are in memory together (default: 26)")
    return parser


def execute(args):
    from otrain.workflows.scan_channels import scan_channels

    names = ("source", "reference", "out", "channels", "overwrite", "q", "frequency_range", "frequency_step",
             "time_step", "threshold", "time_reduce", "peaks", "segment", "filter_length", "tolerance",
             "time_only", "quiet_events", "threshold_corr", "threshold_iou", "window", "largest_delay",
             "alpha", "block")
    done = scan_channels(**{name: getattr(args, name) for name in names})
    print_notes("otrain-scan-channels", args, [f"note: {note}" for note in done.notes])
    return print_outcome(args, done, done.lines())


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
