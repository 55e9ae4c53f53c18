import pytest

from otrain.data.inputs.quarantine import QuarantineRow
from otrain.errors import UsageError
from otrain.workflows.reading.account import Account
from otrain.workflows.reading.early import EARLY, watching


def read(count, odd):
    """Report some inputs, of which the first are too small; return how many were read."""
    account, done = Account(), []
    update = watching(lambda *counts: done.append(counts), account)
    for number in range(count):
        if number < odd:
            account.tally.quarantine("too-small")
            account.quarantine.append(QuarantineRow(f"{number}", "too-small", "the image has 9x9 pixel"))
        else:
            account.tally.kept += 1
        update(number + 1, count)
    return done


def test_most_that_lack_what_is_asked_for_end_the_run_after_the_first_hundred():
    with pytest.raises(UsageError, match=f"90 of the first {EARLY} inputs cannot be used.*9x9 pixel"):
        read(1000, 90)


@pytest.mark.parametrize(("count", "odd"), [(99, 99), (1000, 80), (1000, 0)])
def test_fewer_are_set_aside_one_by_one(count, odd):
    assert len(read(count, odd)) == count


def test_first_hundred_are_looked_at_once():
    account = Account()
    update = watching(lambda *counts: None, account)
    account.tally.kept = EARLY
    update(1, 2)
    account.tally.quarantine("too-small", 10_000)
    update(2, 2)
