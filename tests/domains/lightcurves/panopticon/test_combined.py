import math

import pytest

from otrain.domains.lightcurves.inputs import list_inputs
from otrain.domains.lightcurves.panopticon.combined import combine_parameters
from otrain.domains.lightcurves.truth.ephemeris_table import read_ephemerides
from otrain.errors import DataError

pa = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")

COLUMNS = {"ID": [1, 2, 3], "transit_t0": [5.0, math.nan, math.nan], "transit_period": [50.0, math.nan, math.nan],
           "transit_duration": [0.5, math.nan, math.nan], "transit_depth": [1e-4, math.nan, math.nan],
           "transit_snr": [9.0, math.nan, math.nan], "EB_t0": [math.nan, 2.0, math.nan],
           "EB_period": [math.nan, 8.0, math.nan], "EB_duration": [math.nan, 7200.0, math.nan],
           "BEB_t0": [3.0, math.nan, math.nan], "BEB_period": [6.0, math.nan, math.nan],
           "BEB_duration": [3600.0, math.nan, math.nan], "radius_star": [1.0, 2.0, 3.0]}


@pytest.fixture
def table(tmp_path):
    feather.write_feather(pa.table(COLUMNS), str(tmp_path / "Complete_parameters.ftr"))
    return tmp_path / "Complete_parameters.ftr"


def test_durations_of_planets_are_days_and_of_binaries_seconds(table):
    known = read_ephemerides(table)
    planet, background = known.of("sim00001")
    assert (planet.kind, planet.duration, planet.depth, planet.snr) == ("planet", 12, 1e-4, 9)
    assert (background.kind, background.duration, background.secondary_phase) == ("binary", 1, 0.5)
    assert known.of("sim00002")[0].duration == 2


def test_star_without_planet_and_binary_is_known_to_have_nothing(table):
    assert [body.kind for body in read_ephemerides(table).of("sim00003")] == ["none"]


def test_table_in_the_folder_is_used_by_itself(table):
    feather.write_feather(pa.table({"time": [0.0, 1.0], "coadd": [1.0, 2.0]}), str(table.parent / "sim00001_Q1.ftr"))
    listing = list_inputs(table.parent)
    assert [item.name for item in listing.inputs] == ["sim00001_Q1.ftr"]
    assert len(listing.labels) == 3 and listing.skipped == {"side-table": 1}


def test_complete_parameters_are_made_from_those_of_the_simulations(tmp_path):
    (tmp_path / "a").mkdir()
    feather.write_feather(pa.table({name: values[:2] for name, values in COLUMNS.items()}),
                          str(tmp_path / "a" / "AllParameters_1.ftr"))
    (tmp_path / "AllParameters_00003.csv").write_text("radius_star,EB_t0,EB_period,EB_duration\n3.0,1.5,4,3600\n")
    path, rows = combine_parameters(tmp_path)
    assert rows == 3 and path == str(tmp_path / "Complete_parameters.ftr")
    known = read_ephemerides(path)
    assert known.of("sim00001")[0].duration == 12
    assert [(body.kind, body.t0) for body in known.of("sim00003")] == [("binary", 1.5)]


def test_contradicting_files_are_refused(tmp_path):
    for number, radius in enumerate((1, 2)):
        (tmp_path / f"AllParameters_{number}.csv").write_text(f"ID,radius_star\n7,{radius}\n")
    with pytest.raises(DataError, match="simulation 7 has other values in another file"):
        combine_parameters(tmp_path)


def test_folder_without_parameters_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no file with AllParameters in its name"):
        combine_parameters(tmp_path)
