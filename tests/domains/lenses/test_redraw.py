"""Images drawn again: from true numbers they are those that were simulated."""

import numpy as np
import pytest

from otrain.domains.lenses.columns import amplitude_columns
from otrain.domains.lenses.derived import derive
from otrain.domains.lenses.redraw import redraw
from otrain.domains.lenses.simulators.engines import builtin
from otrain.domains.lenses.simulators.picture import make_picture
from otrain.domains.lenses.simulators.scene import scene_of
from otrain.domains.lenses.simulators.settings import Settings

ROW = {"lens": "SIE", "source": "e", "einsteinradius": 8.0, "ellipseratio": 0.6, "orientation": 30.0, "x": 2.0, "y": -3.0,
       "sigma": 2.0, "sigma2": 3.0, "theta": 20.0, "gamma1": 0.03}
RECIPE = {"shape": [40, 40, 1]}
DEFAULT = ("theta_e", "e1", "e2", "x_source", "y_source", "source_size")


def simulated(row, **options):
    """Return the image and the columns of a cube that holds it alone."""
    settings = Settings(imagesize=80, cropsize=40, format="fits", nterms=8, **options)
    picture = make_picture(builtin, scene_of(row), settings)
    columns = derive({**row, **picture.columns, "file": "a.fits"}, 0.1)
    return picture.image, {name: np.array([value]) for name, value in columns.items() if value is not None}


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("lens", ["SIE", "SIS"])
def test_true_numbers_give_the_image_again(centred, lens):
    row = {name: value for name, value in ROW.items() if lens == "SIE" or name not in ("ellipseratio", "orientation")} | {"lens": lens}
    image, columns = simulated(row, centred=centred)
    drawn = redraw({name: columns[name] for name in DEFAULT}, columns, ["image"], RECIPE)
    assert drawn.shape == (1, 40, 40, 1) and image.max() > 100
    assert np.abs(drawn[0, ..., 0] - image).max() < 1.0  # grey levels; a round lens is a hardly elliptical one


def test_predicted_numbers_count_and_not_the_true_ones():
    image, columns = simulated(ROW)
    larger = simulated(ROW | {"einsteinradius": 9.0, "x": 1.0})[0]
    drawn = redraw({"theta_e": np.array([0.9]), "x_source": np.array([0.1])}, columns, ["image"], RECIPE)[0, ..., 0]
    assert np.abs(drawn - larger).max() < 0.5 < np.abs(drawn - image).max()


def test_point_spread_function_of_the_columns_widens():
    _, columns = simulated(ROW)
    columns["psf_fwhm"] = np.array([0.3])
    sharp = redraw({"theta_e": columns["theta_e"]}, columns | {"psf_fwhm": np.array([np.nan])}, ["image"], RECIPE)
    wide = redraw({"theta_e": columns["theta_e"]}, columns, ["image", "noise"], RECIPE)
    assert wide[..., 0].max() < sharp.max() and np.isnan(wide[..., 1]).all()


def test_amplitudes_are_drawn_as_a_roulette():
    image, columns = simulated(ROW | {"model": "Roulette"}, centred=True)
    names = ("sigma", "xiX", "xiY", *amplitude_columns(4))
    drawn = redraw({name: columns[name] for name in names}, columns, ["image"], RECIPE)[0, ..., 0]
    assert np.corrcoef(drawn.ravel(), image.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("change", [{"source": ""}, {"lens": "Cluster"}, {"x": np.nan, "y": np.nan, "x_source": np.nan}])
def test_what_cannot_be_drawn_is_nan(change):
    _, columns = simulated(ROW)
    columns |= {name: np.array([value]) for name, value in change.items()}
    assert np.isnan(redraw({"theta_e": columns["theta_e"]}, columns, ["image"], RECIPE)).all()
