from otrain.data.inputs.quarantine import QuarantineRow
from otrain.workflows.reading.account import Account


def begun():
    account = Account()
    account.tally.kept = 9
    account.tally.quarantine("bad-shape")
    account.tally.remarks["the scale of BSCALE was not used"] = [4, "a.fits"]
    account.quarantine.append(QuarantineRow("b.fits", "bad-shape", "too wide.", 0))
    account.classes.update({"real": 3})
    account.place.inputs, account.place.outcomes, account.place.source = 5, 2, "list"
    account.unseen = {"band": {"judged": 1, "outside": 1, "unseen": {"z": 1}}}
    return account


def test_account_goes_on_with_everything_that_was_told_before():
    before, after = begun(), Account()
    after.restore([before.state()])
    assert after.tally == before.tally and after.tally.remarks == before.tally.remarks
    assert (after.place, after.classes, after.unseen) == (before.place, before.classes, before.unseen)
    assert after.quarantine == before.quarantine
    assert after.state()["quarantine"] == [], "rejected inputs are told once"


def test_what_was_read_and_is_not_done_is_not_remembered():
    state = begun().state(ahead=2)
    assert (state["place"]["outcomes"], state["tally"]["kept"]) == (0, 7)
