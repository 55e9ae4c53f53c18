import subprocess
import sys

import pytest

from otrain.errors import UsageError
from otrain.models.loss_names import loss_config


def test_sum_lists_its_terms_as_plain_data():
    assert loss_config("weighted-bce+dice", positive_weight=4) == {"class_name": "otrain>PointSum", "config": {
        "terms": [{"class_name": "otrain>PointCrossentropy", "config": {"positive_weight": 4}},
                  {"class_name": "otrain>PointDice", "config": {}}]}}


@pytest.mark.parametrize(("name", "options", "words"), [
    ("dise", {}, "unknown loss 'dise'. Did you mean 'dice'"),
    ("bce+", {}, "unknown loss ''"),
    ("bce", {"gamma": 1.0}, "`gamma` belongs to the loss focal. Received: 'bce'"),
    ("focal", {"positive_weight": 2.0}, "`positive_weight` belongs to the loss weighted-bce"),
])
def test_what_does_not_exist_is_refused_in_words(name, options, words):
    with pytest.raises(UsageError, match=words):
        loss_config(name, **options)


def test_names_are_known_without_keras():
    code = "import sys; import otrain.models.loss_names; print('keras' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
