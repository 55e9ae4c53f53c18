"""The alarm as a part of a bundle: what opens, what is said of images, and what is refused."""

import io
import json

import numpy as np
import pytest

from otrain.bundle.bundle import Bundle
from otrain.data.results.alarm import alarm_numbers
from otrain.data.results.settings import sha256_of
from otrain.errors import IntegrityError
from otrain.evaluation.unlike_training import fit_alarm


def images(n, seed, sigma=1.0):
    return np.random.default_rng(seed).normal(0, sigma, (n, 16, 16, 1)).astype(np.float32)


@pytest.fixture
def watching(make_bundle, tmp_path):
    """A bundle with an alarm for noise of another size than 1."""
    numbers = [alarm_numbers(x, x.mean(axis=(1, 2))) for x in (images(60, 1), images(39, 2))]
    return make_bundle(tmp_path / "b", alarm=fit_alarm(*numbers, features=1))


def rewritten(folder, content=None, change=None):
    """Give the alarm another content, with a hash that agrees, or change the description."""
    manifest = json.loads((folder / "bundle.json").read_text())
    if content is not None:
        (folder / "alarm.npz").write_bytes(content)
        manifest["files"]["alarm.npz"] = {"sha256": sha256_of(content), "bytes": len(content)}
    if change is not None:
        change(manifest)
    (folder / "bundle.json").write_text(json.dumps(manifest))


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_images_unlike_the_training_are_told(watching):
    like, unlike = (watching.answers(x, unlikeness=True) for x in (images(100, 3), images(100, 4, sigma=2)))
    assert np.mean(like.unlikeness > 1) < 0.2 and np.mean(unlike.unlikeness > 1) > 0.9
    assert like.features is None and np.array_equal(like.logits, watching.logits(images(100, 3)))


def test_distance_has_the_same_bits_whatever_stands_beside(watching):
    x = images(100, 3)
    together = watching.answers(x, unlikeness=True).unlikeness
    assert np.array_equal(watching.answers(x[70:71], unlikeness=True).unlikeness, together[70:71])


def test_pixels_without_a_value_do_not_break_the_distance(watching):
    x = images(3, 3)
    x[0, 3, 3], x[1, 4, 4], x[2] = np.nan, np.inf, np.nan
    found = watching.answers(x, unlikeness=True).unlikeness
    assert np.isfinite(found[0]) and found[2] > 1 and not np.isnan(found).any()


def test_bundle_without_an_alarm_still_opens(make_bundle, tmp_path):
    bundle = make_bundle(tmp_path / "b")
    assert bundle.alarm is None and bundle.alarm_id == "" and "alarm" not in bundle.manifest


def test_alarm_has_no_part_in_the_identities_of_network_and_calibration(watching, make_bundle, tmp_path):
    plain = make_bundle(tmp_path / "plain")
    assert (plain.identity, plain.calibration_id) == (watching.identity, watching.calibration_id)
    assert watching.alarm_id == sha256_of((watching.path / "alarm.npz").read_bytes())


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_changed_alarm_is_refused(watching, damage):
    path = watching.path / "alarm.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(content if damage == "flip" else content[:-1])
    with pytest.raises(IntegrityError, match=r"alarm\.npz: "):
        Bundle.open(watching.path)


@pytest.mark.parametrize("change, words", [
    (lambda m: m.pop("alarm"), "must both be there"), (lambda m: m["files"].pop("alarm.npz"), "must both be there"),
    (lambda m: m.update(alarm=[]), "'alarm' has the wrong type"), (lambda m: m["alarm"].update(level="0.05"), "'alarm' is impossible"),
    (lambda m: m["alarm"].update(statistics=7), "image statistics of version 7"),
    (lambda m: m["alarm"].update(features=2), "it knows 2 features, the network gives"),
    (lambda m: m["files"]["alarm.npz"].update(bytes=10**12), "entry of 'alarm.npz' is impossible"),
])
def test_description_that_does_not_fit_is_refused(watching, change, words):
    rewritten(watching.path, change=change)
    with pytest.raises(IntegrityError, match=words):
        Bundle.open(watching.path)


HOSTILE = {
    "no archive": (lambda known: b"PK\x03\x04nonsense", "cannot be read"),
    "objects": (lambda known: npz(**known | {"centre": np.array([{}], object)}), "cannot be read"),
    "text": (lambda known: npz(**known | {"centre": np.array(["a"])}), "floating-point"),
    "one missing": (lambda known: npz(**{name: known[name] for name in known if name != "scale"}), "do not fit the network"),
    "one more": (lambda known: npz(**known, more=np.ones(1)), "do not fit the network"),
    "another size": (lambda known: npz(**known | {"whitening": np.ones((2, 2))}), "do not fit the network"),
    "a bomb": (lambda known: npz(**known | {"whitening": np.zeros((2048, 2, 2200))}), "unpacks to more"),
    "not finite": (lambda known: npz(**known | {"threshold": np.array(np.nan)}), "not finite"),
    "a range without a unit": (lambda known: npz(**known | {"ranges": 0 * known["ranges"]}), "not positive"),
    "negative": (lambda known: npz(**known | {"scale": -known["scale"]}), "not positive"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_alarm_of_a_stranger_is_refused(watching, kind):
    make, words = HOSTILE[kind]
    with np.load(watching.path / "alarm.npz") as file:
        known = {name: file[name] for name in file.files}
    content = make(known)
    rewritten(watching.path, content)
    if len(content) > 64 << 20:
        words = "entry of 'alarm.npz' is impossible"
    with pytest.raises(IntegrityError, match=words):
        Bundle.open(watching.path).verify()
