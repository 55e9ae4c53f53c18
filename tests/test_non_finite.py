"""NaN and infinity in pixels, headers, labels and weights reach neither weights nor scores."""

import json
import math

import h5py
import keras
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from handmade import write_network
from hostile.good import GOOD
from hostile.spoilt import SPOIL

from otrain.catalogue import DOMAINS, READERS, TASKS
from otrain.data.cubes.datacube import DataCube, open_cube, write_cube
from otrain.data.inputs.listing import Input
from otrain.data.inputs.outcomes import Kept, Quarantined
from otrain.data.subsets.split import Split
from otrain.errors import IntegrityError
from otrain.workflows.convert import convert
from otrain.workflows.infer import infer
from otrain.workflows.training import fitting as _fitting
from otrain.workflows.training.fitting import fit
from otrain.workflows.training.recipe import Recipe

VALUES = {"NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf, "1e31": 1e31}
WHERE = {"one pixel": (3, 4), "one row": (3,), "all pixels": ()}
HEADER = {"CANDID": "c", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0, "EDGE": "False"}


def spoilt(value, where, side=16):
    image = np.random.default_rng(0).normal(size=(side, side)).astype("f4")
    image[where] = value
    return image


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A cutout for each value in each place, some with broken numbers in the header, and two good ones."""
    folder = tmp_path_factory.mktemp("night")
    for label in ("true", "false"):
        (folder / "cutouts" / label).mkdir(parents=True)
    for name, value in VALUES.items():
        for place, where in WHERE.items():
            hdu = fits.PrimaryHDU(spoilt(value, where), fits.Header(HEADER | {"CANDID": f"{name} {place}"}))
            hdu.writeto(folder / "cutouts" / "true" / f"{name} {place}.fits")
    for text in ("NaN", "inf", "-inf", "1e999"):
        hdu = fits.PrimaryHDU(spoilt(0.0, (0, 0)), fits.Header(HEADER | {"MAG": text, "FWHM": text}))
        hdu.writeto(folder / "cutouts" / "false" / f"header {text}.fits")
    write_network(folder / "bundle", 16)
    return folder


def test_scores_exist_for_usable_candidates_alone_and_are_finite(night):
    done = infer(night / "cutouts", night / "bundle", format="ecsv", out=night / "t.ecsv", jobs=1)
    table, rejected = Table.read(done.path), Table.read(done.quarantine)
    scored = {str(file).rpartition("/")[2] for file in table["file"]}
    assert np.isfinite(table["score"]).all() and len(table) == done.tally.kept >= 8
    gone = {str(file).rpartition("/")[2] for file in rejected["file"]}
    assert {f"{name} all pixels.fits" for name in VALUES} <= gone and not scored & gone
    assert {f"{name} {place}.fits" for name in VALUES for place in ("one pixel", "one row")} <= scored
    assert not np.isinf(np.asarray(table["mag"], float)).any() and not np.isinf(np.asarray(table["fwhm"], float)).any()


def test_cube_holds_nan_for_no_value_and_never_infinity(night, tmp_path):
    done = convert(night / "cutouts", path_datacube=tmp_path, frac_true="all", jobs=1, contact_sheet=False)
    with open_cube(done.path) as cube:
        images = cube.read(np.arange(len(cube)))
        assert not np.isinf(images).any() and (np.abs(images[np.isfinite(images)]) < 1e30).all()
        assert np.isfinite(images).any(axis=(1, 2, 3)).all()
        assert not any(np.isinf(values).any() for values in cube.columns.values() if values.dtype.kind == "f")


def test_cutouts_with_any_such_pixel_are_rejected_where_that_is_asked_for(night, tmp_path):
    done = convert(night / "cutouts", path_datacube=tmp_path, frac_true="all", jobs=1, contact_sheet=False,
                   nonfinite="reject")
    with open_cube(done.path) as cube:
        assert np.isfinite(cube.read(np.arange(len(cube)))).all()
    assert done.tally.quarantined["non-finite"] + done.tally.quarantined["no-finite-pixel"] >= 12


def test_rows_of_a_cube_without_a_finite_pixel_get_no_score(night, tmp_path):
    images = np.stack([spoilt(value, where) for value in VALUES.values() for where in WHERE.values()])[..., None]
    names = np.array([f"r{n}" for n in range(len(images))])
    np.savez(tmp_path / "plain.npz", cube=images, labels=np.zeros(len(images)), mags=np.zeros(len(images)),
             candids=names)
    done = infer(tmp_path / "plain.npz", night / "bundle", format="ecsv")
    table = Table.read(done.path)
    assert np.isfinite(table["score"]).all() and len(table) == 8
    assert done.tally.quarantined == {"no-finite-pixel": 4}


def cube_of(images):
    labels = np.arange(len(images)) % 2
    return DataCube.from_arrays(images, labels, {"candid": np.array([f"c{n}" for n in range(len(images))])},
                                {"channels": ["difference"]})


def fitted(cube, monkeypatch, jit, architecture="compact", epochs=1):
    compile_ = keras.Model.compile
    monkeypatch.setattr(keras.Model, "compile", lambda self, **k: compile_(self, jit_compile=jit, **k))
    rows = np.arange(len(cube))
    split = Split(rows[:32], rows[32:], rows[:0], rows)
    recipe = Recipe(architecture=architecture, epochs=epochs, batch_size=16, scheduler="constant")
    done = []
    network, history = fit(recipe, cube, split, TASKS.load("classification"), channels=[0],
                           augmentations=DOMAINS.load("transients").tasks["classification"].changes,
                           on_epoch=lambda epoch, epochs, logs: done.append(epoch))
    return network, history, done


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "jit"), [("compact", False), ("otrain-cnn", False), ("compact", True)],
                         ids=["compact-graph", "otrain-cnn-graph", "compact-XLA"])
def test_no_such_pixel_reaches_the_weights(monkeypatch, jit, architecture):
    rng = np.random.default_rng(1)
    images = rng.normal(size=(48, 12, 12, 1)).astype("f4")
    places = [(value, where) for value in VALUES.values() for where in WHERE.values()]
    for row, (value, where) in enumerate(places * 3):
        images[(row, *where)] = value
    network, history, _ = fitted(cube_of(images), monkeypatch, jit, architecture)
    assert all(np.isfinite(weights).all() for weights in network.get_weights())
    assert all(math.isfinite(value) for values in history.values() for value in values)
    assert np.isfinite(network.predict(images, verbose=0)).all()


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("part", ["label", "weight"])
def test_label_or_weight_that_is_not_finite_ends_the_training_in_its_first_epoch(monkeypatch, jit, part):
    real = _fitting.training_batches

    def spoilt_batches(*args, **kwargs):
        def spoil(images, targets, weights):
            return images, targets * np.nan if part == "label" else targets, (
                weights * np.nan if part == "weight" else weights)

        return real(*args, **kwargs).map(spoil)

    monkeypatch.setattr(_fitting, "training_batches", spoilt_batches)
    images = np.random.default_rng(1).normal(size=(48, 12, 12, 1)).astype("f4")
    with pytest.raises(IntegrityError, match=r"^epoch 1: .*(not finite|loss is nan)") as error:
        fitted(cube_of(images), monkeypatch, jit, "otrain-cnn", epochs=3)
    assert error.value.exit_code == 6


def test_label_that_is_no_class_is_refused_before_the_training(tmp_path):
    with pytest.raises(Exception, match="label"):
        write_cube(tmp_path / "x.npz", [np.zeros((2, 4, 4, 1), "f4")], labels=np.array([0.0, np.nan]),
                   columns={}, meta={"channels": ["difference"]})


SIZES = {"1e36": 1e36, "-1e36": -1e36, "1e39": 1e39, "1e300": 1e300, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf}
# A cube folder holds float32 alone, with hashes; what is compressed is the other format of its reader; pictures
# hold whole numbers below 65536.
NOT_SPOILT = ("cube-folder", "gzip", "bzip2", "xz", "png", "jpeg")
FILES = [(name, reader, kind) for name in DOMAINS for reader in DOMAINS.load(name).source.readers
         for kind in READERS.load(reader).formats if kind not in NOT_SPOILT]


def spoilt_files(reader, kind, folder):
    """Write the good file of a reader once for each value, its name in front; return the names."""
    if kind == "avro":
        pytest.importorskip("fastavro")
    if kind in ("parquet", "feather"):
        pytest.importorskip("pyarrow")
    for name, value in SIZES.items():
        home = folder / name
        home.mkdir(parents=True)
        good = GOOD[reader][kind](home)
        data = good.read_bytes()
        for other in home.iterdir():
            if other != good and other.suffix in (".fits", ".avro"):
                other.unlink()
        good.write_bytes(SPOIL[kind](data, value))
    return good.name


def no_infinity(values):
    values = np.asarray(values, float)
    return bool((~(np.abs(values) >= 1e30)).all())


@pytest.mark.parametrize(("domain", "reader", "kind"), FILES)
def test_one_such_value_is_missing_after_the_last_conversion(tmp_path, domain, reader, kind):
    name, domain = spoilt_files(reader, kind, tmp_path), DOMAINS.load(domain)
    door = domain.source.make_door(domain.preparation.make_recipe())
    hashed = kind == "hdf5" and reader == "otrain-npz"
    for place in SIZES:
        outcomes = door(Input(str(tmp_path / place / name), name, None, None, 0))
        assert all(isinstance(outcome, Quarantined if hashed else Kept) for outcome in outcomes), (place, outcomes)
        for outcome in outcomes if not hashed else ():
            image = outcome.example.image
            assert image.dtype == np.float32 and no_infinity(image), place
            assert np.isnan(image).any() and np.isfinite(image[..., 0]).any(), place
            assert all(no_infinity(value) for value in outcome.example.columns.values() if isinstance(value, float)), place
            assert all(no_infinity(value) for rows in (outcome.example.tables or {}).values() for row in rows
                       for value in row.values() if isinstance(value, float)), place


@pytest.mark.parametrize("domain", DOMAINS)
def test_cube_of_any_domain_holds_no_infinity(tmp_path, domain):
    reader = {"transients": "fits", "lightcurves": "csv-curve", "lenses": "lens-fits"}[domain]
    spoilt_files(reader, READERS.load(reader).formats[0], tmp_path / "in" / "true")
    done = convert(tmp_path / "in", path_datacube=tmp_path, domain=domain, frac_true="all", jobs=1, contact_sheet=False)
    with open_cube(done.path) as cube:
        images = cube.read(np.arange(len(cube)))
        assert len(images) == done.tally.kept == len(SIZES) and no_infinity(images)
        assert all(no_infinity(values) for values in cube.columns.values() if values.dtype.kind == "f")
        if domain == "lightcurves":
            counted = np.asarray(cube.columns["impossible"]) + cube.columns.get("limits", np.zeros(len(SIZES), int)).clip(0)
            assert sorted(counted.tolist()) == [0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("store", ["npz", "h5"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_cube_of_wider_numbers_is_read_without_infinity(tmp_path, domain, store):
    shape = (2, 9, 9, 1) if len(DOMAINS.load(domain).axes) == 3 else (2, 9, 1)
    images = np.ones(shape)
    images.flat[4] = 1e39
    meta = json.dumps({"format": 1, "domain": domain, "task": "classification", "classes": ["a", "b"], "channels": ["difference"]})
    if store == "npz":
        np.savez(tmp_path / "c.npz", cube=images, labels=[0, 1], meta=np.array(meta))
    else:
        with h5py.File(tmp_path / "c.h5", "w") as file:
            file["images"], file["labels"] = images, [0, 1]
            file.create_group("columns")
            file.attrs["meta"] = meta
    with open_cube(tmp_path / f"c.{store}") as cube:
        found = cube.read([0, 1])
    assert np.isnan(found.flat[4]) and np.isfinite(found).sum() == found.size - 1


def test_array_of_wider_numbers_becomes_a_cube_without_infinity():
    images = np.full((1, 2, 2, 1), 1e39)
    images[0, 0, 0] = 7
    assert np.nansum(DataCube.from_arrays(images, [0]).read([0])) == 7
    assert images.max() == 1e39


def test_rows_of_a_cube_of_curves_are_prepared_without_infinity():
    domain = DOMAINS.load("lightcurves")
    rows = np.ones((3, 8, 2))
    rows[0, 3], rows[1, :, 0], rows[2, 1] = 1e39, np.inf, np.nan
    recipe = domain.preparation.make_recipe(length=8, channels=["flux", "residual"])
    prepared, usable, faults = domain.preparation.prepare_rows(rows, ("flux", "residual"), recipe)
    assert usable.tolist() == [0, 2] and faults[1].reason == "no-finite-pixel"
    assert np.isnan(prepared[0, 3]).all() and np.isfinite(prepared).sum() == 2 * (8 - 1) * 2


def test_label_of_a_sample_that_is_no_class_is_refused_in_words(tmp_path):
    (tmp_path / "a.csv").write_text("time,flux,label\n" + "".join(f"{n / 48},{1 + n % 3 / 100},{1e36 if n == 4 else 0}\n" for n in range(20)))
    domain = DOMAINS.load("lightcurves")
    outcome, = domain.source.make_door(domain.preparation.make_recipe())(Input(str(tmp_path / "a.csv"), "a.csv", None, None, 0))
    assert outcome.reason == "bad-column" and "1e+36" in outcome.words and "1 (planet)" in outcome.words
