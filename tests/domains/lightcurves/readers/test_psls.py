from pathlib import Path

import h5py
import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.preparation import make_recipe, prepare
from otrain.domains.lightcurves.readers.csv_curve import READER as CSV
from otrain.domains.lightcurves.readers.psls import READER

REAL = Path(__file__).parents[5] / "shared" / "data" / "lightcurves"
HEADER = "# StarID = 0000101\n# MasterSeed = 1\n# Time [s], Flux variation [ppm], {}Flag\n"


def read(path):
    probe = Probe(str(path))
    assert READER.recognises(probe) and not CSV.recognises(probe)
    example, = READER.read(probe)
    return example, dict(zip(example.channels, example.image.T))


def test_flux_is_a_deviation_in_ppm_and_time_in_seconds(tmp_path):
    (tmp_path / "0000101.dat").write_text(HEADER.format("") + "0.00 100. 0\n86400.0 -200. 0\n172800. 0. 1\n")
    example, parts = read(tmp_path / "0000101.dat")
    np.testing.assert_allclose(parts["time"], [0, 1, 2])
    np.testing.assert_allclose(parts["flux"], [1.0001, 0.9998, 1])
    np.testing.assert_array_equal(parts["segment"], [0, 0, 1], "a flag begins a piece and spoils nothing")
    assert example.columns["object_id"] == "0000101" and example.columns["mission"] == "PLATO"


def test_cameras_of_one_moment_are_averaged(tmp_path):
    (tmp_path / "s.dat").write_text(HEADER.format("Group ID, Camera ID, ")
                                    + "0 100 1 1 0\n0 300 1 2 0\n86400 0 1 1 0\n86400 0 1 2 0\n")
    _, parts = read(tmp_path / "s.dat")
    np.testing.assert_allclose(parts["flux"], [1.0002, 1])


def test_transits_of_an_hdf5_file_are_labels(tmp_path):
    with h5py.File(tmp_path / "s.hdf5", "w") as file:
        file["MEAN_LC"] = [[10.0, 0], [20, 0], [-400, 1], [0, 0]]
        file["TIME"] = np.arange(4)[:, None] * 60 + [0, 6.25]
        file["TRANSIT_LC"] = [[1, 1], [1, 1], [0.9996, 0.9996], [1, 1]]
    _, parts = read(tmp_path / "s.hdf5")
    np.testing.assert_array_equal(parts["label"], [0, 0, 1, 0])
    np.testing.assert_array_equal(parts["segment"], [0, 0, 1, 1])
    np.testing.assert_allclose(parts["time"] * 86400, np.arange(4) * 60 + 3.125)


def test_npz_without_times_has_its_cadence_in_its_name(tmp_path):
    arrays = {"flux": np.arange(3.0), "label": [False, True, False], "valid": [True, True, False]}
    np.savez(tmp_path / "psls_1_60s.npz", **arrays)
    example, parts = read(tmp_path / "psls_1_60s.npz")
    np.testing.assert_allclose(parts["time"] * 86400, [0, 60, 120])
    np.testing.assert_array_equal(np.isnan(parts["flux"]), [False, False, True])
    assert example.columns["object_id"] == "psls_1"
    np.savez(tmp_path / "psls_1.npz", **arrays)
    with pytest.raises(InputRejected, match="the name does not end in the cadence"):
        read(tmp_path / "psls_1.npz")


def test_hdf5_of_something_else_is_rejected(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["cube"] = [1]
    with pytest.raises(InputRejected, match=r"no MEAN_LC in it\. Present: cube"):
        read(tmp_path / "s.h5")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real light curves are not here")
def test_quarter_of_psls_has_three_transits_of_428_ppm():
    example, _ = read(REAL / "psls_0000000101_60s.npz")
    window, = prepare(example, make_recipe(cadence=600, length=13152))
    assert [row["kind"] for row in window.tables["events"]] == ["planet"] * 3
    inside = window.image[:, 5] == 1
    assert -np.nanmedian(window.image[inside, 1]) * window.columns["scale"] == pytest.approx(428e-6, rel=0.25)


def test_groups_of_another_hdf5_file_are_light_curves(tmp_path):
    time = np.arange(60) * 600.0
    with h5py.File(tmp_path / "platosim.hdf5", "w") as file:
        file["Images/image000000"] = np.zeros((4, 4))
        for star in ("star1", "star2"):
            file[f"Photometry/{star}/time"] = time
            file[f"Photometry/{star}/flux"] = 1000 + np.sin(time)
            file[f"Photometry/{star}/flux_err"] = np.full(60, 0.1)
    first, second = READER.read(Probe(str(tmp_path / "platosim.hdf5")))
    assert (first.columns["object_id"], second.columns["object_id"]) == ("star1", "star2")
    assert first.channels == ("time", "flux", "flux_err") and first.columns["mission"] == "PLATO"
    np.testing.assert_allclose(first.image[:, 0], time / 86400)


def test_hdf5_file_of_something_else_names_what_is_in_it(tmp_path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["Images/image000000"] = np.zeros((4, 4))
    with pytest.raises(InputRejected, match=r"no MEAN_LC.*Images"):
        list(READER.read(Probe(str(tmp_path / "a.hdf5"))))


def test_columns_of_every_form_can_be_chosen(tmp_path):
    time, raw = np.arange(30) * 600.0, 500 + np.sin(np.arange(30.0))
    np.savez(tmp_path / "a.npz", flux=np.zeros(30), time=time, raw=raw, sigma=raw / 1e3)
    (tmp_path / "a.dat").write_text(HEADER.format("raw, ") + "".join(f"{t} 0 {f} 0\n" for t, f in zip(time, raw)))
    for name, options in (("a.npz", {"flux": "raw", "error": "sigma"}), ("a.dat", {"flux": "raw"})):
        one, = READER.read(Probe(str(tmp_path / name), options=options | {"mission": "tess"}))
        np.testing.assert_allclose(one.image[:, 1], raw)
        np.testing.assert_allclose(one.image[:, 0], time / 86400)
        assert one.columns["flux_column"] == "raw" and one.columns["mission"] == "TESS"
    assert "flux_err" in next(READER.read(Probe(str(tmp_path / "a.npz"), options={"flux": "raw", "error": "sigma"}))).channels
    with pytest.raises(InputRejected, match="no column 'x'"):
        list(READER.read(Probe(str(tmp_path / "a.dat"), options={"flux": "x"})))
