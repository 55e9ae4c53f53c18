import csv
import json
import pathlib

import cv2
import numpy as np
import pytest
from astropy.io import fits

from otrain.domains.lenses.simulators.folder import simulate_lenses
from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.simulate import simulate

TABLE = {"simulator": {"model": "Raytrace", "size": 6, "nterms": 2, "imagesize": 96, "cropsize": 48, "centred": True},
         "lens": {"mode": "SIE", "einstein-min": 8, "einstein-max": 15, "orientation-min": 0, "orientation-max": 180,
                  "ellipseratio-min": 0.4, "ellipseratio-max": 0.9},
         "source": {"mode": "SersicSphere", "sigma-min": 2, "sigma-max": 5, "position": "relative",
                    "luminosity-min": 5, "luminosity-max": 10}}


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def run(out, **request):
    return simulate(out, domain="lenses", **{"toml": TABLE, "jobs": 0, **request})


def test_pieces_go_where_they_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(None, csvfile="tables/dataset.csv", outfile="roulette.csv", directory="images")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "roulette.csv", "tables"]
    names = [f"image-{number:06d}.png" for number in range(1, 7)]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == [*names, "simulate.json"]
    assert [row["filename"] for row in rows("tables/dataset.csv")] == names
    assert [row["filename"] for row in rows("roulette.csv")] == names
    with pytest.raises(OutputError, match="exists already"):
        run(None, csvfile="other.csv", outfile="roulette.csv", directory="more")
    assert not (tmp_path / "other.csv").exists() and not (tmp_path / "more").exists()


def test_one_folder_holds_all_pieces(tmp_path):
    done = run(tmp_path / "out")
    assert done.kinds == {"SIE": 6} and "48 pixel" in str(done)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["dataset.csv", "images", "roulette.csv",
                                                                         "simulate.json"]
    assert cv2.imread(str(tmp_path / "out" / "images" / "image-000003.png"), -1).shape == (48, 48)


def test_recorded_request_makes_the_same_images(tmp_path):
    run(tmp_path / "a", seed=3)
    request = json.loads((tmp_path / "a" / "simulate.json").read_text())["request"]
    simulate(tmp_path / "b", domain="lenses", jobs=0, **request)
    for name in ("dataset.csv", "roulette.csv", "images/image-000005.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_number_of_workers_changes_nothing(tmp_path):
    noisy = TABLE | {"observation": {"background-rms": 3}}
    for jobs in (0, 2):
        run(tmp_path / str(jobs), toml=noisy, jobs=jobs, format="npz")
    assert (tmp_path / "0" / "images.npz").read_bytes() == (tmp_path / "2" / "images.npz").read_bytes()


def test_signal_to_noise_is_told_where_there_is_noise(tmp_path):
    images, told = simulate_lenses(toml=TABLE | {"observation": {"background-rms": 3}}, seed=1, format="npz")
    clean, silent = simulate_lenses(toml=TABLE, seed=1, format="npz")
    assert np.allclose([row["snr"] for row in told], [np.linalg.norm(image / 3) for image in clean], rtol=0.02)
    assert not np.array_equal(images, clean) and "snr" not in silent[0]
    run(tmp_path / "out", toml=TABLE | {"observation": {"background-rms": 3}}, seed=1, format="fits")
    written = [float(row["snr"]) for row in rows(tmp_path / "out" / "dataset.csv")]
    assert np.allclose(written, [row["snr"] for row in told], atol=1e-3)


def test_a_lens_does_not_depend_on_how_many_there_are(tmp_path):
    few, some = simulate_lenses(toml=TABLE, size=2, seed=1), simulate_lenses(toml=TABLE, size=4, seed=1)
    assert np.array_equal(few[0], some[0][:2]) and few[1] == some[1][:2]
    assert not np.array_equal(few[0], simulate_lenses(toml=TABLE, size=2, seed=2)[0])


def test_seed_of_the_toml_counts_unless_one_is_given():
    table = TABLE | {"simulator": TABLE["simulator"] | {"seed": 7, "size": 1}}
    told = simulate_lenses(toml=table)[0]
    assert np.array_equal(told, simulate_lenses(toml=TABLE, size=1, seed=7)[0])
    assert not np.array_equal(told, simulate_lenses(toml=table, seed=8)[0])


def test_rows_that_were_written_are_simulated_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(tmp_path / "a")
    simulate(None, domain="lenses", jobs=0, csvfile="a/dataset.csv", outfile="r.csv", directory="again", imagesize=96,
             cropsize=48, centred=True, nterms=2)
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "a" / "roulette.csv").read_bytes()
    for number in range(1, 7):
        name = f"image-{number:06d}.png"
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "a" / "images" / name).read_bytes()


def test_no_image_is_black_and_redraws_are_counted(tmp_path):
    # Seen in 48 pixel without centring, many of these lenses are outside.
    table = TABLE | {"simulator": {"size": 40, "imagesize": 48}, "position": {"r-relativemax": 3}}
    done = run(tmp_path / "out", toml=table)
    assert done.notes and all("draws" in note and "%" in note for note in done.notes)
    images = [cv2.imread(str(path), -1) for path in sorted((tmp_path / "out" / "images").glob("*.png"))]
    assert len(images) == 40 and min(image.max() for image in images) > 0


def test_distribution_that_shows_nothing_is_refused(tmp_path):
    with pytest.raises(UsageError, match="200 draws in a row gave no image"):
        run(tmp_path / "out", toml=TABLE | {"position": {"r": 5000}, "source": {"position": "polar"}}, centred=False)
    assert list(tmp_path.iterdir()) == []


def test_elliptical_lenses_of_version_2_are_never_black(tmp_path):
    table = {"simulator": {"configs": ["raysie", "rs"], "size": 10, "nterms": 2, "imagesize": 128},
             "lens": {"chi": 50, "einstein-min": 10, "einstein-max": 30},
             "source": {"mode": "e", "position": "polar"}, "position": {"r-min": "einsteinR", "r-max": 40}}
    done = run(tmp_path / "out", toml=table, centred=True)
    assert done.kinds.keys() == {"SIE", "SIS"} and sum("elliptical" in note for note in done.notes) == 2
    header = (tmp_path / "out" / "dataset.csv").read_text().splitlines()[0]
    assert header == ("index,filename,source,config,chi,R,phi,einsteinR,ellipseratio,orientation,sigma,sigma2,theta,"
                      "n_sersic,luminosity,nterms,x,y")
    assert "nan" not in (tmp_path / "out" / "roulette.csv").read_text()
    assert all(cv2.imread(str(path), -1).max() > 0 for path in (tmp_path / "out" / "images").glob("*.png"))


def test_columns_that_no_network_should_see_are_left_out(tmp_path):
    run(tmp_path / "out", mldata=True)
    names = rows(tmp_path / "out" / "roulette.csv")[0].keys()
    assert {"filename", "xiX", "lensX", "alpha[2][3]"} <= names
    assert not {"source", "centreX", "reletaY", "offsetX"} & names


def test_stack_holds_images_and_columns(tmp_path):
    run(tmp_path / "out", format="npz")
    with np.load(tmp_path / "out" / "images.npz") as stack:
        assert stack["images"].shape == (6, 48, 48) and stack["images"].dtype == np.float32
        assert stack["filename"][0] == "image-000001.png" and stack["einsteinradius"].min() >= 8
        assert stack["images"].max() != np.round(stack["images"].max())


def test_fits_files_stand_upright_and_say_their_scale(tmp_path):
    run(tmp_path / "fits", format="fits", size=1, centred=False)
    images, _ = simulate_lenses(toml=TABLE, format="fits", size=1, centred=False)
    with fits.open(tmp_path / "fits" / "images" / "image-000001.fits") as hdus:
        assert np.array_equal(hdus[0].data[::-1], images[0]) and hdus[0].header["PIXSCALE"] == 0.04


def test_sixteen_bits_hold_finer_levels(tmp_path):
    run(tmp_path / "out", bits=16, size=1)
    image = cv2.imread(str(tmp_path / "out" / "images" / "image-000001.png"), -1)
    assert image.dtype == np.uint16 and np.any(image % 257)


def test_unlabelled_images_lie_alone_beside_their_truth(tmp_path):
    run(tmp_path / "night", unlabelled=True, size=2)
    assert sorted(path.name for path in (tmp_path / "night").iterdir()) == ["image-000001.png", "image-000002.png",
                                                                           "simulate.json", "truth.csv"]


def test_single_image_goes_to_one_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulate(None, domain="lenses", lens="SIE", x=20.0, y=-3.0, einsteinradius=20.0, ratio=0.7, sigma=6.0, imagesize=100,
             name="one", actual=True, psiplot=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["actual-one.png", "one.png", "psi-one.svg"]
    actual = cv2.imread("actual-one.png", -1)
    assert np.unravel_index(actual.argmax(), actual.shape) == (53, 70)  # y is up


@pytest.mark.parametrize("name", ["../x.png", "/x.png", ".hidden.png", "a/b.png", ".."])
def test_name_that_would_leave_the_folder_is_refused(tmp_path, name):
    (tmp_path / "d.csv").write_text(f"filename,x,y\n{name},1,2\n")
    with pytest.raises(DataError, match="plain name"):
        simulate(tmp_path / "out", domain="lenses", jobs=0, csvfile=str(tmp_path / "d.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]


def test_nothing_is_left_of_a_run_that_failed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text("filename,x,y,sigma\na.png,1,2,3\nb.png,1,2,-3\n")
    with pytest.raises(DataError, match=r"b\.png: sigma: must be above 0"):
        simulate(None, domain="lenses", jobs=0, csvfile="d.csv", outfile="r.csv", directory="images")
    assert [path.name for path in pathlib.Path().iterdir()] == ["d.csv"]


@pytest.mark.parametrize("request_, words", [
    ({"sise": 3}, "Did you mean 'size'"), ({"rnd": True}, "give --toml"), ({"toml": TABLE}, "nothing says where"),
    ({"toml": TABLE, "seed": -1, "directory": "d"}, "seed: must be a whole number"), ({"bits": 16, "format": "npz"}, "--bits"),
    ({"toml": TABLE, "unlabelled": True, "directory": "d"}, "--unlabelled needs --out"),
])
def test_requests_that_cannot_be_met_are_refused(tmp_path, monkeypatch, request_, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words):
        simulate(None, domain="lenses", **request_)
    assert list(tmp_path.iterdir()) == []
