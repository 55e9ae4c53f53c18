"""Simulated candidates as folders of FITS files, with a table of the truth."""

from collections import Counter

from otrain.data.tables.csv_table import write_ecsv
from otrain.domains.domain import Simulator
from otrain.domains.transients.simulators.candidates import (
    CHANNELS,
    check_request,
    iterate_candidates,
    simulate_candidates,
)
from otrain.domains.transients.simulators.fits_writer import fits_bytes

__all__ = ["SIMULATOR", "check", "write"]

FOLDERS = {1: "true", 0: "false"}
TRUTH_COLUMNS = ("candid", "kind", "mag", "mag_err", "band", "ra", "dec", "edge")
TRUTH_UNITS = {"mag": "mag", "mag_err": "mag", "ra": "deg", "dec": "deg", "flux": "adu", "pixel_noise": "adu",
               "x_offset": "pix", "y_offset": "pix", "fwhm_science": "pix", "fwhm_template": "pix",
               "pixel_scale": "arcsec / pix", "host_offset": "pix", "host_flux": "adu", "star_flux": "adu",
               "shift": "pix", "trail": "pix"}


def check(*, n_real=1000, n_bogus=1000, size=63, channels="difference", seed=0, kinds=None, edge_frac=0.0,
          unlabelled=False, checksum=False):
    """Return a request with its defaults.

    Parameters
    ----------
    n_real, n_bogus, size, channels, seed, kinds, edge_frac
        See `otrain.domains.transients.simulators.candidates.simulate_candidates`.
    unlabelled : bool
        Put all candidates into the folder itself and leave KIND out, as a night brings them.
    checksum : bool
        Write CHECKSUM and DATASUM.

    Raises
    ------
    UsageError
        If a count, the size, the channels, the seed, the fraction or a kind is not usable.
    """
    request = {"n_real": n_real, "n_bogus": n_bogus, "size": size, "channels": channels, "seed": seed,
               "kinds": list(kinds) if kinds else None, "edge_frac": edge_frac}
    check_request(**request)
    return request | {"unlabelled": unlabelled, "checksum": checksum}


def write(folder, request, *, jobs, update):
    """Write one FITS file per candidate, and ``truth.ecsv``; see `Simulator`."""
    drawn = {name: value for name, value in request.items() if name not in ("unlabelled", "checksum")}
    unlabelled, checksum = request["unlabelled"], request["checksum"]
    n_real, n_bogus = request["n_real"], request["n_bogus"]
    if not unlabelled:
        for name in FOLDERS.values():
            (folder / name).mkdir()
    rows = []
    for count, one in enumerate(iterate_candidates(**drawn), 1):
        rows.append(_write_candidate(folder, one, CHANNELS[request["channels"]], unlabelled, checksum))
        update(count, n_real + n_bogus)
    _write_truth(folder / "truth.ecsv", rows)
    kinds = dict(sorted(Counter(row["kind"] for row in rows).items()))
    return kinds, f"{n_real} real and {n_bogus} bogus candidates of {len(kinds)} kinds"


def _write_candidate(folder, one, channels, unlabelled, checksum):
    """Write one candidate and return its row of the truth table."""
    name = one.columns["file"] if unlabelled else f"{FOLDERS[one.label]}/{one.columns['file']}"
    columns = {key: value for key, value in one.columns.items() if key != "kind" or not unlabelled}
    content = fits_bytes(one.image, channels, columns, checksum=checksum)
    with open(folder / name, "wb", buffering=0) as file:
        file.write(content)
    return {"file": name, "label": one.label} | {key: one.columns[key] for key in TRUTH_COLUMNS} | one.truth


def _write_truth(path, rows):
    """Write the truth of every candidate, in the order of the files."""
    rows = sorted(rows, key=lambda row: row["file"])
    write_ecsv(path, {name: [_rounded(row[name]) for row in rows] for name in rows[0]}, units=TRUTH_UNITS)


def _rounded(value):
    """Floats to nine significant digits; the truth need not be longer than it is good for."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


SIMULATOR = Simulator(simulate=simulate_candidates, check=check, write=write)
