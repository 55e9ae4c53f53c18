import gzip

import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.stack_table import is_table_of_stack, labels_of, table_beside


@pytest.mark.parametrize("stack, table", [
    ("triplets.npy", "candidates.csv"), ("train_triplets_v10_N2.npy", "train_cand_v10_N2.csv"), ("a.npy", "a.csv"),
    ("X.npy", "y.csv"), ("stamps.npy", "meta.csv"),
])
def test_table_is_found_by_its_name(tmp_path, stack, table):
    (tmp_path / table).write_text("candid,label\n7,1\n8,0\n")
    (tmp_path / "other.csv").write_text("candid,label\n1,0\n2,1\n")
    found = table_beside(tmp_path / stack, 2)
    assert found["candid"].tolist() == [7, 8] and found["label"].tolist() == [1, 0]
    assert is_table_of_stack(table, [stack]) and not is_table_of_stack("other.csv", [stack])


def test_only_table_with_as_many_rows_is_taken(tmp_path):
    (tmp_path / "u.csv").write_text("a\n1\n2\n3\n")
    with gzip.open(tmp_path / "v.csv.gz", "wt") as file:
        file.write("a\n5\n\n6\n")
    assert table_beside(tmp_path / "x1.npy", 2)["a"].tolist() == [5, 6]
    (tmp_path / "w.csv").write_text("a\n1\n2\n")
    assert table_beside(tmp_path / "x1.npy", 2) == {}


def test_table_of_another_length_is_refused(tmp_path):
    (tmp_path / "candidates.csv").write_text("candid\n1\n2\n3\n")
    with pytest.raises(InputRejected, match="has 3 rows and the array 2 cutouts"):
        table_beside(tmp_path / "triplets.npy", 2)


def test_long_names_stay_exact_and_holes_are_missing(tmp_path):
    (tmp_path / "a.csv").write_text("candid,mag,band\n1127561442515015001,18.5,g\n1127561442515015002,,r\n")
    found = table_beside(tmp_path / "a.npy", 2)
    assert found["candid"].tolist() == [1127561442515015001, 1127561442515015002]
    assert np.isnan(found["mag"][1]) and found["band"].tolist() == ["g", "r"]


def test_labels_have_one_form():
    assert labels_of(np.array([[0, 1], [1, 0]])).tolist() == [1, 0]
    assert labels_of(np.array([1.0, np.nan, 0.0])).tolist() == [1, -1, 0]
    assert labels_of(np.array([True, False])).tolist() == [1, 0]
    assert labels_of(np.array(["real", "x"])).tolist() == ["real", "x"]
