import pytest

from otrain.data.results.calibration import ScoreSettings
from otrain.data.results.event_search import EventSettings
from otrain.data.results.image_settings import ImageSettings
from otrain.data.results.settings import identity_of, is_share, sha256_of
from otrain.errors import IntegrityError

ALL = pytest.mark.parametrize("settings", [ScoreSettings, EventSettings, ImageSettings])


@ALL
def test_settings_are_read_as_they_were_written(settings):
    mine = settings(threshold=0.25)
    assert settings.from_dict(mine.to_dict()) == mine
    for edge in (0, 1):
        assert settings.from_dict(mine.to_dict() | {"threshold": edge}).threshold == edge


@ALL
@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), True, None, "0.5", []])
def test_impossible_threshold_is_refused(settings, threshold):
    with pytest.raises(IntegrityError, match=f"settings of the {settings.kind} cannot be used"):
        settings.from_dict(settings().to_dict() | {"threshold": threshold})


@ALL
def test_settings_of_another_kind_or_with_other_entries_are_refused(settings):
    fine = settings().to_dict()
    for wrong in (fine | {"kind": "others"}, fine | {"more": 1}, {"kind": settings.kind}, [], None, "scores"):
        with pytest.raises(IntegrityError, match="cannot be used"):
            settings.from_dict(wrong)


@pytest.mark.parametrize(("name", "value"), [("train_prior", 2), ("train_prior", "0.5"), ("thresholds", {}), ("thresholds", [1])])
def test_prior_and_table_of_scores_are_checked(name, value):
    with pytest.raises(IntegrityError, match="settings of the scores"):
        ScoreSettings.from_dict(ScoreSettings().to_dict() | {name: value})


def test_identity_does_not_depend_on_order_and_tells_values_apart():
    assert identity_of({"a": 1, "b": 2}) == identity_of({"b": 2, "a": 1}) == sha256_of('{"a":1,"b":2}')
    assert identity_of({"a": 1}) != identity_of({"a": 1.5})
    assert is_share(0) and is_share(1.0) and not is_share(True) and not is_share(1.0001)
