import numpy as np
import pytest

from otrain.data.files.atomic import atomic_file
from otrain.data.files.marks import completed
from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine
from otrain.data.results.map_store import map_store
from otrain.data.results.side_files import (
    KEY,
    NO_TABLE,
    file_hash,
    foreign_side_files,
    stamp_table,
    stamped_figure,
)
from otrain.data.tables.written import Field, score_table
from otrain.plots.style import png_bytes

NAMES = ["t.dat.quarantine.ecsv", "t.maps.h5", "t.injections.ecsv", "t.injections.png"]


def write(folder, meta=None):
    """Write a table and everything that may lie beside it, as otrain-infer does."""
    from matplotlib.figure import Figure

    def finish(table):
        write_map.of_table(file_hash(table))
        rows = [QuarantineRow("a.fits", 0, "corrupt", "no")]
        write_quarantine(folder / NAMES[0], rows, meta={KEY: file_hash(table)})
        for name in NAMES[2:]:
            stamp_table(folder / name, file_hash(table))

    with score_table(folder / NAMES[2], {"x": Field(float)},
                     meta={"model_id": "m" * 64, "least_statistic": "{}", **(meta or {}), KEY: NO_TABLE}) as rows:
        rows({"x": [1.5]})
    (folder / NAMES[3]).write_bytes(stamped_figure(png_bytes(Figure())))
    with map_store(folder / NAMES[1], kinds=["planet"], meta={}) as write_map:
        write_map("a", np.zeros(2), np.zeros(2), np.zeros((1, 2)), {})
        with completed(folder / "t.dat", finish), atomic_file(folder / "t.dat") as temporary:
            temporary.write_text("first")


def test_files_of_a_table_are_its_own(tmp_path):
    write(tmp_path)
    assert foreign_side_files(tmp_path / "t.dat", NAMES) == []


@pytest.mark.parametrize("meta", [None, {"note": "n" * 50}, {"a": 1.5, "z": "word"}])
def test_files_beside_another_table_are_named(tmp_path, meta):
    write(tmp_path, meta)
    (tmp_path / "t.dat").write_text("second")
    assert foreign_side_files(tmp_path / "t.dat", [*NAMES, "absent.ecsv"]) == NAMES


def test_what_is_there_before_its_table_belongs_to_none(tmp_path):
    (tmp_path / "t.dat").write_text("old")
    with map_store(tmp_path / NAMES[1], kinds=[], meta={}):
        pass
    write_quarantine(tmp_path / NAMES[0], [QuarantineRow("a.fits", 0, "corrupt", "no")], meta={KEY: NO_TABLE})
    assert foreign_side_files(tmp_path / "t.dat", NAMES) == [NAMES[0], NAMES[1]]


def test_files_that_say_nothing_or_are_broken_are_not_named(tmp_path):
    (tmp_path / "t.dat").write_text("old")
    for name in NAMES:
        (tmp_path / name).write_bytes(b"# %ECSV\n---\n\xff")
    assert foreign_side_files(tmp_path / "t.dat", NAMES) == []


def test_a_stamped_table_is_read_as_before(tmp_path):
    from astropy.table import Table

    write(tmp_path)
    table = Table.read(tmp_path / NAMES[2], format="ascii.ecsv")
    assert table.meta[KEY] == file_hash(tmp_path / "t.dat") and table["x"].tolist() == [1.5]


def test_action_that_fails_leaves_the_older_file(tmp_path):
    (tmp_path / "t.dat").write_text("old")
    with pytest.raises(ZeroDivisionError), completed(tmp_path / "t.dat", lambda table: 1 / 0), \
            atomic_file(tmp_path / "t.dat") as temporary:
        temporary.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["t.dat"] and (tmp_path / "t.dat").read_text() == "old"
