import numpy as np
import pytest

from otrain.bundle.session import Session
from otrain.errors import IntegrityError


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A small network with every kind of layer that `compact` has."""
    import keras

    from otrain.bundle.export import _to_onnx, logit_model
    from otrain.models.compact import build_compact
    from otrain.models.ports import InputSpec, OutputSpec

    keras.utils.set_random_seed(0)
    return _to_onnx(logit_model(build_compact([InputSpec("cutout", (16, 16, 1))], OutputSpec(1, "sigmoid"),
                                              width=8, seed=0)))


def images(n):
    return np.random.default_rng(n).normal(size=(n, 16, 16, 1)).astype(np.float32)


def test_number_of_threads_changes_no_bit(content):
    x = images(200)
    one = Session(content, (16, 16, 1), 64, "model.onnx", threads=1).run(x, features=True)
    for threads in (2, 3, 0):
        many = Session(content, (16, 16, 1), 64, "model.onnx", threads=threads).run(x, features=True)
        assert all(np.array_equal(a, b) for a, b in zip(one, many, strict=True))


def test_place_in_a_batch_changes_no_bit(content):
    x, session = images(130), Session(content, (16, 16, 1), 64, "model.onnx")
    together, order = session.run(x)[0], np.random.default_rng(1).permutation(130)
    assert np.array_equal(session.run(x[order])[0], together[order])
    assert np.array_equal(np.concatenate([session.run(x[i:i + 1])[0] for i in (0, 63, 64, 129)]),
                          together[[0, 63, 64, 129]])


def test_no_thread_is_left_behind(content):
    import threading

    before = threading.active_count()
    Session(content, (16, 16, 1), 64, "model.onnx", threads=2).run(images(200))
    assert threading.active_count() == before


def test_network_that_is_no_network_is_refused():
    with pytest.raises(IntegrityError, match="ONNX Runtime refuses it"):
        Session(b"nonsense", (1,), 64, "model.onnx")
