import json

import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import TASKS
from otrain.data.cubes.datacube import open_cube
from otrain.data.cubes.side_table import read_side_table
from otrain.errors import DataError, UsageError
from otrain.workflows.convert import convert

STEP = 1 / 48


def write_curve(path, seed, *, t0=None, depth=0.01, days=20, **header):
    time = np.arange(0, days, STEP)
    flux = 1 + np.random.default_rng(seed).normal(0, 5e-4, len(time))
    if t0 is not None:
        flux[np.abs(time - t0) < 0.25] -= depth
    table = fits.BinTableHDU.from_columns([
        fits.Column("TIME", "D", unit="d", array=time), fits.Column("FLUX", "E", array=flux),
        fits.Column("FLUX_ERR", "E", array=np.full(len(time), 5e-4)),
        fits.Column("QUALITY", "J", array=np.zeros(len(time)))])
    keywords = {"OBJECT": path.name.split("_")[0], "QUARTER": 1, "MISSION": "PLATO", "MAG": 11.0} | header
    path.parent.mkdir(exist_ok=True)
    fits.HDUList([fits.PrimaryHDU(header=fits.Header(keywords)), table]).writeto(path)


@pytest.fixture
def stars(tmp_path):
    folder = tmp_path / "stars"
    for number in range(4):
        write_curve(folder / f"s{number}_1_lc.fits", number, t0=5.0 + number if number < 2 else None)
    (folder / "ephemerides.ecsv").write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: object_id, datatype: string}\n"
        "# - {name: t0, unit: d, datatype: float64}\n# - {name: duration, unit: h, datatype: float64}\n"
        "# - {name: depth, datatype: float64}\n# - {name: kind, datatype: string}\n"
        "object_id t0 duration depth kind\ns0 5.0 12 0.01 planet\ns1 6.0 12 0.01 binary\n")
    return folder


def run(folder, **options):
    return convert(folder, **{"path_datacube": folder.parent, "jobs": 1, "contact_sheet": False, "length": 1000} | options)


def test_cube_holds_windows_labels_and_events(stars):
    done = run(stars)
    with open_cube(done.path) as cube:
        assert cube.shape == (1000, 6) and cube.labels.tolist() == [1, 2, 0, 0]
        assert cube.meta["domain"] == "lightcurves" and cube.meta["task"] == "segmentation"
        assert cube.meta["targets"] == [{"name": "label", "channel": "label", "shape": [1000],
                                         "classes": ["continuum", "planet", "binary"]}]
        assert cube.columns["object_id"].tolist() == ["s0", "s1", "s2", "s3"]
        label = cube.read([0, 1])[..., cube.channels.index("label")]
        assert [(label[0] == 1).sum(), (label[1] == 2).sum()] == [24, 24]
        events = read_side_table(done.path, "events", cube.meta)
        cube.verify()
    assert events["object_id"].tolist() == ["s0", "s1"] and events["kind"].tolist() == ["planet", "binary"]
    np.testing.assert_allclose(events["t0"], [5, 6])
    counts = done.tally.to_dict()
    (words, told), = counts.pop("remarks").items()
    assert counts == {"seen": 5, "kept": 4, "skipped": {"side-table": 1}, "quarantined": {}}
    assert "without a row in the table of labels" in words and told[0] == 2


@pytest.mark.parametrize("store", ["npz", "folder", "h5"])
def test_every_store_gives_the_same_cube(stars, store):
    with open_cube(run(stars).path) as one, open_cube(run(stars, store=store, cube="other").path) as other:
        assert one.identity == other.identity
        np.testing.assert_array_equal(one.read([0, 3]), other.read([0, 3]))


def test_share_of_light_curves_with_an_event_can_be_asked_for(stars):
    done = run(stars, frac_true=2 / 3)
    assert done.summary["classes"] == {"continuum": 1, "planet": 1, "binary": 1}
    assert done.tally.skipped == {"side-table": 1, "balance": 1}
    with open_cube(done.path) as cube:
        assert len(read_side_table(done.path, "events", cube.meta)["t0"]) == 2, "those of the drawn windows only"


def test_light_curves_without_any_label_are_kept_as_unknown(stars):
    (stars / "ephemerides.ecsv").unlink()
    done = run(stars)
    assert done.summary["classes"] == {"continuum": 0, "planet": 0, "binary": 0, "not known": 4}
    with open_cube(done.path) as cube:
        assert cube.labels.tolist() == [-1] * 4 and np.isnan(cube.read([0])[..., -1]).all()
    with pytest.raises(DataError, match="0 true and 0 false"):
        run(stars, frac_true=0.5, cube="half")


def test_windows_of_one_file_keep_their_own_rows(stars):
    done = run(stars, length=480)
    with open_cube(done.path) as cube:
        assert len(cube) == 8 and cube.labels.tolist() == [1, 0, 2, 0, 0, 0, 0, 0]
        for row in range(8):
            time = cube.read([row])[0, :, cube.channels.index("time")] + cube.columns["time_start"][row]
            np.testing.assert_allclose(np.nanmin(time), (row % 2) * 10, atol=1e-5)


def test_broken_files_are_quarantined_and_the_others_kept(stars):
    whole = (stars / "s3_1_lc.fits").read_bytes()
    (stars / "cut_lc.fits").write_bytes(whole[:9000])
    (stars / "dark.csv").write_text("time,flux\n" + "".join(f"{i / 48},\n" for i in range(50)))
    (stars / "flat.csv").write_text("time,flux\n" + "".join(f"{i / 48},2\n" for i in range(50)))
    (stars / "one.csv").write_text("time,flux\n1,2\n")
    (stars / "none.csv").write_text("time,flux\n")
    (stars / "below.csv").write_text("time,flux\n" + "".join(f"{i / 48},{-5 + i % 3}\n" for i in range(50)))
    (stars / "timeless.csv").write_text("when,flux\n1,2\n")
    done = run(stars)
    assert done.tally.kept == 4
    assert done.tally.quarantined == {"truncated": 1, "no-finite-pixel": 1, "no-variation": 1, "too-small": 1,
                                      "no-image": 1, "bad-unit": 1, "missing-channel": 1}
    assert done.quarantine.is_file()


def test_what_was_put_right_is_counted_in_the_summary(stars):
    (stars / "messy.csv").write_text("time,flux\n.3,1.1\n.1,1\n.2,1.2\n.2,1.3\n,1\n.4,1.15\n")
    done = run(stars)
    assert done.summary["samples"] == {"flagged": 0, "impossible": 0, "unsorted": 1, "repeated": 1, "untimed": 1, "limits": 0, "unread": 0}
    assert "1 unsorted, 1 repeated, 1 untimed" in done.text
    assert json.loads(done.path.with_name("stars.summary.json").read_text())["events"] == {"binary": 1, "planet": 1}


def test_options_of_another_domain_are_refused(stars):
    with pytest.raises(UsageError, match=r"--pad does not concern lightcurves.*--cadence"):
        run(stars, pad=True)
    with pytest.raises(UsageError, match="--cadence does not concern transients"):
        convert(stars, path_datacube=stars.parent, domain="transients", cadence=60)


def test_failed_conversion_leaves_no_table_of_events(stars, monkeypatch):
    from otrain.workflows import convert as module

    def fail(*args, **options):
        raise DataError("disk")

    monkeypatch.setattr(module, "write_cube", fail)
    with pytest.raises(DataError, match="disk"):
        run(stars)
    assert not list(stars.parent.glob("datacube/*"))


def test_contact_sheet_shows_curves_of_each_class(stars):
    import cv2

    sheet = cv2.imread(str(run(stars, contact_sheet=True).contact_sheet))
    colours = {tuple(colour) for colour in sheet.reshape(-1, 3).tolist()}
    assert (178, 114, 0) in colours and (0, 94, 213) in colours, "planet and binary, as OpenCV orders colours"


def test_stars_get_classes_from_their_folders(tmp_path):
    for number, kind in enumerate(("pulsating", "constant", "pulsating", "eclipsing")):
        (tmp_path / "stars" / kind).mkdir(parents=True, exist_ok=True)
        write_curve(tmp_path / "stars" / kind / f"s{number}_1_lc.fits", number)
    done = run(tmp_path / "stars", domain="lightcurves", task="classification")
    with open_cube(done.path) as cube:
        assert cube.classes == ("constant", "eclipsing", "pulsating")
        assert [cube.classes[label] for label in cube.labels] == ["constant", "eclipsing", "pulsating", "pulsating"]
        assert "label" not in cube.channels and cube.meta["task"] == "classification"
        assert TASKS.load("classification").lesson(cube.meta).classes == cube.classes
        assert not cube.meta.get("tables")


def test_curves_without_a_class_are_quarantined_where_classes_are_asked_for(stars):
    with pytest.raises(DataError, match="label-missing"):
        run(stars, task="classification")
    assert not list(stars.parent.rglob("*.npz"))


def test_table_of_other_stars_is_said_in_the_summary(stars, tmp_path):
    (tmp_path / "others.csv").write_text("object_id,t0,duration\ns9,1,2\ns8,1,2\n")
    done = run(stars, labels=tmp_path / "others.csv")
    assert any("(0 of 2 rows): the table names s9, s8" in note for note in done.summary["notes"])
    assert "no row of" in done.text
    known = run(stars, overwrite=True)
    assert not any("no row of" in note for note in known.summary["notes"])


def test_every_light_curve_of_a_file_counts_in_the_summary(stars):
    rows = "".join(f"{row * STEP / 2},{100 + row % 7},{'gr'[row % 2]},{row % 10 == 0:d}\n" for row in range(400))
    (stars / "bands.csv").write_text("time,flux,band,quality\n" + rows)
    assert run(stars).summary["samples"]["flagged"] == 40
