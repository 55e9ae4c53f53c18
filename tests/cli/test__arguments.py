from argparse import ArgumentTypeError

import pytest

from otrain.cli._arguments import count, fraction, positive


@pytest.mark.parametrize(("kind", "text", "value"), [(count, "0", 0), (positive, "1", 1), (fraction, "0.3", 0.3)])
def test_good_values_are_taken(kind, text, value):
    assert kind(text) == value


@pytest.mark.parametrize(("kind", "text"), [
    (count, "-1"), (count, "two"), (positive, "0"), (positive, "1.5"), (fraction, "1"), (fraction, "nan"),
    (fraction, "-0.1"),
])
def test_wrong_values_are_named(kind, text):
    with pytest.raises(ArgumentTypeError, match=f"must be a .*number.* Received: '{text}'"):
        kind(text)
