"""Which columns of a table are its time, flux, error and flags, by the names that surveys and people use."""

import re

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.fluxes import is_error, is_magnitude
from otrain.domains.lightcurves.time_scales import bare_name, clock_rank

__all__ = ["choose_error", "choose_flux", "choose_quality", "choose_time", "flux_names", "splitters_of",
           "star_column"]

_WISHES = {"pdcsap": "pdcsap_flux", "sap": "sap_flux"}
# What somebody has called flux, as lightkurve does; then corrected fluxes; then others.
_FLUXES = (
    "flux", "pdcsap_flux", "kspsap_flux", "det_flux", "flux_corr", "corr_flux", "flux_corrected",
    "corrected_flux", "flux_detrended", "detrended_flux", "flux_det", "flux_flat", "flattened_flux",
    "flux_cor", "fcor", "cal_aper_flux", "cal_psf_flux", "psf_flux_cor", "ap1_flux_cor", "ap2_flux_cor",
    "ap3_flux_cor", "ap4_flux_cor", "pca_flux", "tamflux2", "whitefluxsys", "fluxbarreg", "whiteflux",
    "fluxbar", "sysrem_flux3", "rel_flux", "relative_flux", "norm_flux", "normalized_flux",
    "normalised_flux", "flux_norm", "flux_rel", "relflux", "normflux",
    "rel_flux_t1", "sap_flux", "flux_raw",
    "raw_flux", "fraw", "psf_flux_raw", "ap1_flux_raw", "ap2_flux_raw", "ap3_flux_raw", "ap4_flux_raw",
    "psf_flux", "aperture_flux", "aper_flux", "flux2", "whitefluxfil", "ujy",
    "counts", "count_rate", "intensity", "brightness", "f")
_MAGNITUDES = (
    "tfa1", "tfa2", "tfa3", "tf1", "tf2", "tf3", "pca1", "pca2", "pca3", "ep1", "ep2", "ep3", "tammag2",
    "mag", "magnitude", "mmag", "mags", "magpsf", "ifl1", "ifl2", "ifl3", "irm1", "irm2", "irm3",
    "rm1", "rm2", "rm3", "mag2")
_ERRORS = ("flux_err", "flux_error", "fluxerr", "e_flux", "flux_unc", "flux_uncertainty", "sigma_flux",
           "dflux", "duj", "dujy", "err", "error", "e", "sigma", "uncertainty")
_MAG_ERRORS = ("mag_err", "magerr", "mag_error", "e_mag", "emag", "dmag", "dm", "sigmapsf", "magnitude_err",
               "magnitude_error", "merr", "sigma_mag", "err", "error", "e", "sigma", "uncertainty")
_OWN_ERRORS = {"fcor": "fraw_err", "tamflux2": "tamflux2_err", "ifl": "ife", "irm": "ire", "tfa": "ire",
               "pca": "ire", "tf": "ie", "ep": "ie", "rm": "ie"}
_QUALITIES = ("quality", "sap_quality", "quality_flag", "quality_flags", "dquality", "tess_flags",
              "catflags", "flag", "flags", "qflag", "status", "statussys", "statusbarreg", "statusbar",
              "statusfil", "moving", "event", "irq1", "bad", "infobits", "procstatus", "tglc_flags")
_FURTHER = ("tglc_flags", "event", "status", "moving")  # whatever is not 0 there is bad, beside other flags
_BANDS = ("filtercode", "filter", "filters", "band", "bands", "passband", "fid", "filt", "photfilter",
          "flt", "photometric_band", "filter_name", "bandpass", "f")
_PIECES = ("sector", "quarter", "campaign", "camera", "cam", "instrument", "telescope", "tel", "ccd",
           "chip", "detector", "aperture", "site", "run", "season", "oid", "field")
_STARS = ("object_id", "star", "star_id", "starid", "tic_id", "ticid", "tic", "kepid", "kic", "epic",
          "epic_id", "asas_sn_id", "asassn_name", "gaia_id", "gaia_source_id", "source_id", "sourceid",
          "targetid", "target_id", "targname", "object", "objid", "obj_id", "hatid", "star_name", "name",
          "target", "id")
_NO_FLUX = re.compile(r"(^|_)(bkg|bg|background|back|sky|contam|contamination|dark|smear|centroid|model|flag|"
                      r"flags|quality|column|lim|limit|ratio|trend|time|id|corrector|zp|zpt)(_|$)|lim$|^bkg|"
                      r"bkg$")


def choose_time(names, wish="auto"):
    """Return the column of the times and the unit that the wish gives it.

    Parameters
    ----------
    names : dict of str to str
        Columns as the file writes them, by their name in lower case without a unit.
    wish : str
        ``"auto"``, or the name of a column, perhaps with a unit in brackets.

    Raises
    ------
    InputRejected
        ``missing-channel`` if there is none.

    Examples
    --------
    >>> choose_time({"mjd_time": "MJD_TIME", "bjd_time": "BJD_TIME", "flux": "FLUX"})
    ('bjd_time', '')
    """
    if wish != "auto":
        name, unit = bare_name(wish)
        if name not in names:
            raise _no_column(wish, names, "--time")
        return name, unit
    ranked = sorted((rank, place, name) for place, name in enumerate(names)
                    if (rank := clock_rank(name)) is not None)
    if not ranked:
        raise InputRejected("missing-channel", "there is no column of times. Present: "
                            f"{', '.join(names.values())}. Choose one with --time.")
    return ranked[0][2], ""


def choose_flux(names, wish="auto"):
    """Return the column of the flux and the unit that the wish gives it.

    Parameters
    ----------
    names : dict of str to str
        As for `choose_time`.
    wish : str
        ``"auto"``: what somebody has called flux, else a corrected flux, else another, else magnitudes;
        ``"pdcsap"``, ``"sap"``, or the name of a column, perhaps with a unit in brackets.

    Raises
    ------
    InputRejected
        ``missing-channel`` if there is none, or several of unknown names.

    Examples
    --------
    >>> choose_flux({"time": "TIME", "sap_flux": "SAP_FLUX", "pdcsap_flux": "PDCSAP_FLUX"})
    ('pdcsap_flux', '')
    """
    if wish != "auto":
        for text in (_WISHES.get(wish.lower(), wish), wish):
            name, unit = bare_name(text)
            if name in names:
                return name, unit
            if text.strip().lower() in names:
                return text.strip().lower(), ""
        raise _no_column(wish, names, "--flux")
    found = flux_names(names)
    known = [name for name in found if name in _FLUXES or name in _MAGNITUDES]
    if known:
        return known[0], ""
    if len(found) == 1:
        return found[0], ""
    if found:
        raise InputRejected("missing-channel", "several columns could be the flux: "
                            f"{', '.join(names[name] for name in found)}. Choose one with --flux.")
    raise InputRejected("missing-channel", "there is no column of flux. Present: "
                                           f"{', '.join(names.values())}. Choose one with --flux.")


def flux_names(names):
    """Return every column that could be the flux, best first; those of unknown names behind the others.

    Parameters
    ----------
    names : iterable of str
        In lower case.
    """
    listed = [name for name in (*_FLUXES, *_MAGNITUDES) if name in names]
    free = [name for name in names if name not in listed and not is_error(name) and not _NO_FLUX.search(name)]
    fluxes = [name for name in free if "flux" in name or "flx" in name]
    return listed + fluxes + [name for name in free if name not in fluxes and is_magnitude(name)]


def choose_error(names, flux, wish="auto", *, magnitudes=False):
    """Return the column of the errors of a flux, or None.

    Raises
    ------
    InputRejected
        ``missing-channel`` if the one that was asked for is absent.

    Examples
    --------
    >>> choose_error({"mag": "mag", "flux_err": "flux_err", "mag_err": "mag_err"}, "mag", magnitudes=True)
    'mag_err'
    """
    if wish != "auto":
        name = bare_name(wish)[0]
        if name in ("none", "") and name not in names:
            return None
        if name not in names:
            raise _no_column(wish, names, "--error")
        return name
    stem = re.sub(r"_?flux$", "", flux)
    own = _OWN_ERRORS.get(flux) or _OWN_ERRORS.get(flux[:-1], "") + flux[-1:]
    tried = (f"{flux}_err", f"{flux}_error", f"{flux}err", f"{flux}error", f"{flux}_unc", f"e_{flux}",
             f"err_{flux}", f"{flux}_sigma", f"sigma_{flux}", f"{flux}dev", f"d{flux}", f"{stem}_err", own,
             flux.replace("flux", "flux_err"),
             *(_MAG_ERRORS if magnitudes else _ERRORS))
    return next((name for name in tried if name in names and name != flux), None)


def choose_quality(names, flux, wish="auto"):
    """Return the columns of flags: that whose bits a mission defines, and those that are bad if not 0.

    Raises
    ------
    InputRejected
        ``missing-channel`` if the one that was asked for is absent.
    """
    if wish != "auto":
        name = bare_name(wish)[0]
        if name == "none" and name not in names:
            return None, []
        if name not in names:
            raise _no_column(wish, names, "--quality-column")
        return name, []
    own = f"irq{flux[-1]}" if flux[-1:].isdigit() and f"irq{flux[-1]}" in names else None
    first = own or next((name for name in _QUALITIES if name in names), None)
    if first is None:
        return None, []
    return first, [name for name in _FURTHER if name in names and name != first]


def splitters_of(names):
    """Return the columns that part a table: by bands, and by sectors, cameras and their like."""
    return ([name for name in _BANDS if name in names], [name for name in _PIECES if name in names])


def star_column(names):
    """Return the column that names the star, or None."""
    return next((name for name in _STARS if name in names), None)


def _no_column(wish, names, flag):
    return InputRejected("missing-channel", f"there is no column {wish!r}. Present: "
                                            f"{', '.join(names.values())}. Choose one with {flag}.")
