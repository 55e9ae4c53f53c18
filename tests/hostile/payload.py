"""What hostile files try to run: it leaves a file where it is imported or called."""

import os
from pathlib import Path

WITNESS = os.environ.get("HOSTILE_WITNESS")

if WITNESS:
    Path(WITNESS).write_text("imported")


def run(*arguments, **options):
    if WITNESS:
        Path(WITNESS).write_text("called")
