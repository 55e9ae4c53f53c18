import numpy as np
import pytest

from otrain.domains.transients.simulators.bogus_extended import EXTENDED_BOGUS
from otrain.domains.transients.simulators.candidates import choose_kinds, simulate_candidate


def made(name, count=12):
    kinds = choose_kinds([name])
    return [simulate_candidate(0, i, size=41, channels="triplet", kinds=kinds, seed=3) for i in range(count)]


@pytest.mark.parametrize("name", EXTENDED_BOGUS)
def test_kind_leaves_finite_pixels(name):
    for one in made(name):
        assert one.columns["kind"] == name
        assert np.isfinite(one.image).mean() > 0.2


def test_edge_has_missing_pixels_beside_the_candidate():
    for one in made("edge"):
        assert np.isnan(one.image[15:26, 15:26]).any(axis=(0, 1)).all()


def test_bad_column_is_one_line_of_the_difference():
    bright = [one for one in made("bad-column", 30) if one.truth["snr"] > 40 and np.isfinite(one.image).all()]
    assert bright
    for one in bright:
        image = one.image[..., 2] - np.median(one.image[..., 2])
        columns, rows = (abs(image.mean(axis)).max() for axis in (0, 1))
        assert max(columns, rows) > 2 * min(columns, rows)


def test_streak_is_not_in_the_template():
    bright = [one for one in made("streak", 30) if one.truth["snr"] > 100]
    assert bright
    for one in bright:
        assert np.nanmedian(one.image[..., 2][18:23, 18:23]) > 0


def test_saturated_star_is_in_both_images():
    for one in made("saturated-star"):
        noise = one.truth["pixel_noise"]
        for channel in (0, 1):
            image = one.image[..., channel]
            assert np.nanmax(image[15:26, 15:26]) > np.nanmedian(image) + 100 * noise
