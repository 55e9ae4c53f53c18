import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube, write_cube
from otrain.data.cubes.targets import Targets, targets_by_row
from otrain.errors import DataError
from otrain.feed.batches import evaluation_batches, steps_per_epoch, training_batches


def cube_of(n=10, channels=("science", "difference")):
    """Pixel values say which row and which channel they are from."""
    images = np.zeros((n, 3, 3, len(channels)), "f4")
    images += np.arange(n)[:, None, None, None] + 0.1 * np.arange(len(channels))
    return DataCube.from_arrays(images, np.arange(n) % 2, {}, {"channels": list(channels)})


def rows_of(batch):
    return batch[0][:, 0, 0, 0].numpy().round().astype(int).tolist()


def all_rows(batches):
    return {row for batch in batches for row in rows_of(batch)}


def train(cube, rows=None, weights=None, **options):
    rows = np.arange(len(cube)) if rows is None else rows
    options = {"batch_size": 4, "epochs": 2, "seed": 0, **options}
    return list(training_batches(cube, rows, targets_by_row(np.asarray(rows, "f4")[:, None], weights), **options))


def test_every_example_is_seen_in_every_epoch_and_batches_are_full():
    batches = train(cube_of())
    assert [len(rows_of(batch)) for batch in batches] == [4] * 6
    for epoch in (batches[:3], batches[3:]):
        assert all_rows(epoch) == set(range(10))


def test_targets_and_weights_stay_with_their_images():
    weights = np.arange(10, dtype="f4") / 10
    for images, targets, weight in train(cube_of(), weights=weights):
        np.testing.assert_allclose(images[:, 0, 0, 0], targets[:, 0])
        np.testing.assert_allclose(weight, targets[:, 0] / 10)


def test_order_differs_between_epochs_and_seeds_and_repeats():
    first, again, other = ([rows_of(b) for b in train(cube_of(), seed=seed)] for seed in (1, 1, 2))
    assert first == again and first != other
    assert first[:3] != first[3:]


def test_only_the_given_rows_are_read():
    assert all_rows(train(cube_of(), np.array([1, 4, 7]))) == {1, 4, 7}


def test_feed_continues_at_any_step_as_if_it_had_not_stopped():
    def noise(images, targets, weights, rng):
        return images + rng.normal(size=images.shape), targets, weights

    whole = train(cube_of(), augment=[noise])
    rest = train(cube_of(), augment=[noise], start_step=4)
    assert len(rest) == 2
    for a, b in zip(whole[4:], rest, strict=True):
        np.testing.assert_array_equal(a[0], b[0])


def test_augmentation_changes_images_in_order_and_differs_between_batches():
    batches = train(cube_of(), augment=[lambda x, y, w, rng: (x * 0 + rng.random(), y, w),
                                           lambda x, y, w, rng: (x + 10, y, w)])
    values = [float(batch[0][0, 0, 0, 0]) for batch in batches]
    assert len(set(values)) == len(values) and min(values) > 10


def test_channels_are_chosen_in_the_order_asked_for():
    (batch, *_) = train(cube_of(), channels=[1, 0])
    np.testing.assert_allclose(batch[0][..., 0] - batch[0][..., 1], 0.1, atol=1e-5)


def test_evaluation_keeps_order_and_last_batch_is_smaller():
    batches = list(evaluation_batches(cube_of(), np.arange(9, -1, -1), targets_by_row(np.arange(10)[:, None]),
                                      batch_size=4))
    assert [rows_of(batch) for batch in batches] == [[9, 8, 7, 6], [5, 4, 3, 2], [1, 0]]
    np.testing.assert_array_equal(batches[2][1][:, 0], [8, 9])


def test_without_targets_images_come_alone():
    (batch,) = evaluation_batches(cube_of(3), np.arange(3))
    assert batch.shape == (3, 3, 3, 2)


@pytest.mark.parametrize("store", ["npz", "folder", "h5"])
def test_every_store_gives_the_same_batches_row_by_row(tmp_path, store, monkeypatch):
    memory = cube_of()
    path = tmp_path / ("cube" if store == "folder" else f"cube.{store}")
    with write_cube(path, [memory.read(np.arange(10))], labels=memory.labels, columns={"file": np.full(10, "f")},
                    meta={"channels": ["a", "b"]}, store=store) as cube:
        read, most = cube.read, []

        def counted(rows):
            most.append(len(rows))
            return read(rows)

        monkeypatch.setattr(cube, "read", counted)
        for a, b in zip(train(cube), train(memory), strict=True):
            np.testing.assert_array_equal(a[0], b[0])
        assert max(most) <= 4  # never the whole cube


def test_batch_is_no_larger_than_the_training_set():
    assert [len(rows_of(batch)) for batch in train(cube_of(3), batch_size=64, epochs=1)] == [3]


def test_nothing_to_train_on_is_an_error():
    with pytest.raises(DataError, match="no example to train on"):
        train(cube_of(), np.array([], int))


def test_number_of_steps_covers_every_example():
    assert [steps_per_epoch(n, 4) for n in (1, 4, 5, 8)] == [1, 1, 2, 2]


def test_number_of_steps_is_that_of_whole_updates():
    assert [steps_per_epoch(n, 4, accumulate=3) for n in (1, 12, 13)] == [3, 3, 6]


def test_batches_of_an_update_are_parts_of_a_larger_batch():
    parts = [rows_of(batch) for batch in train(cube_of(), batch_size=2, accumulate=2)]
    assert [[*first, *second] for first, second in zip(parts[::2], parts[1::2], strict=True)] == [
        rows_of(batch) for batch in train(cube_of(), batch_size=4)]


def test_targets_may_be_made_of_a_channel_that_the_network_does_not_get():
    def of(examples, places):
        return examples[..., 1:] * 2, np.ones(examples.shape[:-1], "f4")

    (batch,) = training_batches(cube_of(3), np.arange(3), Targets((3, 3, 1), (3, 3), of), batch_size=3, epochs=1,
                                seed=0, channels=[0])
    images, targets, weights = batch
    assert images.shape == (3, 3, 3, 1) and weights.shape == (3, 3, 3)
    np.testing.assert_allclose(targets, 2 * (images + 0.1), rtol=1e-6)


def test_what_is_learnt_follows_a_change_of_its_image():
    def flip(images, targets, weights, rng):
        return images[:, ::-1], targets[:, ::-1], weights

    def of(examples, places):
        return examples[..., :1] + np.arange(3)[:, None, None], np.ones(len(examples), "f4")

    ((_, targets, _),) = training_batches(cube_of(2), np.arange(2), Targets((3, 3, 1), (), of), batch_size=2,
                                          epochs=1, seed=0, augment=[flip])
    np.testing.assert_allclose(targets[:, 0, 0, 0] - targets[:, 2, 0, 0], 2)


def test_parts_of_a_batch_are_the_whole_batch():
    cube, rows = cube_of(20), np.arange(20)
    options = {"batch_size": 8, "epochs": 2, "seed": 3}
    whole = [batch[0].numpy() for batch in training_batches(cube, rows, targets_by_row(np.asarray(rows, "f4")[:, None]), **options)]
    parts = [[batch[0].numpy() for batch in training_batches(cube, rows, targets_by_row(np.asarray(rows, "f4")[:, None]), share=(index, 2), **options)]
             for index in (0, 1)]
    assert len(whole) == 6
    assert all(np.array_equal(np.concatenate(pair), one) for *pair, one in zip(*parts, whole, strict=True))


def test_parts_that_are_looked_at_leave_out_less_than_one_row_each():
    cube, rows = cube_of(20), np.arange(20)
    seen = [batch.numpy()[:, 0, 0, 0] for index in range(3)
            for batch in evaluation_batches(cube, rows, batch_size=7, share=(index, 3))]
    assert [len(part) for part in seen] == [2] * 9
    assert len(np.unique(np.concatenate(seen))) == 18
