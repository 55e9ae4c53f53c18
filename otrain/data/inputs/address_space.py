"""Say before the work that the address space of this process is too small: libraries would only crash."""

import resource

from otrain.errors import ResourceError

__all__ = ["require_address_space"]


def require_address_space(size, what):
    """Check the limit that ``ulimit -v`` or a scheduler sets.

    Numerical libraries reserve far more addresses than memory, and end the process with a segmentation
    fault or an abort where they cannot start a thread.

    Parameters
    ----------
    size : int
        Bytes that must be allowed.
    what : str
        Who needs them.

    Raises
    ------
    ResourceError
        If fewer are allowed.
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < size:
        raise ResourceError(f"{what} needs an address space of {size >> 20} MiB at least. This process may "
                            f"have {limit >> 20} MiB. Raise the limit (ulimit -v {size >> 10}), or ask the "
                            "scheduler for more memory.")
