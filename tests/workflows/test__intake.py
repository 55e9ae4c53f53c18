import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import DOMAINS
from otrain.data.quarantine import Tally
from otrain.workflows import _intake
from otrain.workflows._intake import intake


@pytest.mark.parametrize("count, side, expected", [(1, 16, 1), (16, 16, 1), (17, 16, 3), (2, 400, 3)])
def test_a_second_worker_starts_only_for_more_than_a_few_small_inputs(tmp_path, monkeypatch, count, side, expected):
    for number in range(count):
        fits.PrimaryHDU(np.ones((side, side), np.float32)).writeto(tmp_path / f"{number}.fits")
    asked = []
    monkeypatch.setattr(_intake, "run_restartable", lambda *_, workers, **__: asked.append(workers) or [])
    transients = DOMAINS.load("transients")
    list(intake(tmp_path, transients, transients.preparation.make_recipe(), workers=3, tally=Tally(), quarantine=[]))
    assert asked == [expected]


def test_no_worker_starts_where_none_is_wanted(tmp_path, monkeypatch):
    fits.PrimaryHDU(np.ones((16, 16), np.float32)).writeto(tmp_path / "c.fits")
    asked = []
    monkeypatch.setattr(_intake, "run_restartable", lambda *_, workers, **__: asked.append(workers) or [])
    transients = DOMAINS.load("transients")
    list(intake(tmp_path, transients, transients.preparation.make_recipe(), workers=0, tally=Tally(), quarantine=[]))
    assert asked == [0]
