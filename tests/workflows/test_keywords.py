import inspect

import pytest

from otrain.errors import KeywordError, OtrainError
from otrain.workflows.keywords import with_nearest_names


def verb(cube, *, out=None, **recipe):
    """Do it."""
    return cube, out, recipe


def plain(cube, *, out=None):
    return cube, out


def test_known_keywords_are_passed_on():
    assert with_nearest_names(plain)("c", out="o") == ("c", "o")
    assert with_nearest_names(verb, ["epochs"])("c", epochs=3) == ("c", None, {"epochs": 3})
    assert with_nearest_names(plain)(cube="c") == ("c", None)


@pytest.mark.parametrize(("function", "further"), [(plain, ()), (verb, ("epochs",))])
def test_unknown_keyword_is_answered_with_the_nearest(function, further):
    with pytest.raises(KeywordError, match=r"takes no keyword 'outt'\. Did you mean 'out'\? It takes: cube, out"):
        with_nearest_names(function, further)("c", outt="o")


def test_error_is_a_type_error_and_one_of_ours():
    assert issubclass(KeywordError, TypeError) and issubclass(KeywordError, OtrainError)
    assert KeywordError.exit_code == 2


def test_verb_without_a_list_looks_at_its_keywords_itself():
    assert with_nearest_names(verb)("c", anything=1) == ("c", None, {"anything": 1})


def test_verb_keeps_its_face():
    checked = with_nearest_names(verb, ["epochs"])
    assert checked.__doc__ == "Do it." and checked.__name__ == "verb"
    assert inspect.signature(checked) == inspect.signature(verb)
