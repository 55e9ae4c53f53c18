"""When a file was written, as it says itself; SOURCE_DATE_EPOCH makes bytes the same again."""

import datetime
import os

__all__ = ["time_written"]


def time_written():
    """Return the time in UTC to the second, or that which SOURCE_DATE_EPOCH asks for.

    References
    ----------
    https://reproducible-builds.org/specs/source-date-epoch
    """
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = (datetime.datetime.fromtimestamp(int(asked), datetime.UTC) if asked.isdecimal()
           else datetime.datetime.now(datetime.UTC))
    return now.isoformat(timespec="seconds")
