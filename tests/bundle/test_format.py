import json

import pytest

from otrain.bundle.bundle import Bundle
from otrain.bundle.format import read_manifest
from otrain.data.results.calibration import Calibration
from otrain.data.results.settings import canonical_json
from otrain.errors import IntegrityError


def changed(folder, change):
    manifest = json.loads((folder / "bundle.json").read_text())
    change(manifest)
    (folder / "bundle.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("change, words", [
    (lambda m: m.update(format=3), "format 3 is not known"),
    (lambda m: m.update(surprise=1), "unknown entry 'surprise'"),
    (lambda m: m.pop("recipe"), "missing entry 'recipe'"),
    (lambda m: m["answer"].update(threshold="0.5"), "settings of the scores cannot be used"),
    (lambda m: m["answer"].update(threshold=True), "settings of the scores cannot be used"),
    (lambda m: m["answer"].update(threshold=2), "settings of the scores cannot be used"),
    (lambda m: m["answer"].update(surprise=2), "settings of the scores cannot be used"),
    (lambda m: m["answer"].pop("kind"), "'answer' is impossible"),
    (lambda m: m["input"].update(shape=[10**6, 10**6, 1]), "'input' is impossible"),
    (lambda m: m.update(batch=10**6), "'batch' is impossible"),
    (lambda m: m.update(channels=["a", "b"]), "'channels' is impossible"),
    (lambda m: m.update(classes=["a"]), "'classes' is impossible"),
    (lambda m: m.update(seen=[]), "'seen' has the wrong type"),
    (lambda m: m.update(seen={"mag": {"low": "x", "high": 1}}), "range of 'mag' in `seen` is impossible"),
    (lambda m: m.update(seen={"band": {"values": [1]}}), "range of 'band' in `seen` is impossible"),
    (lambda m: m.update(seen={"mag": {"low": 0, "high": 1, "code": 1}}), "range of 'mag' in `seen`"),
    (lambda m: m.update(ensemble=1), "'ensemble' is impossible"),
    (lambda m: m.update(ensemble="3"), "'ensemble' has the wrong type"),
    (lambda m: m["files"].pop("head.npz"), "'head' is impossible"),
    (lambda m: m["files"].update({"../../x": {"sha256": "", "bytes": 1}}), "'../../x'"),
    (lambda m: m["files"]["golden.npz"].update(bytes=10**12), "entry of 'golden.npz' is impossible"),
    (lambda m: m["recipe"].update(size=15), "`model_id` does not match"),
    (lambda m: m["answer"].update(train_prior=0.1), "`calibration_id` does not match"),
    (lambda m: m["answer"]["calibration"].update(temperature=-1), "positive number"),
])
def test_impossible_description_is_refused(make_bundle, tmp_path, change, words):
    make_bundle(tmp_path / "b")
    changed(tmp_path / "b", change)
    with pytest.raises(IntegrityError, match=words):
        Bundle.open(tmp_path / "b")


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\x00"])
def test_description_that_is_no_json_object_is_refused(tmp_path, text):
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(IntegrityError):
        read_manifest(tmp_path)


def test_folder_without_description_is_no_bundle(tmp_path):
    with pytest.raises(IntegrityError, match="not a bundle of otrain"):
        Bundle.open(tmp_path)


def test_identities_do_not_depend_on_name_or_time(make_bundle, tmp_path):
    first, second = make_bundle(tmp_path / "a"), make_bundle(tmp_path / "b", name="other")
    assert (first.identity, first.calibration_id) == (second.identity, second.calibration_id)


def test_calibration_changes_its_own_identity_only(make_bundle, tmp_path):
    first = make_bundle(tmp_path / "a")
    second = make_bundle(tmp_path / "b", calibration=Calibration("temperature", 2.0))
    assert first.identity == second.identity
    assert first.calibration_id != second.calibration_id


def test_canonical_json_does_not_depend_on_order_and_refuses_nan():
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1})
    with pytest.raises(ValueError):
        canonical_json(float("nan"))
