"""What tests of several rooms share."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from made_reports import make_predictions, make_report  # noqa: F401
from trained_curves import curves, write_star, write_stars  # noqa: F401

# A shell makes what it starts in the background ignore these, and so would every child of a test.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _own_cache_folder(tmp_path_factory):
    """Keep the marks of verified bundles out of the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def handmade_network():
    """ONNX file whose logit is 0.1 x the mean of the finite pixels, and its dropout head."""
    from handmade import make_network

    return make_network(16)


@pytest.fixture
def make_bundle(handmade_network):
    """Write a bundle of the handmade network for one 16x16 difference image, without Keras."""
    from otrain.bundle.writing import write_bundle
    from otrain.data.results.calibration import Calibration, ScoreSettings

    def make(folder, *, content=None, dropout=True, calibration=None, train_prior=0.5, **description):
        network, head = handmade_network
        images = np.random.default_rng(0).normal(size=(5, 16, 16, 1)).astype(np.float32)
        meta = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
                "task": "classification", "counts": {"seen": 9}, "source": "candidates",
                "recipe": {"kind": "cutout", "size": 16, "channels": ["difference"], "pad": False,
                           "nonfinite": "fill"}}
        settings = ScoreSettings(calibration or Calibration(), train_prior)
        description = {"name": "handmade", "settings": settings, "head_note": "" if dropout else "no dropout",
                       **description}
        return write_bundle(folder, content or network, images, cube_meta=meta,
                            head=head if dropout else None, **description)

    return make


@pytest.fixture(scope="session")
def cluster():
    """A Ray cluster of two workers on this machine, which can import what the tests of the engine map."""
    ray = pytest.importorskip("ray")
    places = [str(Path(__file__).parent / "engine"), *sys.path]
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False,
             runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(places)}})
    yield ray
    ray.shutdown()
