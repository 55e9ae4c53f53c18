import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fault_corpus import DAMAGE, FLAVOURS, ODDITIES, write_corpus
from fault_corpus.deadly import Deadly
from fault_corpus.seeds import cards, encode, pixels
from fault_corpus.verdict import run_convert, run_infer

from otrain.data.quarantine import QUARANTINE_REASONS, SKIP_REASONS, InputRejected, Tally
from otrain.domains.transients.contents import DOMAIN
from otrain.workflows._intake import intake

HOST = os.geteuid() == 0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return folder, write_corpus(folder, 1000, seed=1)


@pytest.fixture(scope="module", params=["convert", "infer"])
def verdict(request, corpus, tmp_path_factory):
    folder, written = corpus
    run = {"convert": run_convert, "infer": run_infer}[request.param]
    return run(written, folder, tmp_path_factory.mktemp("out"))


@pytest.mark.slow
def test_every_mutation_and_every_flavour_is_in_the_corpus(corpus):
    cases = corpus[1].cases
    assert {case.mutator for case in cases} == DAMAGE.keys() | ODDITIES.keys()
    assert {case.flavour for case in cases} == {flavour.name for flavour in FLAVOURS}
    assert len(cases) == 1000 and len(corpus[1].places) > 20


@pytest.mark.slow
def test_the_same_seed_writes_the_same_corpus(tmp_path):
    for name in ("a", "b"):
        write_corpus(tmp_path / name, 30, seed=5, places=False)
    first, second = ({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
                     for name in ("a", "b"))
    assert first == second and len(first) == 30


@pytest.mark.slow
def test_a_bad_night_ends_with_every_file_accounted_for(verdict):
    assert verdict.code == 3
    assert verdict.unaccounted == 0
    assert verdict.kept > 400 and verdict.reasons.total() > 300


@pytest.mark.slow
def test_no_file_takes_longer_than_five_seconds_or_kills_its_worker(verdict):
    assert not [row for row in verdict.table if row[1] in ("timeout", "decoder-crash", "out-of-memory")]


@pytest.mark.slow
def test_every_reason_is_in_the_closed_list_and_has_words(verdict):
    assert set(verdict.reasons) <= set(QUARANTINE_REASONS)
    assert set(verdict.skipped) <= set(SKIP_REASONS)
    assert all(words.strip() for _, _, words in verdict.table)


@pytest.mark.slow
def test_what_a_checksum_covers_comes_out_unchanged_or_not_at_all(corpus, verdict):
    assert not [case for case in verdict.changed if case.checked]
    assert sum(case.checked and case.damaged for case in corpus[1].cases) > 200


@pytest.mark.slow
def test_what_is_no_candidate_is_set_aside_for_what_it_is(request, corpus, verdict):
    found = {name: reason for name, reason, _ in verdict.table}
    wrong = {name: found.get(name) for name, reasons in corpus[1].places.items() if found.get(name) not in reasons}
    if request.node.callspec.params["verdict"] == "infer":  # labels are nothing to it
        wrong = {name: reason for name, reason in wrong.items()
                 if reason is not None or "label-conflict" not in corpus[1].places[name]}
    assert not wrong


def test_file_that_changes_while_it_is_read_is_accounted_for(tmp_path):
    rng = np.random.default_rng(0)
    good = [encode(FLAVOURS[0], pixels(rng), cards(rng)) for _ in range(2)]
    for i in range(40):
        (tmp_path / f"{i:02d}.fits").write_bytes(good[0])
    writer = subprocess.Popen([sys.executable, "-c", REWRITE, str(tmp_path / "07.fits")])
    try:
        while (tmp_path / "07.fits").stat().st_size == len(good[0]):  # the writer has begun
            time.sleep(0.01)
        tally, rows = Tally(), []
        kept = [item.name for item, _ in intake(tmp_path, DOMAIN, DOMAIN.preparation.make_recipe(), workers=2, tally=tally,
                                                quarantine=rows)]
    finally:
        writer.kill()
        writer.wait()
    assert tally.seen == 40 and {row.file for row in rows} | set(kept) == {f"{i:02d}.fits" for i in range(40)}
    assert {row.file for row in rows} <= {"07.fits"}


REWRITE = """
import itertools, sys
good = open(sys.argv[1], "rb").read()
for i in itertools.count():
    with open(sys.argv[1], "wb") as file:
        file.write(good[:i % 7 * 700] + bytes(i % 5 * 1000))
"""


def test_stale_handle_of_a_network_disk_is_unreadable(tmp_path, monkeypatch):
    import errno

    from otrain.data import probe

    def stale(descriptor, count):
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    (tmp_path / "a.fits").write_bytes(b"SIMPLE")
    monkeypatch.setattr(probe, "_read_exactly", stale)
    with pytest.raises(InputRejected, match=r"unreadable.*Stale file handle"):
        probe.Probe(str(tmp_path / "a.fits"))


@pytest.mark.skipif(not HOST, reason="needs to become somebody else")
def test_file_of_somebody_else_is_unreadable(tmp_path):
    (tmp_path / "a.fits").write_bytes(b"x")
    (tmp_path / "a.fits").chmod(0)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", AS_NOBODY, str(tmp_path / "a.fits")], capture_output=True, text=True,
                          check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "unreadable"


AS_NOBODY = """
import os, sys
from otrain.data.probe import Probe
from otrain.data.quarantine import InputRejected
os.seteuid(65534)
try:
    Probe(sys.argv[1])
except InputRejected as error:
    print(error.reason)
"""


def test_a_door_that_kills_its_process_loses_only_those_files(tmp_path):
    import dataclasses

    rng = np.random.default_rng(0)
    good = encode(FLAVOURS[0], pixels(rng), cards(rng))
    for i in range(60):
        (tmp_path / f"{i:02d}.fits").write_bytes(good)
    domain = dataclasses.replace(DOMAIN, source=dataclasses.replace(
        DOMAIN.source, make_door=lambda recipe, **kw: Deadly(DOMAIN.source.make_door(recipe, **kw))))
    tally, rows = Tally(), []
    kept = [item.name for item, _ in intake(tmp_path, domain, DOMAIN.preparation.make_recipe(), workers=2, tally=tally,
                                            quarantine=rows, timeout=0.5)]
    assert tally.to_dict()["quarantined"] == {"decoder-crash": 6, "timeout": 1, "out-of-memory": 1}
    assert len(kept) == tally.kept == 52
    assert kept == sorted(kept)
    assert {row.file for row in rows if row.reason == "decoder-crash"} == {f"{i}7.fits" for i in range(6)}
