import os
import sys
from pathlib import Path

import pytest

from otrain.data.datacube import open_cube
from otrain.data.quarantine import QUARANTINE_REASONS, SKIP_REASONS, Tally
from otrain.domains.transients import DOMAIN
from otrain.workflows._intake import intake
from otrain.workflows.convert import convert

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def corpus_module():
    sys.path.insert(0, str(HERE))
    import fault_corpus

    yield fault_corpus
    sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def corpus(corpus_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return folder, corpus_module.write_corpus(folder, count=500, seed=1)


@pytest.fixture(scope="module")
def result(corpus, tmp_path_factory):
    folder, _ = corpus
    out = tmp_path_factory.mktemp("out")
    return convert(folder, path_datacube=out, cube="night", frac_true="all", cutout_size=31, pad=True,
                   channels=["difference"], jobs=2)


@pytest.mark.slow
def test_every_file_of_a_bad_night_is_accounted_for(corpus, result):
    done = result
    tally = done.tally
    assert tally.seen == corpus[1]
    assert tally.kept + tally.skipped.total() + tally.quarantined.total() == tally.seen
    assert tally.kept == len(open_cube(done.path)) > 50
    assert tally.quarantined.total() > 100


@pytest.mark.slow
def test_every_reason_is_in_the_closed_list(result):
    from astropy.table import Table

    done = result
    assert set(done.tally.quarantined) <= set(QUARANTINE_REASONS)
    assert set(done.tally.skipped) <= set(SKIP_REASONS)
    table = Table.read(done.quarantine, format="ascii.ecsv")
    assert len(table) == done.tally.quarantined.total()
    assert set(table["reason"]) <= set(QUARANTINE_REASONS)
    assert all(str(words).strip() for words in table["words"])


@pytest.mark.slow
def test_what_is_no_file_is_quarantined_under_its_own_name(result):
    from astropy.table import Table

    table = Table.read(result.quarantine, format="ascii.ecsv")
    reasons = dict(zip(map(str, table["file"]), map(str, table["reason"]), strict=True))
    for name in ("directory.fits", "fifo.fits"):
        assert reasons[f"true/{name}"] == "not-a-file", name
    assert reasons["true/empty.fits"] == "empty-file"
    assert reasons["true/loop.fits"] in ("not-a-file", "unreadable")
    if os.geteuid():
        assert reasons["true/locked.fits"] == "unreadable"


@pytest.mark.slow
def test_same_pixels_under_both_labels_are_all_set_aside(result):
    from astropy.table import Table

    table = Table.read(result.quarantine, format="ascii.ecsv")
    conflicts = {str(row["file"]) for row in table if row["reason"] == "label-conflict"}
    assert {"true/copy1.fits", "true/copy2.fits", "false/conflict.fits"} <= conflicts


@pytest.mark.slow
def test_no_file_takes_the_ten_seconds_that_it_may(result):
    assert not result.tally.quarantined["timeout"]


def test_a_door_that_kills_its_process_loses_only_those_files(tmp_path, corpus_module):
    import dataclasses

    import numpy as np

    rng = np.random.default_rng(0)
    good = next(corpus_module._seeds(rng))[1]
    for i in range(60):
        (tmp_path / f"{i:02d}.fits").write_bytes(good)
    domain = dataclasses.replace(DOMAIN, make_door=lambda recipe, **kw: corpus_module.Deadly(DOMAIN.make_door(recipe, **kw)))
    tally, rows = Tally(), []
    kept = [item.name for item, _ in intake(tmp_path, domain, DOMAIN.make_recipe(), workers=2, tally=tally,
                                            quarantine=rows, timeout=3.0)]
    assert tally.to_dict()["quarantined"] == {"decoder-crash": 6, "timeout": 1, "out-of-memory": 1}
    assert len(kept) == tally.kept == 52
    assert kept == sorted(kept)
    assert {row.file for row in rows if row.reason == "decoder-crash"} == {f"{i}7.fits" for i in range(6)}
