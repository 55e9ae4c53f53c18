"""How the events of a map are found, and what their log odds are worth: a part of the bundle."""

import math
from dataclasses import dataclass, field

from otrain.data.results.calibration import Calibration
from otrain.data.results.settings import identity_of, is_share, require_settings
from otrain.errors import IntegrityError

__all__ = ["STATISTICS", "EventSearch", "EventSettings", "KindOfEvent"]

STATISTICS = ("peak_log_odds", "mean_log_odds", "sum_log_odds")


@dataclass(frozen=True)
class KindOfEvent:
    """What is known of the events of one class.

    Parameters
    ----------
    threshold : float or None
        Log odds from which an event is announced; None: validation could not tell.
    calibration : Calibration
        From log odds to the probability that the event is a true one.
    """

    threshold: float | None = None
    calibration: Calibration = field(default_factory=Calibration)


@dataclass(frozen=True)
class EventSearch:
    """How events are found in maps.

    Parameters
    ----------
    statistic : str
        Which log odds of an event are its own: the highest of its points, their mean or sum.
    floor : float
        Lowest peak of a run of probabilities that is an event.
    join : float
        Runs that are not further apart are one event [h].
    kinds : dict of str to KindOfEvent
        By the name of the class.
    """

    statistic: str = "peak_log_odds"
    floor: float = 0.02
    join: float = 1.0
    kinds: dict = field(default_factory=dict)

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        return {"statistic": self.statistic, "floor": self.floor, "join": self.join,
                "kinds": {name: {"threshold": kind.threshold, "calibration": kind.calibration.to_dict()}
                          for name, kind in self.kinds.items()}}

    @classmethod
    def from_dict(cls, values):
        """Return the search that `to_dict` described.

        Raises
        ------
        IntegrityError
            If the description is none.
        """
        try:
            fine = (values.keys() == {"statistic", "floor", "join", "kinds"}
                    and values["statistic"] in STATISTICS and 0 <= values["floor"] <= 1
                    and math.isfinite(values["join"]) and values["join"] >= 0)
            kinds = {str(name): KindOfEvent(_threshold(kind["threshold"]),
                                            Calibration.from_dict(kind["calibration"]))
                     for name, kind in values["kinds"].items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise IntegrityError(f"the search for events cannot be used ({error!s:.100}).") from None
        if not fine:
            raise IntegrityError(f"the search for events cannot be used. Received: {values!r:.200}")
        return cls(values["statistic"], float(values["floor"]), float(values["join"]), kinds)


def _threshold(value):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"threshold {value!r:.40}")
    return float(value)


@dataclass(frozen=True)
class EventSettings:
    """What turns the maps of a network into events: a part of the bundle.

    Parameters
    ----------
    search : EventSearch
    threshold : float
        Probability from which an event is announced where validation could not tell.
    """

    search: EventSearch = field(default_factory=EventSearch)
    threshold: float = 0.5

    kind = "events"

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        return {"kind": self.kind, "search": self.search.to_dict(), "threshold": self.threshold}

    @classmethod
    def from_dict(cls, values):
        """Return the settings that `to_dict` described.

        Raises
        ------
        IntegrityError
            If they cannot be.
        """
        require_settings(values, cls.kind, {"search": None, "threshold": is_share})
        return cls(EventSearch.from_dict(values["search"]), float(values["threshold"]))

    @property
    def identity(self):
        """SHA-256 of everything that turns a map of log odds into events."""
        # The share of reals stands here since format 1 of bundles, where it was empty.
        return identity_of({"map": Calibration().identity, "train_prior": None,
                            "events": self.search.to_dict()})
