"""A first mapping for the headers of an unknown telescope: guesses, each with the value it rests on."""

import json
import re
from functools import partial
from itertools import islice
from pathlib import Path

from otrain.data.inputs.outcomes import explain
from otrain.data.inputs.probe import Probe, expand
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.inputs import list_inputs
from otrain.errors import DataError

__all__ = ["draft_mapping"]

_MOST_FILES = 20  # that are looked at
_MOST_LABELS = 6  # different values of a keyword that may be a class
_ZERO_OF_JD = -2400000.5

# Keywords that programs use for each column, the likeliest first, and what the value must be.
_GUESSES = {
    "candid": ("text", "CANDID CAND_?ID CANDIDATE CAND_?NAME SRC_?NAME SRC_?ID SOURCE_?(ID|NAME)? OBJ_?NAME "
                       "TRANS_?(ID|NAME) DET_?ID STAMP_?ID ALERT_?ID NAME ID OBJECT"),
    "mag": ("number", "MAG_?CALIB MAG_?(PSF|AUTO|BEST|CAL|AB|TOT|APER|ISO|DIFF)? PSF_?MAG M_(PSF|AUTO) "
                      "[A-Z]+_?MAG MAG_?[A-Z0-9]+"),
    "mag_err": ("number", "MAG_?CALIB_?ERR MAG_?ERR.* E_?MAG.* ERR_?MAG.* SIG(MA)?_?(MAG|PSF).* D_?MAG "
                          "MERR.* M?MAG_?ERR.* MAG.*_?(ERR|UNC|SIG)"),
    "band": ("text", "FILTER BAND FILT(ER)?_?(ID|NAME?|[0-9]) FILT FLT INSFLNAM PASSBAND"),
    "fwhm": ("number", "FWHM FWHM_?(PIX|IMAGE|OBJ|SRC) [A-Z]+_?FWHM FWHM.* SEEING.*"),
    "ra": ("angle", "RA (OBJ|CAND|SRC|TARG?)_?RA RA_?(OBJ|CAND|SRC|DEG|J2000|TARG?) ALPHA.* RAJ2000"),
    "dec": ("angle", "DEC (OBJ|CAND|SRC|TARG?)_?DEC DEC_?(OBJ|CAND|SRC|DEG|J2000|TARG?) DECL DELTA.* "
                     "DEJ2000"),
    "x": ("number", "XPOS X_?(PIX|IMAGE|CENT.*|POS|OBJ)? (OBJ|CAND|SRC)_?X"),
    "y": ("number", "YPOS Y_?(PIX|IMAGE|CENT.*|POS|OBJ)? (OBJ|CAND|SRC)_?Y"),
    "edge": ("any", "EDGE AT_?EDGE NEAR_?EDGE BORDER ON_?EDGE"),
    "mjd": ("date", "MJD MJD-?OBS MJD.* JD [BH]?JD.* DATE-OBS OBS_?(DATE|TIME) DATE_?OBS"),
    "original_file": ("text", "FILE FILE_?NAME ORIG_?(FILE|NAME) FRAME IMAGE_?(NAME|FILE) PARENT"),
    "object_id": ("text", "OBJECT_?ID OBJ_?ID ASSOC_?(ID)?"),
    "survey_score": ("number", "DRB RB R(EAL)?_?B(OGUS)?_?(SCORE)? SCORE"),
}
_LABELS = re.compile("REAL|IS_?REAL|LABEL|CLASS.*|TRUTH|VERDICT|REAL_?BOGUS|HUMAN.*")
_NOT_A_MAGNITUDE = re.compile(".*(ZP|ZERO|LIM|REF|SKY|ERR|UNC|SIG).*")
_ROLES = (("difference", "DIFF|SUB|RESID"), ("template", "TEMP|REF|STACK|TMPL|TPL"),
          ("science", "SCI|NEW|IMAGE|IMG|DATA|CAND|STAMP|CUTOUT"))
_REALS = {"real", "true", "1", "t", "sn", "agn", "good", "yes"}


def draft_mapping(source):
    """Return a commented mapping file with guesses from the headers of some files.

    Parameters
    ----------
    source : path-like
        What `list_inputs` takes; the first files that are FITS are looked at.

    Returns
    -------
    str
        TOML that `otrain.domains.transients.readers.mapping.load_mapping` takes.

    Raises
    ------
    DataError
        If none of the files can be read as FITS.
    """
    files = list(islice(_read_files(source), _MOST_FILES))
    if not files:
        raise DataError(f"{source}: no FITS file in it that can be read; a mapping describes the headers of "
                        "FITS files.")
    headers = _values(files)
    used, lines = set(), [
        f"# Draft of a mapping from {len(files)} files: every line is a guess. Look at each before you use",
        "# it with --mapping. docs/how-to/add-a-reader.md explains the keys; # begins a comment.",
        f"name = {json.dumps(Path(source).stem if isinstance(source, (str, Path)) else 'draft')}",
        "# blank = [-32768, 0]  # values of pixels that have none", ""]
    lines += ["[match]  # files with other values are set aside"]
    lines += [_match(keyword, headers[keyword]) for keyword in ("INSTRUME", "TELESCOP") if keyword in headers]
    used |= {"INSTRUME", "TELESCOP"}
    lines += ["", "[images]", *_images(files[0]), "", "[columns]"]
    for column in _GUESSES:
        lines.append(_column(column, headers, used))
    lines += ["", *_label(headers, used)]
    rest = [f"#   {keyword} = {_toml(values[0])}" for keyword, values in headers.items()
            if keyword not in used]
    lines += ["# Keywords that are not used:", *rest] if rest else []
    return "\n".join(lines).rstrip() + "\n"


def _read_files(source):
    """Yield the HDUs of each file of a source that is FITS."""
    from otrain.data.fits.images import looks_like_fits, read_hdus

    for item in list_inputs(source).inputs:
        try:
            probe = Probe(item.path)
            if looks_like_fits(probe):
                yield read_hdus(expand(probe.data))
        except (Exception, MemoryError) as error:
            explain(error)  # convert says what is wrong with it


def _values(files):
    """Return the values of each keyword in the order of the headers, one for each file that has it."""
    from otrain.domains.transients.readers.fits import STRUCTURE

    values = {}
    for hdus in files:
        own = {}
        for hdu in hdus:
            for keyword in hdu.header.keywords():
                if not re.fullmatch(STRUCTURE, keyword) and (value := hdu.header.get(keyword)) is not None:
                    own.setdefault(keyword, value)
        for keyword, value in own.items():
            values.setdefault(keyword, []).append(value)
    return values


def _match(keyword, values):
    """Return the line that tells files of the telescope from others, a comment if they differ."""
    line = f"{_key(keyword)} = {_toml(values[0])}"
    return line if len(set(map(repr, values))) == 1 else f"# {line}  # has several values"


def _images(hdus):
    """Return the lines that say where the images of a file lie."""
    from otrain.domains.transients.readers.images import ROLES
    from otrain.domains.transients.readers.masks import is_mask, is_unused

    images = [(place, hdu) for place, hdu in enumerate(hdus) if hdu.pixels is not None]
    lines = [f"# HDU {place}: {hdu.name or 'no name'}, {'x'.join(map(str, hdu.pixels.shape))}"
             for place, hdu in images]
    usable = [(place, hdu) for place, hdu in images if not is_mask(hdu.name) and not is_unused(hdu.name)]
    roles, unknown = {}, []
    for place, hdu in usable:
        alike = (role for role, words in _ROLES if re.search(words, hdu.name))
        role = ROLES.get(hdu.name) or next(alike, None)
        if role:
            roles.setdefault(role, (place, hdu))
        else:
            unknown.append((place, hdu))
    if len(unknown) == 1:  # what is neither is what is left of the two
        roles.setdefault("difference", unknown[0])
    found = [(role, *roles[role]) for role in ("science", "template", "difference") if role in roles]
    for role, place, hdu in found:
        where = json.dumps(hdu.name) if hdu.name else place
        planes = " # it has planes: {hdu = ..., plane = 0}" if hdu.pixels.squeeze().ndim > 2 else ""
        lines.append(f"{role} = {where}{planes}")
    return lines if found else [*lines, "# difference = 0  # say which of these it is"]


def _column(column, headers, used):
    """Return the line of a column, a comment if no keyword looks like it."""
    kind, patterns = _GUESSES[column]
    for pattern in patterns.split():
        for keyword, values in headers.items():
            if keyword in used or not re.fullmatch(pattern, keyword.upper()) or not _suits(kind, values):
                continue
            if column == "mag" and _NOT_A_MAGNITUDE.fullmatch(keyword.upper()):
                continue
            if column == "candid" and len(values) > 1 and len(set(map(str, values))) == 1:
                continue  # the same in every file: it names no candidate
            used.add(keyword)
            line = f"{column} = {_source(column, keyword, values)}  # {_shown(values)}"
            unclear = column == "edge" and not _suits("logical", values)
            return f"# {line}: which of these mean that it is close?" if unclear else line
    meaning = COLUMNS[column].summary
    return f'# {column} = "?"  # {meaning}; no keyword looks like it'


def _source(column, keyword, values):
    """Return how a column comes from a keyword."""
    if column == "mjd" and isinstance(values[0], (int, float)) and values[0] > 2_000_000:
        return f"{{keyword = {json.dumps(keyword)}, offset = {_ZERO_OF_JD}}}"
    if column == "edge" and not _suits("logical", values):
        return f"{{keyword = {json.dumps(keyword)}, true = [{_toml(values[0])}]}}"
    if column == "mag_err" and keyword.upper().startswith("MMAG"):
        return f"{{keyword = {json.dumps(keyword)}, scale = 0.001}}"
    return json.dumps(keyword)


def _suits(kind, values):
    """Return whether the values of a keyword can be those of a column."""
    from otrain.data.fits.values import to_bool, to_degrees, to_float, to_mjd

    angle = partial(to_degrees, hours=True)
    check = {"number": partial(to_float, units=None), "angle": angle, "date": to_mjd,
             "logical": to_bool}.get(kind)
    if check is None:
        return kind == "any" or not isinstance(values[0], (bool, float))
    try:
        check(values[0])
    except ValueError:
        return False
    return True


def _label(headers, used):
    """Return the lines about the class, comments unless a keyword has few values and the name of one."""
    for keyword, values in headers.items():
        words = sorted(set(map(str, values)))
        if keyword not in used and _LABELS.fullmatch(keyword.upper()) and len(words) <= _MOST_LABELS:
            used.add(keyword)
            reals = [word for word in words if word.strip().lower() in _REALS]
            bogus = [word for word in words if word not in reals]
            return ["# [label]  # if this keyword tells the class", f"# keyword = {json.dumps(keyword)}",
                    f"# real = {json.dumps(reals)}", f"# bogus = {json.dumps(bogus)}", ""]
    return []


def _shown(values):
    """Return a few different values, in words that fit behind a comment sign."""
    words = list(dict.fromkeys(_toml(value) for value in values))
    return ", ".join(words[:3]) + (", ..." if len(words) > 3 else "")


def _key(keyword):
    return keyword if re.fullmatch("[A-Za-z0-9_-]+", keyword) else json.dumps(keyword)


def _toml(value):
    """Return a header value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else json.dumps(str(value))
