"""Simulated events as a folder of HDF5 files, one per event, with tables of the glitches and channels."""

from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from otrain.data.tables.csv_table import write_ecsv
from otrain.domains.domain import Simulator
from otrain.domains.glitches.event_writer import write_events
from otrain.domains.glitches.simulators.events import EventSettings, SimulatedEvents
from otrain.engine.local import Done, run_restartable
from otrain.errors import ResourceError, UsageError
from otrain.registry import nearest

__all__ = ["SIMULATOR", "check", "simulate_events", "write"]

TIMEOUT = 3600.0  # s for one event: thousands of channels
GLITCHES, CHANNELS = "glitches.ecsv", "channels.ecsv"
UNLABELLED = {GLITCHES: "truth.ecsv", CHANNELS: "truth_channels.ecsv"}
COLUMNS = {  # table: name: (unit, meaning)
    GLITCHES: {
        "event": ("", "name of the group and of the file"),
        "gps": ("s", "middle of the glitch"),
        "class": ("", ""),
        "frequency": ("Hz", "its own: the middle one, the lowest of a whistle, the top of an arch"),
        "snr": ("", "of a matched filter, in the strain"),
        "witnessed": ("", "whether the witnesses see it"),
        "chirp_gps": ("s", "merger of an inspiral in the strain; NaN: none"),
        "chirp_snr": ("", ""),
        "chirp_mass": ("solMass", "in the detector's frame"),
    },
    CHANNELS: {
        "channel": ("", ""),
        "role": ("", "witness, decoy or other"),
        "kind": ("", "of the coupling, or of the decoy"),
        "sample_rate": ("Hz", ""),
        "delay": ("s", "by which the channel follows the strain"),
    },
}


def simulate_events(*, seed=0, **options):
    """Return simulated events, made as they are read.

    Parameters
    ----------
    seed : int
        An event does not depend on how many there are.
    **options
        Those of `otrain.domains.glitches.simulators.events.EventSettings`.

    Returns
    -------
    SimulatedEvents

    Raises
    ------
    UsageError
        If an option is unknown or impossible.
    """
    known = [one.name for one in fields(EventSettings)]
    for name in options:
        if name not in known:
            raise UsageError(f"unknown option {name!r}.{nearest(name, known)} Known: {', '.join(known)}.")
    if seed < 0:
        raise UsageError(f"`seed` must not be negative. Received: {seed}.")
    return SimulatedEvents(EventSettings(**{
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}), seed)


def check(*, seed=0, unlabelled=False, **options):
    """Return a request with its defaults.

    Parameters
    ----------
    seed : int
    unlabelled : bool
        Call the tables ``truth.ecsv`` and ``truth_channels.ecsv``.
    **options
        As for `simulate_events`.

    Raises
    ------
    UsageError
        If an option is unknown or impossible.
    """
    filled = asdict(simulate_events(seed=seed, **options).settings)
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in filled.items()}
    return {"seed": seed, "unlabelled": unlabelled, **listed}


class _Writer:
    """Makes one event and writes its file; sent to the workers."""

    def __init__(self, folder, request):
        self.folder, self.request = Path(folder), request

    def __call__(self, number):
        made = _made(self.request)
        event = made.events[number]
        write_events(self.folder / f"{event}.h5",
                     [(event, (made.read(event, name) for name in made.channels(event)))])


def write(folder, request, *, jobs, update):
    """Write one HDF5 file per event, and the tables of glitches and channels; see `Simulator`."""
    made, total = _made(request), request["events"]
    workers = jobs if total > 1 else 0
    for done, result in run_restartable(_Writer(folder, request), range(total), workers=workers,
                                        timeout=TIMEOUT):
        if not isinstance(result, Done):
            raise ResourceError(f"event {done} of seed {request['seed']} was lost: {result.words} "
                                "Try --jobs 1, or fewer channels.")
        update(done + 1, total)
    for name, rows in ((GLITCHES, made.glitches), (CHANNELS, made.channel_rows)):
        path = Path(folder) / (UNLABELLED[name] if request["unlabelled"] else name)
        _write_table(path, rows, COLUMNS[name])
    kinds = Counter(row["class"] for row in made.glitches)
    roles = Counter(row["role"] for row in made.channel_rows)
    return dict(kinds), (f"{total} events of {len(made.channel_rows) + 1} channels, {roles['witness']} "
                         f"witnesses and {roles['decoy']} decoys,")


def _made(request):
    return simulate_events(**{name: value for name, value in request.items() if name != "unlabelled"})


def _write_table(path, rows, columns):
    write_ecsv(path, {name: np.array([row[name] for row in rows]) if rows else [] for name in columns},
               units={name: unit for name, (unit, _) in columns.items()},
               meanings={name: meaning for name, (_, meaning) in columns.items()})


SIMULATOR = Simulator(simulate=simulate_events, check=check, write=write)
