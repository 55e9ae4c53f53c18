"""otrain-simulate: simulated examples with truth, as folders of files."""

import sys
from functools import partial

from otrain.catalogue import FLAGS, SIMULATORS
from otrain.cli._arguments import add_flag, count
from otrain.cli._command import make_parser, print_outcome, run
from otrain.cli._dialects import told_domain

__all__ = ["build_parser", "execute", "main"]

SAID = "--out", "--config", "--toml"  # flags whose value may be any word, the name of a domain too


def build_parser(domain=None):
    """Return the parser with the flags of one domain, or of all."""
    shown = [domain] if domain else list(SIMULATORS)
    parser = make_parser("otrain-simulate", "Write simulated examples with their truth.",
                         "".join(FLAGS.load(name).examples.get("simulate", "") for name in shown
                                 if name in FLAGS))
    parser.domain = domain
    add = parser.add_argument
    add("domain", choices=list(SIMULATORS), help="what is simulated")
    add("--out", metavar="DIR", help="new folder: the files, a table of the truth and simulate.json go there")
    add("--unlabelled", action="store_true",
        help="files that do not say what they are, in one folder, as a night or a mission brings them")
    add("--seed", type=int, metavar="N", help="same seed, same files [0, or that of --toml]")
    add("--jobs", type=count, metavar="N",
        help="worker processes, where the domain uses them [one per core]; the result is the same")
    add("--overwrite", action="store_true", help="replace the folder if it exists")
    seen = set()
    for name in shown:
        group = parser.add_argument_group(f"{name}: {SIMULATORS[name].summary}")
        for flag in _flags(name):
            if flag.name not in seen:  # shown once; with the name of a simulator only its own flags are read
                add_flag(group.add_argument, flag)
            seen.add(flag.name)
    return parser


def _flags(simulator):
    """Return the flags of one simulator; one without any takes its own defaults."""
    return FLAGS.load(simulator).simulate if simulator in FLAGS else ()


def execute(args, argv=()):
    from otrain.workflows.simulate import simulate

    given = {flag.target: getattr(args, flag.name) for flag in _flags(args.domain)}
    request = {name: value for name, value in given.items() if value is not None} | args.passed
    if args.seed is not None:
        request["seed"] = args.seed
    done = simulate(args.out, domain=args.domain, unlabelled=args.unlabelled, **request,
                    jobs=args.jobs, overwrite=args.overwrite, command=["otrain-simulate", *argv])
    return print_outcome(args, done)


def _domain_of(argv):
    """Return the domain that the words name, so that only its flags are known; None if there is none."""
    pairs = zip(["", *argv], argv, strict=False)
    return next((word for before, word in pairs if word in SIMULATORS and before not in SAID), None)


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    domain = _domain_of(argv) or told_domain("simulate", argv)
    return run(build_parser(domain), partial(execute, argv=argv), argv)


if __name__ == "__main__":
    sys.exit(main())
