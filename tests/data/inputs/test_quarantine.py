import pytest

from otrain.data.inputs.quarantine import (
    QUARANTINE_REASONS,
    InputRejected,
    QuarantineRow,
    Tally,
    write_quarantine,
)


def test_three_fates_add_up_to_what_was_seen():
    tally = Tally(kept=5)
    tally.skip("edge", 2)
    tally.quarantine("corrupt")
    tally.quarantine("truncated", 3)
    assert tally.seen == 11
    assert str(tally) == ("seen 11 = kept 5 + skipped 2 (edge 2) "
                          "+ quarantined 4 (corrupt 1, truncated 3)")
    assert tally.to_dict() == {"seen": 11, "kept": 5, "skipped": {"edge": 2},
                               "quarantined": {"corrupt": 1, "truncated": 3}}


def test_counting_nothing_adds_no_reason():
    tally = Tally()
    tally.skip("balance", 0)
    tally.quarantine("corrupt", 0)
    assert not tally.skipped and not tally.quarantined


@pytest.mark.parametrize("count", [lambda: Tally().skip("because"), lambda: Tally().quarantine("because"),
                                   lambda: InputRejected("because", "words")])
def test_reason_outside_the_closed_list_is_an_error(count):
    with pytest.raises(ValueError, match="because"):
        count()


def test_rejection_survives_the_way_between_processes():
    import pickle

    error = pickle.loads(pickle.dumps(InputRejected("corrupt", "two words")))
    assert (error.reason, error.words) == ("corrupt", "two words")


def test_table_keeps_strange_names_on_one_line_each(tmp_path):
    from astropy.table import Table

    rows = [QuarantineRow("a b.fits", "corrupt", "words"), QuarantineRow("new\nline.fits", "timeout", "a\r\nb", 3),
            QuarantineRow("sur\udcffrogate.fits", "unreadable", "ünï"), QuarantineRow('q"uote,.fits', "corrupt", "")]
    write_quarantine(tmp_path / "q.ecsv", rows)
    table = Table.read(tmp_path / "q.ecsv", format="ascii.ecsv")
    assert [str(name) for name in table["file"]] == ["a b.fits", "new\\nline.fits", "sur\\udcffrogate.fits",
                                                     'q"uote,.fits']
    assert list(table["position"]) == [0, 3, 0, 0]


def test_no_rows_remove_a_stale_table(tmp_path):
    write_quarantine(tmp_path / "q.ecsv", [QuarantineRow("a", "corrupt", "b")])
    write_quarantine(tmp_path / "q.ecsv", [])
    assert list(tmp_path.iterdir()) == []


def test_every_reason_has_words():
    assert all(len(words) > 15 and words[0].islower() for words in QUARANTINE_REASONS.values())


def test_name_that_a_terminal_would_obey_is_shown_instead(tmp_path):
    name = "c\x1b]0;title\x07\u202e\n.fits"
    write_quarantine(tmp_path / "q.ecsv", [QuarantineRow(name, "corrupt", f"in {name}")])
    text = (tmp_path / "q.ecsv").read_text()
    assert all(c.isprintable() or c == "\n" for c in text)
    assert r"c\x1b]0;title\x07\u202e\n.fits" in text
