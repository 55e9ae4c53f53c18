import pytest

from otrain.domains.lenses.configs.keys import check_keys, value_of
from otrain.errors import UsageError


@pytest.mark.parametrize(("tables", "words"), [
    ({"hyperparameters": {"learning_rate": 1}}, r"unknown key 'learning_rate' in \[hyperparameters\]. Did you mean "
                                                "'learning-rate'"),
    ({"hyperparamters": {}}, "Did you mean 'hyperparameters'"),
    ({"dataset": {"training": {"filname": "a"}}}, r"\[dataset.training\]. Did you mean 'filename'"),
    ({"hyperparameters": {"array": {"batchsize": [1]}}}, "Did you mean 'batch-size'"),
    ({"dataset": {"testing": 3}}, "testing must be a table"),
    ({"training": 3}, r"\[training\] must be a table. Received: 3"),
])
def test_key_that_is_none_is_named_with_the_nearest(tables, words):
    with pytest.raises(UsageError, match="x.toml: .*" + words):
        check_keys(tables, "x.toml")


def test_tables_of_cosmosim_are_left_to_the_simulator():
    check_keys({"simulator": {"anything": 1}, "dataset": {"roulette": "r", "directory": "d"}}, "x.toml")


def test_value_has_its_kind():
    assert value_of({"a": 1}, "a", float, "x") == 1 and value_of({}, "a", int, "x", 7) == 7
    for value, kind in ((True, int), ("1", float), (1.5, int), ([], dict)):
        with pytest.raises(UsageError, match="x: a must be a"):
            value_of({"a": value}, "a", kind, "x")
