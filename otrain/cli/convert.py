"""otrain-convert: candidate files or light curves to a data cube."""

import sys

from otrain.catalogue import DOMAINS, READERS, TASKS
from otrain.cli._arguments import (
    add_domain_flags,
    add_engine,
    add_resume,
    count,
    domain_examples,
    domain_values,
    named_domain,
    spelt,
)
from otrain.cli._command import make_parser, print_notes, print_outcome, run
from otrain.cli._dialects import told_domain
from otrain.cli._sources import gather_sources

__all__ = ["build_parser", "execute", "main"]

class _Unasked(str):
    """A default in whose place a domain may have one of its own."""

    __slots__ = ()


def build_parser(domain=None):
    """Return the parser; where domains share a flag, that of the given one counts."""
    parser = make_parser("otrain-convert", "Convert files to a data cube for training.",
                         domain_examples("convert"))
    parser.domain = domain
    add = parser.add_argument
    add("--cutouts", required=True, nargs="+", metavar="PATH",
        help="folders, files or quoted patterns of the data, or a cube; the folder of a file may tell its "
             "class: true/ and false/; @FILE: the paths that the file lists; -: those on standard input")
    add(*spelt("--path-datacube"), "--path", "--out", default=".", metavar="DIR",
        help="the cube goes to DIR/datacube/ [.]")
    add("--cube", metavar="NAME", help="name of the cube [name of the cutouts' folder]")
    add("--frac-true", "--frac_true", default=_Unasked("0.5"), metavar="FRACTION",
        help="true fraction of the result, 0 to 1; the excess of the other class is left out; "
             "'all' keeps every usable example [as the domain says, see below]")
    add("--channels", nargs="+", metavar="NAME",
        help="channels to keep, in this order, e.g. science template difference [all there are]")
    add("--labels", nargs="+", metavar="SOURCE",
        help="table that tells what is to be learnt, in a form that the domain takes, see below; or several, "
             "where it takes them [as the files tell]")
    add("--classes", nargs="+", metavar="NAME[=WORD+WORD]",
        help="names of the classes in label order, each perhaps with further words for it [those of the "
             "domain, or those that folders or the table of labels tell]")
    add("--domain", choices=list(DOMAINS),
        help="kind of data [that which the names of the files tell, else the first of these]")
    add("--task", choices=list(TASKS), help="what is to be learnt [that of the domain]")
    add("--reader", metavar="NAME", help=f"reader to use: {', '.join(READERS)} [recognised]")
    add("--mapping", metavar="FILE", help="TOML file that describes the headers of a telescope")
    add("--draft-mapping", "--draft_mapping", metavar="FILE",
        help="convert nothing: write a first mapping, with guesses from the headers of the files, to FILE")
    add("--checksums", choices=("stale", "verify", "ignore"), default="stale",
        help="FITS files whose checksum does not fit: stale: refuse them, but keep those of a telescope most "
             "of whose files have such, copied from another file; verify: refuse all; ignore: do not look "
             "[stale]")
    add("--store", choices=["auto", "npz", "folder", "h5", "gotorb"], default="auto",
        help="form of the cube; auto: a folder above 2 GB, else npz [auto]")
    add("--seed", type=int, default=0, metavar="N", help="seed of the draw [0]")
    add("--jobs", type=count, metavar="N", help="reading processes; 0: none, without protection [cores]")
    add_engine(add)
    add("--overwrite", action="store_true", help="replace an existing cube")
    add_resume(add)
    add("--no-contact-sheet", "--no_contact_sheet", action="store_true", help="draw no picture of the cube")
    add_domain_flags(parser, "convert", chosen=domain)
    return parser


def execute(args):
    from otrain.workflows.convert import convert

    if args.draft_mapping is not None:
        from otrain.workflows.draft_mapping import draft_mapping

        print(draft_mapping(gather_sources(args.cutouts), args.draft_mapping, domain=args.domain,
                            overwrite=args.overwrite))
        return 0
    preparation = domain_values(args, "convert") | args.passed
    if args.channels is not None:
        preparation["channels"] = args.channels
    fraction = None if isinstance(args.frac_true, _Unasked) else args.frac_true
    done = convert(
        gather_sources(args.cutouts), path_datacube=args.path_datacube, cube=args.cube, frac_true=fraction,
        domain=args.domain, task=args.task, reader=args.reader, mapping=args.mapping,
        labels=args.labels[0] if args.labels and len(args.labels) == 1 else args.labels,
        classes=args.classes, store=args.store, seed=args.seed, jobs=args.jobs, engine=args.engine,
        ray_address=args.ray_address, overwrite=args.overwrite, resume=args.resume,
        checkpoint_every=args.checkpoint_every, contact_sheet=not args.no_contact_sheet,
        checksums=args.checksums, **preparation)
    print_notes("otrain-convert", args, [done.tally])
    return print_outcome(args, done, [done.text])


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return run(build_parser(named_domain(argv) or told_domain("convert", argv)), execute, argv)


if __name__ == "__main__":
    sys.exit(main())
