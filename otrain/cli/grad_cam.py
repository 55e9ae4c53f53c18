"""Command line of otrain-grad-cam."""

import sys

from otrain.catalogue import EXPLAINERS
from otrain.cli._arguments import add_cube, add_model, add_out, add_threshold, count, spelt
from otrain.cli._command import make_parser, run

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
    add("--seed", type=int, default=0, metavar="N",
        help="of the draw, of noise and of the test of the maps (default: 0)")
    add("--overwrite", action="store_true", help="replace an older grad_cam/, once the new one is complete")
    return parser


def execute(args):
    from otrain.workflows.grad_cam import grad_cam

    done = grad_cam(args.cube, args.model, cam_path=args.out, n_random=args.n_random,
                    threshold=args.threshold, method=args.method, layer=args.layer, seed=args.seed,
                    overwrite=args.overwrite)
    for note in done.notes:
        print(f"otrain-grad-cam: note: {note}", file=sys.stderr)
    for sentence in done.words:
        print(sentence, file=sys.stderr)
    counts = ", ".join(f"{outcome} {count}" for outcome, count in done.counts.items())
    print(f"otrain-grad-cam: heat maps of {sum(done.counts.values())} candidates: {counts}", file=sys.stderr)
    print(done.path)


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
