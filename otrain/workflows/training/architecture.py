"""What a network is to be trained for: channels and names that can be, asked before anything is built."""

from pathlib import Path

from otrain.catalogue import MODELS, TASKS
from otrain.data.cubes.meta import target_channels
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["chosen_channels", "chosen_recipe", "encoding_for", "require_architecture", "require_teachable"]

MOST_MEMBERS = 50  # networks; behind ten their mixture hardly changes

_WORDS = {"example": "each example", "point": "each point of it", "pixel": "each pixel of it"}


def require_architecture(name, domain, task):
    """Refuse a network that takes other examples, or answers something else, than what is asked.

    What a network of an installed package takes and gives is known from the attributes ``axes`` and
    ``gives`` of its builder, which is imported for it; without them it is taken at its word.

    Parameters
    ----------
    name : str
        In the catalogue of models.
    domain : Domain
    task : Task

    Raises
    ------
    UsageError
        With the names of those that fit.
    """
    axes, gives = _told(MODELS.require(name), name)
    if (not axes or tuple(axes) == domain.axes) and (not gives or gives in task.gives):
        return
    fitting = [other for other in MODELS.own if MODELS[other].axes in ((), domain.axes)
               and (not MODELS[other].gives or MODELS[other].gives in task.gives)]
    choice = f"Choose: {', '.join(fitting)}." if fitting else \
        "None that is known does: add one as docs/how-to/add-a-model.md says, or choose another --task."
    takes = f" takes examples of {' x '.join(axes)} and" if axes else ""
    raise UsageError(f"--architecture {name}{takes} answers for {_WORDS.get(gives, 'what nobody knows')}; "
                     f"{task.name} of {domain.name} is of {' x '.join(domain.axes)} and asks for "
                     f"{' or '.join(_WORDS[word] for word in task.gives)}. {choice}")


def require_teachable(domain, task):
    """Refuse a task for which a domain names no fitting network; one of another package is not imported.

    Parameters
    ----------
    domain : Domain
    task : str

    Raises
    ------
    UsageError
    """
    model = domain.rules(task).model
    if model in MODELS.own:
        require_architecture(model, domain, TASKS.load(task))


def chosen_recipe(recipe, domain, task, lesson):
    """Return the keywords of `Recipe` with what depends on the domain filled in; refuse unknown names.

    Parameters
    ----------
    recipe : dict
        As the user chose them; None: left open.
    domain : Domain
    task : Task
    lesson : Lesson

    Raises
    ------
    UsageError
        If there is no such architecture, loss, scaling or augmentation, the architecture does not fit, or
        there are too many networks.
    DataError
        If there is no such file of first weights.
    """
    rules = domain.rules(task.name)
    recipe = {"architecture": rules.model, "augment": rules.augment, "largest_batch": rules.batch_size,
              **{name: value for name, value in recipe.items() if value is not None}}
    require_architecture(recipe["architecture"], domain, task)
    task.loss(lesson, recipe.get("loss"))  # refuses a name that is none
    _require_scaling(recipe.get("scaling"), task)
    members = recipe.get("ensemble", 1)
    if not 1 <= members <= MOST_MEMBERS:
        raise UsageError(f"--ensemble must lie between 1 and {MOST_MEMBERS} networks. Received: {members}.")
    if "first_weights" in recipe:
        recipe["first_weights"] = _weights_file(recipe["first_weights"], members)
    for name in recipe["augment"]:
        if name not in rules.changes:
            raise UsageError(f"unknown augmentation {name!r}.{nearest(name, rules.changes)} "
                             f"Known: {', '.join(rules.changes)}, none.")
    return recipe


def encoding_for(recipe, task, cube, rows):
    """Return how answers are written as numbers, from the training rows of a cube, as a recipe asks."""
    return task.encoding(cube, rows) if recipe.scaling is None else task.encoding(cube, rows, recipe.scaling)


def _require_scaling(name, task):
    known = getattr(task, "scalings", ())
    if name is not None and name not in known:
        raise UsageError(f"--scaling {name}: {task.name} has no numbers to be scaled." if not known else
                         f"unknown scaling {name!r}.{nearest(name, known)} Known: {', '.join(known)}.")


def _weights_file(path, members):
    """Return the file of weights that a training begins with: itself, or that of a run directory."""
    if members > 1:
        raise UsageError(f"--first-weights {path}: the networks of an --ensemble differ by their first "
                         "weights. Give one or the other.")
    file = Path(path)
    if file.is_dir():
        file = RunDirectory.find(file).model_keras
    if not file.is_file():
        raise DataError(f"--first-weights {path}: no such file. Give a run directory, a .keras or an .h5 "
                        "file.")
    return str(file.absolute())


def chosen_channels(cube, rules, names=None):
    """Return the indices of the channels that a network gets; what is to be learnt is never one of them.

    Parameters
    ----------
    cube : DataCube
    rules : TaskRules
        Of the task in the domain: its usual channels.
    names : sequence of str, optional
        As the user chose them; by default the usual ones, else all.

    Raises
    ------
    UsageError
        If the cube has no channel of a name.
    """
    known = [name for name in cube.channels if name not in target_channels(cube.meta)]
    for name in names or ():
        if name not in known:
            raise UsageError(f"--channels: the cube has no channel {name!r} for a network."
                             f"{nearest(name, known)} It has: {', '.join(known)}.")
    usual = [name for name in rules.channels if name in known]
    return [cube.channels.index(name) for name in names or usual or known]


def _told(entry, name):
    """Return the axes that a network takes, and for what it gives an answer."""
    if name in MODELS.own or entry.member:
        return entry.axes, entry.gives
    builder = entry.load()
    return getattr(builder, "axes", ()), getattr(builder, "gives", "")
