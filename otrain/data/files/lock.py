"""A lock against a second writer: that of the file system, or a file that names its holder."""

import errno
import os
import socket
import time

from otrain.errors import OutputError, UnknownSystemError

try:
    import fcntl
except ImportError:
    raise UnknownSystemError from None

__all__ = ["is_alive", "take_lock"]

# What file systems say that have no locks: network disks without a lock daemon, some cluster and FUSE ones.
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
_SETTLED = 10.0  # s after which a lock file without a holder is one that a kill has left


def take_lock(lock, output):
    """Take the lock of an output, and return the function that gives it back.

    Parameters
    ----------
    lock : Path
        The lock file, which is there as long as the lock is held.
    output : Path
        For the message.

    Raises
    ------
    OutputError
        If another process holds it.
    OSError
        If nothing can be written there.
    """
    flags, made = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, True
    try:
        descriptor = os.open(lock, flags | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        descriptor, made = os.open(lock, flags | os.O_CREAT, 0o644), False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before us may have removed the file between our two calls.
        if not (lock.exists() and os.path.samestat(os.fstat(descriptor), lock.stat())):
            raise BlockingIOError
    except OSError as error:
        os.close(descriptor)
        if error.errno in _NO_LOCKS:
            if made:
                lock.unlink(missing_ok=True)
            return _take_by_name(lock, output)
        raise OutputError(f"{output}: another process is writing it (lock {lock.name}).") from None

    def give_back():
        lock.unlink(missing_ok=True)
        os.close(descriptor)

    return give_back


def _take_by_name(lock, output):
    """Take a lock by making its file; one of a process of this host that is gone is removed."""
    mine = f"{socket.gethostname()} {os.getpid()}\n"
    for _ in range(3):
        holder = _holder(lock)
        if holder == mine:
            raise OutputError(f"{output}: this process is writing it already (lock {lock.name}).")
        if holder is not None and not _is_gone(lock, holder):
            who = holder.strip() or "a process that has just begun"
            raise OutputError(f"{output}: another process is writing it ({who}; this disk has no locks). If "
                              f"that process is gone, remove {lock}.")
        if holder is not None and holder == _holder(lock):
            lock.unlink(missing_ok=True)
        try:
            descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(mine)
        if _holder(lock) == mine:
            return lambda: lock.unlink(missing_ok=True) if _holder(lock) == mine else None
    raise OutputError(f"{output}: another process is writing it (lock {lock.name}).")


def _holder(lock):
    """Return what stands in a lock file, or None if there is none."""
    try:
        return lock.read_text(encoding="utf-8", errors="replace")[:300]
    except FileNotFoundError:
        return None


def _is_gone(lock, holder):
    """Return whether the holder of a lock is certainly gone."""
    host, _, number = holder.strip().rpartition(" ")
    if not host or not number.isdecimal():  # made by `flock` elsewhere, or cut short by a kill
        try:
            return time.time() - lock.stat().st_mtime > _SETTLED
        except FileNotFoundError:
            return True
    if host != socket.gethostname():
        return False
    return not is_alive(int(number))


def is_alive(number):
    """Return whether a process of this host lives, whosever it is."""
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        return True
    return True
