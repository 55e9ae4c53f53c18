import numpy as np
import pytest

from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.readers.samples import choose_flux, make_example


@pytest.mark.parametrize("names, wish, chosen", [
    (["TIME", "SAP_FLUX", "PDCSAP_FLUX"], "auto", "PDCSAP_FLUX"), (["TIME", "SAP_FLUX", "PDCSAP_FLUX"], "sap", "SAP_FLUX"),
    (["time", "flux"], "auto", "flux"), (["flux", "SAP_FLUX"], "auto", "flux"),
    (["pdcsap_flux", "flux"], "auto", "flux"), (["time", "fluxA"], "FLUXa", "fluxA")])
def test_flux_is_the_corrected_one_unless_another_is_asked_for(names, wish, chosen):
    assert choose_flux(names, wish) == chosen


def test_absent_column_names_the_present_ones():
    with pytest.raises(InputRejected, match=r"no column of flux\. Present: time, light"):
        choose_flux(["time", "light"], "auto")


def test_parts_that_are_absent_make_no_channel():
    example = make_example({"time": np.arange(2.0), "flux": np.ones(2), "flux_err": None}, {"mag": None, "teff": 1.0})
    assert example.channels == ("time", "flux") and example.columns == {"teff": 1.0}
