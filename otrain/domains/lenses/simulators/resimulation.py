"""Images made again from tables: of roulette amplitudes, true or predicted, or of predicted parameters."""

import math

from otrain.domains.lenses.physics.centring import centre_of_light, shift_image
from otrain.domains.lenses.physics.images import crop_middle, quantise
from otrain.domains.lenses.physics.roulette_image import roulette_image
from otrain.domains.lenses.simulators.annotations import axes_drawn
from otrain.domains.lenses.simulators.picture import Picture, make_picture, why_useless
from otrain.domains.lenses.simulators.rows import fixed_row, names_of
from otrain.domains.lenses.simulators.scene import DEFAULTS, scene_of, source_of
from otrain.domains.lenses.simulators.tables import read_rows
from otrain.errors import DataError

__all__ = ["amplitudes_of", "parameters_of", "picture_again", "rows_again"]

_KINDS = ("alpha", "beta")
_FILES = ("filename", "file", "candid")


def rows_again(path, table, *, ending=".png"):
    """Return the rows of a table of amplitudes or predictions, with what a TOML says of all.

    Raises
    ------
    DataError
        If the table has neither amplitudes nor an Einstein radius.
    """
    rows = read_rows(path, most=table.get("management", {}).get("maxcount"))
    for row in rows:
        row["filename"] = next((str(row[name]) for name in _FILES if row.get(name) is not None), None)
    known = rows[0].keys()
    if not amplitudes_of(rows[0]) and not {"einsteinradius", "einsteinR", "theta_e", "cluster"} & known:
        raise DataError(
            f"{path}: neither roulette amplitudes (alpha[1][0], ...) nor an Einstein radius "
            f"(einsteinradius or theta_e) is among its columns: {', '.join(known)[:300]}."
        )
    fixed = fixed_row(table)
    return [
        fixed | {name: value for name, value in row.items() if value is not None} | {"filename": name}
        for row, name in zip(rows, names_of(rows, path, ending=ending), strict=True)
    ]


def amplitudes_of(row):
    """Return the amplitudes of a row, a dict of (m, s) to complex; those that are absent count as 0."""
    values = {}
    for name, value in row.items():
        kind, _, rest = name.partition("[")
        words = rest.removesuffix("]").replace("][", ",").split(",")
        if (
            kind in _KINDS
            and rest.endswith("]")
            and len(words) == 2
            and all(word.strip().isdigit() for word in words)
        ):
            if value is None:
                continue
            if not isinstance(value, float):
                raise DataError(
                    f"{row.get('filename', '')}: column {name!r} needs a number. Received: {value!r}."
                )
            key = int(words[0]), int(words[1])
            values[key] = values.get(key, 0) + (value if kind == "alpha" else 1j * value)
    return values


def parameters_of(row, settings):
    """Return a row of CosmoSim's parameters for one of otrain's predictions, whose angles are in arcsec."""
    scale = row.get("pixel_scale") or settings.pixel_scale
    made = dict(row)
    for name, old in (
        ("einsteinradius", "theta_e"),
        ("x", "x_source"),
        ("y", "y_source"),
        ("sigma", "source_size"),
    ):
        if made.get(name) is None and isinstance(row.get(old), float):
            made[name] = row[old] / scale
    if (
        made.get("ellipseratio") is None
        and isinstance(row.get("e1"), float)
        and isinstance(row.get("e2"), float)
    ):
        ellipticity = min(math.hypot(row["e1"], row["e2"]), 0.95)
        made["ellipseratio"] = (1 - ellipticity) / (1 + ellipticity)
        made["orientation"] = math.degrees(math.atan2(row["e2"], row["e1"])) / 2 % 180
        made.setdefault("lens", "SIE")
    return made


def picture_again(row, settings, engine, *, folder="."):
    """Return the picture of a row: the roulette of its amplitudes, or the lens of its parameters.

    Parameters
    ----------
    row : dict
        Of `rows_again`.
    settings : Settings
        ``drawmode``: ``"xi"`` draws about the reference point of the row, as in a centred image;
        ``"centre"`` in the middle; ``"origin"`` as if the lens were in the middle. By default ``"xi"``, or
        ``"centre"`` where amplitudes are not about the apparent position (``xireference = false``).
    engine : module
    folder : path-like
    """
    values = amplitudes_of(row)
    where = f"{row['filename']}: "
    if not values:
        return make_picture(
            engine,
            scene_of(
                parameters_of(row, settings), where=where, folder=folder, lightprofile=settings.lightprofile
            ),
            settings,
        )
    mode = settings.drawmode or ("xi" if settings.xireference else "centre")
    source = source_of(row, 0.0, 0.0, where=where, lightprofile=settings.lightprofile, folder=folder)
    values = {key: value for key, value in values.items() if key[0] <= max(settings.nterms, 1)}
    xi, offset = (0.0, 0.0), (0.0, 0.0)
    if mode != "centre":
        xi = _pair(row, "xi", where)
    if mode == "origin" and row.get("lensX") is not None:
        lens = _pair(row, "lens", where)
        xi = xi[0] - lens[0], xi[1] - lens[1]
    if not settings.xireference:
        offset = _pair(row, "offset", where)
    light = roulette_image(
        values,
        source,
        settings.imagesize,
        xi=xi,
        offset=offset,
        supersampling=settings.supersampling,
        snap=settings.raster,
    )
    return _finished(light, row, settings)


def _pair(row, name, where):
    pair = row.get(f"{name}X"), row.get(f"{name}Y")
    if not all(isinstance(value, float) for value in pair):
        raise DataError(
            f"{where}the columns {name}X and {name}Y are needed to draw this roulette. Received: {pair}. "
            "--drawmode centre needs neither."
        )
    return pair


def _finished(light, row, settings):
    if settings.format == "png" and settings.bits == 8:
        light = quantise(light)
    if settings.centred:
        light = shift_image(light, *centre_of_light(light))
    image = crop_middle(light, settings.side)
    fault = why_useless(image, float(light.sum(dtype=float)))
    image = axes_drawn(image) if settings.reflines else image
    return Picture(
        image, {"source": row.get("source", DEFAULTS["source"])}, fault if fault == "blank" else ""
    )
