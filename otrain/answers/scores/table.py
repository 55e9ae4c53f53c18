"""The columns of a table of scores: those that O'TRAIN published, and ours."""

import numpy as np

from otrain import __version__
from otrain.answers.scores.focus import called_classes
from otrain.data.tables.written import Field

__all__ = ["layout"]

PUBLISHED = {
    "filename": "file", "RA": "ra", "Dec": "dec", "originalFile": "original_file", "Xpos": "x", "Ypos": "y",
    "mag": "mag", "magerr": "mag_err", "FWHM": "fwhm", "FWHMPSF": "fwhm_psf", "cand_ID": "candid",
}


def layout(format, domain, network, *, threshold, uncertainty):
    """Return the fields of a table and the function that fills them.

    Parameters
    ----------
    format : str
        ``dat`` is O'TRAIN's table: ``label1`` is the score of class 1, ``label0`` that of class 0, and so on.
    domain : Domain
    network : Network
    threshold : float
        Score from which an example of two classes is called class 1.
    uncertainty : bool
        Whether there is a column for it.

    Returns
    -------
    fields : dict of str to Field
    fill : callable
        ``fill(columns, scores, spread) -> dict``: the columns of one window.
    """
    if format == "dat":
        return _published(domain, network)
    return _ours(domain, network, threshold, uncertainty)


def _published(domain, network):
    known = {name: own for name, own in PUBLISHED.items() if own in domain.columns}
    fields = {name: domain.columns[own] for name, own in known.items()}
    fields |= {f"label{index}": Field(float, "", f"score of {name}")
               for index, name in enumerate(network.classes)}

    def fill(columns, scores, spread):
        table = {name: columns[own] for name, own in known.items()}
        by_class = [1 - scores, scores] if scores.ndim == 1 else scores.T
        return table | {f"label{index}": values for index, values in enumerate(by_class)}

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
        spreads = [name.replace("score", "uncertainty", 1) for name in names]
        fields |= {name: Field(float, "", "standard deviation of the score") for name in spreads}
    constants = {"threshold": threshold} if binary else {}
    constants |= {"model_id": network.identity, "calibration_id": network.calibration_id,
                  "otrain_version": __version__}
    fields |= {name: Field(type(value)) for name, value in constants.items()}
    classes = np.asarray(network.classes)

    def fill(columns, scores, spread):
        table = {name: columns[name] for name in fields if name in columns}
        table |= dict(zip(names, [scores] if binary else scores.T))
        table["class"] = classes[called_classes(scores, threshold)]
        if uncertainty:
            table |= dict(zip(spreads, [spread] if binary else spread.T))
        return table | {name: [value] * len(scores) for name, value in constants.items()}

    return fields, fill
