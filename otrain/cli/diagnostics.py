"""Command line of otrain-diagnostics."""

from otrain.cli._arguments import add_judged, add_out, spelt
from otrain.cli._command import make_parser, print_notes, print_outcome, run

EXAMPLES = """  otrain-diagnostics --cube night.npz --model CNN_training/first \\
      --out diagnostics
  otrain-diagnostics --cube cube_validation.npz --model old.h5 --threshold 0.7 \\
      --out diagnostics --overwrite --json
"""
NAMES = {
    "average_precision": "average precision, real", "average_precision_bogus": "average precision, bogus",
    "precision": "precision", "recall": "recall", "f1": "F1", "mcc": "MCC", "accuracy": "accuracy",
    "roc_auc": "ROC AUC", "brier": "Brier score", "log_loss": "log loss [nat]",
    "calibration_error": "calibration error (ECE)",
}
OUTCOMES = {"FP": "false positives", "FN": "false negatives", "TP": "true positives", "TN": "true negatives"}


def build_parser():
    parser = make_parser("otrain-diagnostics", "Judge a network on a data cube: metrics with intervals, a "
                         "report, folders of misclassified cutouts.", EXAMPLES)
    add_judged(parser, threshold=None, words="0.5; events: that of their kind")
    add = parser.add_argument
    add_out(add, "--path-diagnostics", required=True,
            help="folder where report.json, report.html and the folders of cutouts go")
    add("--night", type=int, default=10_000, metavar="N",
        help="number of candidates in one night, to state false alarms per night (default: 10000)")
    add(*spelt("--heat-maps"), metavar="FILE",
        help="heat_maps.npz of otrain-grad-cam, shown beside the worst errors")
    add("--seed", type=int, default=0, metavar="N",
        help="random seed of the intervals and of the example pictures (default: 0)")
    add("--baselines", nargs="+", metavar="NAME",
        help="light curves: searches judged beside the network: 'matched filter', bls, tls "
             "(default: the first)")
    add("--overwrite", action="store_true", help="write into an existing folder; other files in it stay")
    return parser


def execute(args):
    from otrain.workflows.diagnostics import diagnostics

    done = diagnostics(args.cube, args.model, out=args.out,
                       threshold=args.threshold, night=args.night, heat_maps=args.heat_maps, seed=args.seed,
                       overwrite=args.overwrite, baselines=args.baselines)
    pictures = ", ".join(f"{number} {OUTCOMES.get(name, name)}" for name, number in done.pictures.items())
    print_notes("otrain-diagnostics", args, [
        *(f"note: {note}" for note in done.notes),
        f"{done.path}: report.html, report.json; pictures of {pictures or 'nothing'}"])
    return print_outcome(args, done, judgement(done.report))


def judgement(report):
    """Yield the lines that say how good the network is on the judged subset."""
    subset = report["judged"]
    counts = ", ".join(f"{number} {name}" for name, number in report["counts"][subset].items())
    threshold = "" if report.get("threshold") is None else f"; threshold {report['threshold']:g}"
    yield f"{report['cube']['name']}: {counts}{threshold}"
    width = max(map(len, NAMES.values())) + 2
    yield f"{'':{width}}{'value':<10}95 % interval"
    metrics = report["metrics"][subset]
    for key in sorted(metrics, key=[*NAMES, *metrics].index):
        yield f"{NAMES.get(key, key.replace('_', ' ')):{width}}{_row(metrics[key])}".rstrip()
    if subset not in report["confusion"]:
        return
    yield "confusion matrix, true class by row:"
    classes, table = report["classes"], report["confusion"][subset]
    column = max(max(map(len, classes)) + 8, 8)
    yield f"{'':{width}}" + "".join(f"{'called ' + name:<{column + 2}}" for name in classes).rstrip()
    for name, row in zip(classes, table):
        yield f"{name:{width}}" + "".join(f"{number:<{column + 2}}" for number in row).rstrip()


def _row(rate):
    if rate["value"] is None:
        return "not defined"
    interval = "" if rate["low"] is None else f"{rate['low']:.4f} to {rate['high']:.4f}"
    return f"{rate['value']:<10.4f}{interval}"


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
