"""Draw one lens and its source from the distributions of a TOML, as a row of CosmoSim's columns."""

import math

from otrain.domains.lenses.simulators.distributions import lens_words
from otrain.domains.lenses.simulators.names import CONFIGS, ELLIPTICAL_LENSES, LENSES

__all__ = ["DECIMALS", "draw_system", "image_name"]

DECIMALS = (
    4  # of every number that is drawn: CosmoSim's tables have as many, so that a row says all of its image
)
_POLAR_MAX = 2.5  # times r-min, where r-max is not a number
_RELATIVE_MAX = 1.2  # times the Einstein radius
_OWN_LENS = ("slope", "kappa-s", "scale-radius")
_OBSERVATION = ("psf-fwhm", "background-rms", "exposure-time", "saturation")


def image_name(index, ending=".png"):
    """Return the name of the file of lens `index`, from 1.

    Examples
    --------
    >>> image_name(1)
    'image-000001.png'
    """
    return f"image-{index:06d}{ending}"


def draw_system(table, ranges, rng, *, critical_radius, decimals=DECIMALS):
    """Return one row of the table of parameters, without number and name.

    Parameters
    ----------
    table : dict
        Of `check_table`: words, positions, clusters.
    ranges : dict of str to Range
        Of `distribution_of`.
    rng : numpy.random.Generator
    critical_radius : callable
        ``critical_radius(row, phi)``: distance of the critical curve of the row's lens in the direction
        `phi` [deg]; asked where positions are ``critical``.
    decimals : int or None
        To which numbers are rounded before anything follows from them; None: not at all.

    Returns
    -------
    dict of str to str, float or None
        None: not drawn, as the axis ratio of a round lens.
    """
    draw = _Rounded(ranges, rng, decimals)
    simulator = table.get("simulator", {})
    row = {key: _choose(simulator[key], rng) for key in ("model", "config") if key in simulator}
    reach = _draw_lens(row, table, draw)
    _draw_source(row, table.get("source", {}), draw)
    _draw_position(row, table, draw, reach, critical_radius)
    for name in (*_OWN_LENS, "gamma1", "gamma2", *_OBSERVATION):
        if name in ranges:
            row[name.replace("-", "_")] = draw(name)
    return row


class _Rounded:
    """Draws numbers by the names of their ranges, with few decimals."""

    def __init__(self, ranges, rng, decimals):
        self.ranges, self.rng, self.decimals = ranges, rng, decimals

    def __call__(self, name):
        return self.rounded(self.ranges[name].draw(self.rng)) if name in self.ranges else None

    def between(self, low, high):
        """Return a uniform number between two ends, in whichever order they are."""
        return self.rounded(low + (high - low) * float(self.rng.random()))

    def positive(self, name):
        """Return a number that is above 0 after rounding, too."""
        return max(self(name), 10.0 ** -(self.decimals or 12))

    def rounded(self, value):
        return value if self.decimals is None else round(value, self.decimals) + 0.0  # no -0


def _choose(value, rng):
    return value[rng.integers(len(value))] if isinstance(value, list) else value


def _draw_lens(row, table, draw):
    """Add the columns of the lens and return its Einstein radius, or how far a cluster reaches [pixel]."""
    lens = table.get("lens", {})
    if "chi" in draw.ranges:
        row["chi"] = draw("chi")
    if table.get("cluster", {}).get("count", 1) > 1:
        row["cluster"], reach = _draw_cluster(table, draw)
        return reach
    if "cluster" in lens:
        row["cluster"] = _choose(lens["cluster"], draw.rng)
        parts = [[float(word) for word in part.split("/")[1:4]] for part in row["cluster"].split(";")]
        return max(math.hypot(x, y) + radius for x, y, radius in parts)
    row.update(einsteinradius=draw.positive("einstein"), ellipseratio=None, orientation=None)
    if "mode" in lens or "config" not in row:
        word = row["lens"] = _choose(lens.get("mode", "SIS"), draw.rng)
    else:
        word = CONFIGS[row["config"]].lens
    if LENSES[word] in ELLIPTICAL_LENSES:
        row.update(ellipseratio=draw.positive("ellipseratio"), orientation=draw("orientation"))
    return row["einsteinradius"]


def _draw_cluster(table, draw):
    """Return a cluster as CosmoSim writes it, such as ``SIS/0/0/20;SIS/30/0/10``, and its reach."""
    most = table["cluster"].get("maxrelativelocation", _RELATIVE_MAX)
    parts, reach = [], 0.0
    for _ in range(table["cluster"]["count"]):
        word = _choose(lens_words(table) or ["SIS"], draw.rng)
        radius = draw.positive("einstein")
        x, y = _from_polar(draw.between(0, most * radius), draw.between(0, 359), draw)
        numbers = [x, y, radius]
        if LENSES[word] in ELLIPTICAL_LENSES:
            numbers += [draw.positive("ellipseratio"), draw("orientation")]
        parts.append("/".join([LENSES[word], *map(repr, numbers)]))
        reach = max(reach, math.hypot(x, y) + radius)
    return ";".join(parts), reach


def _draw_source(row, source, draw):
    """Add the columns of the source but for its position."""
    row["source"] = _choose(source.get("mode", "e"), draw.rng)
    if row["source"] in ("Image", "image") and "image" in source:
        row["source"] = f"image:{_choose(source['image'], draw.rng)}"
    row.update(R=None, phi=None)  # their place in the table
    row.update(
        sigma=draw.positive("sigma"),
        sigma2=draw.positive("sigma2"),
        theta=draw("theta"),
        n_sersic=draw("n_sersic"),
        luminosity=draw.positive("luminosity"),
    )


def _draw_position(row, table, draw, reach, critical_radius):
    """Add the position of the source, of which x and y count."""
    way, position = table.get("source", {}).get("position", "cartesian"), table.get("position", {})
    if way == "cartesian":
        x = y = 0.0
        while x == y == 0:
            x, y = draw("x"), draw("y")
            if not (_varies(draw.ranges["x"]) or _varies(draw.ranges["y"])):
                break
        row.update(R=draw.rounded(math.hypot(x, y)), phi=draw.rounded(math.degrees(math.atan2(y, x)) % 360))
    else:
        phi = draw("phi")
        if way == "critical":
            reach = critical_radius(row, phi)
        radius = (
            draw.rounded(float(position["r"]))
            if "r" in position
            else draw.between(*_ends(way, position, reach))
        )
        x, y = _from_polar(radius, phi, draw)
        row.update(R=radius, phi=phi)
    row.update(x=x, y=y)


def _varies(one):
    return len(set(one.values)) > 1 or (not one.values and one.low != one.high)


def _ends(way, position, reach):
    """Return the smallest and the largest distance of a source from the middle [pixel]."""
    low = position.get("r-min", "einstein" if way == "polar" else 1)
    low = reach if isinstance(low, str) else low
    if way != "polar":
        return low, position.get("r-relativemax", _RELATIVE_MAX) * reach
    high = position.get("r-max", "relative")
    return low, _POLAR_MAX * low if isinstance(high, str) else high


def _from_polar(radius, phi, draw):
    return (
        draw.rounded(radius * math.cos(math.radians(phi))),
        draw.rounded(radius * math.sin(math.radians(phi))),
    )
