import numpy as np

from otrain.data.tables.crossmatch import match_by_name


def match(named, names, nothing=("--", "")):
    return match_by_name(np.array(named, str), np.array(names, str), nothing=nothing)


def test_event_and_candidate_of_one_name_are_a_pair():
    found = match(["c", "a"], ["a", "b", "c"])
    assert found.events.tolist() == [0, 1] and found.candidates.tolist() == [2, 0]
    assert found.touched.tolist() == [True, False, True]


def test_every_event_has_one_fate():
    found = match(["a", "--", "zz", "twice", "both", "both"], ["a", "twice", "twice", "both", "other"])
    assert (found.undetected, found.unmatched, found.repeated, found.shared) == (1, 1, 1, 2)
    assert found.events.tolist() == [0]
    assert len(found.events) + 1 + 1 + 1 + 2 == 6


def test_doubles_are_neither_pairs_nor_untouched():
    found = match(["twice", "both", "both"], ["twice", "twice", "both", "other"])
    assert len(found.candidates) == 0
    assert found.touched.tolist() == [True, True, True, False]


def test_agrees_with_a_plain_loop():
    rng = np.random.default_rng(0)
    named, names = rng.integers(0, 60, 80).astype(str), rng.integers(0, 60, 50).astype(str)
    found = match(named, names)
    pairs = {(e, c) for e in range(80) for c in range(50) if named[e] == names[c]
             and np.sum(names == names[c]) == 1 and np.sum(named == named[e]) == 1}
    assert set(zip(found.events.tolist(), found.candidates.tolist())) == pairs


def test_whole_number_that_went_through_a_float_column_is_found():
    found = match(["12.0", "7"], ["7.0", "12"])
    assert found.candidates.tolist() == [1, 0]


def test_other_names_keep_their_ends():
    assert match(["field3.0"], ["field3"]).unmatched == 1
    assert match(["1.05"], ["105"]).unmatched == 1


def test_empty_tables_match_nothing():
    assert match([], ["a"]).events.size == 0
    assert match(["a"], []).unmatched == 1
    assert match(["", "--"], ["", "a"]).undetected == 2
