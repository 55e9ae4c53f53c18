import math
import subprocess
import sys
import zipfile

import pytest

from otrain.errors import UsageError
from otrain.registry import Entry, Family, Registry, nearest


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


@pytest.fixture
def visitor(tmp_path, monkeypatch):
    """Install a package that has one entry point."""
    def install(point, group="otrain.shapes"):
        folder = tmp_path / "visitor-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: visitor\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[{group}]\n{point}\n")
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_installed_packages_add_names_after_ours(visitor):
    visitor("round = math:pi")
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    assert list(shapes) == ["square", "round"]
    assert shapes.load("round") == math.pi
    assert shapes["round"].summary == "from visitor"


def test_installed_packages_may_not_shadow_our_names(visitor):
    visitor("square = math:pi")
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    with pytest.raises(UsageError, match="'square' is taken"):
        list(shapes)


def test_packages_in_an_archive_add_names(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "visitor.zip", "w") as archive:
        archive.writestr("visitor-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: visitor\nVersion: 1.0\n")
        archive.writestr("visitor-1.0.dist-info/entry_points.txt", "[otrain.shapes]\nround = math:pi\n")
    monkeypatch.syspath_prepend(tmp_path / "visitor.zip")
    assert list(Registry("shape", {}, group="otrain.shapes")) == ["round"]


def test_where_no_package_names_the_group_importlib_metadata_is_not_loaded():
    code = ("import sys; from otrain.registry import Registry; assert not list(Registry('x', {}, group='otrain.x')); "
            "print('importlib.metadata' in sys.modules)")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_our_own_names_are_found_without_asking_installed_packages(monkeypatch):
    def fail(group):
        raise AssertionError("entry points were read")

    monkeypatch.setattr("importlib.metadata.entry_points", fail)
    shapes = Registry("shape", {"square": Entry("math:sqrt", "")}, group="otrain.shapes")
    assert shapes.load("square") is math.sqrt


@pytest.fixture
def powers():
    return Registry("power", {"root": Entry("math:sqrt", "of two")},
                    families={"base": Family(Entry("math:pow", "of a base"), ("2", "10"))})


def test_member_of_a_family_is_its_function_of_that_member(powers, monkeypatch):
    monkeypatch.setattr("math.pow", lambda base, exponent: f"{base}^{exponent}")
    assert powers.load("base:2")(3) == "2^3" and powers.load("base:10")(3) == "10^3"


def test_members_are_known_but_not_listed(powers):
    assert list(powers) == ["root"] and "base:10" in powers and powers.of_families() == ["base:2", "base:10"]
    assert powers["base:10"].summary == "of a base" and "2" not in powers and "base" not in powers


def test_unknown_member_proposes_the_nearest_and_lists_all(powers):
    with pytest.raises(UsageError, match=r"unknown power 'base:1'\. Did you mean 'base:.*Known: root, base:2, base:10"):
        powers.require("base:1")
