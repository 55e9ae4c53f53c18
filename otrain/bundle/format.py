"""The files of a bundle, what ``bundle.json`` may say, and the hashes that tie them together."""

import json
import math
from pathlib import Path

from otrain.data.results.alarm import check_alarm_entry
from otrain.data.results.calibration import ScoreSettings
from otrain.data.results.event_search import EventSettings
from otrain.data.results.image_settings import ImageSettings
from otrain.data.results.settings import identity_of
from otrain.data.results.value_settings import ValueSettings
from otrain.errors import IntegrityError

__all__ = ["ALARM", "BATCH", "CARD", "FORMAT", "GOLDEN", "HEAD", "MANIFEST", "MAX_BYTES",
           "MODEL", "answered_names", "batch_of", "check_manifest", "model_identity", "read_manifest",
           "settings_identity", "upgraded"]

FORMAT = 2
BATCH = 64  # examples per call of the network, padded, so that no score depends on its neighbours
SERIES_BATCH = 4  # of series, which are a hundred times longer than the side of a cutout

MODEL, HEAD, GOLDEN, CARD, MANIFEST = "model.onnx", "head.npz", "golden.npz", "card.md", "bundle.json"
ALARM = "alarm.npz"
MIB = 2**20
MAX_BYTES = {MODEL: 512 * MIB, HEAD: 256 * MIB, ALARM: 64 * MIB, GOLDEN: 4 * MIB, CARD: MIB,
             MANIFEST: 4 * MIB}
NEEDED = (MODEL, GOLDEN, CARD)

NUMBER = (int, float)
SCHEMA = {
    "format": int, "otrain_version": str, "name": str, "created": str,
    "domain": str, "task": str, "model_id": str, "calibration_id": str,
    "recipe": dict, "channels": list, "classes": list, "input": dict, "outputs": dict, "batch": int,
    "head": (dict, type(None)), "head_note": str,
    "answer": dict,  # what turns a reply into what a user reads: its kind, and its settings
    "targets": list,  # what is learnt: names, shapes, units, classes
    "encoding": dict,  # how a task wrote its targets as numbers for the network
    "cube": dict, "versions": dict, "files": dict,
}
# Ranges of the columns of the training; how many networks answer together, where there are several; the
# alarm for examples that are unlike those of the training.
OPTIONAL = {"seen": dict, "ensemble": int, "alarm": dict}
SETTINGS = {settings.kind: settings
            for settings in (ScoreSettings, EventSettings, ImageSettings, ValueSettings)}


def batch_of(shape):
    """Return how many examples of a shape are scored in one call of the network."""
    return BATCH if len(shape) > 2 else SERIES_BATCH


def answered_names(manifest):
    """Return what a network tells apart or gives: the names of its classes, or of its numbers."""
    return manifest["classes"] or [str(target.get("name", "")) for target in manifest["targets"]]


def model_identity(manifest):
    """Return the identity of everything that turns a file into a logit.

    It covers the network, the preparation, channels and classes; not the time of
    export, the calibration or the card.
    """
    essence = {key: manifest[key] for key in ("recipe", "channels", "classes", "input", "domain", "task")}
    return identity_of(essence | {"network": manifest["files"][MODEL]["sha256"]})


def settings_identity(answer):
    """Return the identity of everything that turns a raw reply into what a user reads.

    Parameters
    ----------
    answer : dict
        Entry of the description: the kind of answer and its settings. Those of an answer that
        this package does not know are taken as they are.

    Raises
    ------
    IntegrityError
        If the settings cannot be.
    """
    known = SETTINGS.get(answer.get("kind"))
    return identity_of(answer) if known is None else known.from_dict(answer).identity


def upgraded(manifest):
    """Return a description in the format of today; those of format 1 said less, and in other places.

    Parameters
    ----------
    manifest : dict
        As the file says it; left as it is.
    """
    if manifest.get("format") != 1:
        return manifest
    old = dict(manifest)
    taken = {key: old.pop(key) for key in ("calibration", "train_prior", "threshold", "thresholds")
             if key in old}
    if len(taken) < 4:
        return manifest  # the check names what is missing
    events = old.pop("events", None)
    answer = ({"kind": "scores", **taken} if events is None
              else {"kind": "events", "search": events, "threshold": taken["threshold"]})
    classes = old.get("classes", [])
    return old | {"format": FORMAT, "answer": answer, "encoding": {},
                  "targets": [{"name": "label", "shape": [], "classes": classes}]}


def read_manifest(folder):
    """Return the checked ``bundle.json`` of a folder.

    Raises
    ------
    IntegrityError
        If it is absent, too large, no JSON, or says what no bundle may say.
    """
    path = Path(folder) / MANIFEST
    try:
        if path.stat().st_size > MAX_BYTES[MANIFEST]:
            raise IntegrityError(f"{path}: larger than a bundle's description can be.")
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise IntegrityError(f"{folder}: not a bundle of otrain (no {MANIFEST}).") from None
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{path}: not JSON ({error!s:.200}). Copy the bundle again.") from None
    if isinstance(manifest, dict):
        manifest = upgraded(manifest)
    check_manifest(manifest, path)
    return manifest


def check_manifest(manifest, where):
    """Check keys, types and identities of a bundle's description.

    Raises
    ------
    IntegrityError
        With the name of the entry that is wrong.
    """
    if not isinstance(manifest, dict):
        raise IntegrityError(f"{where}: must be a JSON object. Received: {type(manifest).__name__}.")
    if manifest.get("format") != FORMAT:
        raise IntegrityError(f"{where}: bundle format {manifest.get('format')!r} is not known here. "
                             f"Known: 1, {FORMAT}. Update otrain, or export the network again.")
    wrong = sorted((manifest.keys() - OPTIONAL.keys()) ^ SCHEMA.keys())
    if wrong:
        word = "unknown" if wrong[0] in manifest else "missing"
        raise IntegrityError(f"{where}: {word} entry {wrong[0]!r}. Export the network again.")
    for key, kind in (SCHEMA | {key: OPTIONAL[key] for key in OPTIONAL.keys() & manifest.keys()}).items():
        if not isinstance(manifest[key], kind) or isinstance(manifest[key], bool):
            raise IntegrityError(f"{where}: {key!r} has the wrong type. Received: {manifest[key]!r:.80}")
    _check_values(manifest, where)
    _check_seen(manifest.get("seen", {}), where)
    _check_files(manifest["files"], where)
    _check_alarm(manifest, where)
    if manifest["model_id"] != model_identity(manifest):
        raise IntegrityError(f"{where}: `model_id` does not match the network and its preparation.")
    try:
        identity = settings_identity(manifest["answer"])
    except IntegrityError as error:
        raise IntegrityError(f"{where}: {error}") from None
    if manifest["calibration_id"] != identity:
        raise IntegrityError(f"{where}: `calibration_id` does not match the settings of the answer.")


def _check_values(manifest, where):
    """Check the values that scoring relies on."""
    shape = manifest["input"].get("shape")
    channels, classes, answer = manifest["channels"], manifest["classes"], manifest["answer"]
    kinds = answer.get("search", {}).get("kinds", {}) if isinstance(answer.get("search", {}), dict) else ()
    checks = {
        "input": isinstance(shape, list) and len(shape) >= 2 and all(
            isinstance(n, int) and 0 < n <= 65_536 for n in shape) and math.prod(shape) <= 2**22,
        "channels": all(isinstance(name, str) for name in channels) and shape and len(channels) == shape[-1],
        "classes": len(classes) != 1 and all(isinstance(name, str) for name in classes),
        "targets": all(isinstance(target, dict) for target in manifest["targets"]),
        "answer": isinstance(answer.get("kind"), str) and set(kinds) <= set(classes[1:]),
        "batch": not shape or manifest["batch"] == batch_of(shape),
        "head": manifest["head"] is None or (HEAD in manifest["files"]),
        "ensemble": manifest.get("ensemble", 2) > 1,
    }
    for key, fine in checks.items():
        if not fine:
            raise IntegrityError(f"{where}: {key!r} is impossible. Received: {manifest[key]!r:.120}")


def _check_seen(seen, where):
    """Check the ranges of the training: numbers from low to high, or values of a text."""
    for name, entry in seen.items():
        fine = isinstance(entry, dict) and entry.keys() <= {"low", "high", "known", "values"} and (
            isinstance(entry.get("values"), list) and all(isinstance(value, str) for value in entry["values"])
            if "values" in entry else
            all(isinstance(entry.get(key), NUMBER) and math.isfinite(entry[key]) for key in ("low", "high")))
        if not fine:
            raise IntegrityError(f"{where}: the range of {name!r:.80} in `seen` is impossible. Received: "
                                 f"{entry!r:.120}")


def _check_alarm(manifest, where):
    """Check that the alarm and its file are both there, or none, and that it knows this network."""
    if ("alarm" in manifest) != (ALARM in manifest["files"]):
        raise IntegrityError(f"{where}: the entry 'alarm' and the file {ALARM} must both be there, or none. "
                             "Copy the bundle again.")
    if "alarm" not in manifest:
        return
    check_alarm_entry(manifest["alarm"], where)
    known = manifest["alarm"]["features"]
    if known and manifest["outputs"].get("features") != [known]:
        raise IntegrityError(f"{where}: 'alarm' is impossible: it knows {known} features, the network gives "
                             f"{manifest['outputs'].get('features')!r:.80}.")


def _check_files(files, where):
    known = set(MAX_BYTES) - {MANIFEST}
    for name in files.keys() - known or set(NEEDED) - files.keys():
        raise IntegrityError(f"{where}: `files` must name {', '.join(NEEDED)}, and {HEAD} and {ALARM} "
                             "at most. "
                             f"Check {name!r:.80}.")
    for name, entry in files.items():
        fine = isinstance(entry, dict) and entry.keys() == {"sha256", "bytes"} and isinstance(
            entry["sha256"], str) and isinstance(entry["bytes"], int) and entry["bytes"] <= MAX_BYTES[name]
        if not fine:
            raise IntegrityError(f"{where}: the entry of {name!r} is impossible. Received: {entry!r:.120}")
