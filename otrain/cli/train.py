"""Command line of otrain-train."""

import sys
from argparse import ArgumentTypeError

from otrain.catalogue import MODELS
from otrain.cli._arguments import (
    add_cube,
    add_resume,
    add_threshold,
    count,
    fraction,
    not_negative,
    positive,
    spelt,
)
from otrain.cli._command import COMMON, make_parser, print_notes, print_outcome, run, visible
from otrain.cli._config import resolved_values
from otrain.errors import UsageError

EXAMPLES = """  otrain-train --cube datacube/candidates.npz --epochs 20
  otrain-train --cube datacube/candidates.npz --model-path . --model-name first --dropout 0.3
  otrain-train --cube night.npz --group original_file --augment turns shifts --patience 5
  otrain-train --cube old.npz --architecture otrain-cnn --batch-size 1024 --scheduler constant \\
      --weight-decay 0 --augment none
  otrain-train --cube /shared/survey --hosts node1:7077,node2:7077 --host-index 1
"""

SCHEDULERS = ("cosine", "constant", "plateau", "exponential", "step", "linear")

# Rates of the test subset that end a run.
SHOWN = ("accuracy", "recall", "precision", "roc_auc", "false_discovery_rate", "false_alarms_per_quarter")


def build_parser():
    parser = make_parser("otrain-train",
                         "Train a network on a data cube, calibrate it, judge it and export it.", EXAMPLES)
    add = parser.add_argument
    add_cube(add)
    add(*spelt("--model-path"), "--out", default=".", metavar="DIR",
        help="where CNN_training/<model-name>/ is written (default: here)")
    add(*spelt("--model-name"), metavar="NAME",
        help="name of the network (default: name of the cube)")
    add("--epochs", type=positive, default=10, metavar="N",
        help="passes over the training subset (default: 10)")
    add("--frac", type=float, default=0.15, metavar="F", help="fraction for validation (default: 0.15)")
    add("--dropout", type=fraction, metavar="F",
        help="fraction of each dropout (default: 0.3; 0.05 of the channels of curves)")
    add_threshold(add)
    add("--night", type=positive, default=10_000, metavar="N",
        help="number of candidates in one night, to state false alarms per night (default: 10000)")
    _add_data(parser.add_argument_group("data"))
    _add_recipe(parser.add_argument_group("recipe"))
    _add_run(parser.add_argument_group("run"))
    return parser


def _add_data(group):
    add = group.add_argument
    add(*spelt("--test-frac"), type=float, default=0.15, metavar="F",
        help="fraction for the test; all rates of the report come from it (default: 0.15)")
    add("--group", metavar="COLUMN",
        help="rows with the same value in this column stay in one subset (rows of one object always do)")
    add(*spelt("--subset-column"), metavar="COLUMN",
        help="column of the cube that says training, validation or test for each row (default: none, the "
             "fractions)")
    add("--channels", nargs="+", metavar="NAME", help="channels to use, in this order (default: all)")
    add("--augment", nargs="+", metavar="NAME",
        help="random changes of the training examples; cutouts: turns, shifts, noise; light curves: reverse, "
             "shift, gaps; or none (default: turns; all three for light curves)")
    add(*spelt("--class-weight"), choices=("none", "balanced"), default="none",
        help="balanced: give the rarer class more weight in the training (default: none)")


def _add_recipe(group):
    add = group.add_argument
    add("--architecture", metavar="NAME", help=f"{', '.join(MODELS)}, "
        "or keras:NAME for one of keras.applications, as keras:MobileNetV2 (default: compact for cutouts)")
    add("--option", nargs="+", type=_option, metavar="NAME=VALUE",
        help="numbers for the architecture, for example depth=5 features=8 kernel=7")
    add("--normalise", choices=("robust", "l2", "none"),
        help="how the network scales its pixels (default: robust for compact, none for otrain-cnn)")
    add(*spelt("--batch-size"), type=positive, metavar="N",
        help="examples per training step (default: 64; less for small cubes, so that there are 300 steps)")
    add("--accumulate", type=positive, default=1, metavar="N",
        help="average the gradients of N batches for one update, where a large batch does not fit the "
             "memory; without --batch-size the usual batch is divided by N (default: 1)")
    add(*spelt("--learning-rate"), type=_above_zero, metavar="R",
        help="largest learning rate (default: 3e-3, 1e-3 for otrain-cnn)")
    add(*spelt("--weight-decay"), type=not_negative, default=0.01, metavar="R",
        help="decoupled weight decay (default: 0.01)")
    add("--optimizer", choices=("adam", "sgd", "rmsprop"), default="adam", help="(default: adam)")
    add("--scheduler", choices=SCHEDULERS, default="cosine",
        help="how the learning rate changes during the training (default: cosine, after a warm-up)")
    add("--patience", type=positive, metavar="N",
        help="stop when the validation loss has not improved for N epochs (default: never)")
    add("--calibration", choices=("temperature", "isotonic", "conformal", "none"),
        help="how scores become probabilities, fitted on the validation subset (default: temperature; "
             "isotonic for events; conformal, the default, or none for numbers)")
    add("--ensemble", type=positive, default=1, metavar="N",
        help="train N networks together, from other first weights each, that answer together: N times the "
             "work (default: 1; at most 50)")
    add(*spelt("--first-weights"), metavar="FILE",
        help="begin with the weights of this network (run directory, .keras, .h5) or with those that Keras "
             "offers for keras:NAME (..._no_top.h5), in place of random ones")
    add("--loss", metavar="NAME",
        help="for events in light curves: bce, weighted-bce, focal, dice, bce+dice (default: bce); for "
             "numbers: beta-nll, nll, full-nll, mse (default: beta-nll)")
    add("--scaling", choices=("auto", "standard"),
        help="numbers that are learnt: auto compresses by asinh those that span decades, standard none "
             "(default: auto)")


def _add_run(group):
    add = group.add_argument
    add("--seed", type=int, default=0, metavar="N",
        help="random seed; the same seed gives the same network (default: 0)")
    add("--deterministic", action="store_true",
        help="exactly the same weights every time, on one thread (slower)")
    add("--device", choices=("auto", "cpu", "gpu"), default="auto",
        help="where to train (default: auto, all GPUs if there are any)")
    add("--hosts", metavar="LIST",
        help="host:port of all computers that train together, separated by commas; the first coordinates")
    add(*spelt("--host-index"), type=count, default=0, metavar="I",
        help="which of --hosts this is, counted from 0; only 0 writes the results (default: 0)")
    add("--precision", choices=("float32", "bfloat16", "auto"), default="float32",
        help="number format during the training; the saved network is float32 (default: float32)")
    add("--overwrite", action="store_true",
        help="replace an older run of this name, once the new one is complete")
    add_resume(add)


def _option(text):
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value) if set(value) & set(".e") else int(value)
    except ValueError:
        raise ArgumentTypeError(f"must be a name and a number, as depth=5. Received: {text!r}") from None


def _above_zero(text):
    value = not_negative(text)
    if value == 0:
        raise ArgumentTypeError(f"must be above 0. Received: {text}")
    return value


def execute(args):
    if args.augment and "none" in args.augment and len(args.augment) > 1:
        raise UsageError("--augment takes none alone or names of changes. "
                         f"Received: {' '.join(args.augment)}")
    from otrain.workflows.train import train

    asked = resolved_values(args)
    options = {name: value for name, value in vars(args).items() if name not in COMMON}
    options["options"] = dict(options.pop("option") or ())
    if args.augment is not None:
        options["augment"] = tuple(name for name in args.augment if name != "none")
    cube, options = options.pop("cube"), options | args.passed
    experiment = options.pop("experiment_files", None)
    if (request := options.pop("made_from", None)) is not None:
        from otrain.workflows.reading.made_cube import made_cube

        cube = made_cube(**request)
    done = train(cube, asked=asked, **options)
    if experiment is not None and done.report is not None:
        from otrain.workflows.training.experiment import write_experiment

        write_experiment(done.run, done.report, cube, **experiment)
    if done.report is None:
        print_notes("otrain-train", args, [f"done; the first host writes {done.path}"])
        return print_outcome(args, done)
    if not args.quiet:
        for line in summary(done.report):
            print(visible(line), file=sys.stderr)
    return print_outcome(args, done, [done.path])


def summary(report):
    """Yield the lines that end a run: validation under the published names, then the rates of the test."""
    validation = report["metrics"].get("validation", {})
    names = ("average_precision", "precision", "recall", "f1", "mcc", "accuracy")
    line = "  ".join(f"{name} {_number(validation[name]['value'])}" for name in names if name in validation)
    if line:
        yield f"validation: {line}"
    if "validation" in report["confusion"]:
        yield f"validation confusion matrix [[TN FP] [FN TP]]: {report['confusion']['validation']}"
    for name, rate in report["metrics"].get("test", {}).items():
        if name in SHOWN:
            interval = f" (95 %: {_number(rate['low'])} to {_number(rate['high'])})"
            yield f"test: {name} {_number(rate['value'])}{'' if rate['low'] is None else interval}"
    yield from (f"note: {note}" for note in report["notes"])


def _number(value):
    return "not defined" if value is None else f"{value:.4f}"


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
