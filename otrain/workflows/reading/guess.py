"""Which kind of data a source holds, by the names of its files alone."""

import glob
import os

from otrain.catalogue import DOMAINS, FILE_NAMES
from otrain.data.inputs.listing import is_one_source

__all__ = ["guess_domain"]


def guess_domain(source):
    """Return the domain whose files alone can have the names of a source, else the first of all."""
    if not is_one_source(source):  # several: the first tells
        return guess_domain(next(iter(source), ""))
    source = os.fsdecode(source)
    if glob.has_magic(source) and not os.path.lexists(source):
        source = next(glob.iglob(source, recursive=True), source)
    certain = [name for name in DOMAINS if (asks := _recogniser(name)) and asks(source)]
    return certain[0] if len(certain) == 1 else next(iter(DOMAINS))


def _recogniser(name):
    """Return what tells whether the names of files are those of a domain alone, or None."""
    if name not in DOMAINS.own:
        return DOMAINS.load(name).source.recognises
    return FILE_NAMES.load(name) if name in FILE_NAMES else None
