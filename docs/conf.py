"""How Sphinx builds these pages: MyST Markdown, nothing fetched from elsewhere."""

from otrain import __version__

project = "otrain"
author = "The otrain developers"
release = __version__
extensions = ["myst_parser"]
html_theme = "alabaster"  # comes with Sphinx, and asks no other site for anything
myst_heading_anchors = 3
exclude_patterns = ["_build"]
