import numpy as np
import pytest

from otrain.web.doctor import write_doctor_page

RESULT = {
    "source": "night.npz", "identity": "ab", "otrain_version": "1", "created": "2026-11-22T08:00:00+00:00",
    "examples": 3, "inputs": {"seen": 3, "kept": 3, "skipped": {}, "quarantined": {}}, "judged_channel": "difference",
    "layouts": [{"shape": [9, 9], "channels": ["difference"], "count": 3}], "classes": {"bogus": 1, "real": 2},
    "faults": 1, "notices": 0, "clean": {"constant": "images with a channel of a single value"},
    "findings": [{"code": "sentinel", "level": "fault", "count": 1, "of": 3, "words": "Fill values.",
                  "title": "pixel values beyond 1e6",
                  "examples": [{"row": 0, "label": "real", "file": "a.fits", "candid": "a", "value": "2 pixels"}]}],
    "columns": [{"column": "mag", "share": 0.25, "shares": {"bogus": None, "real": 0.5}},
                {"column": "fwhm", "share": 0.0, "shares": {"bogus": 0.0, "real": 0.0}}],
    "nights": [], "bands": [{"value": "r", "counts": {"bogus": 1, "real": 2}, "lopsided": False}], "suspects": None,
}


@pytest.fixture
def page(tmp_path):
    def write(pictures=(), **changes):
        write_doctor_page(tmp_path / "doctor.html", RESULT | changes, dict(pictures))
        return (tmp_path / "doctor.html").read_text(encoding="utf-8")
    return write


def test_page_names_findings_and_what_was_not_found(page):
    text = page()
    for words in ("pixel values beyond 1e6: 1 of 3", "a.fits", "2 pixels", "images with a channel of a single value",
                  "Labels were not compared"):
        assert words in text
    assert "25.0 %" in text and "fwhm" not in text


def test_cutouts_of_several_sizes_share_a_picture(page):
    images = [np.random.default_rng(0).normal(size=(side, side, 1)) for side in (9, 31)]
    assert page({"sentinel": (images, ["a", "b"])}).count("data:image/png") == 2  # and the bands


def test_page_needs_nothing_else(page):
    text = page()
    assert "<script" not in text and "http" not in text
    assert "Nothing." in page(findings=[])
