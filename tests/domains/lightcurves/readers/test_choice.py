import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.fluxes import is_error, read_flux
from otrain.domains.lightcurves.readers import choice
from otrain.domains.lightcurves.readers.choice import (
    choose_error,
    choose_flux,
    choose_quality,
    choose_time,
    splitters_of,
    star_column,
)


def names(*written):
    return {name.lower(): name for name in written}


@pytest.mark.parametrize("present, wish, chosen", [
    (["TIME", "SAP_FLUX", "PDCSAP_FLUX"], "auto", "pdcsap_flux"),
    (["TIME", "SAP_FLUX", "PDCSAP_FLUX"], "sap", "sap_flux"), (["time", "flux"], "auto", "flux"),
    (["flux", "SAP_FLUX"], "auto", "flux"), (["pdcsap_flux", "flux"], "auto", "flux"),
    (["time", "fluxA"], "FLUXa", "fluxa"), (["SAP_FLUX", "DET_FLUX"], "auto", "det_flux"),
    (["SAP_FLUX", "KSPSAP_FLUX"], "auto", "kspsap_flux"), (["RAW_FLUX", "CORR_FLUX", "PCA_FLUX"], "auto", "corr_flux"),
    (["FRAW", "FCOR"], "auto", "fcor"), (["FLUX_RAW", "FLUX_CORR"], "auto", "flux_corr"),
    (["PSF_FLUX_RAW", "PSF_FLUX_COR"], "auto", "psf_flux_cor"), (["IFL1", "IRM1", "TFA1"], "auto", "tfa1"),
    (["FLUX2", "TAMFLUX2"], "auto", "tamflux2"), (["background_flux", "target_flux"], "auto", "target_flux"),
    (["time", "Vmag", "e_Vmag"], "auto", "vmag"), (["mag", "flux"], "mag", "mag"),
    (["HJD", "mag", "limitmag"], "auto", "mag")])
def test_flux_is_the_corrected_one_unless_another_is_asked_for(present, wish, chosen):
    assert choose_flux(names(*present), wish) == (chosen, "")


def test_wish_can_name_a_unit():
    assert choose_flux(names("time", "df"), "df [relative deviation]") == ("df", "relative deviation")
    assert choose_time(names("t0", "clock"), "clock [MJD]") == ("clock", "MJD")


def test_absent_column_names_the_present_ones():
    with pytest.raises(InputRejected, match=r"no column of flux\. Present: time, light"):
        choose_flux(names("time", "light"))
    with pytest.raises(InputRejected, match=r"no column 'mag'\. Present: time, flux.*--flux"):
        choose_flux(names("time", "flux"), "mag")
    with pytest.raises(InputRejected, match=r"no column of times\. Present: light.*--time"):
        choose_time(names("light"))


def test_several_fluxes_of_unknown_names_are_refused_with_their_names():
    with pytest.raises(InputRejected, match="several columns could be the flux: flux_a, flux_b"):
        choose_flux(names("time", "flux_a", "flux_b"))


@pytest.mark.parametrize("present, flux, magnitudes, chosen", [
    (["mag", "flux_err", "mag_err"], "mag", True, "mag_err"), (["flux", "mag_err", "flux_err"], "flux", False, "flux_err"),
    (["DET_FLUX", "DET_FLUX_ERR"], "det_flux", False, "det_flux_err"), (["TFA1", "IRE1"], "tfa1", True, "ire1"),
    (["IFL2", "IFE1", "IFE2"], "ifl2", False, "ife2"), (["FLUX", "FLUXERR"], "flux", False, "fluxerr"),
    (["WHITEFLUX", "WHITEFLUXDEV"], "whiteflux", False, "whitefluxdev"), (["flux", "time"], "flux", False, None)])
def test_error_is_that_of_the_flux(present, flux, magnitudes, chosen):
    assert choose_error(names(*present), flux, magnitudes=magnitudes) == chosen


def test_flags_of_surveys_are_known():
    for name in ("QUALITY", "SAP_QUALITY", "TESS_flags", "DQUALITY", "catflags", "STATUS", "quality_flag", "flag"):
        assert choose_quality(names("time", "flux", name), "flux") == (name.lower(), [])
    assert choose_quality(names("TESS_flags", "TGLC_flags"), "flux") == ("tess_flags", ["tglc_flags"])
    assert choose_quality(names("IRQ1", "IRQ2"), "tfa2") == ("irq2", [])
    assert choose_quality(names("quality", "mine"), "flux", "mine") == ("mine", [])


def test_no_name_in_the_lists_is_dead():
    """Every listed name is chosen where it stands alone beside a time, and is what its list says."""
    for name in (*choice._FLUXES, *choice._MAGNITUDES):
        assert choose_flux({"time": "time", name: name}) == (name, ""), name
        assert not is_error(name), name
    for name in choice._MAGNITUDES:
        assert read_flux(np.array([12.0, 12.0, 12.1]), name=name).magnitudes != name.startswith("ifl"), name
    for errors, magnitudes in ((choice._ERRORS, False), (choice._MAG_ERRORS, True)):
        for name in errors:
            assert choose_error({"x": "x", name: name}, "x", magnitudes=magnitudes) == name
    for name in (*choice._QUALITIES, *choice._FURTHER):
        assert choose_quality({name: name}, "flux")[0] == name
    for name in choice._STARS:
        assert star_column({name: name}) == name
    assert splitters_of(dict.fromkeys((*choice._BANDS, *choice._PIECES))) == (list(choice._BANDS), list(choice._PIECES))
