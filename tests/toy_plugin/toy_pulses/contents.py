"""Table of contents of pulses."""

import os

import numpy as np

from otrain.data.inputs.listing import Input, Listing, find_files
from otrain.data.inputs.outcomes import Kept, choose_reader, explain
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.domain import (
    Column,
    CubeRules,
    Domain,
    Preparation,
    Source,
    TaskRules,
    change_alone,
    readers_of,
)
from otrain.errors import UsageError
from toy_pulses.flags import FLAGS

__all__ = ["DOMAIN"]

COLUMNS = {"candid": Column(str, "", "name of the pulse"), "width": Column(float, "ms", "standard deviation"),
           "file": Column(str, "", "file that it was read from")}


def list_inputs(source, *, labels=None):
    """Return the pulses of a source."""
    found, skipped = find_files(source, (".pulse",))
    return Listing([Input(path, name, None, None, number) for number, (path, name) in enumerate(found)], skipped)


def recognises(source):
    """Tell whether the files of a source end as ours do."""
    return os.path.isdir(source) and any(name.endswith(".pulse") for name in os.listdir(source))


def make_recipe(*, samples=48, gain=1.0, channels=None):
    """Return how a pulse is prepared."""
    if samples < 8:
        raise UsageError(f"`samples` must be at least 8. Received: {samples}.")
    return {"kind": "pulse", "samples": samples, "gain": gain, "channels": channels}


class Door:
    """Read and prepare the pulses of one file after the other."""

    def __init__(self, recipe, *, reader=None, mapping=None, labels=None):
        self.recipe, self.readers = recipe, readers_of("pulses", (), chosen=reader)

    def __call__(self, item):
        """Return what became of the pulse of an input."""
        try:
            probe = Probe(item.path)
            return [self._kept(item, found) for found in choose_reader(self.readers, probe).read(probe)]
        except Exception as error:
            return [explain(error)]

    def _kept(self, item, found):
        prepared, usable, faults = prepare_rows(found.image[None], found.channels, self.recipe)
        if not len(usable):
            raise faults[0]
        found.image, found.label = prepared[0], -1  # there are no classes
        found.columns["file"] = item.name
        return Kept(found)


def prepare_rows(images, channels, recipe):
    """Return pulses of one length, those that can be used, and what is wrong with the others."""
    size = recipe["samples"]
    if images.shape[1] < size:
        fault = InputRejected("too-small", f"the pulse has {images.shape[1]} samples, {size} are asked for.")
        return np.empty((0, size, 1), np.float32), np.empty(0, int), dict.fromkeys(range(len(images)), fault)
    start = (images.shape[1] - size) // 2
    cut = np.ascontiguousarray(images[:, start:start + size] * np.float32(recipe["gain"]), np.float32)
    return cut, np.arange(len(images)), {}


def draw_sheet(parts, channels):
    """Return the contact sheet."""
    from otrain.plots.curve_sheet import curve_sheet_png

    return curve_sheet_png(parts, ("residual",))


DOMAIN = Domain(
    name="pulses",
    axes=("time", "channel"),
    columns=COLUMNS,
    classes=(),
    example="pulse",
    source=Source(list_inputs, Door, recognises=recognises, what="pulse", endings=".pulse"),
    preparation=Preparation(make_recipe, prepare_rows,
                            options={"channels": "channels"} | FLAGS.parameters("convert")),
    tasks={"pulse-width": TaskRules(
        model="pulse-net", numbers=("width",), augment=("mirror",), batch_size=8,
        changes={"mirror": change_alone(lambda volts, rng: volts[:, ::-1] if rng.random() < 0.5 else volts)})},
    cube=CubeRules(numbers=("width",), draw_sheet=draw_sheet, per_class=4),
)
