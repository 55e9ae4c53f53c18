"""Command line of otrain-checkinfer."""

from otrain.cli._arguments import add_out, spelt
from otrain.cli._command import make_parser, print_notes, print_outcome, run

EXAMPLES = """  otrain-checkinfer --plots plots --crossmatch crossmatch.dat --infer tonight/infer_results.dat
  otrain-checkinfer --plots plots --crossmatch simulated --infer tonight --maglim 16 18 19 20 \\
    --cnn-problim 0.2 0.5 --fwhm-ratio-lower 0.6 --fwhm-ratio-upper 3"""


def build_parser():
    parser = make_parser("otrain-checkinfer", "Draw how simulated events among real candidates were scored.",
                         EXAMPLES)
    add = parser.add_argument
    add_out(add, "--plots", required=True, help="folder; the figures go to its subfolder CheckInfer")
    add("--crossmatch", required=True, metavar="PATH",
        help="table of simulated events (closest_candID, mag), or the folder of crossmatch.dat")
    add("--infer", required=True, metavar="PATH",
        help="table of scores as otrain-infer writes it, or the folder of infer_results.dat")
    add("--maglim", *spelt("--mag-lim"), type=float, nargs="+", default=[12, 18, 21], metavar="MAG",
        help="limits of the magnitude ranges of the figures, in mag (default: 12 18 21)")
    add(*spelt("--cnn-problim"), type=float, nargs="+", default=[0.1, 0.5, 0.7], metavar="P",
        help="thresholds to compare, 0 to 1 (default: 0.1 0.5 0.7)")
    add(*spelt("--fwhm-ratio-lower"), type=float, default=0.5, metavar="R",
        help="smallest accepted FWHM / FWHM_PSF (default: 0.5)")
    add(*spelt("--fwhm-ratio-upper"), type=float, default=4.2, metavar="R",
        help="largest accepted FWHM / FWHM_PSF (default: 4.2)")
    add("--overwrite", action="store_true", help="replace the figures of an earlier run")
    return parser


def execute(args):
    from otrain.workflows.checkinfer import checkinfer

    done = checkinfer(args.crossmatch, args.infer, out=args.out, maglim=args.maglim,
                      cnn_problim=args.cnn_problim, fwhm_ratio_lower=args.fwhm_ratio_lower,
                      fwhm_ratio_upper=args.fwhm_ratio_upper, overwrite=args.overwrite)
    print_notes("otrain-checkinfer", args, [
        *(f"{name}: {_counts(done.summary[name])}" for name in ("events", "candidates")),
        f"{len(done.figures)} figures in {done.path}"])
    return print_outcome(args, done, _table(done.summary["kept"]))


def _table(rows):
    """Say which share of the simulated events each threshold keeps, by magnitude."""
    yield "simulated events kept at a threshold, with 95 % interval"
    for row in rows:
        low, high = ("" if row[end] is None else f"{row[end]:g}" for end in ("from", "to"))
        place = f"mag {low} to {high}" if low and high else f"mag < {high}" if high else f"mag >= {low}"
        shares = "  ".join(f"{share['threshold']:g}: {share['value']:.3f} "
                           f"({share['low']:.3f}-{share['high']:.3f})" for share in row["kept"])
        yield f"  {place:18} n = {row['count']:<8d} {shares}"


def _counts(counts):
    """Return the counts of one table in words; those that are zero are left out."""
    plain = {name: count for name, count in counts.items() if isinstance(count, int)}
    plain |= {f"unreadable {name}": count for name, count in counts["unreadable"].items()}
    return ", ".join(f"{name} {count}" for name, count in plain.items() if count)


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
