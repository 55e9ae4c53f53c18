"""What otrain-simulate asks about lenses; read for every --help, so nothing heavy is loaded."""

__all__ = ["ABOUT", "EXAMPLES", "SIMULATE"]

SIMULATE = ()
ABOUT = {}
EXAMPLES = {}
