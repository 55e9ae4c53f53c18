"""Simulated light curves as folders of FITS files, with a table of every planet and binary."""

import gzip
import math
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from otrain.data.tables.csv_table import write_ecsv
from otrain.domains.domain import Simulator
from otrain.domains.lightcurves.simulators.fits_writer import fits_bytes
from otrain.domains.lightcurves.simulators.light_curves import Options, simulate_star
from otrain.domains.lightcurves.simulators.presets import choose_preset
from otrain.domains.lightcurves.simulators.psls import check_psls, observe_with_psls
from otrain.engine.local import Done, run_restartable
from otrain.errors import ResourceError, UsageError

__all__ = ["EPHEMERIDES", "SIMULATOR", "check", "ephemeris_rows", "star_name", "write"]

EPHEMERIDES = "ephemerides.ecsv"
UNLABELLED = "truth.ecsv"  # the same table of light curves that must not be labelled by it
TIMEOUT = 600.0  # s for one star: years of 25 s
COLUMNS = {  # name: unit, meaning
    "object_id": ("", "star"),
    "body": ("", "number of the planet or binary of that star, from 0"),
    "kind": ("", "planet or binary"),
    "primary": ("", "false for the secondary eclipse of a binary"),
    "t0": ("d", "midway between first and fourth contact, in the time scale of the files"),
    "period": ("d", ""),
    "duration": ("h", "first to fourth contact"),
    "depth": ("", "largest fraction of the light lost"),
    "snr": ("", "depth of one event over the white noise in its duration"),
    "rp_rs": ("", "radius of the dark disc over that of the star"),
    "impact": ("", "distance of the centres at conjunction in radii of the star"),
    "a_rs": ("", "semi-major axis in radii of the star"),
    "eccentricity": ("", ""),
    "omega": ("rad", "argument of periastron"),
    "dilution": ("", "share of the light in the aperture that comes from the system"),
    "u1": ("", "limb darkening, linear"),
    "u2": ("", "limb darkening, quadratic"),
    "events": ("", "events with a measured exposure inside"),
    "noise": ("ppm", "white noise of the star in one hour"),
    "mag": ("mag", ""),
    "teff": ("K", ""),
    "radius": ("solRad", ""),
    "mass": ("solMass", ""),
    "rotation": ("d", ""),
}


def star_name(seed, index):
    """Return the name of star `index` of a seed; sets of two seeds share no star."""
    return f"s{seed}-{index:06d}"


def check(*, stars=1000, first=0, seed=0, unlabelled=False, compress=False, psls=None, **options):
    """Return a request with its defaults.

    Parameters
    ----------
    stars : int
        How many.
    first : int
        Number of the first one.
    seed : int
        Star `i` depends on `seed` and `i` alone.
    unlabelled : bool
        Leave the labels out of the files, and call the table of the truth ``truth.ecsv``.
    compress : bool
        Write ``.fits.gz``, a third as large.
    psls : path-like, optional
        Configuration of PSLS, which then makes the light of the star and the noise.
    **options
        Those of `otrain.domains.lightcurves.simulators.light_curves.simulate_star`.

    Raises
    ------
    UsageError
        If a value is not usable.
    """
    if stars < 1 or first < 0:
        raise UsageError(f"at least one star is needed, from number 0 on. Received: {stars} from {first}.")
    if seed < 0:
        raise UsageError(f"`seed` must not be negative. Received: {seed}.")
    options = {name: tuple(value) if isinstance(value, (list, tuple)) else value
               for name, value in options.items()}
    filled = asdict(Options(**options))
    if psls is not None:
        check_psls(psls, filled["preset"])
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in filled.items()}
    return {"stars": stars, "first": first, "seed": seed, "unlabelled": unlabelled,
            "compress": compress, "psls": None if psls is None else str(psls)} | listed


class _Writer:
    """Makes one star and writes its files; sent to the workers."""

    def __init__(self, folder, request):
        self.folder, self.seed, self.labelled = Path(folder), request["seed"], not request["unlabelled"]
        self.compress, self.psls = request["compress"], request["psls"]
        names = {one.name for one in fields(Options)}
        self.options = {name: tuple(value) if isinstance(value, list) else value
                        for name, value in request.items() if name in names}

    def __call__(self, index):
        star = simulate_star(np.random.default_rng([self.seed, index]), **self.options)
        name, preset = star_name(self.seed, index), choose_preset(self.options["preset"])
        if self.psls:
            master = int(np.random.SeedSequence([self.seed, index]).generate_state(1)[0] >> 1)
            star = observe_with_psls(star, self.psls, master, preset)
        for curve in star.curves:
            content = fits_bytes(name, star, curve, preset, labelled=self.labelled)
            ending = ".fits"
            if self.compress:
                # without the time of day: same seed, same bytes
                content, ending = gzip.compress(content, compresslevel=1, mtime=0), ".fits.gz"
            with open(self.folder / f"{name}_{curve.quarter:02d}_lc{ending}", "wb", buffering=0) as file:
                file.write(content)
        return ephemeris_rows(name, star)


def write(folder, request, *, jobs, update):
    """Write one FITS file per star and quarter, and the table of what is in them; see `Simulator`."""
    writer, total = _Writer(folder, request), request["stars"]
    rows, kinds = [], Counter(planet=0, binary=0, none=0)
    indices = range(request["first"], request["first"] + total)
    for done, result in run_restartable(writer, indices, workers=jobs if total > 1 else 0, timeout=TIMEOUT):
        if not isinstance(result, Done):
            raise ResourceError(f"star {indices[done]} of seed {request['seed']} was lost: {result.words} "
                                "Try --jobs 1, or fewer quarters.")
        rows += result.value
        kinds[result.value[0]["kind"] if result.value else "none"] += 1
        update(done + 1, total)
    _write_table(folder / (UNLABELLED if request["unlabelled"] else EPHEMERIDES), rows)
    files = total * request["quarters"]
    return dict(kinds), (f"{files} light curves of {total} stars, {kinds['planet']} with planets and "
                         f"{kinds['binary']} with a binary,")


def ephemeris_rows(name, star):
    """Return one dictionary for each kind of event of a star, by the names of `COLUMNS`."""
    own, rows = star.parameters, []
    for body in star.bodies:
        for event in body.events:
            orbit, contacts = event.orbit, event.contacts
            rows.append({
                "object_id": name, "body": body.number, "kind": body.kind, "primary": event.primary,
                "t0": contacts.t0, "period": orbit.period, "duration": contacts.duration,
                "depth": event.depth, "snr": star.snr(event), "rp_rs": event.radius_ratio,
                "impact": contacts.separation / event.scale, "a_rs": orbit.axis / event.scale,
                "eccentricity": orbit.eccentricity, "omega": orbit.omega, "dilution": body.dilution,
                "u1": event.limb[0], "u2": event.limb[1], "events": _events_seen(star.curves, event),
                "noise": star.noise, "mag": star.magnitude, "teff": own.teff, "radius": own.radius,
                "mass": own.mass, "rotation": own.rotation,
            })
    return rows


def _events_seen(curves, event):
    """Number of events with at least one measured exposure between the contacts."""
    numbers = set()
    for curve in curves:
        from_first = curve.time - event.contacts.t0 - event.contacts.first
        number = np.floor(from_first / event.orbit.period)
        inside = from_first - number * event.orbit.period <= event.contacts.last - event.contacts.first
        numbers.update(number[inside & np.isfinite(curve.flux)])
    return len(numbers)


def _write_table(path, rows):
    kinds = {"object_id": str, "kind": str, "body": int, "events": int, "primary": bool}
    columns = {name: np.array([_rounded(row[name]) for row in rows], kinds.get(name, float))
               for name in COLUMNS}
    write_ecsv(path, columns, units={name: unit for name, (unit, _) in COLUMNS.items()},
               meanings={name: meaning for name, (_, meaning) in COLUMNS.items()})


def _rounded(value):
    """Twelve significant digits of a float: 0.1 s in a thousand years."""
    return float(f"{value:.12g}") if isinstance(value, float) and math.isfinite(value) else value


SIMULATOR = Simulator(simulate=simulate_star, check=check, write=write)
