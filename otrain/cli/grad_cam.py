"""Command line of otrain-grad-cam."""

from otrain.catalogue import EXPLAINERS
from otrain.cli._arguments import add_cube, add_model, add_out, add_threshold, count, spelt
from otrain.cli._command import make_parser, print_notes, print_outcome, run

EXAMPLES = """  otrain-grad-cam --cube datacube/candidates.npz --model CNN_training/first
  otrain-grad-cam --cube night.npz --model first.keras --out maps --n_random 10 --threshold 0.3
  otrain-grad-cam --cube night.npz --model CNN_training/first --method occlusion --out hidden"""


def build_parser():
    parser = make_parser("otrain-grad-cam",
                         "Draw what a network looks at: heat maps of misclassified and other candidates.",
                         EXAMPLES)
    add = parser.add_argument
    add_cube(add)
    add_model(add, "--model-path", help="run directory of otrain-train, or a .keras or .h5 file")
    add_out(add, "--cam-path", default=".",
            help="folder where the folder grad_cam/ is written (default: here)")
    add(*spelt("--n-random"), type=count, default=30, metavar="N",
        help="well-classified candidates of each class, drawn at random (default: 30)")
    add_threshold(add)
    add("--method", default="grad-cam", metavar="NAME", help=f"{', '.join(EXPLAINERS)} (default: grad-cam)")
    add("--layer", metavar="NAME",
        help="layer whose maps are used; inner/name inside a nested network "
             "(default: where the last convolution ends)")
    add("--towards", metavar="CLASS",
        help="show what speaks for this class (default: for the class that the network chose)")
    add("--seed", type=int, default=0, metavar="N",
        help="random seed (default: 0)")
    add("--overwrite", action="store_true", help="replace an older grad_cam/ when the new one is complete")
    return parser


def execute(args):
    from otrain.workflows.grad_cam import grad_cam

    done = grad_cam(args.cube, args.model, out=args.out, n_random=args.n_random,
                    threshold=args.threshold, method=args.method, layer=args.layer, towards=args.towards,
                    seed=args.seed, overwrite=args.overwrite)
    counts = ", ".join(f"{outcome} {count}" for outcome, count in done.counts.items())
    print_notes("otrain-grad-cam", args, [
        *(f"note: {note}" for note in done.notes), *done.words,
        f"heat maps of {sum(done.counts.values())} examples: {counts}"])
    return print_outcome(args, done, [done.path])


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
