import math

import numpy as np
import pytest
import yaml

from otrain.data.files.yaml_text import yaml_text

VALUES = {
    "none": None, "truth": [True, False], "numbers": [1, -2, 0.5, 1e-5, 1e30, -3.25e-200, 1e16],
    "texts": ["", "no", "1.5", "a: b", "#x", "- y", "V1:Hrec_hoft_16384Hz", "line\nbreak", '"quoted" \\', "é😀",
              "\x7f\x85\u2028\ufeff", "!!python/object/apply:os.system", "*alias", "{a: 1}", "tab\there"],
    "nested": {"deeper": {"deepest": [[1, 2], ["x"]], "empty": {}}, "list": [], "of dicts": [{"a b": 1}, {}]},
    "yes": 1, "on": 2, "1": 3, "with: colon": 4, "": 5,
}


def test_values_are_read_back_the_same():
    assert yaml.safe_load(yaml_text(VALUES)) == VALUES
    assert yaml.safe_load(yaml_text({})) == {}


def test_numbers_that_are_none_are_read_back():
    read = yaml.safe_load(yaml_text({"a": [math.nan, math.inf, -math.inf]}))["a"]
    assert math.isnan(read[0]) and read[1:] == [math.inf, -math.inf]


def test_scalars_of_numpy_are_numbers():
    values = {"a": np.float64(0.5), "b": np.int64(3), "c": np.bool_(True), "d": np.float32(1e-8), "e": np.str_("x")}
    assert yaml.safe_load(yaml_text(values)) == {"a": 0.5, "b": 3, "c": True, "d": float(np.float32(1e-8)), "e": "x"}


def test_text_is_that_of_hand():
    assert yaml_text({"results": {"indeces": [0, 2], "iou": [0.25, 1e-05]}}) == (
        "results:\n  indeces: [0, 2]\n  iou: [0.25, 1.0e-05]\n")


def test_other_kinds_are_refused():
    with pytest.raises(TypeError, match="set cannot be written as YAML"):
        yaml_text({"a": {1, 2}})
