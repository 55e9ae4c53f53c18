"""The columns of a table of scores: those that O'TRAIN published, and ours."""

import numpy as np

from otrain import __version__
from otrain.data.score_table import Field
from otrain.errors import UsageError

__all__ = ["ENDINGS", "layout"]

ENDINGS = {"dat": ".dat", "ecsv": ".ecsv", "csv": ".csv", "parquet": ".parquet", "votable": ".vot"}

PUBLISHED = {
    "filename": "file", "RA": "ra", "Dec": "dec", "originalFile": "original_file", "Xpos": "x", "Ypos": "y",
    "mag": "mag", "magerr": "mag_err", "FWHM": "fwhm", "FWHMPSF": "fwhm_psf", "cand_ID": "candid",
}


def layout(format, domain, network, *, threshold, uncertainty):
    """Return the fields of a table and the function that fills them.

    Parameters
    ----------
    format : str
        ``dat`` is O'TRAIN's table: ``label1`` is the score of real, ``label0`` the rest.
    domain : Domain
    network : Bundle or KerasNetwork
    threshold : float
        Score from which an example is called real.
    uncertainty : bool
        Whether there is a column for it.

    Returns
    -------
    fields : dict of str to Field
    fill : callable
        ``fill(columns, scores, spread) -> dict``: the columns of one window.

    Raises
    ------
    UsageError
        If ``dat`` is asked for more than two classes.
    """
    if format == "dat":
        return _published(domain, network)
    return _ours(domain, network, threshold, uncertainty)


def _published(domain, network):
    if len(network.classes) != 2:
        raise UsageError("infer_results.dat has room for two classes, the network has "
                         f"{len(network.classes)}. Choose --format ecsv.")
    fields = {name: domain.columns[own] for name, own in PUBLISHED.items()}
    fields |= {"label0": Field(float, "", "score of bogus"), "label1": Field(float, "", "score of real")}

    def fill(columns, scores, spread):
        table = {name: columns[own] for name, own in PUBLISHED.items()}
        return table | {"label0": 1 - scores, "label1": scores}

    return fields, fill


def _ours(domain, network, threshold, uncertainty):
    fields = {"file": domain.columns["file"], "position": Field(int, "", "place in its file, from 0")}
    fields |= {name: column for name, column in domain.columns.items() if name not in fields}
    fields["label"] = Field(int, "", "true class where it is known, else -1")
    binary = len(network.classes) == 2
    names = ("score",) if binary else tuple(f"score_{name}" for name in network.classes)
    meaning = f"probability of {network.classes[1]}" if binary else "probability of the class"
    fields |= {name: Field(float, "", meaning) for name in names}
    fields["class"] = Field(str, "", "class that the score stands for")
    if uncertainty:
        fields |= {name.replace("score", "uncertainty"): Field(float, "", "standard deviation of the score")
                   for name in names}
    constants = {"threshold": threshold} if binary else {}
    constants |= {"model_id": network.identity, "calibration_id": network.calibration_id,
                  "otrain_version": __version__}
    fields |= {name: Field(type(value)) for name, value in constants.items()}
    classes = np.asarray(network.classes)

    def fill(columns, scores, spread):
        table = {name: columns[name] for name in fields if name in columns}
        table |= dict(zip(names, [scores] if binary else scores.T))
        table["class"] = classes[(scores >= threshold).astype(int) if binary else scores.argmax(axis=1)]
        if uncertainty:
            table |= {name.replace("score", "uncertainty"): column
                      for name, column in zip(names, [spread] if binary else spread.T)}
        return table | {name: [value] * len(scores) for name, value in constants.items()}

    return fields, fill
