import json
import os
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from otrain.bundle.bundle import Bundle
from otrain.data.files.work_log import WorkLog
from otrain.data.results.calibration import sigmoid
from otrain.data.results.side_files import KEY, NO_TABLE, file_hash, foreign_side_files
from otrain.errors import DataError, IntegrityError, OutputError, UsageError
from otrain.workflows.infer import infer

HEADER = {"CANDID": "a1", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 2.5, "EDGE": "False", "RA": 10.0,
          "DEC": -5.0, "XPOS": 100.0, "YPOS": 200.0, "FILE": "field one.fits", "FWHMPSF": 2.4}


def write_cutout(path, value=0.0, size=16, **header):
    """A cutout whose mean is `value`."""
    image = np.full((size, size), value, np.float32)
    cards = fits.Header(HEADER | header)
    for name in [name for name, content in header.items() if content is None]:
        del cards[name]
    fits.PrimaryHDU(image, cards).writeto(path)


@pytest.fixture
def night(tmp_path, make_bundle):
    """A folder of four cutouts and a bundle."""
    make_bundle(tmp_path / "bundle")
    (tmp_path / "night").mkdir()
    for number, value in enumerate((-20.0, -5.0, 5.0, 20.0)):
        write_cutout(tmp_path / "night" / f"c{number}.fits", value, CANDID=f"cand {number}")
    return tmp_path


def scores_of(table):
    return dict(zip(map(str, table["file"]), map(float, table["score"])))


def run(night, source="night", **options):
    options = {"jobs": 0, **options}
    return infer(night / source if isinstance(source, str) else source, night / "bundle", **options)


def test_published_table_has_the_published_columns(night):
    done = run(night)
    assert done.path == night / "night" / "infer_results.dat"
    assert done.path.read_text().splitlines()[0] == (
        "# filename RA Dec originalFile Xpos Ypos mag magerr FWHM FWHMPSF cand_ID label0 label1")
    table = Table.read(done.path, format="ascii.commented_header")
    assert list(table["filename"]) == ["c0.fits", "c1.fits", "c2.fits", "c3.fits"]
    assert list(table["cand_ID"]) == [f"cand {n}" for n in range(4)]
    assert set(table["originalFile"]) == {"field one.fits"} and set(table["FWHMPSF"]) == {2.4}
    np.testing.assert_allclose(table["label1"], sigmoid([-2.0, -0.5, 0.5, 2.0]), atol=1e-6)
    np.testing.assert_allclose(table["label0"] + table["label1"], 1)
    assert done.classes == {"bogus": 2, "real": 2}


def test_missing_keywords_are_missing_values(night):
    write_cutout(night / "night" / "bare.fits", MAG=None, CANDID=None, RA=None, FILE=None)
    table = Table.read(run(night).path, format="ascii.commented_header")
    row = table[list(table["filename"]).index("bare.fits")]
    assert np.isnan(row["mag"]) and np.isnan(row["RA"])
    assert row["cand_ID"] == "bare" and row["originalFile"] is np.ma.masked


def test_other_formats_say_what_gave_the_score(night):
    done = run(night, format="ecsv", threshold=0.6, uncertainty=8)
    table = Table.read(done.path)
    assert done.path.name == "infer_results.ecsv"
    assert list(table["class"]) == ["bogus", "bogus", "real", "real"]
    assert set(table["model_id"]) == {done.model_id} and set(table["calibration_id"]) == {done.calibration_id}
    assert set(table["threshold"]) == {0.6} and np.all(table["uncertainty"] > 0)
    assert str(table["ra"].unit) == "deg" and table.meta["model_id"] == done.model_id


def test_ratio_of_real_to_bogus_lowers_the_scores(night):
    plain = scores_of(Table.read(run(night, format="ecsv").path))
    rare = scores_of(Table.read(run(night, format="ecsv", prob_ratio=0.001, out=night / "rare.ecsv").path))
    odds = {name: score / (1 - score) for name, score in plain.items()}
    for name, score in rare.items():
        assert score == pytest.approx(0.001 * odds[name] / (1 + 0.001 * odds[name]), rel=1e-9)


def test_same_file_has_the_same_score_alone_in_a_list_and_in_any_order(night):
    files = sorted((night / "night").glob("*.fits"))
    together = scores_of(Table.read(run(night, format="ecsv").path))
    turned = Table.read(run(night, [str(path) for path in reversed(files)], format="ecsv",
                            out=night / "turned.ecsv").path)
    assert {name.rpartition("/")[2]: score for name, score in scores_of(turned).items()} == together
    alone = Table.read(run(night, "night/c2.fits", format="ecsv", out=night / "alone.ecsv").path)
    assert scores_of(alone)["c2.fits"] == together["c2.fits"]


@pytest.mark.parametrize("uncertainty", [None, 4])
def test_table_has_the_same_bytes_for_any_number_of_workers(night, uncertainty):
    rng = np.random.default_rng(0)
    for number in range(150):
        write_cutout(night / "night" / f"d{number}.fits", rng.normal(), size=16 if number % 50 else 8)
    tables = [run(night, format="ecsv", jobs=jobs, uncertainty=uncertainty, out=night / f"{jobs}.ecsv")
              for jobs in (0, 1, 2, 3)]
    assert all(done.tally.kept == 151 and done.tally.quarantined == {"too-small": 3} for done in tables)
    assert len({done.path.read_bytes() for done in tables}) == 1


def test_candidates_of_one_file_are_scored_in_the_worker_that_read_it(night):
    cube(night / "many.npz", values=np.linspace(-9, 9, 300))
    tables = [Table.read(run(night, [night / "many.npz"], jobs=jobs, format="ecsv", out=night / f"{jobs}.ecsv").path)
              for jobs in (0, 1)]
    assert list(tables[1]["score"]) == list(tables[0]["score"]) and len(tables[0]) == 300
    np.testing.assert_allclose(tables[1]["score"], sigmoid(np.linspace(-0.9, 0.9, 300)), atol=1e-6)


def test_network_that_a_worker_refuses_ends_the_run(night, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # not verified yet
    path = night / "bundle" / "golden.npz"
    from otrain.bundle.format import model_identity
    from otrain.data.results.settings import sha256_of

    manifest = json.loads((night / "bundle" / "bundle.json").read_text())
    with np.load(path) as golden:
        np.savez(path, images=golden["images"], logits=golden["logits"] + 1, scores=golden["scores"])
    manifest["files"]["golden.npz"] = {"sha256": sha256_of(path.read_bytes()), "bytes": path.stat().st_size}
    manifest["model_id"] = model_identity(manifest)
    (night / "bundle" / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError, match="golden examples score"):
        run(night, jobs=2)
    assert not (night / "night" / "infer_results.dat").exists()


def test_rejected_inputs_have_a_reason_and_no_score(night):
    (night / "night" / "broken.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 50)
    write_cutout(night / "night" / "blank.fits", np.nan)
    write_cutout(night / "night" / "small.fits", size=8)
    write_cutout(night / "night" / "at_edge.fits", EDGE="True")
    done = run(night)
    assert (done.tally.seen, done.tally.kept) == (8, 4)
    assert done.tally.skipped == {"edge": 1} and done.tally.quarantined.total() == 3
    rejected = Table.read(done.quarantine)
    assert done.quarantine.name == "infer_results.dat.quarantine.ecsv"
    assert set(rejected["file"]) == {"broken.fits", "blank.fits", "small.fits"}
    scored = Table.read(done.path, format="ascii.commented_header")["filename"]
    assert set(scored) == {"c0.fits", "c1.fits", "c2.fits", "c3.fits"}


def test_larger_cutout_is_cut_around_the_candidate(night):
    image = np.full((40, 40), 1000.0, np.float32)
    image[12:28, 12:28] = 5.0
    fits.PrimaryHDU(image, fits.Header(HEADER)).writeto(night / "night" / "large.fits")
    scores = scores_of(Table.read(run(night, format="ecsv").path))
    assert scores["large.fits"] == pytest.approx(sigmoid(0.5), abs=1e-6)


def test_smaller_cutout_is_scored_with_a_border_only_if_asked_for(night):
    write_cutout(night / "night" / "small.fits", size=8)
    assert run(night).tally.quarantined == {"too-small": 1}
    padded = run(night, format="ecsv", pad=True)
    assert not padded.tally.quarantined
    assert np.isfinite(scores_of(Table.read(padded.path))["small.fits"])


def test_labels_of_true_and_false_folders_are_in_the_table(night):
    for kind in ("true", "false"):
        (night / "sorted" / kind).mkdir(parents=True)
        write_cutout(night / "sorted" / kind / "c.fits")
    table = Table.read(run(night, "sorted", format="ecsv").path)
    assert dict(zip(table["file"], table["label"])) == {"true/c.fits": 1, "false/c.fits": 0}


def cube(path, values=(-20.0, 5.0), size=16, channels=("difference",), store="npz", **columns):
    from otrain.data.cubes.datacube import write_cube

    images = np.stack([np.full((size, size, len(channels)), value, np.float32) for value in values])
    names = {"file": np.array([f"{n}.fits" for n in range(len(values))])}
    with write_cube(path, [images], labels=[0] * len(values), columns=names | columns,
                    meta={"domain": "transients", "task": "classification", "classes": ["bogus", "real"],
                          "channels": list(channels)}, store=store):
        pass


def test_cube_is_scored_like_its_files(night):
    cube(night / "cube.npz")
    done = run(night, "cube.npz", format="ecsv")
    assert done.path == night / "infer_results.ecsv"
    table = Table.read(done.path)
    np.testing.assert_allclose(table["score"], sigmoid([-2.0, 0.5]), atol=1e-6)
    assert list(table["label"]) == [0, 0]


@pytest.mark.parametrize("name", ["cube.npz", "cube"])
def test_cube_that_changed_since_it_was_written_is_not_scored(night, name):
    from otrain.errors import ChecksumError

    cube(night / name, store="npz" if name.endswith("npz") else "folder")
    file = night / name if name.endswith("npz") else night / name / "shard-00000.npy"
    data = bytearray(file.read_bytes())
    data[data.index(np.float32(5).tobytes() * 8) + 1] ^= 1
    file.write_bytes(data)
    with pytest.raises(ChecksumError):
        run(night, name)
    assert not (night / "infer_results.dat").exists()
    (night / "folder").mkdir()
    (night / name).rename(night / "folder" / name)  # one input among others: set aside for its checksum
    write_cutout(night / "folder" / "good.fits")
    done = run(night, "folder")
    assert done.tally.kept == 1 and done.tally.quarantined == {"bad-checksum": 1}


def test_row_of_a_cube_without_a_finite_pixel_is_quarantined(night):
    cube(night / "cube.npz", values=(1.0, np.nan))
    done = run(night, "cube.npz")
    assert done.tally.kept == 1 and done.tally.quarantined == {"no-finite-pixel": 1}


def test_channel_is_taken_from_a_cube_by_name(night):
    cube(night / "cube.npz", channels=("science", "difference"))
    assert run(night, "cube.npz").tally.kept == 2


@pytest.mark.parametrize("options, words", [({"channels": ("science",)}, "no channel difference"),
                                            ({"size": 8}, "Make the cube again")])
def test_cube_that_does_not_fit_the_network_is_refused(night, options, words):
    cube(night / "cube.npz", **options)
    with pytest.raises(DataError, match=words):
        run(night, "cube.npz")


@pytest.mark.parametrize("pad", [False, True])
def test_same_pixels_have_the_same_score_from_a_cube_as_from_files(night, pad):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(5, 8 if pad else 20, 20, 1)).astype(np.float32)
    images[1, :, 5], images[2, 3, 6:], images[3] = -3.4e38, np.inf, 1e30
    (night / "some").mkdir()
    for number, image in enumerate(images):
        fits.PrimaryHDU(image[..., 0], fits.Header(HEADER)).writeto(night / "some" / f"{number}.fits")
    np.savez(night / "legacy.npz", cube=images, labels=np.zeros(5, int))
    from otrain.data.cubes.datacube import write_cube

    write_cube(night / "ours.npz", [images], labels=[0] * 5, columns={}, meta={"channels": ["difference"]}).close()
    tables = [run(night, source, format="ecsv", pad=pad, out=night / f"{source}.ecsv")
              for source in ("some", "legacy.npz", "ours.npz")]
    assert [done.tally.quarantined for done in tables] == [{"no-finite-pixel": 1}] * 3
    scores = [list(Table.read(done.path)["score"]) for done in tables]
    assert len(scores[0]) == 4 and scores[0] == scores[1] == scores[2]


def test_policy_of_the_network_holds_for_a_cube(night, monkeypatch):
    from otrain.bundle.bundle import Bundle

    monkeypatch.setattr(Bundle, "recipe", {"kind": "cutout", "size": 16, "channels": None, "pad": False,
                                           "nonfinite": "reject"})
    images = np.ones((3, 16, 16, 1), np.float32)
    images[1, 0, 0] = np.nan
    np.savez(night / "legacy.npz", cube=images, labels=np.zeros(3, int))
    done = run(night, "legacy.npz")
    assert done.tally.kept == 2 and done.tally.quarantined == {"non-finite": 1}
    assert list(Table.read(done.quarantine)["position"]) == [1]


def test_network_of_a_cube_without_recipe_scores_files(night, monkeypatch):
    from otrain.bundle.bundle import Bundle

    monkeypatch.setattr(Bundle, "recipe", {"channels": ["difference"]})  # as from a cube of O'TRAIN 0.1
    assert run(night).tally.kept == 4


def test_column_that_is_left_out_of_a_cube_is_said(night, capsys):
    np.savez(night / "legacy.npz", cube=np.ones((2, 16, 16, 1), "f4"), labels=np.zeros(2, int),
             candids=np.array(["a", None], object))
    assert run(night, "legacy.npz").tally.kept == 2
    assert "note: " in (said := capsys.readouterr().err) and "The column is left out." in said


def test_existing_table_is_kept_unless_told_otherwise(night):
    run(night)
    with pytest.raises(OutputError, match="exists already"):
        run(night)
    assert run(night, overwrite=True).tally.kept == 4


def test_table_does_not_appear_without_a_usable_candidate(night):
    (night / "night" / "none").mkdir()
    (night / "night" / "none" / "broken.fits").write_bytes(b"")
    with pytest.raises(DataError, match=r"no usable candidate .*quarantine\.ecsv"):
        run(night, "night/none")
    assert sorted(path.name for path in (night / "night" / "none").iterdir()) == [
        "broken.fits", "infer_results.dat.quarantine.ecsv"]


def test_score_that_is_not_finite_stops_the_run(night, monkeypatch):
    from otrain.bundle.bundle import Bundle

    monkeypatch.setattr(Bundle, "scores", lambda self, images, ratio: np.full(len(images), np.nan))
    with pytest.raises(IntegrityError, match="not finite"):
        run(night)
    assert not (night / "night" / "infer_results.dat").exists()


@pytest.mark.parametrize("options, words", [
    ({"threshold": 2}, "--threshold must lie"), ({"uncertainty": 1, "format": "ecsv"}, "at least 2 passes"),
    ({"uncertainty": 8}, "Choose --format ecsv"), ({"prob_ratio": 0}, "positive number"),
    ({"format": "fits"}, "unknown table format"), ({"reader": "fit"}, "fits"), ({"domain": "transient"}, "transients"),
])
def test_impossible_request_is_refused_before_the_work(night, options, words):
    with pytest.raises(UsageError, match=words):
        run(night, **options)


def test_network_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        infer(tmp_path, tmp_path / "none")


@pytest.mark.parametrize("given", ["", "bundle", "bundle/bundle.json", "bundle/model.onnx", "first.keras", "first.h5"])
def test_bundle_is_found_from_the_run_directory_and_its_files(make_bundle, tmp_path, given):
    from otrain.workflows.scoring.network import open_network

    folder = tmp_path / "first"
    bundle = make_bundle(folder / "bundle")
    for name in ("run.json", "first.keras", "first.h5"):
        (folder / name).write_text("{}")
    assert open_network(folder / given).identity == bundle.identity


def test_plain_cutouts_are_scored_without_heavy_packages(night):
    run(night)  # verifies the bundle
    code = ("import sys; from otrain.workflows.infer import infer; "
            f"infer({str(night / 'night')!r}, {str(night / 'bundle')!r}, overwrite=True); "
            "print(sorted({'astropy', 'sklearn', 'scipy', 'tensorflow', 'keras', 'matplotlib', 'h5py', 'onnx', 'cv2', "
            "'rich', 'pyarrow', 'fastavro'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_normalisation_is_refused_for_a_bundle(night):
    with pytest.raises(UsageError, match=r"--normalise is for networks without a bundle.*'l2'"):
        run(night, normalise="l2")


@pytest.mark.slow
def test_pixels_are_normalised_before_a_network_without_a_bundle(night):
    keras = pytest.importorskip("keras")
    image = keras.Input((16, 16, 1))
    x = keras.layers.Flatten()(image)
    keras.Model(image, keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")(x)).save(night / "braai.h5")
    plain, scaled = (infer(night / "night", night / "braai.h5", jobs=0, format="ecsv", normalise=method,
                           out=night / f"{method}.ecsv") for method in ("none", "l2"))
    # 256 equal pixels v become sign(v) / 16 each, so that their sum is 16 sign(v).
    np.testing.assert_allclose(Table.read(scaled.path)["score"], sigmoid(16.0 * np.array([-1, -1, 1, 1])), rtol=1e-4)
    np.testing.assert_allclose(Table.read(plain.path)["score"][1], sigmoid(-5.0 * 256), atol=1e-12)
    assert "given as they are" in plain.notes[0] and "normalised by l2" in scaled.notes[0]
    assert plain.model_id != scaled.model_id


@pytest.mark.slow
def test_legacy_network_is_scored_by_keras_and_called_uncalibrated(night):
    keras = pytest.importorskip("keras")
    image = keras.Input((16, 16, 1))
    x = keras.layers.Flatten()(image)
    keras.Model(image, keras.layers.Dense(1, activation="sigmoid")(x)).save(night / "old.h5")
    done = infer(night / "night", night / "old.h5", jobs=0)
    assert done.tally.kept == 4 and "not calibrated" in done.notes[0]
    with pytest.raises(UsageError, match="--prob-ratio"):
        infer(night / "night", night / "old.h5", jobs=0, prob_ratio=0.1, overwrite=True)
    assert json.dumps(done.tally.to_dict())


class Killed(BaseException):
    """The process is gone."""


def killed_after(monkeypatch, parts, night, **options):
    """Score until some windows are finished, and no further."""
    real = WorkLog.add

    def add(log, arrays, state):
        real(log, arrays, state)
        if len(seen.append(1) or seen) == parts:
            raise Killed

    seen = []
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(WorkLog, "add", add)
        run(night, **{"checkpoint_every": 0, **options})


@pytest.fixture
def long_night(night, monkeypatch):
    """Eight windows of candidates, with rejected ones among them and one file of many."""
    monkeypatch.setattr("otrain.workflows.scoring.windows.WINDOW", 64)
    rng = np.random.default_rng(0)
    for number in range(90):
        write_cutout(night / "night" / f"d{number}.fits", rng.normal(), size=16 if number % 30 else 8)
    cube(night / "night" / "e.npz", values=np.linspace(-9, 9, 300))
    for number in range(70):
        write_cutout(night / "night" / f"f{number}.fits", rng.normal(), size=16 if number % 9 else 8)
    return night


@pytest.mark.parametrize(("format", "jobs", "kills"), [
    ("dat", 2, [3]), ("ecsv", 0, [1, 1, 4]), ("csv", 2, [7]), ("votable", 2, [2, 3]), ("parquet", 0, [4])])
def test_killed_scoring_ends_with_the_same_bytes(long_night, monkeypatch, capsys, format, jobs, kills):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    whole = run(long_night, format=format, jobs=jobs, out=long_night / "whole")
    done = 0
    for parts in kills:
        killed_after(monkeypatch, parts, long_night, format=format, jobs=jobs, out=long_night / "t", resume=done > 0)
        done += parts
    asked = []
    real = Bundle.answers
    monkeypatch.setattr(Bundle, "answers", lambda *a, **k: asked.append(1) or real(*a, **k))
    again = run(long_night, format=format, jobs=jobs, out=long_night / "t", resume=True)
    assert again.path.read_bytes() == whole.path.read_bytes()
    assert again.quarantine.read_bytes() == whole.quarantine.read_bytes()
    assert (again.tally, again.classes) == (whole.tally, whole.classes) and again.tally.quarantined
    assert "continuing after" in capsys.readouterr().err
    assert sorted(path.name for path in long_night.iterdir() if path.name.startswith(".")) == []
    if jobs == 0:  # in this process we see what was not done twice
        assert len(asked) == -(-again.tally.kept // 64) - done


def test_killed_scoring_of_a_cube_ends_with_the_same_bytes(night, monkeypatch):
    monkeypatch.setattr("otrain.workflows.scoring.windows.WINDOW", 64)
    cube(night / "many.npz", values=np.linspace(-9, 9, 300))
    whole = run(night, "many.npz", out=night / "whole")
    killed_after(monkeypatch, 2, night, source="many.npz", out=night / "t")
    again = run(night, "many.npz", out=night / "t", resume=True)
    assert again.path.read_bytes() == whole.path.read_bytes() and again.tally == whole.tally


def test_other_inputs_or_flags_are_not_continued_with(long_night, monkeypatch):
    killed_after(monkeypatch, 2, long_night)
    with pytest.raises(UsageError, match=r"another request \(threshold: 0.5 then, 0.9 now\)"):
        run(long_night, resume=True, threshold=0.9)
    killed_after(monkeypatch, 2, long_night, overwrite=True)
    write_cutout(long_night / "night" / "a_new_one.fits")
    with pytest.raises(UsageError, match="files were added, removed or changed"):
        run(long_night, resume=True)


def test_unfinished_scoring_of_a_while_is_not_given_up_unasked(long_night, monkeypatch):
    killed_after(monkeypatch, 2, long_night)
    with pytest.raises(OutputError, match="Continue with --resume"):
        run(long_night, checkpoint_every=0)
    assert run(long_night, checkpoint_every=0, overwrite=True).tally.kept


def test_resume_without_an_unfinished_run_begins_at_the_beginning(night, capsys):
    assert run(night, resume=True).tally.kept == 4
    assert "no unfinished run: beginning at the beginning" in capsys.readouterr().err


def test_what_the_network_never_saw_is_said_once_with_counts(night, make_bundle):
    make_bundle(night / "bundle", overwrite=True, seen={"band": {"values": ["g"], "known": 9},
                                                        "fwhm": {"low": 2.0, "high": 4.0, "known": 9}})
    done = run(night)
    assert done.unseen == {"band": {"judged": 4, "outside": 4, "unseen": {"r": 4}, "values": ["g"]}}
    assert [note for note in done.notes if "'r' (4)" in note] and len(done.notes) == 1


@pytest.mark.parametrize("ending", [".dat", ".ecsv", ".csv", ".parquet", ".vot"])
def test_ending_of_the_table_says_its_format(night, ending):
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    told = run(night, out=night / f"a{ending}").path.read_bytes()
    asked = run(night, out=night / "b", format={".vot": "votable"}.get(ending, ending[1:])).path.read_bytes()
    assert told == asked


@pytest.mark.parametrize(("name", "options", "error", "words"), [
    ("a.csv", {"format": "ecsv"}, UsageError, "the ending says csv, --format says ecsv"),
    ("a.txt", {}, UsageError, "the ending '.txt' says no format"),
    ("not-there/a.csv", {}, OutputError, "there is no folder '.*not-there'. Make it")])
def test_place_that_cannot_be_meant_is_refused_before_the_network_is_opened(night, name, options, error, words):
    with pytest.raises(error, match=words):
        infer(night / "night", night / "no network", out=night / name, **options)
    assert not (night / "not-there").exists()


def test_second_night_of_the_same_command_ends_like_the_first(night):
    first = run(night)
    again = run(night, overwrite=True)
    (night / "night" / "old.csv").write_bytes(run(night, out=night / "t.csv").path.read_bytes())
    third = run(night, "night", out=night / "night" / "new.csv")
    assert first.tally.kept == again.tally.kept == third.tally.kept == 4
    assert not (first.tally.quarantined or again.tally.quarantined or third.tally.quarantined)
    assert again.tally.skipped == {"own-product": 1} and third.tally.skipped == {"own-product": 2}


def test_rejected_inputs_say_of_which_table_they_are_and_resume_sees_those_of_another(night):
    (night / "night" / "broken.fits").write_bytes(b"SIMPLE")
    done = run(night)
    name = done.quarantine.name
    assert Table.read(done.quarantine, format="ascii.ecsv").meta[KEY] == file_hash(done.path)
    assert run(night, resume=True).quarantine == done.quarantine
    done.quarantine.write_text(done.quarantine.read_text().replace(file_hash(done.path), NO_TABLE))
    again = run(night, resume=True)
    assert again.quarantine is None and again.tally.quarantined == {"corrupt": 1}
    assert f"{name} beside it is of another table; --overwrite writes both anew" in again.notes


def test_rejected_inputs_of_an_older_table_go_after_it(night, monkeypatch):
    (night / "night" / "broken.fits").write_bytes(b"SIMPLE")
    done = run(night)
    (night / "night" / "broken.fits").unlink()
    rejected, replace, seen = done.quarantine, os.replace, []

    def watched(old, new):
        seen.append((os.fspath(new), rejected.exists()))
        replace(old, new)

    monkeypatch.setattr(os, "replace", watched)
    assert run(night, overwrite=True).quarantine is None
    assert seen == [(str(done.path), True)] and not rejected.exists()


def test_rejected_inputs_of_a_run_without_a_table_belong_to_none(night):
    (night / "night" / "broken.fits").write_bytes(b"SIMPLE")
    done = run(night)
    for path in (night / "night").glob("c*.fits"):
        path.unlink()
    with pytest.raises(DataError, match="no usable"):
        run(night, overwrite=True)
    assert foreign_side_files(done.path, [done.quarantine.name]) == [done.quarantine.name]
