"""What otrain itself wrote, told by name and content: tables, maps, reports and figures are never inputs.

They often lie beside the files that they are about, and the same command is run there again the next night.
"""

import json
import os
import stat

from otrain.data.files.png_text import with_text

__all__ = ["SUMMARY", "belongs_there", "cubes_made_of", "is_product", "is_product_folder", "marked_png"]

_HEAD, _TAIL = 1 << 16, 1 << 18  # bytes
SUMMARY = ".summary.json"  # behind the name of a data cube
_MARK = b"program: otrain"  # in the head of our tables, as ECSV writes it
_PNG_TEXT = (b"Software", b"otrain")
_PNG_MARK = b"tEXt" + b"\0".join(_PNG_TEXT)
# Columns that together no other program's table has.
_COLUMNS = (("otrain_version", "model_id"), ("file", "position", "reason", "words"),
            ("t0", "time_scale", "found_by_matched_filter"))
_JSON_KEYS = ({"otrain_version"}, {"request_id"}, {"schema_version", "identity", "inputs"},
              {"schema_version", "model_id"})
# What makes a folder one of ours, and the keys that its content has.
_FOLDERS = {"run.json": {"command", "cube", "versions"}, "bundle.json": {"otrain_version", "name"},
            "doctor.json": {"otrain_version", "source"}, "explanation.json": {"otrain_version"},
            "predictions.json": {"format"}}
# In such a folder files of other kinds are somebody else's: cutouts that lie there are inputs.
_OWN_ENDINGS = (".csv", ".dat", ".ecsv", ".h5", ".html", ".json", ".jsonl", ".keras", ".md", ".npy", ".npz",
                ".onnx", ".parquet", ".png", ".txt", ".vot")


def is_product(path):
    """Return whether a file is a table, a map, a report or a figure of otrain.

    Data cubes are none: they are inputs, but for those that `cubes_made_of` tells.

    Parameters
    ----------
    path : str
        Only files whose names have the ending of such a thing are opened.
    """
    name = os.path.basename(path).lower()
    look = next((looks for ending, looks in _LOOKS.items() if name.endswith(ending)), None)
    if look is None:
        return False
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return look(file, file.read(_HEAD))
    except OSError:
        return False


def is_product_folder(folder, names):
    """Return whether a folder is a run directory, a bundle, a report or the like, by the file that says so.

    Parameters
    ----------
    folder : str
    names : collection of str
        What lies in it.
    """
    return any(marker in names and (found := _object(os.path.join(folder, marker))) is not None
               and found.keys() >= keys for marker, keys in _FOLDERS.items())


def cubes_made_of(root, folder, names):
    """Return the names of data cubes in a folder that were made of files that are listed with them.

    Their examples would come twice.

    Parameters
    ----------
    root : str
        What is listed, as `os.path.realpath` gives it.
    folder : str
        Where the cubes lie: `root` or a folder in it.
    names : collection of str
        What lies there.

    Returns
    -------
    set of str
        Of files and of cube folders.
    """
    found = set()
    for name in names:
        if not name.endswith(SUMMARY) or not isinstance(
                sources := (_object(os.path.join(folder, name)) or {}).get("folders"), list):
            continue
        places = [os.path.realpath(os.path.join(folder, source)) for source in sources
                  if isinstance(source, str)]
        if any(place == root or place.startswith(os.path.join(root, "")) for place in places):
            stem = name.removesuffix(SUMMARY)
            found |= {stem, f"{stem}.npz", f"{stem}.h5"}
    return found


def belongs_there(name):
    """Return whether a file of this name in a folder of ours is one that otrain writes."""
    return name.lower().endswith(_OWN_ENDINGS)


def marked_png(content):
    """Return the bytes of a PNG file with the mark that otrain wrote it."""
    if _PNG_MARK in content[:256]:
        return content
    return with_text(content, *_PNG_TEXT)


def _object(path):
    """Return the JSON object of a regular file of a reasonable size, else None."""
    try:
        about = os.stat(path)
        if not stat.S_ISREG(about.st_mode) or about.st_size > 1 << 26:
            return None
        with open(path, "rb") as file:
            found = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ecsv(file, head):
    if not head.startswith(b"# %ECSV"):
        return False
    names = {line.split(b"name: ", 1)[1].split(b",")[0].strip(b" }\r").decode("utf-8", "replace")
             for line in head.split(b"\n") if line.startswith(b"#") and b"name: " in line}
    return _MARK in head or any(names.issuperset(columns) for columns in _COLUMNS)


def _csv(file, head):
    names = head.partition(b"\n")[0].decode("utf-8", "replace").strip().split(",")
    return any(set(names).issuperset(columns) for columns in _COLUMNS)


def _dat(file, head):
    line = head.partition(b"\n")[0]
    return line.startswith(b"# filename RA Dec originalFile ") and line.rstrip().endswith(b" label0 label1")


def _parquet(file, head):
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _TAIL))
    return head.startswith(b"PAR1") and b"otrain_version" in file.read()


def _votable(file, head):
    return b"<VOTABLE" in head and (b'name="otrain_version"' in head or b'value="otrain"' in head)


def _maps(file, head):
    return head.startswith(b"\x89HDF") and b"kinds" in head and b"model_id" in head


def _png(file, head):
    return _PNG_MARK in head


def _json(file, head):
    words = (b'"schema_version"', b'"otrain_version"', b'"request_id"', b"otrain-")
    if not any(word in head for word in words):
        return False  # such as alerts, which may be large
    found = _object(file.name)
    return found is not None and any(found.keys() >= keys for keys in _JSON_KEYS)


def _page(file, head):
    return any(title in head for title in (b": decision report</title>", b": before training</title>"))


_LOOKS = {".maps.h5": _maps, ".ecsv": _ecsv, ".csv": _csv, ".dat": _dat, ".parquet": _parquet,
          ".vot": _votable, ".png": _png, ".json": _json, ".html": _page}
