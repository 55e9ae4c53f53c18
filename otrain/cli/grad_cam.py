"""Command line of otrain-grad-cam."""

import sys

from otrain.catalogue import EXPLAINERS
from otrain.cli._command import make_parser, run

EXAMPLES = """  otrain-grad-cam --cube datacube/candidates.npz --model-path CNN_training/first
  otrain-grad-cam --cube night.npz --model-path first.keras --cam_path maps --n_random 10 --threshold 0.3
  otrain-grad-cam --cube night.npz --model-path CNN_training/first --method occlusion --cam-path hidden"""


def build_parser():
    parser = make_parser("otrain-grad-cam",
                         "Draw what a network looks at: heat maps of misclassified and other candidates.",
                         EXAMPLES)
    add = parser.add_argument
    add("--cube", required=True, metavar="FILE", help="data cube with its ending (.npz, .h5 or a folder)")
    add("--model-path", "--model_path", required=True, metavar="PATH",
        help="run directory of otrain-train, or a .keras or .h5 file")
    add("--cam_path", "--cam-path", default=".", metavar="DIR",
        help="where the folder grad_cam/ is written (default: here)")
    add("--n_random", "--n-random", type=int, default=30, metavar="N",
        help="well-classified candidates of each class, drawn at random (default: 30)")
    add("--threshold", type=float, default=0.5, metavar="P",
        help="score from which a candidate is called real, 0 to 1 (default: 0.5)")
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

    done = grad_cam(args.cube, args.model_path, cam_path=args.cam_path, n_random=args.n_random,
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
