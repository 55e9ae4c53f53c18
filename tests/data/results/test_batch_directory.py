from pathlib import Path

import pytest

from otrain.data.results.batch_directory import BatchDirectory
from otrain.errors import UsageError


def test_number_of_a_run_has_three_digits_or_as_many_as_the_last_one_needs():
    assert BatchDirectory("out/experiment%%", 81).folder(7) == Path("out/experiment007")
    assert BatchDirectory("run%-x", 1200).folder(7) == Path("run0007-x")


def test_names_of_one_run():
    directory = BatchDirectory("out/experiment%%", 2)
    names = [directory.config(1), directory.log(1), directory.finished(1), directory.run(1).path, directory.table_csv]
    assert [str(name) for name in names] == [
        "out/experiment001/ml.toml", "out/experiment001/train.log", "out/experiment001/finished.json",
        "out/experiment001/CNN_training/experiment001", "out/experiment.csv"]
    assert BatchDirectory("%%", 2).table_csv == Path("batch.csv")


@pytest.mark.parametrize("dirbase", ["run", "%%/run", "a%%b%%", "", ".%%"])
def test_what_has_no_place_for_one_number_is_refused(dirbase):
    with pytest.raises(UsageError, match="dirbase must be"):
        BatchDirectory(dirbase, 3)
