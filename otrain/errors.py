"""Errors that are meant to be read by the person at the keyboard, and their exit codes."""

__all__ = [
    "CheckFailed",
    "ChecksumError",
    "DataError",
    "IntegrityError",
    "KeywordError",
    "MissingExtraError",
    "OtrainError",
    "OutputError",
    "ResourceError",
    "UnknownSystemError",
    "UsageError",
]

QUARANTINED = 3  # exit code of a command that is done, but set some inputs aside


class OtrainError(Exception):
    """Base of every error that a command reports without a traceback."""

    exit_code = 1


class UsageError(OtrainError, ValueError):
    """The request cannot be met as it was written."""

    exit_code = 2


class KeywordError(UsageError, TypeError):
    """A function was given a keyword that it does not take."""


class DataError(OtrainError, ValueError):
    """A file or an array is not what it should be, or no usable input is left."""

    exit_code = 4


class OutputError(OtrainError):
    """The output exists already, is locked by another writer or cannot be written."""

    exit_code = 5


class IntegrityError(OtrainError):
    """A hash, a schema or a number is wrong, or a model file is refused."""

    exit_code = 6


class ChecksumError(IntegrityError):
    """A file of ours is not what it was when it was written."""


class ResourceError(OtrainError):
    """Disk or memory does not suffice."""

    exit_code = 7


class UnknownSystemError(OtrainError, ImportError):
    """The operating system is not one that otrain runs on."""

    exit_code = 69

    def __init__(self):
        super().__init__("otrain runs on Linux and macOS. On Windows run it in the Windows Subsystem for "
                         "Linux (`wsl --install`).")


class CheckFailed(OtrainError):
    """A check that was asked for found something."""

    exit_code = 8


class MissingExtraError(OtrainError, ImportError):
    """An optional package is not installed.

    Parameters
    ----------
    package : str
        What could not be imported.
    extra : str
        The extra of otrain that brings it.
    """

    exit_code = 69

    def __init__(self, package, extra):
        super().__init__(
            f"{package} is not installed, and this needs it. "
            f"Install it with: pip install 'otrain[{extra}]'"
        )
