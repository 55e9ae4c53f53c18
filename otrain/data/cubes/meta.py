"""What a data cube says about itself, and the hashes that tell two cubes apart."""

import hashlib
import json

import numpy as np

from otrain import __version__
from otrain.data.cubes.stored_columns import column_blocks
from otrain.errors import DataError, IntegrityError

__all__ = ["FORMAT", "MAX_ROW_BYTES", "checked_meta", "checked_shape", "default_meta", "hash_table",
           "identity_of", "learns_numbers", "parse_meta", "row_digests", "target_channels"]

FORMAT = 1
MAX_ROW_BYTES = 1 << 30  # no example of any domain comes near; a header that says more is wrong
_ROWS = 1 << 14  # rows of a column that are hashed at a time
VOLATILE = ("created", "source", "otrain_version")  # differ between two runs over the same files

_KEYS = {"format", "otrain_version", "domain", "task", "classes", "channels", "targets", "recipe",
         "seed", "counts", "created", "source", "hashes", "tables"}


def default_meta(shape, classes=("bogus", "real")):
    """Return the meta of a cube that carries none, such as those of O'TRAIN 0.1.

    Parameters
    ----------
    shape : tuple of int
        Shape of one example, channels last. One channel is the difference
        image; three are science, template and difference.
    """
    names = {1: ["difference"], 3: ["science", "template", "difference"]}
    channels = names.get(shape[-1], [f"channel_{i}" for i in range(shape[-1])])
    return checked_meta({"channels": channels, "classes": list(classes)}, shape)


def checked_meta(meta, shape):
    """Return a complete meta; what is missing gets its default.

    Raises
    ------
    DataError
        If the number of channels is not that of the images.
    """
    meta = dict(meta)
    numbers = learns_numbers(meta.get("targets") or ())
    classes = list(meta.setdefault("classes", [] if numbers else ["bogus", "real"]))
    defaults = {
        "format": FORMAT, "otrain_version": __version__, "domain": "transients",
        "task": "classification", "recipe": {}, "seed": None, "counts": {}, "created": None,
        "source": None, "targets": [{"name": "label", "shape": [], "classes": classes}],
    }
    meta = {**defaults, **meta, "classes": classes}
    meta["channels"] = list(meta.get("channels") or default_meta(shape)["channels"])
    if len(meta["channels"]) != shape[-1]:
        raise DataError(f"`channels` must name each channel. Received: {meta['channels']} "
                        f"for images of shape {tuple(shape)}.")
    if absent := [name for name in target_channels(meta) if name not in meta["channels"]]:
        raise DataError(f"`targets` names channels that the cube does not have: {', '.join(absent)}. "
                        f"It has: {', '.join(meta['channels'])}.")
    return meta


def learns_numbers(targets):
    """Tell whether numbers are to be learnt: a target has a unit, perhaps an empty one, and no classes."""
    return any("unit" in target for target in targets)


def target_channels(meta):
    """Return the names of the channels that are to be learnt, and are therefore no input of a network.

    Parameters
    ----------
    meta : dict
        Its ``targets`` are a list of tables; one that lies in a channel names it as ``channel``.
    """
    return tuple(target["channel"] for target in meta["targets"] if "channel" in target)


def parse_meta(text, path, shape):
    """Return the meta of a cube from its JSON text.

    Raises
    ------
    IntegrityError
        If the text is no meta of a format that this version reads.
    """
    try:
        meta = json.loads(text)
        if not isinstance(meta, dict):
            raise ValueError("not a table")
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{path}: its `meta` is not JSON ({error}). Make the cube again.") from None
    if meta.get("format") != FORMAT:
        raise IntegrityError(f"{path}: cube format {meta.get('format')!r} is unknown to otrain "
                             f"{__version__}, which reads format {FORMAT}.")
    if unknown := meta.keys() - _KEYS:
        raise IntegrityError(f"{path}: unknown keys in `meta`: {', '.join(sorted(map(str, unknown)))}.")
    _check_targets(meta.get("targets", []), path)
    for key in ("classes", "channels"):
        names = meta.get(key)
        targets = meta.get("targets")  # none at all: a cube that can be scored only
        may_be_empty = key == "classes" and (targets == [] or learns_numbers(targets or ()))
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not (
                names or may_be_empty):
            raise IntegrityError(f"{path}: `meta` must list {key} by name. Received: {names!r}.")
    if len(meta["channels"]) != shape[-1]:
        raise IntegrityError(f"{path}: `meta` names {len(meta['channels'])} channels, "
                             f"the images have {shape[-1]}.")
    return checked_meta(meta, shape)


def _check_targets(targets, path):
    fine = isinstance(targets, list) and all(
        isinstance(target, dict) and isinstance(target.get("channel", ""), str) for target in targets)
    if not fine:
        raise IntegrityError(f"{path}: `targets` must be a list of tables. Received: {targets!r:.120}")


def checked_shape(shape, itemsize, path):
    """Return the shape of a whole image array ``(N, ..., C)``, or refuse it.

    Raises
    ------
    IntegrityError
        If it has no channel axis, an empty axis or rows beyond `MAX_ROW_BYTES`.
    """
    shape = tuple(int(n) for n in shape)
    row = itemsize
    for n in shape[1:]:
        row *= n
    if len(shape) < 3 or len(shape) > 6 or min(shape[1:]) < 1 or shape[0] < 0 or row > MAX_ROW_BYTES:
        raise IntegrityError(f"{path}: images of shape {shape} are not a data cube (N, ..., channels).")
    return shape


def row_digests(images):
    """Return the SHA-256 of the pixels of each image, as a list of 32 bytes.

    Parameters
    ----------
    images : (k, ..., C) float32 ndarray
    """
    flat = np.ascontiguousarray(images, "<f4").reshape(len(images), -1).view(np.uint8)
    return [hashlib.sha256(row).digest() for row in flat]


def hash_table(labels, columns):
    """Return the SHA-256 of the labels and of each column, as a dict of hex strings."""
    hashes = {"labels": hashlib.sha256(np.ascontiguousarray(labels, "<i8")).hexdigest()}
    for name in sorted(columns):
        hashes[f"column {name}"] = _column_hash(column_blocks(columns, name, _ROWS))
    return hashes


def _column_hash(blocks):
    digest, separator = hashlib.sha256(), ""
    for part in blocks:
        if part.dtype.kind == "U":
            digest.update((separator + "\0".join(part.tolist())).encode("utf-8", "surrogatepass"))
        else:
            kind = {"f": "<f8", "i": "<i8", "u": "<i8", "b": "u1"}[part.dtype.kind]
            digest.update(np.ascontiguousarray(part, kind))
        separator = "\0"
    return digest.hexdigest()


def identity_of(meta, hashes):
    """Return the SHA-256 of what a cube holds: pixels, labels, columns and their meaning.

    The same examples have the same identity in every store and at any date.
    """
    lasting = {key: value for key, value in meta.items() if key not in (*VOLATILE, "hashes")}
    text = json.dumps([lasting, hashes], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
