"""Numbers refined by the domain with what the examples themselves say, as further columns of the table."""

from otrain.data.tables.written import Field
from otrain.errors import UsageError

__all__ = ["ValueProof"]

_ENDINGS = {"": "refined with the pixels (mean)", "_std": "standard deviation of the refined value",
            "_p2_5": "2.5 % quantile, refined", "_p16": "16 % quantile, refined",
            "_p84": "84 % quantile, refined", "_p97_5": "97.5 % quantile, refined"}
_ABOUT = {"ess": Field(float, "", "effective share of the draws of the proof"),
          "chi2": Field(float, "", "of the best fit, over the degrees of freedom"),
          "flag": Field(bool, "", "whether the proof has found something wrong"),
          "flag_reason": Field(str, "", "what"),
          "assumed": Field(str, "", "what the proof had to take for granted")}


class ValueProof:
    """Asks a domain for the proof of each example.

    Parameters
    ----------
    network : Network
    domain : Domain
    draws : int
        For each example.
    seed : int

    Raises
    ------
    UsageError
        If the domain offers none, or none of these numbers.
    """

    def __init__(self, network, domain, draws, seed):
        proving = domain.rules(network.task).proving
        if proving is None:
            raise UsageError(f"--proof has no meaning for {domain.name} ({network.task}): nothing is known "
                             "there by which an example could be refined. Leave it out.")
        names = network.settings.names
        self.names = tuple(name for name in names if name in proving.targets)
        if not self.names:
            raise UsageError(f"--proof refines {', '.join(proving.targets)}. This network gives "
                             f"{', '.join(names)}. Leave it out.")
        if draws < proving.least:
            raise UsageError(f"--proof needs at least {proving.least} draws for each example. "
                             f"Received: {draws}.")
        self.network, self.proving, self.draws, self.seed = network, proving, draws, seed
        units = dict(zip(names, network.settings.units, strict=True))
        self.fields = {f"refined_{name}{ending}": Field(float, units[name], f"{name}: {words}")
                       for name in self.names for ending, words in _ENDINGS.items()} | _ABOUT

    def request(self):
        """Return what decides the content of the table."""
        return {"proof": self.draws, "seed": self.seed}

    def columns(self, images, columns, given, *, jobs=0):
        """Return the further columns of some examples.

        Parameters
        ----------
        images : (n, ..., C) ndarray
        columns : dict
            Of the domain.
        given : GivenValues
        jobs : int
            Worker processes.
        """
        values = {"value": given.value, "sd": given.sd, "correlations": given.correlations}
        found = self.proving.prove(
            images, self.network.channels, columns, values, self.network.recipe, names=given.settings.names,
            seen=getattr(self.network, "seen", {}), draws=self.draws, seed=self.seed, jobs=jobs)
        return {f"refined_{name}{ending}": found[f"{name}{ending}"] for name in self.names
                for ending in _ENDINGS} | {name: found[name] for name in _ABOUT}
