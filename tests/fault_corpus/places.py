"""What lies in a folder of candidates beside files: pipes, links, folders, other people's names."""

import os
import socket

__all__ = ["NAMES", "write_passed_over", "write_places"]

NAMES = ("plain", "with space", "ünï¢ode", "emoji \U0001f52d", "new\nline", "tab\there", "-dash", "per%cent",
         "quo'te\"s", "x" * 230, "surrogate\udcff", "\x1b[31mred\x1b]0;title\x07", "<img src=x onerror=alert(1)>",
         "=HYPERLINK(1)", "right\u202eleft", "back\\slash", "{{7*7}}", "$(touch x)", ";ls", "nul\x01")


def write_places(folder, good):
    """Write names under ``true/`` and ``false/`` that stand for no usable candidate, or for one twice.

    Parameters
    ----------
    folder : Path
    good : bytes
        A sound FITS file.

    Returns
    -------
    dict of str to set of str
        Names relative to `folder`, with the reasons that they may be quarantined for;
        an empty set: it is usable.
    """
    true = folder / "true"
    (true / "directory.fits").mkdir()
    os.mkfifo(true / "fifo.fits")
    (true / "loop.fits").symlink_to("loop.fits")
    (true / "dangling.fits").symlink_to("nowhere.fits")
    (true / "device.fits").symlink_to("/dev/zero")
    (true / "null.fits").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:  # a path of more than 107 letters cannot be bound
        here = os.open(true, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/socket.fits")
        os.close(here)
    contents = {"empty.fits": b"", "text.fits": b"this is a note, not a cutout\n",
                "zip.npz": b"PK\3\4" + bytes(200), "alert.avro": b"Obj\1" + bytes(100),
                "cube.h5": b"\x89HDF\r\n\x1a\n" + bytes(500), "picture.fits": b"\xff\xd8\xff\xe0 a JPEG",
                "archive.fits.gz": b"\x1f\x8b not gzip", "page.fits": b"<html>404 Not Found</html>"}
    for name, content in contents.items():
        (true / name).write_bytes(content)
    with (true / "sparse.fits").open("wb") as file:  # 8 GB that take no room
        file.write(good[:2880])
        file.truncate(8 << 30)
    deep = true.joinpath(*["d" * 60] * 6)  # a path of more than 300 letters
    deep.mkdir(parents=True)
    usable = ["copy1.fits", "copy2.fits", "old.fits", "future.fits", "linked.fits", str((deep / "deep.fits").relative_to(true))]
    for name in (*usable[:4], *usable[5:]):
        (true / name).write_bytes(good)
    (true / "linked.fits").symlink_to("old.fits")
    os.utime(true / "old.fits", (0, 0))
    os.utime(true / "future.fits", (4e9, 4e9))
    locked = true / "locked.fits"
    locked.write_bytes(good)
    locked.chmod(0)
    (folder / "false" / "conflict.fits").write_bytes(good)
    expected = {f"true/{name}": {"not-a-file"} for name in
                ("directory.fits", "fifo.fits", "loop.fits", "dangling.fits", "device.fits", "null.fits", "socket.fits")}
    expected |= {"true/empty.fits": {"empty-file"}, "true/sparse.fits": {"too-large"},
                 "true/zip.npz": {"corrupt"}, "true/cube.h5": {"corrupt"}, "true/alert.avro": {"corrupt"},
                 "true/archive.fits.gz": {"bad-compression"}}
    expected |= {f"true/{name}.fits": {"unknown-format"} for name in ("text", "page")}
    expected["true/picture.fits"] = {"corrupt", "truncated"}
    expected |= {f"true/{name}": {"label-conflict"} for name in usable}  # the pixels are real and bogus
    expected |= {"true/locked.fits": {"unreadable", "label-conflict"}, "false/conflict.fits": {"label-conflict"}}
    return expected


def write_passed_over(folder):
    """Write what is no input of any domain; return its names with the reasons to skip it."""
    from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine

    (folder / "notes").mkdir()
    contents = {"notes/readme.md": "not-a-cutout", "notes/cube.json": "not-a-cutout", "notes/.DS_Store": "hidden",
                ".git/config": "hidden", ".night.progress": "own-product"}
    for name in contents:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b'{"cube": "of another program"}')
    write_quarantine(folder / "notes" / "old.quarantine.ecsv", [QuarantineRow("a.fits", "corrupt", "of last night.")])
    return contents | {"notes/old.quarantine.ecsv": "own-product"}
