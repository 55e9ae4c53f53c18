"""Names that stand for code which is imported only when it is used."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from importlib.machinery import PathFinder

from otrain.errors import UsageError

__all__ = ["Entry", "Family", "Registry", "nearest"]

_PACKAGE_DATA = (".dist-info", ".egg-info")


def nearest(name, known):
    """Return ``" Did you mean 'x'?"`` for the closest known name, or an empty string."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class Entry:
    """Where a named thing lives and what it is, in one line.

    Parameters
    ----------
    target : str
        ``package.module:attribute``.
    summary : str
    axes : tuple of str
        Axes of the examples that it is for, as a domain names its own; empty: any, or not known.
    gives : str
        For what a network gives an answer: ``"example" "point" "pixel"``; empty: not known.
    member : str
        Of a family, the first argument of what is loaded; empty: it is loaded as it is.
    """

    target: str
    summary: str
    axes: tuple[str, ...] = ()
    gives: str = ""
    member: str = ""

    def load(self):
        """Import and return what the entry stands for."""
        module, _, attribute = self.target.partition(":")
        loaded = getattr(import_module(module), attribute)
        return partial(loaded, self.member) if self.member else loaded


@dataclass(frozen=True)
class Family:
    """Many things that one function makes, told by ``family:member`` and not listed one by one.

    Parameters
    ----------
    entry : Entry
        Of the function, whose first argument is the name of a member.
    members : tuple of str
    """

    entry: Entry
    members: tuple[str, ...]


class Registry(Mapping):
    """Read-only table of entries, listed without importing any of them.

    Parameters
    ----------
    kind : str
        What the entries are, for error messages.
    entries : dict of str to Entry
        Our own entries; they come first and cannot be shadowed.
    group : str, optional
        Entry-point group of installed packages that add names (``otrain.models``).
    families : dict of str to Family, optional
        Entries that are found by ``family:member``.
    """

    def __init__(self, kind: str, entries: dict[str, Entry], *, group: str | None = None,
                 families: dict[str, Family] | None = None):
        self.kind = kind
        self.families = dict(families or {})
        self._entries = dict(entries)
        self._group = group
        self.own = tuple(entries)  # without those of installed packages

    def _merged(self) -> dict[str, Entry]:
        """Our entries, then those of installed packages; read once, on the first unknown name."""
        if self._group is not None:
            for point in _entry_points(self._group):
                if point.name in self._entries:
                    raise UsageError(
                        f"{point.value}: the {self.kind} name {point.name!r} is taken. "
                        f"Choose another in the entry point group {self._group!r}."
                    )
                self._entries[point.name] = Entry(point.value, f"from {point.dist.name}")
            self._group = None
        return self._entries

    def __getitem__(self, name: str) -> Entry:
        family, _, member = name.partition(":")
        if family in self.families and member in self.families[family].members:
            return replace(self.families[family].entry, member=member)
        entries = self._entries if name in self._entries else self._merged()
        return entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._merged())

    def __len__(self) -> int:
        return len(self._merged())

    def require(self, name: str) -> Entry:
        """Return the entry called `name`, without importing what it stands for.

        Raises
        ------
        UsageError
            If nothing has that name; the message proposes the nearest one.
        """
        try:
            return self[name]
        except KeyError:
            known = [*self, *self.of_families()]
            raise UsageError(
                f"unknown {self.kind} {name!r}.{nearest(name, known)} Known: {', '.join(known)}."
            ) from None

    def of_families(self) -> list[str]:
        """Return the names of the members of all families, as they are asked for."""
        return [f"{name}:{member}" for name, family in self.families.items() for member in family.members]

    def load(self, name: str):
        """Import and return the thing called `name`; a name that nothing has is refused as by `require`."""
        return self.require(name).load()


def _entry_points(group):
    """Return the entry points of a group; where no package names it, without importlib.metadata.

    Importing that and reading every package takes 50 ms, a fifth of scoring one candidate.
    """
    if not _is_named(group.encode()):
        return ()
    from importlib.metadata import entry_points

    return entry_points(group=group)


def _is_named(group):
    """Tell whether an installed package may have an entry point in a group; true on any doubt."""
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as entries:
                names = [entry.name for entry in entries if entry.name.lower().endswith(_PACKAGE_DATA)]
        except FileNotFoundError:
            continue
        except OSError:  # an archive
            return True
        for name in [*names, "EGG-INFO"] if folder.lower().endswith(".egg") else names:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if group in file.read():
                        return True
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                return True
    return False
