"""The keys of droulette's TOML files, and what becomes of one that is none of them."""

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["SIMULATION", "STEPS", "TABLES", "check_keys", "value_of"]

# What droulette calls the subsets of the examples, and what they are called here.
STEPS = {"training": "training", "validation": "validation", "testing": "test"}

_STEP = {"filename", "size", "predictionfile"}
# Every table with its keys; those with keys of their own below them are tables in it.
TABLES = {
    "settings": {"device", "model", "models", "problem"},
    "hyperparameters": {"learning-rate", "batch-size", "weight-decay", "array"},
    "training": {"num-epochs", "patience", "out-parameters"},
    "dataset": {"directory", "roulette", "order", *STEPS},
    "output": {"directory", "dirbase"},
    "problem": {"filename", "variables", "nterms", "dataset"},
}
# Tables of CosmoSim, which a data set's own file brings; otrain-simulate reads them.
SIMULATION = ("simulator", "lens", "source", "position", "cluster", "observation", "annotation", "management",
              "resimulation")
_KINDS = {str: "a text", int: "a whole number", float: "a number", list: "a list", dict: "a table"}


def check_keys(tables, where):
    """Refuse a key that droulette does not know.

    Parameters
    ----------
    tables : dict
        Of a file; tables of CosmoSim are not looked at.
    where : str
        The file, for the message.

    Raises
    ------
    UsageError
        It names the nearest key.
    """
    for name, table in tables.items():
        if name in SIMULATION:
            continue
        if name not in TABLES:
            known = [*TABLES, *SIMULATION]
            raise UsageError(f"{where}: unknown table [{name}].{nearest(name, known)} "
                             f"Known: {', '.join(known)}.")
        if not isinstance(table, dict):
            raise UsageError(f"{where}: [{name}] must be a table. Received: {table!r}.")
        _check(table, TABLES[name], name, where)
        for step in table.keys() & STEPS.keys() if name == "dataset" else ():
            value_of(table, step, dict, f"{where}: [dataset]")
            _check(table[step], _STEP, f"dataset.{step}", where)
        if "array" in table:
            _check(value_of(table, "array", dict, where), TABLES[name] - {"array"}, f"{name}.array", where)


def _check(table, known, name, where):
    for key in table:
        if key not in known:
            near = nearest(key, known) or nearest(str(key).replace("_", "-"), known)
            raise UsageError(f"{where}: unknown key {key!r} in [{name}].{near} "
                             f"Known: {', '.join(sorted(known))}.")


def value_of(table, key, kind, where, default=None):
    """Return a value of a table, of the kind that it must be; a whole number is a number as well.

    Raises
    ------
    UsageError
        If it is of another kind.
    """
    value = table.get(key)
    if value is None:
        return default
    good = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
    if not good:
        raise UsageError(f"{where}: {key} must be {_KINDS[kind]}. Received: {value!r}.")
    return value
