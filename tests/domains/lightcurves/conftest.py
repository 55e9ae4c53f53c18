"""Real and simulated curves that are there only where the shared data are."""

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "lightcurves"


def binned(time, flux, cadence=1800.0):
    """Return the means of a curve in slots of `cadence` seconds, NaN in empty ones."""
    good = np.isfinite(time) & np.isfinite(flux)
    slot = np.floor((time[good] - time[good].min()) * 86400 / cadence).astype(int)
    count = np.bincount(slot)
    with np.errstate(invalid="ignore"):
        return np.bincount(slot, time[good]) / count, np.bincount(slot, flux[good]) / count


def _fits(name):
    from astropy.io import fits

    with fits.open(SHARED / name, memmap=False) as hdus:
        table = hdus[1].data
        good = table["SAP_QUALITY" if "SAP_QUALITY" in table.names else "QUALITY"] == 0
        return (np.where(good, table["TIME"], np.nan).astype(float),
                np.where(good, table["PDCSAP_FLUX"], np.nan).astype(float))


@pytest.fixture(scope="session")
def shared_curve():
    """Return a function from a name to time [d] and flux at half an hour."""
    def read(name):
        files = {"kepler-90": "kplr011442793-2010009091648_llc.fits", "gj-1243": "GJ_1243_TESS.csv",
                 "wasp-4": "tess2018234235059-s0002-0000000402026209-0121-s_lc.fits",
                 "psls": "psls_0000000101_60s.npz"}
        if not (SHARED / files[name]).is_file():
            pytest.skip("the shared light curves are not here")
        if name == "psls":
            with np.load(SHARED / files[name]) as content:
                flux = np.where(content["valid"], content["flux"], np.nan).astype(float)
            return binned((np.arange(len(flux)) + 0.5) / 1440, flux)
        if name == "gj-1243":
            time, flux, _ = np.loadtxt(SHARED / files[name], delimiter=",", unpack=True)
            return binned(time - 2457000, flux)
        return binned(*_fits(files[name]))

    return read
