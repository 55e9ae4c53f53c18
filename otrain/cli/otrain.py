"""Command line of otrain: the table of all commands, any of them by its name, and completion for shells."""

import sys
from argparse import REMAINDER
from importlib import import_module

from otrain.catalogue import WORKFLOWS
from otrain.cli._command import make_parser, run
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["build_parser", "execute", "main", "table"]

EXAMPLES = """\
  otrain
      # the table of commands, by what they are for
  otrain train --cube datacube/candidates.npz --epochs 20
      # the same as: otrain-train --cube datacube/candidates.npz --epochs 20
  eval "$(otrain completion bash)"
      # the tab key completes commands, flags and their values in this shell"""

# What a command is for; one that is named nowhere here stands at the end.
PURPOSES = {
    "get data ready": ("simulate", "convert", "doctor"),
    "train a network": ("train", "batch", "optimise_dataset_size"),
    "use it": ("infer",),
    "find glitches": ("scan_channels",),
    "see how good it is": ("diagnostics", "plot_results", "checkinfer", "grad_cam", "compare"),
    "as in Panopticon": ("lightcurves",),
}
OTHER = "more"
ALIASES = {"plots_results": "plot_results"}


def build_parser():
    parser = make_parser("otrain", "Train, run and explain neural networks on astronomical data.", EXAMPLES)
    parser.add_argument("command", nargs="?", metavar="COMMAND",
                        help="one of the table that otrain prints without any, or completion")
    parser.add_argument("words", nargs=REMAINDER, metavar="...", help="flags of the command, see its --help")
    return parser


def execute(args):
    if args.command is None:
        print("\n".join(table()))
        return 0
    if args.command == "completion":
        from otrain.cli._completion import completion

        print(completion(args.words))
        return 0
    known = [name.replace("_", "-") for name in WORKFLOWS]
    raise UsageError(f"unknown command {args.command!r}.{nearest(args.command, [*known, 'completion'])} "
                     f"Known: {', '.join(known)}, completion.")


def table():
    """Yield the lines of the table of commands, grouped by what they are for."""
    named = {stem for stems in PURPOSES.values() for stem in stems}
    groups = PURPOSES | {OTHER: tuple(stem for stem in WORKFLOWS if stem not in named)}
    yield "otrain COMMAND --help says more of each; otrain-COMMAND is the same command."
    for purpose, stems in groups.items():
        stems = [stem for stem in stems if stem in WORKFLOWS]
        if stems:
            yield f"\n{purpose}"
        for stem in stems:
            yield f"  {stem.replace('_', '-'):22} {WORKFLOWS[stem].summary}"
    yield "\nin a shell"
    yield "  completion bash|zsh    prints what makes the tab key know commands, flags and values"


def main(argv=None):
    argv = sys.argv[1:] if argv is None else list(argv)
    stem = argv[0].replace("-", "_") if argv else ""
    stem = ALIASES.get(stem, stem)
    if stem in WORKFLOWS:
        return import_module(f"otrain.cli.{stem}").main(argv[1:])
    if stem and stem != "completion" and argv[0][0] != "-":
        argv = argv[:1]  # the flags of a command that nobody knows are not at fault
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
