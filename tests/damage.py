"""What somebody, a kill or a disk may leave under the name of a hidden file."""

import os

__all__ = ["DAMAGE", "damage", "untouched"]


def _folder(path, outside):
    path.mkdir()
    (path / "mine.txt").write_text("mine")


def _pipe(path, outside):
    os.mkfifo(path)


DAMAGE = {
    "empty": lambda path, outside: path.write_bytes(b""),
    "a word": lambda path, outside: path.write_bytes(b"x\n"),
    "a word without an end": lambda path, outside: path.write_bytes(b"x"),
    "bytes": lambda path, outside: path.write_bytes(bytes(range(256)) * 40),
    "a list": lambda path, outside: path.write_bytes(b"[1]\n[2]\n"),
    "a number": lambda path, outside: path.write_bytes(b"7\n"),
    "without a format": lambda path, outside: path.write_bytes(b"{}\n"),
    "nested without end": lambda path, outside: path.write_bytes(b"[" * 200_000 + b"\n"),
    "another version": lambda path, outside: path.write_bytes(b'{"format": 99, "request": []}\n{"a": 1}\n'),
    "no request": lambda path, outside: path.write_bytes(b'{"format": 2}\nx\n'),
    "a link to a file": lambda path, outside: path.symlink_to(outside),
    "a link to nothing": lambda path, outside: path.symlink_to(outside.with_name("not-there")),
    "a link to itself": lambda path, outside: path.symlink_to(path),
    "a folder": _folder,
    "a pipe": _pipe,
}


def damage(path, name):
    """Put something else in the place of a file or folder; return the file to which a link may lead."""
    outside = path.parent.parent / "outside.txt"
    outside.write_text("somebody else's")
    path.parent.mkdir(parents=True, exist_ok=True)
    DAMAGE[name](path, outside)
    return outside


def untouched(outside):
    """Return whether a link was not followed."""
    return outside.read_text() == "somebody else's" and not outside.with_name("not-there").exists()
