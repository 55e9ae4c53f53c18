"""Command line of otrain-plot-results, which is otrain-plots-results too."""

from otrain.cli._arguments import add_judged, add_out, spelt
from otrain.cli._command import make_parser, print_notes, print_outcome, run

EXAMPLES = """  otrain-plot-results --cube night.npz --model CNN_training/first \\
    --out plots
  otrain-plot-results --cube CNN_training/first/validation_set/datacube/cube_validation.npz \\
    --model CNN_training/first/first.keras --out plots --threshold 0.3 --overwrite"""
MERITS = {"roc": "G-mean", "precision_recall": "F-score"}
EVENT_RATES = {"recall": "recall", "fdr": "share of false ones", "false_alarms": "false alarms per quarter"}
NAMES = {"mag": "magnitude", "errmag": "error of the magnitude"}


def build_parser():
    parser = make_parser("otrain-plot-results", "Draw how a network does on a data cube, and find the best "
                         "thresholds.", EXAMPLES)
    add_judged(parser)
    add = parser.add_argument
    add_out(add, "--path-plots", required=True, help="folder where the figures go")
    add("--bins", type=int, default=6, metavar="N",
        help="bins of magnitude and of its error (default: 6)")
    add(*spelt("--mag-max"), type=float, default=25.0, metavar="MAG",
        help="fainter candidates are left out of the bins of magnitude, in mag (default: 25)")
    add(*spelt("--errmag-max"), type=float, default=0.4, metavar="MAG",
        help="larger errors are left out of the bins of the error, in mag (default: 0.4)")
    add("--overwrite", action="store_true", help="replace the figures of an earlier run")
    return parser


def execute(args):
    from otrain.workflows.plot_results import plot_results

    done = plot_results(args.cube, args.model, out=args.out,
                        threshold=args.threshold, bins=args.bins, mag_max=args.mag_max,
                        errmag_max=args.errmag_max, overwrite=args.overwrite)
    counts = ", ".join(f"{count} {name}" for name, count in done.summary.get("examples", {}).items() if count)
    print_notes("otrain-plot-results", args, [
        *(f"note: {note}" for note in done.notes),
        f"{counts and counts + '; '}{len(done.figures)} figures in {done.path}"])
    return print_outcome(args, done, lines_of(done.summary))


def lines_of(summary):
    """Yield what the figures say in numbers: of two classes, of each class against the rest, or of events."""
    if "best" in summary:
        yield from _lines(summary)
    for name, one in summary.get("by_class", {}).items():
        yield f"{name} against the rest"
        yield from _lines(one)
    for name, one in summary.get("searches", {}).items():
        rates = "  ".join(f"{words} {_rate(one[key])}" for key, words in EVENT_RATES.items())
        yield f"{summary['kind']} events found by {name}: {rates}"


def _rate(rate):
    return "undefined" if rate["value"] is None else f"{rate['value']:.3f}"


def _lines(summary):
    """Say the best thresholds: of all candidates, then of each bin."""
    best = summary["best"]
    yield (f"best threshold by F1 + MCC: {best['threshold']:.2f} (F1 {_number(best['f1'])}, "
           f"MCC {_number(best['mcc'])})")
    for stem, table in summary["bins"].items():
        left_out = ", ".join(f"{name}: {count}" for name, count in table["left_out"].items())
        for kind, merit in MERITS.items():
            ignored = f" (left out: {left_out})" if left_out else ""
            yield f"{NAMES[stem]}, best threshold by {merit}{ignored}"
            for row in table[kind]:
                found = ("too few for a curve" if row["threshold"] is None else
                         f"threshold {row['threshold']:.3f}  {merit} {row['merit']:.3f}")
                yield (f"  {row['from']:8.3f} to {row['to']:8.3f}  {row['real']:6d} real "
                       f"{row['bogus']:6d} bogus  {found}")


def _number(value):
    return "undefined" if value is None else f"{value:.3f}"


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
