"""Command line of otrain-optimise-dataset-size."""

from otrain.catalogue import MODELS
from otrain.cli._arguments import add_cube, add_out, fraction, positive, spelt
from otrain.cli._command import COMMON, make_parser, print_notes, print_outcome, run

__all__ = ["answers", "build_parser", "execute", "main"]

EXAMPLES = """  otrain-optimise-dataset-size --cube datacube/candidates.npz --out sizes
  otrain-optimise-dataset-size --cube datacube/candidates.npz --out sizes --n_sections 10 \\
      --repeats 3 --resume
  otrain-optimise-dataset-size --cube night.npz --out sizes --model-path sizes \\
      --model-name night --more-labels 5000
"""
NAMES = {"error": "the share of wrong calls", "false_negatives": "the false negatives at 1 % false positives",
         "missed": "the share of missed events"}


def build_parser():
    parser = make_parser("otrain-optimise-dataset-size",
                         "Train on ever more labels of a data cube and say what further labels would bring.",
                         EXAMPLES)
    add = parser.add_argument
    add_cube(add)
    add_out(add, "--outdir", required=True, help="folder where journal, figures, table and curve are written")
    add(*spelt("--model-path"), metavar="DIR",
        help="keep the network of every run in CNN_training/ of this folder (default: keep none)")
    add(*spelt("--model-name"), metavar="NAME",
        help="first part of the file names (default: name of the cube)")
    add("--epochs", type=positive, default=10, metavar="N",
        help="passes over the training subset of each run (default: 10)")
    add(*spelt("--n-sections"), type=positive, default=20, metavar="N",
        help="sizes are n*i/(N-1) for i = 1 to N-1, n all labels outside the test (default: 20)")
    add("--dropout", type=fraction, default=0.3, metavar="F", help="fraction of each dropout (default: 0.3)")
    add("--repeats", type=positive, default=1, metavar="N",
        help="train each size N times with other labels, for error bars (default: 1)")
    add(*spelt("--more-labels"), type=positive, metavar="N",
        help="state the gain of N more labels (default: as many as there are)")
    _add_run(parser.add_argument_group("run"))
    return parser


def _add_run(group):
    add = group.add_argument
    add("--frac", type=fraction, default=0.15, metavar="F", help="fraction for validation (default: 0.15)")
    add(*spelt("--test-frac"), type=fraction, default=0.15, metavar="F",
        help="fraction kept for the test, the same for every size (default: 0.15)")
    add("--group", metavar="COLUMN",
        help="rows with the same value in this column stay in one subset (rows of one object always do)")
    add("--architecture", metavar="NAME",
        help=f"{', '.join(MODELS)}, or keras:NAME (default: that of the data, compact for cutouts)")
    add("--seed", type=int, default=0, metavar="N", help="random seed (default: 0)")
    add("--device", choices=("auto", "cpu", "gpu"), default="auto",
        help="where to train (default: auto, all GPUs if there are any)")
    add("--resume", action="store_true", help="continue after the runs that lie in --out")
    add("--overwrite", action="store_true", help="remove the runs that lie in --out and begin anew")


def execute(args):
    from otrain.workflows.optimise_dataset_size import optimise_dataset_size

    options = {name: value for name, value in vars(args).items() if name not in COMMON}
    done = optimise_dataset_size(options.pop("cube"), **options)
    print_notes("otrain-optimise-dataset-size", args, [f"table, figures and runs: {done.path}"])
    return print_outcome(args, done, answers(done.study))


def answers(study):
    """Yield one sentence for each learning curve: what more labels would bring, or why nobody can say."""
    for gain in study["gains"]:
        name = NAMES.get(gain["measure"], gain["measure"].replace("_", " "))
        if not gain["problem"]:
            yield (f"{gain['more']} more labels would lower {name} from {_percent(gain['now']['value'])} to "
                   f"{_with_interval(gain['then'])}, that is by {_with_interval(gain['gain'])}")
        else:
            now = "" if gain["now"] is None else f" (now {_percent(gain['now']['value'])})"
            yield f"what {gain['more']} more labels would do to {name}{now} cannot be said: {gain['problem']}"


def _with_interval(share):
    return f"{_percent(share['value'])} (95 %: {_percent(share['low'])} to {_percent(share['high'])})"


def _percent(share):
    return f"{100 * share:.{1 if share >= 0.1 else 2}f} %"


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
