"""A parser of few words: one line for a mistake, with the nearest name; one spelling of each flag."""

import argparse
import re

from otrain.registry import nearest

__all__ = ["HelpFormatter", "Parser"]

_PLAIN = {int: "a whole number", float: "a number"}
_NEGATIVE = re.compile(r"-\d+$|-\d*\.\d+")  # what argparse takes for a number


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that says what is wrong in one line, and which flag or value was meant.

    Examples
    --------
    >>> parser = Parser(prog="otrain-train")
    >>> _ = parser.add_argument("--epochs", type=int)
    >>> parser.explain_flag("--epoch")
    "unknown flag '--epoch'. Did you mean '--epochs'?"
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **{"allow_abbrev": False, "formatter_class": HelpFormatter, **options})

    def parse_known_args(self, args=None, namespace=None, **options):
        """Parse, but name an unknown flag first: what else seems to be missing may be what it should give."""
        args = self._words(args)
        for word in args[:args.index("--")] if "--" in args else args:
            if self._is_unknown_flag(word):
                self.error(self.explain_flag(word.partition("=")[0]))
        return super().parse_known_args(args, namespace, **options)

    def parse_args(self, args=None, namespace=None):
        """Parse; a word that no flag and no place takes is named."""
        parsed, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error(f"these words belong to no flag: {' '.join(rest)}.")
        return parsed

    def explain_flag(self, flag):
        """Say that a flag is unknown, and which one is nearest."""
        known = [name for name in self._option_string_actions if name.startswith("--")]
        wanted = "--" + flag.lstrip("-")
        close = nearest(wanted, known) or nearest(wanted.replace("_", "-"), known)
        return f"unknown flag {flag!r}.{close}"

    def error(self, message):
        """Print one line on standard error and exit with 2."""
        message = re.sub(r"(--?[\w-]+)(/--?[\w-]+)+", r"\1", message)  # one spelling of a flag is enough
        message = re.sub(r"^argument (--?[\w-]+|[\w|]+): ", r"\1: ", message)
        message = re.sub(r"^the following arguments are required: (.*)", r"not given: \1.", message)
        message = re.sub(r"^(\S+): expected (.*) arguments?$", r"\1: its value is missing.", message)
        message = message if message.endswith((".", "?", ")")) else f"{message}."
        self.exit(2, f"{self.prog}: error: {message} See {self.prog} --help.\n")

    def _words(self, args):
        import sys

        words = list(sys.argv[1:] if args is None else args)
        if self._has_negative_number_optionals:  # -2 is a flag, and may be the value of another
            for at in range(len(words) - 1, 0, -1):
                if words[at] in self._option_string_actions and _NEGATIVE.match(words[at]):
                    before = self._option_string_actions.get(words[at - 1])
                    if before is not None and before.nargs is None:
                        equals = "=" if words[at - 1].startswith("--") else ""
                        words[at - 1:at + 1] = [words[at - 1] + equals + words[at]]
        return words

    def _parse_optional(self, arg_string):
        """Take a negative number for a value, unless it is a flag itself: -20 is not -2 0."""
        if _NEGATIVE.fullmatch(arg_string) and arg_string not in self._option_string_actions:
            return None
        return super()._parse_optional(arg_string)

    def _is_unknown_flag(self, word):
        return (len(word) > 1 and word[0] == "-" and " " not in word and not _NEGATIVE.match(word)
                and word not in self._option_string_actions
                and word.partition("=")[0] not in self._option_string_actions
                and not self._is_short_with_value(word))

    def _is_short_with_value(self, word):
        """Tell whether a word is a short flag and its value at once, as -Z128."""
        action = self._option_string_actions.get(word[:2])
        return word[1] != "-" and action is not None and action.nargs is None

    def _check_value(self, action, value):
        if action.choices is not None and value not in action.choices:
            known = list(map(str, action.choices))
            raise argparse.ArgumentError(
                action, f"unknown value {value!r}.{nearest(str(value), known)} Known: {', '.join(known)}.")

    def _get_value(self, action, text):
        try:
            return super()._get_value(action, text)
        except argparse.ArgumentError:
            if action.type not in _PLAIN:
                raise
            raise argparse.ArgumentError(
                action, f"must be {_PLAIN[action.type]}. Received: {text!r}") from None


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Show a flag under its first spelling; those of the seeds, which stay, behind it."""

    def _format_action_invocation(self, action):
        if not action.option_strings or len(action.option_strings) < 2:
            return super()._format_action_invocation(action)
        shown = {}
        for name in action.option_strings:  # hyphens and underscores are the same flag
            shown.setdefault(name.replace("_", "-"), name)
        if action.nargs == 0:
            return ", ".join(shown.values())
        values = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(shown.values())} {values}"
