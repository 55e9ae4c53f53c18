"""Light curves as bad nights leave them: good files of every format, the damage of the corpus, odd samples."""

import gzip
import io
import warnings

import numpy as np
from astropy.io import fits

from fault_corpus import NOTHING, Case, Corpus
from fault_corpus.mutators import DAMAGE
from fault_corpus.places import NAMES, write_passed_over
from fault_corpus.seeds import _file

__all__ = ["CURVE_ODDITIES", "FORMATS", "write_curves"]

STEP = 1 / 48  # d
COUNT = 300  # samples


def _samples(rng):
    time = 100 + np.arange(COUNT) * STEP
    flux = 1 + rng.normal(0, 1e-3, COUNT)
    flux[rng.integers(0, COUNT, 5)] = np.nan
    return {"time": time, "flux": flux, "flux_err": np.full(COUNT, 1e-3), "quality": np.zeros(COUNT, np.int32)}


def _fits(checksum):
    def write(samples):
        letters = {"time": "D", "flux": "E", "flux_err": "E", "quality": "J"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = fits.BinTableHDU.from_columns([fits.Column(name.upper(), letters[name], array=values)
                                                   for name, values in samples.items()])
        return _file([fits.PrimaryHDU(header=fits.Header({"OBJECT": "s1"})), table], checksum)

    return write


def _csv(samples):
    rows = zip(*(samples[name].tolist() for name in samples), strict=True)
    return "\n".join([",".join(samples), *(",".join(map(repr, row)) for row in rows)]).encode()


def _ecsv(samples):
    from astropy.table import Table

    out = io.StringIO()
    Table(samples).write(out, format="ascii.ecsv")
    return out.getvalue().encode()


def _arrow(kind, names=None):
    def write(samples):
        import pyarrow
        from pyarrow import feather, parquet

        table = pyarrow.table({new: pyarrow.array(samples[old]) for new, old in (names or dict.fromkeys(samples)).items()}
                              if names else {name: pyarrow.array(values) for name, values in samples.items()})
        out = io.BytesIO()
        (parquet.write_table if kind == "parquet" else feather.write_feather)(table, out)
        return out.getvalue()

    return write


def _psls(samples):
    rows = zip((samples["time"] - 100) * 86_400, (samples["flux"] - 1) * 1e6, samples["quality"], strict=True)
    return ("# Time [s], Flux variation [ppm], Flag\n" + "".join(f"{t:.1f} {f:.6g} {q}\n" for t, f, q in rows)).encode()


def _psls_hdf5(samples):
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["MEAN_LC"] = np.column_stack([(samples["flux"] - 1) * 1e6, np.zeros(len(samples["flux"]))])
        file["TIME"], file["TRANSIT_LC"] = (samples["time"] - 100) * 86_400, np.ones((len(samples["time"]), 2))
    return out.getvalue()


def _psls_npz(samples):
    out = io.BytesIO()
    np.savez(out, flux=samples["flux"], label=np.zeros(len(samples["flux"])), valid=np.isfinite(samples["flux"]))
    return out.getvalue()


# By ending: how a name is made of the stem, how the samples become bytes, and whether a checksum covers them.
FORMATS = {
    "_lc.fits": ("{}_lc.fits", _fits(False), False), "_sum_lc.fits": ("{}_lc.fits", _fits(True), True),
    "_lc.fits.gz": ("{}_lc.fits.gz", lambda samples: gzip.compress(_fits(False)(samples), mtime=0), True),
    ".csv": ("{}.csv", _csv, False), ".ecsv": ("{}.ecsv", _ecsv, False),
    ".parquet": ("{}.parquet", _arrow("parquet"), False), ".feather": ("{}.feather", _arrow("feather"), False),
    ".ftr": ("sim{}_Q2.ftr", _arrow("feather", {"time": "time", "camera": "time", "coadded": "flux"}), False),
    ".dat": ("{}.dat", _psls, False), ".hdf5": ("{}.hdf5", _psls_hdf5, False),
    ".npz": ("{}_1800s.npz", _psls_npz, True),
}


def _some(name, value, most=40):
    """Return an oddity that puts a value into some samples."""
    def mutate(samples, rng):
        values = samples[name].astype(float)
        values[rng.integers(0, len(values), int(rng.integers(1, most)))] = value
        return samples | {name: values}

    return mutate


def _all(name, value):
    return lambda samples, rng: samples | {name: np.full(len(samples[name]), value)}


def _taken(rows):
    return lambda samples, rng: {name: values[rows(rng)] for name, values in samples.items()}


CURVE_ODDITIES = {
    "some_inf": _some("flux", np.inf), "some_huge": _some("flux", 1e36), "all_huge": _all("flux", 1e36),
    "beyond_float32": _some("flux", 1e300), "all_nan": _all("flux", np.nan), "constant": _all("flux", 1.0),
    "zero": _all("flux", 0.0), "sentinels": _some("flux", -99.0), "nan_times": _some("time", np.nan),
    "inf_time": _some("time", np.inf), "one_time": _all("time", 100.0), "huge_times": _some("time", 1e300),
    "no_errors": _all("flux_err", np.nan), "negative_errors": _all("flux_err", -1.0), "flagged": _all("quality", 1),
    "no_rows": _taken(lambda rng: slice(0, 0)), "one_row": _taken(lambda rng: slice(0, 1)),
    "backwards": _taken(lambda rng: slice(None, None, -1)), "shuffled": _taken(lambda rng: rng.permutation(COUNT)),
    "twice": _taken(lambda rng: np.repeat(np.arange(COUNT), 2)),
    "a_century": lambda samples, rng: samples | {"time": samples["time"] * np.linspace(1, 400, COUNT)},
}


def write_curves(folder, count=500, seed=0, *, mutators=None, places=True):
    """Write light curves: each format, and each damage and oddity, in turn.

    Parameters
    ----------
    folder : Path
    count, seed : int
    mutators : collection of str, optional
        Names in `DAMAGE` and `CURVE_ODDITIES`, or `NOTHING`; all by default.
    places : bool
        Whether pipes, links and the like are written too.

    Returns
    -------
    Corpus
    """
    rng = np.random.default_rng(seed)
    endings, names = list(FORMATS), list(mutators or [*DAMAGE, *CURVE_ODDITIES, NOTHING])
    originals = {ending: _samples(rng) for ending in endings}
    good = {ending: FORMATS[ending][1](samples) for ending, samples in originals.items()}
    folder.mkdir(parents=True)
    cases = []
    for i in range(count):
        ending, mutator = endings[i % len(endings)], names[i // len(endings) % len(names)]
        name, write, sealed = FORMATS[ending]
        if mutator == NOTHING:
            data = good[ending]
        elif mutator in DAMAGE:
            data = DAMAGE[mutator](good[ending], rng)
        else:
            data = write(CURVE_ODDITIES[mutator](originals[ending], rng))
        stem = f"{NAMES[i % len(NAMES)]}s{i:05d}" if i < 3 * len(NAMES) and "{}_lc" in name else f"{i:05d}"
        path = name.format(stem)
        (folder / path).write_bytes(data)
        cases.append(Case(path, ending, mutator, endings.index(ending), sealed, mutator in DAMAGE))
    found = _write_places(folder) if places else {}
    return Corpus("lightcurves", cases, [(ending, ending, data) for ending, data in good.items()], found,
                  write_passed_over(folder) if places else {})


def _write_places(folder):
    """Write names that stand for no light curve; return them with the reasons to quarantine them."""
    import os

    (folder / "directory_lc.fits").mkdir()
    os.mkfifo(folder / "pipe_lc.fits")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "null.ecsv").symlink_to("/dev/null")
    (folder / "empty.parquet").write_bytes(b"")
    (folder / "page.csv").write_bytes(b"<html>404 Not Found</html>")
    return {"directory_lc.fits": {"not-a-file"}, "pipe_lc.fits": {"not-a-file"}, "loop.csv": {"not-a-file"},
            "null.ecsv": {"not-a-file"}, "empty.parquet": {"empty-file"},
            "page.csv": {"unknown-format", "no-image", "corrupt", "bad-column", "too-small"}}
