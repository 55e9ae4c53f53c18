import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.samples import make_example


def test_parts_that_are_absent_make_no_channel():
    example = make_example({"time": np.arange(2.0), "flux": np.ones(2), "flux_err": None}, {"mag": None, "teff": 1.0})
    assert example.channels == ("time", "flux") and example.columns == {"teff": 1.0}


def test_table_without_a_row_is_refused():
    with pytest.raises(InputRejected, match="no row"):
        make_example({"time": np.empty(0), "flux": np.empty(0)}, {})
