"""Options that only some answers know: refused in words by the others."""

from otrain.errors import UsageError

__all__ = ["known_options"]


def known_options(asked, known, what):
    """Return the options that somebody asked for, without those that are None.

    Parameters
    ----------
    asked : dict or None
        By the name of the parameter.
    known : sequence of str
    what : str
        What the network does, for the message: ``"finds events in light curves"``.

    Raises
    ------
    UsageError
        If an option is asked for that this answer does not know.
    """
    asked = {name: value for name, value in (asked or {}).items() if value is not None}
    for name in asked:
        if name not in known:
            raise UsageError(f"--{name.replace('_', '-')} has no meaning for this network, which {what}. "
                             "Leave it out.")
    return asked
