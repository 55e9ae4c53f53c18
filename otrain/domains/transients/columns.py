"""The columns of a candidate: canonical name, type, unit and meaning."""

from otrain.domains.domain import Column

__all__ = ["COLUMNS"]

COLUMNS = {
    "candid": Column(str, "", "name of the candidate (CANDID, NAME)"),
    "mag": Column(float, "mag", "magnitude of the source (MAG)"),
    "mag_err": Column(float, "mag", "error of the magnitude (MAGERR)"),
    "band": Column(str, "", "photometric filter (FILTER)"),
    "fwhm": Column(float, "pix", "full width at half maximum of the source (FWHM)"),
    "fwhm_psf": Column(float, "pix", "full width at half maximum of the stars of the image (FWHMPSF)"),
    "ra": Column(float, "deg", "right ascension, ICRS (RA)"),
    "dec": Column(float, "deg", "declination, ICRS (DEC)"),
    "x": Column(float, "pix", "position in the original image (XPOS)"),
    "y": Column(float, "pix", "position in the original image (YPOS)"),
    "edge": Column(bool, "", "close to an edge of the original image (EDGE)"),
    "original_file": Column(str, "", "image that the cutout was taken from (FILE)"),
    "object_id": Column(str, "", "object that the detection belongs to"),
    "mjd": Column(float, "d", "modified Julian date of the exposure, UTC"),
    "kind": Column(str, "", "kind of real or bogus, where known (KIND)"),
    "survey_score": Column(float, "", "real/bogus score of the survey itself (drb, rb, reliability)"),
    "telescope": Column(str, "", "telescope, instrument or survey (TELESCOP, INSTRUME)"),
    "pixel_scale": Column(float, "arcsec", "side of a pixel on the sky (PIXSCALE, or the WCS)"),
    "file": Column(str, "", "file that the example was read from, relative to the source"),
}
