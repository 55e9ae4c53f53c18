"""A verb that answers a wrong keyword with the nearest name."""

import functools
import inspect

from otrain.errors import KeywordError
from otrain.registry import nearest

__all__ = ["with_nearest_names"]


def with_nearest_names(verb, further=()):
    """Return a function that refuses an unknown keyword before anything is done.

    Parameters
    ----------
    verb : callable
    further : collection of str
        What it takes by ``**keywords`` besides the names of its signature. Without any, a verb that takes
        such keywords looks at them itself.

    Returns
    -------
    callable
        With the name, the signature and the docstring of `verb`.

    Examples
    --------
    >>> def train(cube, *, epochs=10): ...
    >>> with_nearest_names(train)("night.npz", epoch=20)
    Traceback (most recent call last):
    otrain.errors.KeywordError: train() takes no keyword 'epoch'. Did you mean 'epochs'? ...
    """
    parameters = inspect.signature(verb).parameters.values()
    named = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    known = list(dict.fromkeys([*named, *further]))
    looks_itself = any(one.kind is one.VAR_KEYWORD for one in parameters) and not further

    @functools.wraps(verb)
    def checked(*args, **keywords):
        for name in keywords:
            if name not in known and not looks_itself:
                raise KeywordError(f"{verb.__name__}() takes no keyword {name!r}.{nearest(name, known)} "
                                   f"It takes: {', '.join(known)}.")
        return verb(*args, **keywords)

    return checked
