"""Exchange two names in one step, where the kernel and the file system can."""

import ctypes
import errno
import os
from functools import cache

__all__ = ["exchange_names"]

AT_FDCWD = -100  # paths are relative to the working folder
RENAME_EXCHANGE = 2
# ENOSYS and EPERM also where a container filters system calls; EINVAL where the file system cannot.
CANNOT = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}


def exchange_names(first, second):
    """Exchange the names of two files or folders: at every instant both names are taken.

    Parameters
    ----------
    first, second : path-like
        On one file system; both exist.

    Returns
    -------
    bool
        Whether it was done; False where kernel or file system cannot, and nothing has changed.

    Raises
    ------
    OSError
        If it fails for another reason: a name is absent, or may not be changed.
    """
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    if renameat2(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), os.fspath(first), None, os.fspath(second))


@cache
def _renameat2():
    """Return the function of the C library; None where it has none (macOS, Windows, old glibc)."""
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    function.restype = ctypes.c_int
    return function
