"""Every reader of the catalogue against hostile files of every format that it says it takes."""

import bz2
import gzip
import importlib.util
import lzma

import pytest
from hostile.formats import FORMATS
from hostile.good import GOOD
from hostile.inputs import read_hostile, write_variants

from otrain.catalogue import DOMAINS, READERS
from otrain.data.inputs.probe import Probe

DOMAIN_OF = {reader: name for name in DOMAINS for reader in DOMAINS.load(name).source.readers}
PAIRS = [(reader, kind) for reader in READERS for kind in READERS.load(reader).formats]
NEEDS = {"avro": "fastavro", "parquet": "pyarrow", "feather": "pyarrow"}
GIBIBYTE = 1024  # MiB
COMPRESSIONS = {"gzip": (".gz", gzip.compress), "bzip2": (".bz2", bz2.compress), "xz": (".xz", lzma.compress)}


def good_file(reader, kind):
    """What writes the good file: for compression that of the reader's other format."""
    return GOOD[reader].get(kind) or next(iter(GOOD[reader].values()))


@pytest.mark.parametrize("reader", READERS)
def test_reader_names_formats_of_which_hostile_files_are_made(reader):
    formats = READERS.load(reader).formats
    assert formats, f"{reader}: say in `formats` what the reader takes"
    assert set(formats) <= set(FORMATS), f"tests/hostile/formats.py: make hostile files of {set(formats) - set(FORMATS)}"
    assert set(GOOD[reader]) | set(COMPRESSIONS) >= set(formats), "tests/hostile/good.py: write a good file of each format"


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("reader", READERS)
def test_reader_names_the_compressions_that_it_takes(tmp_path, reader, kind):
    good = good_file(reader, "")(tmp_path)
    ending, compress = COMPRESSIONS[kind]
    packed = good.with_name(good.name + ending)
    packed.write_bytes(compress(good.read_bytes()))
    assert READERS.load(reader).recognises(Probe(str(packed))) == (kind in READERS.load(reader).formats)


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "kind"), PAIRS)
def test_hostile_files_give_nothing_away_and_take_little(tmp_path, reader, kind):
    if kind in NEEDS and importlib.util.find_spec(NEEDS[kind]) is None:
        pytest.skip(f"{NEEDS[kind]} is not installed")
    paths = write_variants(kind, good_file(reader, kind), tmp_path)
    rows = read_hostile(DOMAIN_OF[reader], reader, paths, tmp_path)
    assert rows[0]["name"] == "good" and rows[0]["fate"] == "loaded", rows[0]
    assert len(rows) >= 8
    assert not [(row["name"], row["fate"], row["words"]) for row in rows if row["fate"] not in ("loaded", "refused", "timeout")]
    assert not {row["name"]: row["events"] for row in rows if row["events"]}
    assert not {row["name"]: row["peak"] for row in rows if row["peak"] > GIBIBYTE}
    assert all(row["words"].strip() for row in rows if row["fate"] == "refused")
    assert not (tmp_path / "witness").exists()
