"""Which cube the files beside it tell of: a kill may leave those of an older cube beside a new one.

The summary, the table of rejected inputs and the picture are replaced after the cube, one after the other.
Each holds the identity of its cube: the summary as an entry, the table in its header, the picture as a text.
"""

import json
from pathlib import Path

from otrain.data.cubes.datacube import DataCube
from otrain.data.files.png_text import first_text, with_text

__all__ = ["foreign_sidecars", "stamped_picture"]

KEYWORD = b"otrain-cube"
_MOST = 1 << 20  # bytes of a file that are looked at
_ENDINGS = (".npz", ".h5")


def stamped_picture(content, identity):
    """Return a PNG, as bytes, that says of which cube it is.

    Parameters
    ----------
    content : bytes
    identity : str
        Of the cube.
    """
    return with_text(content, KEYWORD, identity.encode("latin-1"))


def foreign_sidecars(cube: DataCube):
    """Return the names of the files beside a cube that say that they are of another one.

    Files that say nothing, as older versions wrote them, are not named.
    """
    path = Path(cube.path)
    base = path.with_suffix("") if path.suffix in _ENDINGS else path
    found = []
    for ending, read in (("summary.json", _of_summary), ("quarantine.ecsv", _of_table), ("png", _of_picture)):
        beside = base.with_name(f"{base.name}.{ending}")
        try:
            with open(beside, "rb") as file:
                told = read(file.read(_MOST))
        except (OSError, ValueError, AttributeError, RecursionError):
            continue
        if told and told != cube.identity:
            found.append(beside.name)
    return found


def _of_summary(content):
    return json.loads(content).get("identity")


def _of_table(content):
    """Return what the header of an ECSV table says, which astropy writes as one line of YAML."""
    head = b"".join(line for line in content.splitlines(keepends=True) if line.startswith(b"#"))
    _, found, rest = head.partition(b"cube: ")
    return rest.split(b"\n")[0].strip(b"}, \r").decode("ascii") if found else None


def _of_picture(content):
    text = first_text(content, KEYWORD)
    return text and text.decode("latin-1")
