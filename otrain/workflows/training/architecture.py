"""Whether a network can do a task with the data of a domain, asked before anything is built."""

from otrain.catalogue import MODELS, TASKS
from otrain.errors import UsageError

__all__ = ["require_architecture", "require_teachable"]

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


def _told(entry, name):
    """Return the axes that a network takes, and for what it gives an answer."""
    if name in MODELS.own:
        return entry.axes, entry.gives
    builder = entry.load()
    return getattr(builder, "axes", ()), getattr(builder, "gives", "")
