"""The page of otrain-doctor: what is wrong with the data, with the cutouts that show it."""

from pathlib import Path

from otrain.plots.balance import class_balance
from otrain.plots.cutouts import gallery
from otrain.plots.style import png_bytes
from otrain.web.page import write_page
from otrain.web.words import fates

__all__ = ["write_doctor_page"]

_NOTICED = 0.005  # share of missing values that is worth a row


def write_doctor_page(path, result, pictures):
    """Write ``doctor.html``.

    Parameters
    ----------
    path : path-like
    result : dict
        As in ``doctor.json``.
    pictures : dict of str to (list of (H, W, C) ndarray, list of str)
        Cutouts and titles by the code of a finding.
    """
    images = {f"finding_{code}": png_bytes(gallery(cutouts, titles))
              for code, (cutouts, titles) in pictures.items()}
    for name, words in (("nights", "night [MJD]"), ("bands", "band")):
        if result[name]:
            images[name] = png_bytes(class_balance(result[name], words))
    gaps = [row for row in result["columns"] if row["share"] > _NOTICED]
    write_page(path, "doctor.html.j2", images, result=result, name=Path(result["source"]).name,
               fates=fates(result["inputs"]), gaps=gaps)
