import math
from importlib.metadata import EntryPoint

import pytest

from otrain.errors import UsageError
from otrain.registry import Entry, Registry, nearest


@pytest.fixture
def shapes():
    return Registry("shape", {"square": Entry("math:sqrt", "four equal sides")})


def test_known_name_is_imported_when_loaded(shapes):
    assert shapes.load("square") is math.sqrt


def test_unknown_name_proposes_the_nearest_and_lists_the_known(shapes):
    with pytest.raises(UsageError, match=r"unknown shape 'sqare'. Did you mean 'square'\? Known: square"):
        shapes.load("sqare")


def test_far_away_name_proposes_nothing():
    assert nearest("zzz", ["square"]) == ""


class _Dist:
    name = "visitor"


def _points(monkeypatch, *points):
    made = []
    for point in points:
        vars(point)["dist"] = _Dist()
        made.append(point)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: made)


def test_installed_packages_add_names_after_ours(monkeypatch):
    _points(monkeypatch, EntryPoint("round", "math:pi", "otrain.shapes"))
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    assert list(shapes) == ["square", "round"]
    assert shapes.load("round") == math.pi


def test_installed_packages_may_not_shadow_our_names(monkeypatch):
    _points(monkeypatch, EntryPoint("square", "math:pi", "otrain.shapes"))
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    with pytest.raises(UsageError, match="'square' is taken"):
        list(shapes)


def test_our_own_names_are_found_without_asking_installed_packages(monkeypatch):
    def fail(group):
        raise AssertionError("entry points were read")

    monkeypatch.setattr("importlib.metadata.entry_points", fail)
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    assert shapes.load("square") is math.sqrt
