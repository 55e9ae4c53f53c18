import json
import zlib

import numpy as np
import pytest

from otrain.data.inputs.products import (
    belongs_there,
    cubes_made_of,
    is_product,
    is_product_folder,
    marked_png,
)
from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine
from otrain.data.results.map_store import map_store
from otrain.data.tables.written import FORMATS, Field, score_table

COLUMNS = {"file": Field(str), "model_id": Field(str), "otrain_version": Field(str)}


@pytest.mark.parametrize("format", FORMATS)
def test_table_of_scores_is_known(tmp_path, format):
    fields, window = COLUMNS, {name: ["x"] for name in COLUMNS}
    if format == "dat":
        names = ["filename", "RA", "Dec", "originalFile", "Xpos", "Ypos", "mag", "magerr", "FWHM", "FWHMPSF", "cand_ID", "label0", "label1"]
        fields, window = {name: Field(str) for name in names}, {name: ["x"] for name in names}
    path = tmp_path / f"renamed.{ {'votable': 'vot'}.get(format, format)}"
    with score_table(path, fields, format=format) as write:
        write(window)
    assert is_product(str(path))


def test_table_of_rejected_inputs_is_known_under_any_name(tmp_path):
    write_quarantine(tmp_path / "x.ecsv", [QuarantineRow("a.fits", "corrupt", "no.")])
    assert is_product(str(tmp_path / "x.ecsv"))


def test_map_summary_and_figure_are_known(tmp_path):
    with map_store(tmp_path / "e.maps.h5", kinds=["planet"], meta={"model_id": "m"}) as write:
        write("c", np.arange(3.0), np.ones(3), np.ones((1, 3)), {})
    (tmp_path / "n.summary.json").write_text('{"request_id": "x"}')
    assert is_product(str(tmp_path / "e.maps.h5")) and is_product(str(tmp_path / "n.summary.json"))


def test_figure_has_the_mark_and_stays_a_sound_picture(tmp_path):
    import cv2

    _, content = cv2.imencode(".png", np.arange(48, dtype=np.uint8).reshape(4, 12))
    marked = marked_png(content.tobytes())
    (tmp_path / "a.png").write_bytes(marked)
    (tmp_path / "b.png").write_bytes(content.tobytes())
    assert is_product(str(tmp_path / "a.png")) and not is_product(str(tmp_path / "b.png"))
    assert marked_png(marked) == marked
    assert cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_GRAYSCALE).tolist() == np.arange(48).reshape(4, 12).tolist()
    place = marked.index(b"tEXt")
    assert zlib.crc32(marked[place:place + 19]) == int.from_bytes(marked[place + 19:place + 23], "big")


@pytest.mark.parametrize(("name", "content"), [
    ("a.ecsv", b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: time, datatype: float64}\n# - {name: flux}\ntime flux\n"),
    ("infer_results.ecsv", b"time flux\n1 2\n"), ("events.csv", b"time,flux\n1,2\n"), ("a.quarantine.ecsv", b""),
    ("a.dat", b"# filename RA Dec\n"), ("a.json", b'{"format": 1}'), ("b.json", b"[" * 100_000), ("a.fits", b"otrain"),
    ("a.maps.h5", b"\x89HDF\r\n\x1a\n"), ("a.parquet", b"PAR1"), ("a.vot", b"<VOTABLE></VOTABLE>"),
])
def test_what_others_wrote_is_not_taken_for_ours_whatever_its_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert not is_product(str(tmp_path / name))


def test_what_is_no_file_is_no_product(tmp_path):
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "b.csv").symlink_to("b.csv")
    assert not any(is_product(str(tmp_path / name)) for name in ("a.csv", "b.csv", "nowhere.csv"))


def test_folder_is_ours_by_what_its_file_says(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"command": "otrain-train", "cube": {}, "versions": {}}))
    assert is_product_folder(str(tmp_path), ["run.json"]) and not is_product_folder(str(tmp_path), ["a.fits"])
    (tmp_path / "run.json").write_text(json.dumps({"command": "make"}))
    assert not is_product_folder(str(tmp_path), ["run.json"])
    assert belongs_there("Scores.NPZ") and not belongs_there("c1.fits")


def test_cube_is_made_of_what_is_listed_with_it_or_of_something_else(tmp_path):
    for name, folder in (("here", ".."), ("part", "../true"), ("above", "../.."), ("elsewhere", "../../other"), ("odd", 7)):
        (tmp_path / "night" / "cubes").mkdir(parents=True, exist_ok=True)
        (tmp_path / "night" / "cubes" / f"{name}.summary.json").write_text(json.dumps({"folders": [folder]}))
    cubes = tmp_path / "night" / "cubes"
    (cubes / "none.summary.json").write_text("{}")
    names = [path.name for path in cubes.iterdir()]
    found = cubes_made_of(str(tmp_path / "night"), str(cubes), names)
    assert found == {"here", "here.npz", "here.h5", "part", "part.npz", "part.h5"}
    assert cubes_made_of(str(cubes), str(cubes), names) == set()
