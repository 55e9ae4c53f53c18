"""The page of otrain-doctor: what is wrong with the data, with the cutouts that show it."""

from pathlib import Path

from otrain.plots.balance import class_balance
from otrain.plots.cutouts import gallery
from otrain.plots.style import png_bytes
from otrain.web.page import write_page
from otrain.web.words import fates

__all__ = ["write_doctor_page"]

_NOTICED = 0.005  # share of missing values that is worth a row


def write_doctor_page(path, result, pictures, draw=None):
    """Write ``doctor.html``.

    Parameters
    ----------
    path : path-like
    result : dict
        As in ``doctor.json``.
    pictures : dict of str to (list of ndarray, list of str)
        Examples and titles by the code of a finding.
    draw : callable, optional
        ``draw(examples, titles)`` gives a PNG file as bytes; by default a gallery of images.
    """
    draw = draw or _gallery
    images = {f"finding_{code}": draw(*shown) for code, shown in pictures.items()}
    for name, words in (("nights", "night [MJD]"), ("bands", "band")):
        if result[name]:
            images[name] = png_bytes(class_balance(result[name], words))
    gaps = [row for row in result["columns"] if row["share"] > _NOTICED]
    write_page(path, "doctor.html.j2", images, result=result, name=Path(result["source"]).name,
               fates=fates(result["inputs"]), gaps=gaps, classes_drawn=_drawn(list(result["classes"])))


def _gallery(cutouts, titles):
    return png_bytes(gallery(cutouts, titles))


def _drawn(classes):
    """Say where the bars of each class are."""
    return f"{classes[1]} upwards, {classes[0]} downwards." if len(classes) == 2 else ", ".join(classes)
