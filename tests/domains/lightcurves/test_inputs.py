import pytest

from otrain.domains.lightcurves.inputs import ENDINGS, list_inputs
from otrain.errors import UsageError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_of_a_light_curve_is_taken(tmp_path, ending):
    assert [item.name for item in list_inputs(touch(tmp_path, f"a{ending}", "notes.md")).inputs] == [f"a{ending}"]


def test_tables_about_the_light_curves_are_none(tmp_path):
    (tmp_path / "mine.csv").write_text("object_id,t0,duration\na,1,2\n")
    touch(tmp_path, "a.csv", "sub/AllParameters_1.ftr", "truth.ecsv")
    listing = list_inputs(tmp_path, labels=str(tmp_path / "mine.csv"))
    assert [item.name for item in listing.inputs] == ["a.csv"]
    assert listing.skipped == {"side-table": 3} and listing.labels is None


def test_table_of_ephemerides_in_the_folder_is_used_unless_another_is_given(tmp_path):
    touch(tmp_path, "a.csv", "sub/ephemerides.ecsv")
    assert list_inputs(tmp_path).labels is None, "that of a part of the source is not that of the whole"
    (tmp_path / "ephemerides.ecsv").write_text("# %ECSV 1.0\n# ---\n# datatype:\n"
                                               "# - {name: star, datatype: string}\n# - {name: t0, datatype: float64}\n"
                                               "# - {name: duration, datatype: float64}\nstar t0 duration\na 1.0 2.0\n")
    assert len(list_inputs(tmp_path).labels) == 1
    (tmp_path / "other.csv").write_text("star,t0,duration\na,1,2\n")
    assert list_inputs(tmp_path, labels=str(tmp_path / "other.csv")).labels is None


def test_broken_table_in_the_folder_is_an_error_not_a_light_curve(tmp_path):
    (tmp_path / "ephemerides.ecsv").write_text("# %ECSV 1.0\n# ---\n# datatype:\n"
                                               "# - {name: star, datatype: string}\nstar\na\n")
    with pytest.raises(UsageError, match="needs the columns object_id, t0"):
        list_inputs(tmp_path)
