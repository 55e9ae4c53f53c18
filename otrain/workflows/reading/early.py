"""Refuse a request that most inputs cannot meet after the first hundred, not after thirty thousand."""

from otrain.errors import UsageError

__all__ = ["watching"]

EARLY = 100  # inputs after which it is looked at
MOST = 0.8  # of them
_LACKS = ("too-small", "missing-channel")


def watching(on_progress, account):
    """Return an ``on_progress`` that looks, once, how many of the first inputs lack what is asked for.

    Parameters
    ----------
    on_progress : callable
        ``on_progress(done, total)``, which it calls.
    account : Account

    Raises
    ------
    UsageError
        From the callable, if most of the first hundred are smaller than the size that is asked for, or
        have not the channels.
    """
    looked = []

    def update(done, total):
        on_progress(done, total)
        tally = account.tally
        seen = tally.kept + tally.quarantined.total()
        if looked or seen < EARLY:
            return
        looked.append(True)
        lacking = sum(tally.quarantined[reason] for reason in _LACKS)
        if lacking > MOST * seen:
            words = next((row.words for row in account.quarantine if row.reason in _LACKS), "")
            raise UsageError(f"{lacking} of the first {seen} inputs cannot be used, so the others are not "
                             f"read: {words}")

    return update
