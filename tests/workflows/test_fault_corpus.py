import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fault_corpus import DAMAGE, FLAVOURS, NOTHING, ODDITIES, write_corpus
from fault_corpus.curves import CURVE_ODDITIES, FORMATS, write_curves
from fault_corpus.deadly import Deadly
from fault_corpus.lenses import LENS_FORMATS, LENS_ODDITIES, write_lenses
from fault_corpus.seeds import cards, encode, pixels
from fault_corpus.verdict import COMMANDS, run, unaccounted

from otrain.catalogue import DOMAINS
from otrain.data.inputs.quarantine import QUARANTINE_REASONS, SKIP_REASONS, InputRejected, Tally
from otrain.domains.transients.contents import DOMAIN
from otrain.workflows.reading.intake import intake

HOST = os.geteuid() == 0


SIZES = {"transients": 1000, "lightcurves": 600, "lenses": 900}
WRITERS = {"transients": write_corpus, "lightcurves": write_curves, "lenses": write_lenses}
KINDS = {"transients": (ODDITIES, {flavour.name for flavour in FLAVOURS}), "lightcurves": (CURVE_ODDITIES, set(FORMATS)),
         "lenses": (LENS_ODDITIES, set(LENS_FORMATS))}
TOLD = {"label-conflict", "label-missing", "bad-column"}  # of what is to be learnt, which is nothing to infer
MEMORY = 1 << 30  # bytes of any process


@pytest.fixture(scope="module", params=list(SIZES))
def corpus(request, tmp_path_factory):
    if request.param == "lightcurves":
        pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("corpus") / "in"
    return folder, WRITERS[request.param](folder, SIZES[request.param], seed=1)


@pytest.fixture(scope="module", params=COMMANDS)
def verdict(request, corpus, tmp_path_factory):
    folder, written = corpus
    return run(request.param, written, folder, tmp_path_factory.mktemp("out"))


def test_every_domain_has_a_corpus():
    assert set(DOMAINS) == set(SIZES) == set(WRITERS)


@pytest.mark.slow
def test_every_mutation_and_every_flavour_is_in_the_corpus(corpus):
    written = corpus[1]
    oddities, flavours = KINDS[written.domain]
    assert {case.mutator for case in written.cases} == {*DAMAGE, *oddities, NOTHING}
    assert {case.flavour for case in written.cases} == flavours
    assert sum(case.seed >= 0 for case in written.cases) == SIZES[written.domain] and len(written.places) > 5 and len(written.good) > 5


@pytest.mark.slow
@pytest.mark.parametrize("write", WRITERS.values())
def test_the_same_seed_writes_the_same_corpus(tmp_path, write):
    for name in ("a", "b"):
        write(tmp_path / name, 30, seed=5, places=False)
    first, second = ({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
                     for name in ("a", "b"))
    assert first == second and len(first) >= 30  # some have a table beside them


@pytest.mark.slow
def test_a_bad_night_ends_with_every_file_accounted_for(verdict):
    assert not verdict.crashed and verdict.code == 3, verdict.said[-2000:]
    assert verdict.unaccounted == []
    assert verdict.kept > 300 and verdict.reasons.total() > 200


@pytest.mark.slow
def test_every_sound_file_is_kept(verdict):
    assert verdict.lost == []


@pytest.mark.slow
def test_no_value_is_infinite(verdict):
    assert verdict.infinite == 0


@pytest.mark.slow
def test_no_file_takes_too_long_or_kills_its_worker_or_takes_much_memory(verdict):
    assert not [row for row in verdict.table if row[1] in ("timeout", "decoder-crash", "out-of-memory")]
    assert verdict.memory < MEMORY


@pytest.mark.slow
def test_every_reason_is_in_the_closed_list_and_has_words(verdict):
    assert set(verdict.reasons) <= set(QUARANTINE_REASONS)
    assert set(verdict.skipped) <= set(SKIP_REASONS)
    assert all(words.strip() for _, _, words in verdict.table)


@pytest.mark.slow
def test_what_a_checksum_covers_comes_out_unchanged_or_not_at_all(corpus, verdict):
    assert not [case for case in verdict.changed if case.checked]
    assert sum(case.checked and case.damaged for case in corpus[1].cases) > 50


@pytest.mark.slow
def test_what_is_no_candidate_is_set_aside_for_what_it_is(request, corpus, verdict):
    found = {name: reason for name, reason, _ in verdict.table}
    wrong = {name: found.get(name) for name, reasons in corpus[1].places.items() if found.get(name) not in reasons}
    if request.node.callspec.params["verdict"] == "infer":
        wrong = {name: reason for name, reason in wrong.items()
                 if reason is not None or not TOLD & corpus[1].places[name]}
    assert not wrong


def counted(corpus, folder, named, **skipped):
    return unaccounted(corpus, folder, set(named), Counter({reason.replace("_", "-"): count
                                                            for reason, count in skipped.items()}))


def test_a_count_of_skipped_files_hides_no_file_that_was_lost(tmp_path):
    from fault_corpus import Case, Corpus

    rng = np.random.default_rng(0)
    for name, edge in (("a.fits", "False"), ("b.fits", "True"), ("c.fits", "False")):
        header = cards(rng)
        header["EDGE"] = edge
        (tmp_path / name).write_bytes(encode(FLAVOURS[0], pixels(rng), header))
    (tmp_path / "note.md").touch()
    corpus = Corpus("transients", [Case(f"{name}.fits", "float", NOTHING, 0, False, False) for name in "abc"], [], {},
                    {"note.md": "not-a-cutout"})
    assert counted(corpus, tmp_path, ["a.fits", "c.fits"], edge=1, not_a_cutout=1) == []
    assert counted(corpus, tmp_path, ["a.fits"], edge=2, not_a_cutout=1) == ["c.fits"]
    assert counted(corpus, tmp_path, ["a.fits", "c.fits"], not_a_cutout=1) == ["1 more skipped as edge"]
    assert counted(corpus, tmp_path, ["a.fits", "c.fits"], edge=1, not_a_cutout=2) == ["1 fewer skipped as not-a-cutout"]


def test_damaged_pictures_are_accounted_for(tmp_path):
    # Alone: beside other candidates pictures are there to be looked at.
    import io

    from PIL import Image

    rng = np.random.default_rng(3)
    for number, (mutator, damage) in enumerate([*DAMAGE.items()] * 2):
        out = io.BytesIO()
        Image.fromarray(rng.integers(0, 255, (31, 31), np.uint8)).save(out, ("PNG", "JPEG")[number % 2])
        (tmp_path / f"{number:03}_{mutator}.{('png', 'jpg')[number % 2]}").write_bytes(damage(out.getvalue(), rng))
    tally, rows = Tally(), []
    kept = {item.name for item, _ in intake(tmp_path, DOMAIN, DOMAIN.preparation.make_recipe(), workers=1, tally=tally, quarantine=rows)}
    assert kept | {row.file for row in rows} == set(os.listdir(tmp_path)) and tally.seen == 2 * len(DAMAGE)
    assert not {row.reason for row in rows} & {"timeout", "decoder-crash", "out-of-memory"}


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

    from otrain.data.inputs import probe

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
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
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
