"""The files of a source, in a fixed order: a folder with its subfolders, one file, a pattern, or several."""

import glob
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from otrain.data.cubes.folder_store import MANIFEST, described_files
from otrain.data.files.hidden import is_held, is_hidden
from otrain.data.inputs.products import belongs_there, cubes_made_of, is_product, is_product_folder
from otrain.errors import DataError

__all__ = ["Input", "Listing", "find_files", "is_one_source", "named_source", "plain_source",
           "require_source"]


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read.

    Parameters
    ----------
    path : str
        Where it lies.
    name : str
        Its path relative to the source, with ``/``: the column ``file``.
    label : int, optional
        Class index, where its folder or a table tells it.
    rows : tuple of int, optional
        First and last-but-one example of a file of many; None: all.
    number : int, optional
        Its place in the listing, from 0.
    """

    path: str
    name: str
    label: int | None = None
    rows: tuple[int, int] | None = None
    number: int | None = field(default=None, compare=False)

    def __reduce__(self):
        # Thousands go to the workers each second; the pickle of a dataclass costs three times this.
        return Input, (self.path, self.name, self.label, self.rows, self.number)


@dataclass
class Listing:
    """The inputs of a source, and what else lies there.

    Parameters
    ----------
    inputs : list of Input
        Sorted by name.
    skipped : Counter
        Files that were passed over, by reason.
    notes : list of str
        What a person must know about the files.
    labels : object, optional
        The table of labels of the source, as the domain's door takes it.
    classes : tuple of str, optional
        Names of the classes, where folders, a table or the inputs tell them.
    asked : tuple of str, optional
        The same with the words that stand for each, as the domain's door takes them, where a person chose
        them.
    tables : tuple of str
        Files found beside the inputs that say what they are, so that other ones make another result.
    """

    inputs: list[Input] = field(default_factory=list)
    skipped: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    labels: object = None
    classes: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    tables: tuple[str, ...] = ()


def is_one_source(source):
    """Tell whether a source is one path or pattern; else it is several of them."""
    return isinstance(source, str | bytes | os.PathLike)


def plain_source(source):
    """Return a source as one text, or several as a list of texts, which can be gone through again."""
    return os.fsdecode(source) if is_one_source(source) else [*map(os.fsdecode, source)]


def named_source(source):
    """Return what a source is called in a message: its path, or the first of several and their number."""
    if is_one_source(source):
        return os.fsencode(source).decode("utf-8", "backslashreplace")
    source = [named_source(one) for one in source]
    return source[0] if len(source) == 1 else f"{source[0]} and {len(source) - 1} more"


def require_source(source):
    """Refuse a path where nothing is, and a pattern that nothing matches, without a look at what is there.

    Of several sources nothing is asked: each that is not there is an input that cannot be read.

    Raises
    ------
    DataError
    """
    if not is_one_source(source):
        return
    source = os.fsdecode(source)
    if os.path.lexists(source):
        return
    if not glob.has_magic(source):
        raise DataError(f"{source}: there is no such file or folder.")
    _matching(source)


def find_files(source, endings, *, looks_right=None):
    """Return the files of a source as (path, name), and counts of others.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A folder, searched with its subfolders; a single file; a pattern such as ``night*/*.fits``; or
        several of these, in their own order. Links are followed.
    endings : tuple of str
        Which files are wanted, in lower case.
    looks_right : callable, optional
        ``looks_right(path) -> bool``: whether a file with another ending is wanted too.

    Returns
    -------
    found : list of (str, str)
        Path, and path relative to the source; sorted by the bytes of the latter.
    skipped : Counter
        All that lies there besides, by reason: every entry of the folder and its subfolders that is no
        folder is in one of the two. The shards of a data cube stand under its manifest. What this
        process keeps there while it writes an output is in neither.

    Raises
    ------
    DataError
        If the source does not exist.
    """
    if not is_one_source(source) and isinstance(source, Iterable):
        return _find_each(source, endings, looks_right)
    require_source(source)
    source = os.fsdecode(source)
    if not os.path.isdir(source):
        if os.path.lexists(source):
            return [(source, os.path.basename(source))], Counter()
        return _find_each(_matching(source), endings, looks_right)
    walk = _Walk(endings, looks_right)
    walk.all(source)
    if all(name.isascii() for _, name in walk.found):
        walk.found.sort(key=itemgetter(1))
    else:
        walk.found.sort(key=lambda item: os.fsencode(item[1]))
    return walk.found, walk.skipped


def _find_each(sources, endings, looks_right):
    """Return the files of several sources; those of a folder under its name, a file that comes twice once."""
    found, skipped, seen = [], Counter(), set()
    for source in map(os.fsdecode, sources):
        if os.path.isdir(source):
            inside, passed = find_files(source, endings, looks_right=looks_right)
            skipped.update(passed)
            named = [(path, os.path.join(source, name)) for path, name in inside]
        elif glob.has_magic(source) and not os.path.lexists(source):
            named, passed = _find_each(_matching(source), endings, looks_right)
            skipped.update(passed)
        else:
            named = [(source, source)]
            if is_product(source) or is_held(*os.path.split(os.path.realpath(source))):
                skipped["own-product"] += 1
                named = []
        for path, name in named:
            place = os.path.abspath(path)
            if place not in seen:
                seen.add(place)
                found.append((path, name))
    return found, skipped


def _matching(pattern):
    """Return the names that match a pattern, in order."""
    names = sorted(glob.glob(pattern, recursive=True), key=os.fsencode)
    if not names:
        raise DataError(f"{pattern}: no file or folder has such a name.")
    return names


class _Walk:
    """Collect the wanted files of a folder, its subfolders and those that links lead to."""

    def __init__(self, endings, looks_right):
        self.endings, self.looks_right, self.found, self.skipped = endings, looks_right, [], Counter()
        self.visited, self.links, self.root = set(), [], ""

    def all(self, source):
        """Read each folder once: under its own name if it lies in the source, else under its first link.

        So links that lead back come to an end.
        """
        self.links, self.root = [(source, "")], os.path.realpath(source)
        while self.links:
            self.folder(*self.links.pop(0))
            self.links.sort(key=lambda link: os.fsencode(link[1]))

    def folder(self, folder, prefix):
        """Collect the files of a folder and its real subfolders, and the links to folders in it."""
        try:
            about = os.stat(folder)
            if (about.st_dev, about.st_ino) in self.visited:
                self.skipped["not-a-cutout"] += 1
                return
            self.visited.add((about.st_dev, about.st_ino))
            entries = os.scandir(folder)
        except OSError as error:
            raise DataError(f"{folder}: the folder cannot be listed ({error.strerror}).") from None
        with entries:
            entries = list(entries)
        names = {entry.name for entry in entries}
        described = described_files(folder, names) or ()
        real, is_ours = os.path.realpath(folder), is_product_folder(folder, names)
        again = cubes_made_of(self.root, real, names)
        for entry in entries:
            name = prefix + entry.name
            if entry.name in described:
                if entry.name == MANIFEST:
                    self.found.append((entry.path, name))
            elif entry.name in again:
                self.skip(entry, "own-product")
            elif (reason := self.unwanted(entry, real, is_ours)) is not None:
                self.skip(entry, reason)
            elif entry.is_dir(follow_symlinks=False) and not self.is_failed_file(entry):
                self.folder(entry.path, name + "/")
            elif entry.name.lower().endswith(self.endings):
                self.found.append((entry.path, name))
            elif _leads_to_folder(entry):
                self.links.append((entry.path, name + "/"))
            elif self.looks_right is not None and self.looks_right(entry.path):
                self.found.append((entry.path, name))
            else:
                self.skipped["not-a-cutout"] += 1

    def unwanted(self, entry, folder, is_ours):
        """Return why an entry is passed over whatever it holds, else None; ``""``: it is not counted."""
        held = is_held(folder, entry.name)
        if entry.name.startswith("."):
            return "" if held else "own-product" if is_hidden(entry.name) else "hidden"
        if held or is_product(entry.path) or (is_ours and belongs_there(entry.name)):
            return "own-product"
        return None

    def skip(self, entry, reason):
        """Count an entry, and all that a folder holds."""
        if not reason:
            return
        if entry.is_dir(follow_symlinks=False):
            self.skipped[reason] += sum(len(files) for _, _, files in os.walk(entry.path))
        else:
            self.skipped[reason] += 1

    def is_failed_file(self, entry):
        """Return whether an empty folder has the name of a file that is wanted."""
        try:
            return entry.name.lower().endswith(self.endings) and not any(os.scandir(entry.path))
        except OSError:
            return False


def _leads_to_folder(entry):
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
