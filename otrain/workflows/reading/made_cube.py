"""A cube for a training whose configuration names images and tables: made, or taken where it is as asked."""

from otrain.errors import OutputError, UsageError
from otrain.workflows.convert import convert
from otrain.workflows.progress import say

__all__ = ["made_cube"]


def made_cube(cutouts, **request):
    """Return the path of the cube of some files, which is made anew only where anything has changed.

    Parameters
    ----------
    cutouts, **request
        As for `otrain.convert`; `cube` and `path_datacube` say where it lies. One that lies there and was
        made of other files, or of the same files otherwise, is replaced.

    Returns
    -------
    Path

    Raises
    ------
    UsageError, DataError
        As `otrain.convert`.
    """
    try:
        done = convert(cutouts, **request, resume=True)
    except (OutputError, UsageError) as error:  # another cube is there; or the request is wrong, said again
        say(f"the cube is made anew: {error}")
        done = convert(cutouts, **request, overwrite=True)
    for note in done.notes:
        say(f"note: {note}")
    say(f"{done.path}: {done.tally}")
    return done.path
