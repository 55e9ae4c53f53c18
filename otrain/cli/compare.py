"""Command line of otrain-compare."""

from otrain.cli._arguments import not_negative
from otrain.cli._command import make_parser, print_notes, print_outcome, run

EXAMPLES = """  otrain-compare images resimulation
      # one line for each image that differs, the farthest first; exit code 8 if any does
  otrain-compare images resimulation -d differences --outfile differences.csv --masked
  otrain-compare images resimulation -d differences -O report.tex -o stats --tolerance 1"""


def build_parser():
    parser = make_parser("otrain-compare",
                         "Compare the images of two folders that have the same names, or two images.",
                         EXAMPLES)
    add = parser.add_argument
    add("first", metavar="DIR1", help="folder of images (PNG, JPEG, TIFF, FITS, npy), or one image")
    add("second", metavar="DIR2", help="the other folder, or image; a name that is in one alone is a "
                                       "difference")
    add("-d", "--diff", metavar="DIR", help="write pictures of the differences there; 128 is equal")
    add("--outfile", metavar="CSV", help="table with the numbers of every image")
    add("-O", "--report", metavar="FILE", help="LaTeX document with a row for each image")
    add("-o", "--stats", metavar="DIR", help="write the numbers of each image there, as LaTeX")
    add("-m", "--masked", action="store_true",
        help="also measure within circles about the centre, every 10 pixel")
    add("-t", "--threshold", type=not_negative, default=0.001, metavar="N",
        help="only images with a larger distance per pixel are measured within circles [0.001]")
    add("--tolerance", type=not_negative, default=0.0, metavar="GREY",
        help="largest difference of a pixel that counts as none, in grey levels [0]")
    add("-f", "--files", action="store_true", help="the two are images, which is seen without it")
    add("--overwrite", action="store_true", help="replace outputs of an earlier comparison")
    return parser


def execute(args):
    from otrain.workflows.compare import compare

    done = compare(args.first, args.second, diff=args.diff, report=args.report, stats=args.stats,
                   outfile=args.outfile, threshold=args.threshold, masked=args.masked,
                   tolerance=args.tolerance, overwrite=args.overwrite)
    print_notes("otrain-compare", args, done.notes)
    return print_outcome(args, done, done.lines())


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
