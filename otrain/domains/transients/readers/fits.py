"""Read cutouts from FITS: O'TRAIN's own, multi-extension, triplets, stacks, tables of images, compressed."""

import re
from functools import partial

from otrain.data.fits.images import looks_like_fits, read_every
from otrain.data.fits.plain import Doubt, read_plain, read_plain_hdus
from otrain.data.inputs.example import Example
from otrain.data.inputs.probe import expand
from otrain.domains.transients.places import place_in_header
from otrain.domains.transients.readers.candidates_in import find_candidates
from otrain.domains.transients.readers.header import read_columns
from otrain.domains.transients.readers.images import planes_first, to_planes

__all__ = ["READER", "STRUCTURE", "TELLING", "FitsReader", "say_unknown"]

TELLING = ("candid", "mag", "mag_err", "band", "fwhm")  # what every cutout of O'TRAIN says
# Keywords that say how the pixels lie in the file, not what they show.
STRUCTURE = "|".join((
    "SIMPLE", "BITPIX", "NAXIS[0-9]*", "EXTEND", "XTENSION", "PCOUNT", "GCOUNT", "BSCALE", "BZERO", "BLANK",
    "EXTNAME", "EXTVER", "EXTLEVEL", "COMMENT", "HISTORY", "HIERARCH", "CHECKSUM", "DATASUM", "INHERIT",
    "CONTINUE", "END",
    "T(TYPE|FORM|DIM|UNIT|NULL|DISP)[0-9]+", "TFIELDS", "Z(IMAGE|CMPTYPE|BITPIX|NAXIS[0-9]*|TILE[0-9]+)", "",
))


class FitsReader:
    """Reader of FITS cutouts, one or several candidates per file."""

    name = "fits"
    formats = ("fits", "gzip", "bzip2", "xz")

    def recognises(self, probe):
        """Return whether the file is FITS, gzipped or not."""
        return looks_like_fits(probe)

    def read(self, probe):
        """Yield the candidates of a file."""
        data = expand(probe.data)
        try:
            yield _plain(*read_plain(data), probe)
            return
        except Doubt:
            pass
        try:
            examples = _examples(read_plain_hdus(data), probe)
        except Doubt:
            examples = _examples(read_every(data), probe)
        yield from examples


def _plain(header, pixels, probe):
    """Return the candidate of a file with one image."""
    if pixels.ndim == 3 and len(planes_first(pixels)) not in (1, 3):
        raise Doubt("planes")
    image, channels = to_planes(pixels)
    return _example(image, channels, [header], probe)


def _examples(hdus, probe):
    """Return the candidates of a file."""
    return [_example(found.image, found.channels, found.headers, probe, found.own, found.remarks, found.name,
                     position) for position, found in enumerate(find_candidates(hdus))]


def _example(image, channels, headers, probe, own=None, remarks=None, name="", position=0):
    """Return a candidate with its columns."""
    remarks = {} if remarks is None else remarks
    columns, label = read_columns(headers, probe.label_keyword, own=own, remarks=remarks)
    say_unknown(columns, headers, remarks)
    if name:
        columns.setdefault("candid", name)
    return Example(image, channels, columns, label, position, remarks=remarks or None,
                   where=partial(_place, headers, columns))


def say_unknown(columns, headers, remarks):
    """Remark on columns that headers do not tell, if they are so many that keywords must have other names."""
    unknown = [column for column in TELLING if column not in columns]
    if len(unknown) > len(TELLING) // 2:
        keywords = [keyword for header in headers if hasattr(header, "keywords")
                    for keyword in header.keywords() if not re.fullmatch(STRUCTURE, keyword)]
        words = (f"no keyword is known for {', '.join(unknown)}; say with --mapping which it is ("
                 f"otrain-convert --draft-mapping FILE writes a first one)")
        remarks[words] = f"a header with {', '.join(dict.fromkeys(keywords)) or 'no keyword'}"


def _place(headers, columns, shape):
    """Return the pixel of the source of an image that is cut, None if its headers do not tell."""
    try:
        return place_in_header(shape, headers, columns)
    except Doubt:
        return None


READER = FitsReader()
