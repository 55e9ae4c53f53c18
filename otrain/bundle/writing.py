"""Write the files of a bundle: network, golden examples with their scores, description, card."""

import io
import json
import math

import numpy as np

from otrain import __version__
from otrain.bundle.bundle import Bundle
from otrain.bundle.card import render_card
from otrain.bundle.format import (
    ALARM,
    CARD,
    FORMAT,
    GOLDEN,
    HEAD,
    MANIFEST,
    MAX_BYTES,
    MODEL,
    batch_of,
    check_manifest,
    model_identity,
    settings_identity,
)
from otrain.bundle.onnx_graph import check_graph
from otrain.bundle.session import Session
from otrain.data.files.atomic import atomic_folder, require_absent
from otrain.data.files.time_written import time_written
from otrain.data.results.calibration import ScoreSettings
from otrain.data.results.settings import sha256_of
from otrain.errors import UsageError

__all__ = ["GOLDEN_EXAMPLES", "golden_subset", "write_bundle"]

GOLDEN_EXAMPLES = 256
FROM_CUBE = ("channels", "classes", "domain", "recipe", "task")  # what scoring needs to know
PROVENANCE = ("counts", "source", "created", "seed")


def write_bundle(folder, content, golden_images, *, cube_meta, head=None, head_note="", name="",
                 settings=None, encoding=None, seen=None, alarm=None, facts=None, versions=None, ensemble=1,
                 overwrite=False):
    """Write a bundle around an ONNX network and open it once, as its user will.

    Parameters
    ----------
    folder : path-like
        Appears whole or not at all.
    content : bytes
        ONNX file with the input ``cutout`` and the outputs ``logits`` and ``features``.
    golden_images : (N, ..., C) float32 ndarray
        Examples to ship with their scores, see `golden_subset`.
    cube_meta : dict
        Meta data of the training cube: ``channels classes domain recipe task`` are taken over.
    head : DropoutHead, optional
        For the uncertainty; `head_note` says why there is none.
    name : str
        Name of the network.
    settings : object, optional
        What turns a raw reply into what a user reads; ``to_dict()`` gives plain types with the ``kind``
        of the answer. By default `ScoreSettings` as nothing was fitted.
    encoding : dict, optional
        How the task wrote its targets as numbers for the network.
    seen : dict, optional
        Ranges of the columns of the training examples: ``low high`` or ``values`` of each.
    alarm : Alarm, optional
        What tells examples that are unlike those of the training.
    facts : dict, optional
        For the card, see `render_card`.
    versions : dict of str to str, optional
        Of the packages that trained the network.
    ensemble : int
        Networks in it that answer together.
    overwrite : bool

    Returns
    -------
    Bundle

    Raises
    ------
    IntegrityError
        If the network or the description is refused.
    OutputError
        If `folder` exists and `overwrite` is false.
    """
    require_absent(folder, overwrite=overwrite, folder=True, marker=MANIFEST)
    settings = ScoreSettings() if settings is None else settings
    check_graph(content, MODEL)
    batch = batch_of(golden_images.shape[1:])
    session = Session(content, golden_images.shape[1:], batch, MODEL)
    logits, features = session.run(golden_images, features=True)
    answer = settings.to_dict()
    files = {MODEL: content,
             GOLDEN: _npz(images=golden_images, **_golden_replies(logits, settings))}
    if head is not None:
        files[HEAD] = _npz(**head.to_arrays())
    if alarm is not None:
        files[ALARM] = _npz(**alarm.to_arrays())
    manifest = {
        "format": FORMAT, "otrain_version": __version__, "name": name,
        "created": time_written(),
        **{key: cube_meta[key] for key in FROM_CUBE},
        "input": {"name": "cutout", "shape": list(golden_images.shape[1:]), "dtype": "float32"},
        "outputs": {"logits": list(logits.shape[1:]), "features": list(features.shape[1:])},
        "batch": batch,
        "head": None if head is None else {"rate": head.rate, "activations": list(head.activations)},
        "head_note": head_note,
        "answer": answer, "calibration_id": settings_identity(answer),
        "targets": cube_meta.get("targets", []), "encoding": encoding or {},
        "cube": {key: cube_meta[key] for key in PROVENANCE if key in cube_meta},
        "versions": versions or {},
        **({"ensemble": ensemble} if ensemble > 1 else {}),
        **({} if alarm is None else {"alarm": alarm.to_entry()}),
        **({} if not seen else {"seen": {name: {key: entry[key] for key in ("low", "high", "known", "values")
                                                if key in entry} for name, entry in seen.items()}}),
    }
    return _write(folder, manifest, files, facts or {}, overwrite)


def _write(folder, manifest, files, facts, overwrite):
    """Write the files, their hashes into the description, and open the result."""
    manifest["files"] = {name: _entry(content) for name, content in files.items()}
    manifest["model_id"] = model_identity(manifest)
    files[CARD] = render_card(manifest, facts).encode()
    manifest["files"][CARD] = _entry(files[CARD])
    check_manifest(manifest, MANIFEST)  # what opening would refuse is not written either
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_folder(folder, overwrite=overwrite, marker=MANIFEST) as temporary:
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")
        Bundle.open(temporary).verify()
    return Bundle.open(folder)


def _golden_replies(logits, settings):
    """Return what the golden examples give; maps in single precision, as there are many points."""
    precision = float if logits.ndim < 3 else np.float32
    replies = {"logits": logits.astype(precision)}
    calibration = getattr(settings, "calibration", None)
    if calibration is None:
        return replies
    return replies | {"scores": calibration.apply(logits).astype(precision)}


def golden_subset(images, answer=()):
    """Return as many images as may be shipped: at most 256, and 4 MiB with their scores.

    Parameters
    ----------
    images : (N, ..., C) ndarray
    answer : tuple of int
        Shape of the logits of one image.

    Raises
    ------
    UsageError
        If there is none, or a single one is too large.
    """
    images = np.ascontiguousarray(images, np.float32)
    if not len(images):
        raise UsageError("`golden_images` must hold at least one example. Received: none.")
    room = MAX_BYTES[GOLDEN] - 65_536  # for the archive itself
    numbers = math.prod(answer)  # raw and as scores: in double precision, or of maps in single
    size = images[0].nbytes + (8 if len(answer) > 1 else 16) * numbers
    if size > room:
        raise UsageError(f"an example of shape {images.shape[1:]} is too large to be shipped with a bundle.")
    return images[:min(GOLDEN_EXAMPLES, room // size)]


def _npz(**arrays):
    """Return an ``.npz`` as bytes; numpy dates every member 1980, so equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _entry(content):
    return {"sha256": sha256_of(content), "bytes": len(content)}
