import io

import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import DOMAINS
from otrain.data.inputs.checksums import STALE
from otrain.data.inputs.quarantine import Tally
from otrain.errors import UsageError
from otrain.workflows.reading.checksums import judge_checksums
from otrain.workflows.reading.intake import intake, list_source

TRANSIENTS = DOMAINS.load("transients")


def write(path, value, sums, telescope="T1"):
    """Write a cutout whose checksums fit, were copied from a frame, or do not fit for one changed bit."""
    header = fits.Header({"TELESCOP": telescope, "CANDID": path.stem, "MAG": 18.0, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0,
                          "EDGE": "False"})
    image = np.random.default_rng(value).normal(size=(9, 9))
    out = io.BytesIO()
    fits.PrimaryHDU(image, header).writeto(out, checksum=sums is not None)
    data = bytearray(out.getvalue())
    if sums == "stale":
        at = data.index(b"DATASUM = '") + 11
        data[at:at + 4] = b"7777"
    elif sums == "damaged":
        data[2880 + 7] ^= 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def night(tmp_path):
    """Twelve stale cutouts of one telescope; nine good and one damaged of another; three without sums."""
    for n in range(12):
        write(tmp_path / f"a{n:02d}.fits", n, "stale")
    for n in range(10):
        write(tmp_path / f"b{n:02d}.fits", n + 50, "damaged" if n == 4 else "good", "T2")
    for n in range(3):
        write(tmp_path / f"c{n}.fits", n + 80, None)
    return tmp_path


def taken(source, workers=1, **options):
    tally, rows = Tally(), []
    kept = [item.name for item, _ in intake(source, TRANSIENTS, TRANSIENTS.preparation.make_recipe(), workers=workers, tally=tally,
                                            quarantine=rows, **options)]
    return kept, {row.file: row.reason for row in rows}, tally


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_stale_cards_are_kept_and_counted_damage_is_refused(night, workers):
    kept, rejected, tally = taken(night, workers)
    assert rejected == {"b04.fits": "bad-checksum"} and len(kept) == 24 and kept == sorted(kept)
    assert tally.remarks[STALE][0] == 12 and any("copy from another file" in note for note in tally.notes)


def test_order_of_the_inputs_does_not_matter(night):
    names = sorted(map(str, night.iterdir()))
    first, second = taken(names), taken(names[::-1])
    assert sorted(first[0]) == sorted(second[0]) and first[1] == second[1] and len(first[0]) == 24


def test_each_policy_does_what_it_says(night):
    assert taken(night, checksums="ignore")[1] == {}
    assert set(taken(night, checksums="verify")[1]) == {"b04.fits", *(f"a{n:02d}.fits" for n in range(12))}
    with pytest.raises(UsageError, match=r"checksums 'stail'\. Did you mean 'stale'"):
        taken(night, checksums="stail")


def test_work_that_goes_on_in_the_middle_decides_as_the_whole(night):
    from otrain.workflows.reading.account import Place

    place = Place()
    stopped = intake(night, TRANSIENTS, TRANSIENTS.preparation.make_recipe(), workers=1, tally=Tally(), quarantine=[], place=place)
    for _ in range(11):
        next(stopped)
    stopped.close()
    kept, rejected, _ = taken(night, place=place)
    assert len(kept) == 13 + (place.inputs == 10) and rejected == {"b04.fits": "bad-checksum"}


def test_two_files_cannot_tell_and_are_refused(tmp_path):
    for n in range(2):
        write(tmp_path / f"a{n}.fits", n, "stale")
    assert set(taken(tmp_path)[1].values()) == {"bad-checksum"}


def test_stale_cards_within_alerts_are_told_from_one_file(tmp_path):
    fastavro = pytest.importorskip("fastavro")
    images = []
    for n in range(5):
        write(tmp_path / "x" / f"{n}.fits", n, "stale")
        images.append((tmp_path / "x" / f"{n}.fits").read_bytes())
    schema = {"type": "record", "name": "decam.alert", "fields": [{"name": "candid", "type": "long"},
                                                                  {"name": "cutoutDifference", "type": "bytes"}]}
    with (tmp_path / "a.avro").open("wb") as stream:
        fastavro.writer(stream, schema, [{"candid": n, "cutoutDifference": image} for n, image in enumerate(images)])
    kept, rejected, tally = taken(tmp_path / "a.avro")
    assert len(kept) == 5 and not rejected and tally.remarks[STALE][0] == 5


def test_light_curves_are_judged_alike(tmp_path):
    domain = DOMAINS.load("lightcurves")
    for n in range(4):
        time = 100 + np.arange(300) / 48
        table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=time),
                                               fits.Column("FLUX", "E", array=1 + np.arange(300) * 7 % 11 / 1000)])
        table.header["TELESCOP"] = "Kepler"
        fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / f"s{n}_lc.fits", checksum=True)
        data = bytearray((tmp_path / f"s{n}_lc.fits").read_bytes())
        at = data.index(b"DATASUM = '", 2880) + 11
        data[at:at + 3] = b"123"
        (tmp_path / f"s{n}_lc.fits").write_bytes(data)
    tally = Tally()
    kept = list(intake(tmp_path, domain, domain.preparation.make_recipe(), workers=1, tally=tally, quarantine=[]))
    assert len(kept) == 4 and tally.remarks[STALE][0] == 4


def test_files_without_sums_are_not_read_twice(tmp_path):
    for n in range(4):
        write(tmp_path / f"c{n}.fits", n, None)

    def door(item):
        raise AssertionError(item)

    inputs = list_source(TRANSIENTS, tmp_path, None, None).inputs
    assert judge_checksums("stale", door, inputs, workers=0, timeout=5.0).stale == frozenset()


def test_limit_of_memory_ends_with_the_reading_of_a_file(monkeypatch, tmp_path):
    from otrain.data.inputs import memory
    from otrain.data.inputs.checksums import Checksums
    from otrain.workflows.reading.checksums import CheckedDoor

    limits = []
    monkeypatch.setattr(memory, "_state", {"now": "large"})
    monkeypatch.setattr(memory, "_set", limits.append)

    def door(item):
        memory.bound_memory(5)
        raise MemoryError

    with pytest.raises(MemoryError):
        CheckedDoor(door, Checksums())("x")
    assert limits == ["small", "large"]
