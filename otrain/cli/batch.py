"""Command line of otrain-batch."""

import dataclasses

from otrain.cli import train as train_command
from otrain.cli._command import COMMON, make_parser, print_notes, print_outcome, run
from otrain.cli._config import apply_config
from otrain.cli._dialects import prepare
from otrain.errors import OtrainError, UsageError

__all__ = ["best", "build_parser", "execute", "main"]

EXAMPLES = """  otrain-batch --config batch.toml
      # [train] as for otrain-train, and in [train.array] lists of values: all combinations are trained
  otrain-batch --config batch.toml --resume
      # trains what is not finished
  otrain-batch --config experimentbatch.toml --set training.num-epochs=2 --overwrite
"""


def build_parser():
    parser = make_parser("otrain-batch",
                         "Train once for each combination of some values, and say which is best.", EXAMPLES)
    add = parser.add_argument
    add("--dirbase", default="run%%", metavar="PATH",
        help="folders of the runs; %%%% stands for their number (default: run%%%%)")
    add("--resume", action="store_true",
        help="continue after a stop or a kill: finished runs are not trained again")
    add("--overwrite", action="store_true", help="remove the runs that are there and begin anew")
    return parser


def execute(args):
    runs = _runs(args)
    from otrain.data.results.batch_directory import BatchDirectory

    directory, checked, cubes = BatchDirectory(args.dirbase, len(runs)), [], {}
    trials = [_trial(one, directory.folder(number), quiet=args.quiet or number > 1)
              for number, one in enumerate(runs, 1)]
    for one, trial in zip(runs, trials, strict=True):
        if trial.cube not in cubes:
            print_notes("otrain-batch", args, [f"note: {note}" for note in prepare(trial)])
            cubes[trial.cube] = trial.passed.get("made_from")
        options = {name: value for name, value in vars(trial).items() if name not in COMMON}
        checked.append(dataclasses.replace(one, cube=trial.cube, made_from=cubes[trial.cube], asked=options))
    from otrain.workflows.batch import batch

    done = batch(checked, dirbase=args.dirbase, overwrite=args.overwrite, resume=args.resume)
    print_notes("otrain-batch", args, [f"table: {done.path}", *(f"note: {note}" for note in done.notes)])
    return print_outcome(args, done, best(done.summary))


def _runs(args):
    """Return the runs that the configuration file stands for."""
    if "runs" in args.passed:
        return args.passed["runs"]
    table = args.tables.get("train")
    if not isinstance(table, dict):
        raise UsageError("no table [train] says what is to be trained. Name a file with --config: values in "
                         "[train], lists of values in [train.array].")
    from otrain.domains.grid import grid_of

    return grid_of(table)


class _Refused(Exception):
    """The parser of otrain-train has refused a run."""


def _trial(one, folder, *, quiet):
    """Return what the parser of otrain-train makes of one run.

    Raises
    ------
    OtrainError
        If it refuses it; the run is named.
    """
    parser = train_command.build_parser()
    refused = []

    def leave(code=0, message=""):
        refused.append((code, message))
        raise _Refused

    parser.exit = leave
    try:
        return apply_config(parser, ["--quiet"] if quiet else [],
                            tables=one.tables_for(folder, in_folder=False))
    except _Refused:
        code, message = refused[0]
    words = ", ".join(f"{name} {value}" for name, value in one.swept.items())
    message = message.removeprefix(f"{parser.prog}: error: ").strip()
    message = message.removesuffix(f"See {parser.prog} --help.").strip()
    error = UsageError if code == 2 else OtrainError
    refusal = error(f"{folder.name}{words and f' ({words})'}: {message}")
    refusal.exit_code = code
    raise refusal


def best(summary):
    """Yield which run is best, in a sentence."""
    found, measure = summary["best"], summary["measure"]
    if found is not None:
        values = ", ".join(f"{name} {value}" for name, value in found["values"].items())
        test = "" if found["test"] is None else f", test {found['test']:.4f}"
        yield (f"best of {summary['finished']}: {found['run']}{values and f' ({values})'}: {measure} "
               f"{found['validation']:.4f} on validation{test}")


def main(argv=None):
    return run(build_parser(), execute, argv)


if __name__ == "__main__":
    raise SystemExit(main())
