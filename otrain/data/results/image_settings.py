"""What turns the logits of pixels into classes: a part of the bundle."""

from dataclasses import dataclass, field

from otrain.data.results.calibration import Calibration
from otrain.data.results.settings import is_share, require_settings

__all__ = ["ImageSettings"]


@dataclass(frozen=True)
class ImageSettings:
    """From which probability a pixel is called a class.

    Parameters
    ----------
    calibration : Calibration
        From the logits of a pixel to its probabilities; ``none`` or a temperature.
    threshold : float
        Probability from which a pixel is called a class other than the first.
    """

    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = 0.5

    kind = "images"

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        return {"kind": self.kind, "calibration": self.calibration.to_dict(), "threshold": self.threshold}

    @classmethod
    def from_dict(cls, values):
        """Return the settings that `to_dict` described.

        Raises
        ------
        IntegrityError
            If they cannot be.
        """
        require_settings(values, cls.kind, {"calibration": None, "threshold": is_share})
        return cls(Calibration.from_dict(values["calibration"]), float(values["threshold"]))

    @property
    def identity(self):
        """SHA-256 of everything that turns a logit into a probability."""
        return self.calibration.identity
