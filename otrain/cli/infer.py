"""Command line of otrain-infer."""

import sys

from otrain.catalogue import DOMAINS, READERS
from otrain.cli._arguments import (
    add_domain_flags,
    add_engine,
    add_model,
    add_resume,
    add_threshold,
    count,
    domain_values,
    named_domain,
    spelt,
)
from otrain.cli._command import make_parser, print_notes, print_outcome, run
from otrain.cli._sources import gather_sources

EXAMPLES = """  otrain-infer --cutouts tonight --model CNN_training/first
  otrain-infer --cutouts tonight --model first.keras --prob-ratio 0.001 --format ecsv --uncertainty
  otrain-infer --cutouts alerts.avro --model bundle --out scores.parquet --format parquet
  otrain-infer --cutouts "nights/2026*/*.fits" late.avro --model CNN_training/first
  find tonight -name "*.fits" | otrain-infer --cutouts - --model CNN_training/first --json"""


def build_parser(chosen=None):
    """Return the parser; where domains share a flag, that of the chosen one counts."""
    parser = make_parser("otrain-infer", "Score candidates with a trained network.", EXAMPLES)
    add = parser.add_argument
    add("--cutouts", "--cube", required=True, nargs="+", metavar="PATH",
        help="folders, files, quoted patterns, or a data cube; @FILE: the paths that the file lists; "
             "-: those on standard input")
    add_model(add, "--model-path")
    add(*spelt("--prob-ratio"), type=float, metavar="R",
        help="reals per bogus expected in the data, 0.001 for one in a thousand "
             "(default: as in training, no correction)")
    add("--format", choices=("dat", "ecsv", "csv", "parquet", "votable"),
        help="of the table; dat is that of O'TRAIN (default: what the ending of --out says, else dat; ecsv "
             "for events)")
    add("--out", metavar="FILE",
        help="the table; its ending says the format (default: infer_results.<format> in the folder of the "
             "cutouts, events.<format> in the current folder)")
    add_threshold(add, default=None, words="that of the training")
    add("--uncertainty", type=int, nargs="?", const=32, metavar="N",
        help="add a column with the standard deviation over N passes with dropout (default of N: 32)")
    add("--proof", type=count, nargs="?", const=500, metavar="N",
        help="refine the numbers of each example with its pixels and say where that fails, with N draws each "
             "(default of N: 500)")
    add("--jobs", type=count, metavar="N",
        help="worker processes that read and score (default: one per core)")
    add_engine(add)
    add("--reader", metavar="NAME", help=f"instead of what is recognised: {', '.join(READERS)}")
    add("--mapping", metavar="FILE", help="TOML file that describes the headers of a telescope")
    add("--checksums", choices=("stale", "verify", "ignore"), default="stale",
        help="FITS files whose checksum does not fit: stale: refuse them, but keep those of a telescope most "
             "of whose files have such, copied from another file; verify: refuse all; ignore: do not look "
             "(default: stale)")
    add("--domain", metavar="NAME", help=f"{', '.join(DOMAINS)} (default: that of the network)")
    add("--normalise", choices=("none", "l2", "robust"),
        help="what is done to the pixels before a network without a bundle; l2 for braai (default: none)")
    add("--seed", type=int, default=0, metavar="N",
        help="of everything that is drawn by chance, such as the dropout of --uncertainty (default: 0)")
    add("--overwrite", action="store_true", help="replace the table if it exists")
    add_resume(add)
    add_domain_flags(parser, "infer", chosen=chosen)
    return parser


def execute(args):
    from otrain.workflows.infer import infer

    done = infer(gather_sources(args.cutouts), args.model,
                 prob_ratio=args.prob_ratio, format=args.format, out=args.out, threshold=args.threshold,
                 uncertainty=args.uncertainty, proof=args.proof, jobs=args.jobs, engine=args.engine,
                 ray_address=args.ray_address, reader=args.reader, mapping=args.mapping,
                 domain=args.domain, normalise=args.normalise, seed=args.seed,
                 overwrite=args.overwrite, resume=args.resume, checkpoint_every=args.checkpoint_every,
                 checksums=args.checksums,
                 **domain_values(args, "infer"))
    called = ", ".join(f"{name} {count}" for name, count in done.classes.items())
    where = done.said if done.threshold is None else f"at threshold {done.threshold:g}"
    said = [*(f"note: {note}" for note in done.notes), f"{done.tally}; {where}: {called or 'none'}"]
    if done.told:
        said.append(f"{done.told}; see {done.told.path}")
    if done.quarantine:
        said.append(f"rejected inputs are listed in {done.quarantine}")
    print_notes("otrain-infer", args, said)
    return print_outcome(args, done, [done.path])


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return run(build_parser(named_domain(argv)), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
