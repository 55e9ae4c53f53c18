import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from otrain.catalogue import SIMULATORS
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.simulators.candidates import (
    BOGUS_KINDS,
    REAL_KINDS,
    iterate_candidates,
    simulate_candidate,
    simulate_candidates,
)
from otrain.errors import UsageError

COUNT = 400  # candidates of each class in the tests of what may not tell the classes apart
# Of an AUC of two classes of equal size without any difference: sqrt(1 / (6 n)); four of them are allowed.
TOLERANCE = 4 * np.sqrt(1 / (6 * COUNT))


@pytest.fixture(scope="module")
def compact():
    kinds = [name for name, kind in BOGUS_KINDS.items() if kind.compact]
    return simulate_candidates(COUNT, COUNT, size=63, channels="triplet", kinds=kinds, seed=11)


def auc_of(features, labels):
    """Cross-validated AUC of a classifier that sees nothing but `features`; NaN allowed."""
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=6, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    with threadpool_limits(1):  # a thousand rows are not worth threads
        scores = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")[:, 1]
    return roc_auc_score(labels, scores)


@pytest.mark.slow
def test_border_pixels_do_not_tell_the_classes_apart(compact):
    images, labels, _ = compact
    border = np.ones((63, 63), bool)
    border[2:-2, 2:-2] = False
    pixels = images[:, border]
    summary = np.concatenate([np.nanmean(pixels, 1), np.nanstd(pixels, 1), np.nanmax(pixels, 1),
                              np.isnan(pixels).mean(1)], axis=1)
    features = np.hstack([pixels[:, ::16].reshape(len(pixels), -1), summary])
    assert auc_of(features, labels) == pytest.approx(0.5, abs=TOLERANCE)


@pytest.mark.slow
def test_header_numbers_do_not_tell_the_classes_apart(compact):
    _, labels, columns = compact
    names = [name for name, column in COLUMNS.items() if name in columns and column.kind in (float, bool)]
    assert len(names) >= 9
    features = [columns[name].astype(float) for name in names]
    features.append(np.argsort(np.argsort(columns["file"])))  # the order of the files in a folder
    features.append(np.unique(columns["band"], return_inverse=True)[1])
    assert auc_of(np.stack(features, axis=1), labels) == pytest.approx(0.5, abs=TOLERANCE)


@pytest.mark.slow
def test_noise_level_does_not_tell_the_classes_apart(compact):
    images, labels, _ = compact
    flat = images.reshape(len(images), -1, 3)
    # The median absolute deviation of a whole cutout does not see the candidate.
    noise = np.nanmedian(abs(flat - np.nanmedian(flat, axis=1, keepdims=True)), axis=1)
    assert auc_of(noise, labels) == pytest.approx(0.5, abs=TOLERANCE)


@pytest.mark.slow
def test_centre_pixels_do_tell_the_classes_apart(compact):
    # Otherwise the three tests above would prove nothing.
    images, labels, _ = compact
    centre = images[:, 28:35, 28:35, 2].reshape(len(images), -1)
    width = np.nanmax(abs(centre), axis=1, keepdims=True)
    assert auc_of(centre / width, labels) > 0.75


def test_same_seed_gives_the_same_candidates():
    first, second = (simulate_candidates(3, 3, size=21, channels="triplet", seed=5) for _ in range(2))
    assert np.array_equal(first[0], second[0], equal_nan=True)
    assert all(np.array_equal(first[2][name], second[2][name]) for name in first[2])


def test_another_seed_gives_other_candidates():
    first, second = (simulate_candidates(3, 3, size=21, seed=seed)[2]["candid"] for seed in (0, 1))
    assert not set(first) & set(second)


def test_candidate_does_not_depend_on_how_many_there_are():
    few, labels, _ = simulate_candidates(2, 1, size=21, seed=5)
    many, more_labels, _ = simulate_candidates(5, 9, size=21, seed=5)
    assert np.array_equal(few[labels == 1], many[more_labels == 1][:2], equal_nan=True)
    assert np.array_equal(few[labels == 0], many[more_labels == 0][:1], equal_nan=True)


def test_difference_of_a_triplet_is_that_of_the_difference_alone():
    triplets, _, _ = simulate_candidates(2, 2, size=21, channels="triplet")
    differences, _, _ = simulate_candidates(2, 2, size=21)
    assert np.array_equal(triplets[..., 2:], differences, equal_nan=True)


def test_arrays_have_the_shapes_and_types_that_a_cube_needs():
    images, labels, columns = simulate_candidates(3, 2, size=20, channels="triplet")
    assert images.shape == (5, 20, 20, 3) and images.dtype == np.float32
    assert sorted(labels) == [0, 0, 1, 1, 1]
    assert set(columns) <= set(COLUMNS) and all(len(column) == 5 for column in columns.values())
    assert columns["edge"].dtype == bool and columns["mag"].dtype == np.float64


def test_there_are_eleven_kinds_of_bogus_and_more():
    assert set(BOGUS_KINDS) >= {"dipole", "cosmic-ray", "bad-column", "saturated-star", "diffraction-spike",
                                "ghost", "streak", "edge", "kernel-ring", "noise-peak", "hot-pixel",
                                "host-residual"}


def test_named_kinds_alone_are_drawn():
    _, labels, columns = simulate_candidates(4, 8, size=21, kinds=["ghost", "dipole"])
    assert set(columns["kind"][labels == 0]) <= {"ghost", "dipole"}
    assert set(columns["kind"][labels == 1]) <= set(REAL_KINDS)


def test_edge_is_as_frequent_as_asked_in_both_classes():
    _, labels, columns = simulate_candidates(100, 100, size=15, edge_frac=0.3)
    for label in (0, 1):
        # Binomial: 30 +- 4.6 of 100.
        assert 12 < columns["edge"][labels == label].sum() < 48


def test_candidates_stay_near_the_centre():
    offsets = np.array([[one.truth["x_offset"], one.truth["y_offset"]]
                        for one in iterate_candidates(20, 20, size=15)])
    assert abs(offsets).max() <= 1.5


def test_one_candidate_is_made_without_the_others():
    one = simulate_candidate(0, 7, size=21, seed=3)
    *_, last = iterate_candidates(0, 8, size=21, seed=3)
    assert np.array_equal(one.image, last.image, equal_nan=True) and one.columns == last.columns


@pytest.mark.parametrize(("options", "words"), [
    ({"n_real": 0, "n_bogus": 0}, "at least one candidate"),
    ({"n_real": -1, "n_bogus": 3}, "at least one candidate"),
    ({"size": 3}, "`size` must be from 15"),
    ({"channels": "science"}, "unknown channels 'science'"),
    ({"kinds": ["dipol"]}, "Did you mean 'dipole'"),
    ({"seed": -1}, "`seed` must not be negative"),
    ({"edge_frac": 2.0}, "`edge_frac` must be from 0 to 1"),
])
def test_request_that_cannot_be_met_is_refused(options, words):
    with pytest.raises(UsageError, match=words):
        simulate_candidates(**{"n_real": 1, "n_bogus": 1} | options)


def test_catalogue_finds_the_simulator():
    assert SIMULATORS.load("transients").simulate is simulate_candidates
