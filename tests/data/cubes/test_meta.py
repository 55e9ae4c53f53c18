import json

import pytest

from otrain.data.cubes.meta import checked_meta, learns_numbers, parse_meta, target_channels
from otrain.errors import IntegrityError

SHAPE = (8, 8, 1)
NUMBERS = [{"name": "theta_e", "shape": [], "unit": "arcsec"}]


def text(**changes):
    return json.dumps(checked_meta({"channels": ["difference"]}, SHAPE) | changes)


def test_numbers_are_learnt_where_a_target_has_a_unit():
    assert learns_numbers(NUMBERS) and learns_numbers([{"name": "e1", "unit": ""}])
    assert not learns_numbers([{"name": "label", "classes": ["a", "b"]}])


def test_a_cube_of_numbers_has_no_classes():
    meta = checked_meta({"channels": ["difference"], "targets": NUMBERS}, SHAPE)
    assert meta["classes"] == []
    assert parse_meta(json.dumps(meta), "c.npz", SHAPE)["classes"] == []


def test_a_cube_without_numbers_must_name_its_classes():
    with pytest.raises(IntegrityError, match="must list classes by name"):
        parse_meta(text(classes=[]), "c.npz", SHAPE)


def test_classes_are_real_and_bogus_where_nothing_is_said():
    assert checked_meta({}, SHAPE)["classes"] == ["bogus", "real"]


def test_channels_to_be_learnt_are_named():
    assert target_channels({"targets": [{"name": "label", "channel": "mask"}, *NUMBERS]}) == ("mask",)
