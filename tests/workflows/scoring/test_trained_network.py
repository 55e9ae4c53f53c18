import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

import otrain
from otrain.data.results.calibration import sigmoid
from otrain.errors import DataError, UsageError
from otrain.workflows.scoring.trained_network import open_network


def images(n=4, side=16):
    return (np.random.default_rng(1).normal(size=(n, side, side)) + np.arange(n)[:, None, None]).astype("f4")


def expected(x):
    """Scores of the handmade network: the sigmoid of a tenth of the mean of the finite pixels."""
    return sigmoid(0.1 * np.nanmean(x, axis=(1, 2)))


@pytest.fixture
def network(make_bundle, tmp_path):
    make_bundle(tmp_path / "b")
    return open_network(tmp_path / "b")


def test_network_is_opened_from_the_top_of_the_package(make_bundle, tmp_path):
    make_bundle(tmp_path / "b")
    assert repr(otrain.open_network(tmp_path / "b")) == (
        "<TrainedNetwork handmade: transients, classification, 16x16x1 (difference) to bogus, real>")


def test_images_of_one_channel_need_no_axis_for_it(network):
    x = images()
    for source in (x, x[..., None], list(x)):
        np.testing.assert_allclose(network.score(source)["score"], expected(x), atol=1e-6)
    for source in (x[2], x[2][..., None]):
        np.testing.assert_allclose(network.score(source)["score"], expected(x[2:3]), atol=1e-6)


def test_larger_images_are_cut_as_for_the_training(network):
    x = images(side=21)
    np.testing.assert_allclose(network.score(x)["score"], expected(x[:, 2:18, 2:18]), atol=1e-6)


def test_smaller_images_are_refused_or_get_a_border(network):
    x = images(side=11)
    with pytest.raises(DataError, match=r"at least 16x16 pixel\. Received: 11x11\..*pad=True"):
        network.score(x)
    # The border has no value; this network divides by all 16 x 16 pixels.
    np.testing.assert_allclose(network.score(x, pad=True)["score"], sigmoid(0.1 * x.sum(axis=(1, 2)) / 256), atol=1e-6)


def test_image_without_a_value_has_no_score_and_says_why(network):
    x = images()
    x[1], x[2, 3, 3] = np.nan, np.nan
    table = network.score(x)
    assert list(table["reason"]) == ["", "no-finite-pixel", "", ""]
    assert np.isnan(np.asarray(table["score"])).tolist() == [False, True, False, False]
    assert table["class"][1] == "" and set(table["class"][[0, 2, 3]]) <= {"bogus", "real"}
    nothing = network.score(x[1:2])
    assert list(nothing["reason"]) == ["no-finite-pixel"] and np.isnan(nothing["score"][0])


def test_uncertainty_and_threshold_are_passed_on(network):
    x = images() + 20
    table = network.score(x, uncertainty=8, threshold=0.99, seed=3)
    assert (np.asarray(table["uncertainty"]) > 0).all() and set(table["class"]) == {"bogus"}
    assert "uncertainty" not in network.score(x).colnames
    assert np.array_equal(table["uncertainty"], network.score(x, uncertainty=8, seed=3)["uncertainty"])


def test_columns_of_a_table_stay(network):
    x = images()
    for name in ("difference", "cutout"):
        table = network.score(Table({"candid": ["a", "b", "c", "d"], name: x, "mag": [18.0, 19, 20, 21]}))
        assert table.colnames == ["candid", "mag", "score", "class", "reason"]
        assert list(table["candid"]) == ["a", "b", "c", "d"]
        np.testing.assert_allclose(table["score"], expected(x), atol=1e-6)


def test_files_and_open_files_have_the_same_score_as_their_pixels(network, tmp_path):
    x = images(3)
    for number, image in enumerate(x):
        hdu = fits.PrimaryHDU(image)
        hdu.header["CANDID"] = f"c{number}"
        hdu.writeto(tmp_path / f"{number}.fits")
    np.testing.assert_allclose(network.score(fits.open(tmp_path / "1.fits"))["score"], expected(x[1:2]), atol=1e-6)
    paths = [tmp_path / f"{number}.fits" for number in range(3)]
    (tmp_path / "broken.fits").write_bytes(b"SIMPLE  =")
    table = network.score([*paths, tmp_path / "broken.fits"], jobs=0)
    np.testing.assert_allclose(table["score"][:3], expected(x), atol=1e-6)
    assert list(table["candid"][:3]) == ["c0", "c1", "c2"]
    assert table["file"][3].endswith("broken.fits") and table["reason"][3] and np.isnan(table["score"][3])


def test_scoring_leaves_nothing_behind_and_says_nothing(network, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    network.score(images())
    assert sorted(tmp_path.iterdir()) == before and capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("source", "words"), [
    (np.zeros((2, 16, 16, 3)), r"images of 1 channels \(difference\).*Received: \(2, 16, 16, 3\)"),
    (np.array(["a", "b"], dtype=object)[None], "Received: ndarray"),
    ([np.zeros((16, 16)), np.zeros((17, 17))], "images of one size"),
    (Table({"mag": [1.0]}), r"the table has no cutouts\..*Received: mag"),
    ({"images": 1}, "Received: dict"),
])
def test_what_is_no_source_is_named(network, source, words):
    with pytest.raises(UsageError, match=words):
        network.score(source)


def test_path_where_nothing_is_is_refused(network, tmp_path):
    with pytest.raises(DataError, match="there is no such file or folder"):
        network.score(tmp_path / "absent")


@pytest.mark.slow
def test_network_of_light_curves_gives_its_events(curves, tmp_path):
    network = open_network(curves.run.path)
    assert network.threshold == 0.5 and "lightcurves" in repr(network)
    file = sorted(curves.folder.glob("*.fits"))[0]
    from_file = network.score(file, jobs=0)
    assert {"t0", "duration", "score", "kind", "reason"} <= set(from_file.colnames)
    with fits.open(file) as opened:
        from_open = network.score(opened)
    assert np.array_equal(from_file["t0"], from_open["t0"])
    with pytest.raises(UsageError, match="takes files, or a Table with the columns time and flux"):
        network.score(np.zeros((10, 3)))
    days = np.arange(0, 60, 1 / 48)
    flux = 1 + np.random.default_rng(0).normal(0, 1e-4, len(days))
    table = network.score(Table({"time": days, "flux": flux}))
    assert {"t0", "score"} <= set(table.colnames)
