"""A template and pictures to one HTML page that needs neither a network nor scripts."""

import base64
from pathlib import Path

import jinja2

from otrain.data.files.atomic import write_text
from otrain.web import words

__all__ = ["write_page"]


def write_page(path, template, images, **values):
    """Fill a template and write the page, whole or not at all.

    Parameters
    ----------
    path : path-like
    template : str or Path
        Name of a file in ``templates/``, or a file that may include those.
    images : dict of str to bytes
        PNG files by name, which the template shows in place.
    **values
        What the template speaks of; every text is escaped.
    """
    template = Path(template)
    loader = jinja2.FileSystemLoader([template.parent, Path(__file__).with_name("templates")])
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.ChainableUndefined,
                                     trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": words.number, "percent": words.percent, "score": words.threshold,
                            "verdict": words.verdict, "expected": words.count}
    encoded = {name: base64.b64encode(image).decode() for name, image in images.items()}
    page = environment.get_template(template.name).render(images=encoded, **values)
    # Names of files may hold bytes that are no text.
    write_text(path, page.encode("utf-8", "backslashreplace").decode())
