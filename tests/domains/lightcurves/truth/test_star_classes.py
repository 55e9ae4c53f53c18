import numpy as np
import pytest
from astropy.io import fits

from otrain.domains.lightcurves.preparation import make_recipe
from otrain.domains.lightcurves.truth.star_classes import StarDoor, list_stars
from otrain.errors import UsageError

RECIPE = make_recipe(length=48)


def curve(path, hours=48):
    time = 1000.25 + np.arange(2 * hours) / 48
    flux = 1 + 1e-3 * np.random.default_rng(len(path.name)).normal(size=len(time))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("time,flux\n" + "".join(f"{t},{f}\n" for t, f in zip(time, flux, strict=True)))
    return path


def read(listing, **options):
    door = StarDoor(RECIPE, labels=listing.labels, classes=listing.classes, **options)
    return [outcome for item in listing.inputs for outcome in door(item)]


def test_folders_tell_the_class_of_every_window_of_a_star(tmp_path):
    curve(tmp_path / "variable" / "a.csv"), curve(tmp_path / "constant" / "b.csv", hours=24)
    listing = list_stars(tmp_path, classes="folders")
    outcomes = read(listing)
    assert listing.classes == ("constant", "variable")
    assert [listing.classes[outcome.example.label] for outcome in outcomes] == ["constant", "variable", "variable"]


def test_a_table_of_stars_tells_the_class(tmp_path):
    curve(tmp_path / "s" / "a.csv"), curve(tmp_path / "s" / "b.csv")
    (tmp_path / "kinds.csv").write_text("object_id,class\na,RR Lyrae\nb,quiet\n")
    listing = list_stars(tmp_path / "s", labels=tmp_path / "kinds.csv", classes="folders")
    assert listing.classes == ("quiet", "RR Lyrae")
    assert [outcome.example.label for outcome in read(listing)] == [1, 1, 0, 0]


def test_a_star_that_nobody_knows_has_no_class(tmp_path):
    curve(tmp_path / "s" / "a.csv")
    (tmp_path / "kinds.csv").write_text("object_id,class\nz,1\ny,0\n")
    assert read(list_stars(tmp_path / "s", labels=tmp_path / "kinds.csv"))[0].example.label is None


def test_a_header_tells_the_class(tmp_path):
    time = 1000 + np.arange(96) / 48
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=time, unit="d"),
                                           fits.Column("FLUX", "D", array=1 + 1e-3 * np.sin(time))])
    table.header["VARTYPE"] = "variable"
    table.writeto(tmp_path / "a_lc.fits")
    outcomes = read(list_stars(tmp_path, labels="keyword:VARTYPE"))
    assert [outcome.example.label for outcome in outcomes] == [1, 1]


def test_no_class_of_points_is_a_channel(tmp_path):
    curve(tmp_path / "variable" / "a.csv")
    example = read(list_stars(tmp_path))[0].example
    assert "label" not in example.channels and not example.tables
    with pytest.raises(UsageError, match="would tell that of the curve"):
        StarDoor(make_recipe(channels=["flux", "label"]))
