"""How Sphinx builds these pages: MyST Markdown, nothing fetched from elsewhere."""

from otrain import __version__

project = "otrain"
author = "The otrain developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
autodoc_typehints = "description"
numpydoc_show_class_members = False
html_theme = "alabaster"  # comes with Sphinx, and asks no other site for anything
myst_heading_anchors = 3
exclude_patterns = ["_build", "write_schemas.py"]
