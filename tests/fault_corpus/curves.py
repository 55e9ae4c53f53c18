"""Light curves as bad nights leave them: one good file per format, and the damage of the corpus."""

import gzip
import io

import numpy as np
from astropy.io import fits

from fault_corpus.mutators import DAMAGE
from fault_corpus.seeds import _file

__all__ = ["FORMATS", "write_curves"]

STEP = 1 / 48  # d


def _samples(rng):
    time = 100 + np.arange(300) * STEP
    flux = 1 + rng.normal(0, 1e-3, 300)
    flux[rng.integers(0, 300, 5)] = np.nan
    return {"time": time, "flux": flux, "flux_err": np.full(300, 1e-3), "quality": np.zeros(300, np.int32)}


def _fits(samples, checksum):
    letters = {"time": "D", "flux": "E", "flux_err": "E", "quality": "J"}
    table = fits.BinTableHDU.from_columns([fits.Column(name.upper(), letters[name], array=values)
                                           for name, values in samples.items()])
    return _file([fits.PrimaryHDU(header=fits.Header({"OBJECT": "s1"})), table], checksum)


def _csv(samples):
    rows = zip(*(samples[name].tolist() for name in samples), strict=True)
    return "\n".join([",".join(samples), *(",".join(map(repr, row)) for row in rows)]).encode()


def _ecsv(samples):
    from astropy.table import Table

    out = io.StringIO()
    Table(samples).write(out, format="ascii.ecsv")
    return out.getvalue().encode()


def _arrow(kind):
    def write(samples):
        import pyarrow
        from pyarrow import feather, parquet

        out, table = io.BytesIO(), pyarrow.table({name: pyarrow.array(values) for name, values in samples.items()})
        (parquet.write_table if kind == "parquet" else feather.write_feather)(table, out)
        return out.getvalue()

    return write


FORMATS = {
    "_lc.fits": lambda samples: _fits(samples, False), "_sum_lc.fits": lambda samples: _fits(samples, True),
    "_lc.fits.gz": lambda samples: gzip.compress(_fits(samples, False), mtime=0), ".csv": _csv, ".ecsv": _ecsv,
    ".parquet": _arrow("parquet"), ".feather": _arrow("feather"),
}


def write_curves(folder, count, seed=0):
    """Write damaged light curves, each format and each damage in turn; return their names."""
    rng = np.random.default_rng(seed)
    good = {ending: write(_samples(rng)) for ending, write in FORMATS.items()}
    endings, names = list(FORMATS), []
    folder.mkdir(parents=True)
    for i in range(count):
        ending, mutator = endings[i % len(endings)], list(DAMAGE)[i // len(endings) % len(DAMAGE)]
        (folder / f"s{i:05d}{ending}").write_bytes(DAMAGE[mutator](good[ending], rng))
        names.append(f"s{i:05d}{ending}")
    return names
