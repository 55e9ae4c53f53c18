"""Planets and binaries of stars, and the transits and eclipses that they make in a span of time."""

import math
import re
from dataclasses import dataclass

import numpy as np

from otrain.domains.lightcurves.columns import CLASSES
from otrain.domains.lightcurves.time_scales import OFFSETS, shift_between
from otrain.errors import DataError

__all__ = ["FIRST_EPIC", "Body", "Ephemerides", "Event", "events_between", "label_slots", "star_key",
           "star_name"]

_CATALOGUES = re.compile(r"(kic|kplr|tic|epic|ktwo|koi|toi|sim)?0*([0-9]+)")
FIRST_EPIC = 200_000_000  # numbers of the catalogue of K2 begin here, far above those of Kepler's
_SAME = {"kplr": "kic", "ktwo": "epic"}
_COLUMNS = {"kepid": "KIC", "kic": "KIC", "keplerid": "KIC", "tic": "TIC", "ticid": "TIC", "tid": "TIC",
            "epic": "EPIC", "epicid": "EPIC"}  # catalogue by a word in the name of a column


@dataclass(frozen=True)
class Body:
    """A planet or a binary of one star.

    Parameters
    ----------
    kind : {"planet", "binary", "unknown", "none"}
        ``unknown``: nobody knows what the star has. ``none``: it has nothing.
    t0 : float
        Centre of a transit or primary eclipse [d].
    period : float
        [d]; NaN: a single event.
    duration : float
        From first to last contact [h].
    depth : float
        Fraction of the light that is missing; NaN: not known.
    snr : float
        Of a single event; NaN: not known.
    body : int
        Number of the body of its star, from 0.
    scale : str
        Time scale of t0 (``BKJD``, ``BJD``, ...); empty: that of the light curve.
    primary : bool
        False where the row itself stands for secondary eclipses.
    secondary_phase, secondary_depth, secondary_duration : float
        Of the secondary eclipse of a binary, if it has one; phase NaN: none.
    """

    kind: str
    t0: float
    period: float = math.nan
    duration: float = math.nan
    depth: float = math.nan
    snr: float = math.nan
    body: int = 0
    scale: str = ""
    primary: bool = True
    secondary_phase: float = math.nan
    secondary_depth: float = math.nan
    secondary_duration: float = math.nan


@dataclass(frozen=True)
class Event:
    """One transit or eclipse; units as in `Body`."""

    kind: str
    t0: float
    duration: float
    depth: float
    period: float
    snr: float
    body: int
    primary: bool


def star_key(name):
    """Return a name of a star without what people write differently.

    Examples
    --------
    >>> star_key("KIC 011442793"), star_key("kplr011442793"), star_key(" Kepler-90 ")
    ('kic11442793', 'kic11442793', 'kepler90')
    """
    text = re.sub(r"[\s_-]+", "", str(name).strip().lower())
    found = _CATALOGUES.fullmatch(text)
    if not found:
        return text
    prefix = _SAME.get(found[1], found[1]) or ""
    if prefix == "kic" and int(found[2]) >= FIRST_EPIC:
        prefix = "epic"  # KEPLERID of K2 is a number of its own catalogue
    return prefix + found[2]


def star_name(value, column):
    """Return the name of a star; a number is one of the catalogue that the column is named after.

    Parameters
    ----------
    value : object
        A cell: text, bytes or a number.
    column : str
        Name of the column in lower case.

    Examples
    --------
    >>> star_name(1000.0, "tic_id"), star_name("000201", "epic_id"), star_name(b"HD 1 ", "star")
    ('TIC 1000', 'EPIC 201', 'HD 1')
    """
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    text = str(value).strip().removesuffix(".0")
    words = set(re.findall(r"[a-z]+", column.lower()))
    catalogue = next((name for word, name in _COLUMNS.items() if word in words), None)
    if catalogue is not None and text.isdigit():
        return f"{catalogue} {int(text)}"
    return text


class Ephemerides:
    """What is known of the stars of a table; a star that it does not name has nothing.

    Parameters
    ----------
    path : str
        Where it was read.
    bodies : list of (str, Body)
        Star and body of each row.
    also : list of (str, Body)
        Further names of the stars of these bodies.
    """

    def __init__(self, path, bodies, *, also=()):
        self.path, self._rows = path, list(bodies)
        self._stars, self._numbers = {}, {}
        for star, body in (*self._rows, *also):
            key = star_key(star)
            self._stars.setdefault(key, []).append(body)
            self._numbers.setdefault(_number_of(key), set()).add(key)
        self._also = {}
        for star, body in also:
            self._also.setdefault(id(body), []).append(star_key(star))

    def __len__(self):
        return len({star_key(star) for star, _ in self._rows})

    def rows(self):
        """Return (star, body) in the order of the table."""
        return list(self._rows)

    def names(self, star):
        """Return whether the table has a row of a star."""
        return self._key_of(star) is not None

    def rows_without(self, stars):
        """Return the stars of the rows that belong to none of some stars, one for each row.

        Parameters
        ----------
        stars : iterable of str
        """
        found = {self._key_of(star) for star in stars}
        return [star for star, body in self._rows
                if not {star_key(star), *self._also.get(id(body), ())} & found]

    def of(self, star, scale=""):
        """Return the bodies of a star, with t0 in a time scale.

        A catalogue number without its catalogue is enough where it is unique.

        Parameters
        ----------
        star : str
        scale : str
            Time scale of the light curve.

        Raises
        ------
        DataError
            If a t0 is in a scale that cannot be turned into that of the light curve.
        """
        key = self._key_of(star)
        return [] if key is None else [self._in_scale(body, scale, star) for body in self._stars[key]]

    def _key_of(self, star):
        """Return the key of a star under which the table has it, or None."""
        key = star_key(star)
        if key in self._stars:
            return key
        number = _number_of(key)
        others = self._numbers.get(number, ()) if number.isdigit() else ()
        # "KIC 5" of the file is the "5" of the table, and the other way round; but it is no "TIC 5".
        fitting = [other for other in others if number in (key, other)]
        return fitting[0] if len(fitting) == 1 else None

    def _in_scale(self, body, scale, star):
        own = body.scale or ("BJD" if body.t0 > 2_400_000 else "")
        if not scale or own in ("", scale) or not math.isfinite(body.t0):
            if not own and scale == "BJD" and math.isfinite(body.t0):
                raise DataError(f"{self.path}: the times of {star} are Julian dates and its t0 is "
                                f"{body.t0:g}. Name the scale of t0 in a column `time_scale`, e.g. BKJD.")
            return body
        shift = shift_between(own, scale)
        if shift is None:
            raise DataError(f"{self.path}: t0 of {star} is in {own}, its light curve in {scale or 'd'}. "
                            "Give t0 in the scale of the light curve, or the light curve a clock with "
                            f"--time. Known: {', '.join(OFFSETS)}.")
        return Body(**{**body.__dict__, "t0": body.t0 + shift, "scale": scale})


def _number_of(key):
    return key.lstrip("abcdefghijklmnopqrstuvwxyz")


def events_between(bodies, start, stop):
    """Return every event of which any part lies in a span, in order of time.

    Parameters
    ----------
    bodies : list of Body
    start, stop : float
        [d]

    Returns
    -------
    list of Event
        Events that overlap the edge of the span are among them, wherever their centre is.
    """
    events = []
    for body in bodies:
        if body.kind not in CLASSES:
            continue
        events += _train(body, start, stop, body.t0, body.duration, body.depth, body.primary)
        if body.primary and math.isfinite(body.secondary_phase) and math.isfinite(body.period):
            duration = (body.secondary_duration if math.isfinite(body.secondary_duration)
                        else body.duration)
            events += _train(body, start, stop, body.t0 + body.secondary_phase * body.period, duration,
                             body.secondary_depth, False)
    return sorted(events, key=lambda event: event.t0)


def _train(body, start, stop, t0, duration, depth, primary):
    """Return the events of one series."""
    half = duration / 48
    if math.isfinite(body.period):
        first = math.ceil((start - half - t0) / body.period)
        last = math.floor((stop + half - t0) / body.period)
        centres = [t0 + number * body.period for number in range(first, last + 1)]
    else:
        centres = [t0]
    # The table's SNR is that of a primary event.
    snr = body.snr if primary == body.primary else math.nan
    return [Event(body.kind, centre, duration, depth, body.period, snr, body.body, primary)
            for centre in centres if centre + half > start and centre - half < stop]


def label_slots(events, start, step, length, *, unknown=False):
    """Return the class of each slot.

    A slot belongs to an event that covers at least half of it; the slot around the centre of an event
    always does. Where a planet and a binary overlap it is the planet's.

    Parameters
    ----------
    events : list of Event
    start, step : float
        Left edge of slot 0 and length of a slot [d].
    length : int
    unknown : bool
        Whether the rest is NaN, not continuum.

    Returns
    -------
    (length,) float64 ndarray
        0 continuum, 1 planet, 2 binary.
    """
    label = np.full(length, math.nan if unknown else 0.0)
    for event in sorted(events, key=lambda event: event.kind != "binary"):  # planets last
        half = event.duration / 48
        first = math.ceil((event.t0 - half - start) / step - 0.5)
        last = math.floor((event.t0 + half - start) / step - 0.5)
        if last < first:
            first = last = math.floor((event.t0 - start) / step)
        label[max(first, 0):max(last + 1, 0)] = CLASSES.index(event.kind)
    return label
