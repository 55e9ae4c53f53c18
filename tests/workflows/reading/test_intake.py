import os

import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import DOMAINS
from otrain.data.inputs.listing import Input
from otrain.data.inputs.quarantine import Tally
from otrain.workflows.reading import intake as _intake
from otrain.workflows.reading.intake import intake, named_inputs


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


def test_list_of_inputs_is_another_one_if_a_file_has_another_name_size_or_time(tmp_path):
    for name in ("a.fits", "b.fits"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, ns=(0, 1_700_000_000_000_000_001))
    inputs = [Input(str(tmp_path / name), name) for name in ("a.fits", "b.fits", "gone.fits")]
    told = {named_inputs(inputs), named_inputs(inputs[:2]),
            named_inputs([Input(inputs[0].path, "c.fits"), *inputs[1:]])}
    assert named_inputs(list(inputs)) in told and all(name.split()[0] in "23" for name in told)
    os.utime(tmp_path / "a.fits", ns=(0, 1_700_000_000_000_000_002))
    told.add(named_inputs(inputs))
    (tmp_path / "a.fits").write_bytes(b"xy")
    os.utime(tmp_path / "a.fits", ns=(0, 1_700_000_000_000_000_001))
    told.add(named_inputs(inputs))
    assert len(told) == 5


def test_list_of_inputs_is_another_one_if_a_table_beside_them_has_changed(tmp_path):
    (tmp_path / "dataset.csv").write_text("filename\n")
    inputs, tables = [Input(str(tmp_path / "a.png"), "a.png")], [str(tmp_path / "dataset.csv")]
    told = {named_inputs(inputs), named_inputs(inputs, tables)}
    (tmp_path / "dataset.csv").write_text("filename\na.png\n")
    told.add(named_inputs(inputs, tables))
    assert len(told) == 3
