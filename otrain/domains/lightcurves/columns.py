"""The columns of a light curve: canonical name, type, unit and meaning."""

from otrain.domains.domain import Column

__all__ = ["CHANNELS", "CLASSES", "COLUMNS", "EVENT_COLUMNS", "LABEL", "NETWORK_CHANNELS"]

CLASSES = ("continuum", "planet", "binary")
LABEL = "label"  # the channel that holds the class of each point
CHANNELS = ("flux", "residual", "flux_err", "time", "segment", LABEL)
NETWORK_CHANNELS = ("flux", "residual")

COLUMNS = {
    "candid": Column(str, "", "name of the window: star, quarter, number of the window"),
    "object_id": Column(str, "", "star that was observed (OBJECT, KEPLERID, TICID, else the file's name)"),
    "mission": Column(str, "", "telescope: Kepler, K2, TESS, PLATO, ..."),
    "quarter": Column(int, "", "quarter, campaign or sector of the mission"),
    "time_start": Column(float, "d", "left edge of the first slot; `time` is counted from here"),
    "time_scale": Column(str, "", "what time_start is counted in: BKJD, BTJD, BJD, or d (days of its own)"),
    "cadence": Column(float, "s", "length of a slot of the grid"),
    "native_cadence": Column(float, "s", "median time between samples of the file"),
    "scale": Column(float, "", "relative flux of one unit of `flux`: depth = value * scale"),
    "noise": Column(float, "ppm", "noise in one hour, from the differences of neighbouring slots"),
    "mag": Column(float, "mag", "magnitude of the star in the band of the mission"),
    "teff": Column(float, "K", "effective temperature of the star"),
    "radius": Column(float, "solRad", "radius of the star"),
    "ra": Column(float, "deg", "right ascension, ICRS"),
    "dec": Column(float, "deg", "declination, ICRS"),
    "band": Column(str, "", "band, camera or table of the file, where one file has several light curves"),
    "flux_column": Column(str, "", "column of the file that was taken as flux"),
    "samples": Column(int, "", "samples of the file that count in this window"),
    "flagged": Column(int, "", "samples of the file that a quality flag excluded"),
    "impossible": Column(int, "", "samples of the file with 10^12 times its median flux; they were dropped"),
    "unsorted": Column(int, "", "samples of the file that stood before an earlier one; they were sorted"),
    "repeated": Column(int, "", "samples of the file whose time another one has; they were dropped"),
    "untimed": Column(int, "", "samples of the file without a finite time; they were dropped"),
    "limits": Column(int, "", "samples of the file that were limits or fill values such as 99.99"),
    "unread": Column(int, "", "rows of the file that could not be read"),
    "file": Column(str, "", "file that the light curve was read from, relative to the source"),
}

EVENT_COLUMNS = {
    "object_id": Column(str, "", "star"),
    "candid": Column(str, "", "window in which the event lies, or a part of it"),
    "kind": Column(str, "", "planet or binary"),
    "t0": Column(float, "d", "centre, in the time scale of the window"),
    "duration": Column(float, "h", "from first to last contact"),
    "depth": Column(float, "", "fraction of the light that is missing"),
    "period": Column(float, "d", "time to the next event of this body; NaN: single"),
    "snr": Column(float, "", "depth over noise in the duration: of the table, else from points and scale"),
    "body": Column(int, "", "number of the body of that star, from 0"),
    "primary": Column(bool, "", "false for the secondary eclipse of a binary"),
    "points": Column(int, "", "points of the window with flux inside the event"),
}
