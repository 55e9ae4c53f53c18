"""What otrain-train leaves behind: the files of a run directory, run.json last."""

import json
import platform

import numpy as np

from otrain.data.cubes import npz_store
from otrain.data.cubes.meta import target_channels
from otrain.data.files.atomic import atomic_file, write_text
from otrain.data.files.time_written import time_written
from otrain.data.subsets.split import write_split
from otrain.data.tables.csv_table import write_csv

__all__ = ["write_network", "write_run_json", "write_validation_cube"]


def write_network(run, network, history, cube, split):
    """Write the network under both names, its history and the split."""
    run.path.mkdir(parents=True, exist_ok=True)
    network.save(run.model_keras)
    network.save(run.model_h5)
    with atomic_file(run.history_csv) as temporary, open(temporary, "w", newline="") as file:
        write_csv(file, ["epoch", *history],
                  ([epoch, *row] for epoch, row in enumerate(zip(*history.values(), strict=True), 1)))
    write_split(run.split_csv, cube, split)


def write_validation_cube(run, cube, rows, *, channels):
    """Write the validation subset as O'TRAIN did: labels one-hot, plural names of the columns.

    Where a channel is to be learnt every channel is written, else those that the network gets.
    """
    if target_channels(cube.meta):
        channels = range(cube.shape[-1])
    run.validation_cube.parent.mkdir(parents=True, exist_ok=True)
    meta = {key: value for key, value in cube.meta.items() if key not in ("hashes", "tables")}
    meta |= {"channels": [cube.channels[c] for c in channels], "source": "validation subset"}
    labels = cube.labels[rows]
    if cube.classes:  # where numbers are learnt there is nothing to be hot
        labels = np.eye(len(cube.classes), dtype=np.float32)[labels]
    columns = cube.columns_of(rows)
    images = (np.ascontiguousarray(batch[..., list(channels)]) for batch in cube.batches(rows))
    with atomic_file(run.validation_cube) as temporary:
        npz_store.write_npz(temporary, images, labels, columns, lambda: json.dumps(meta, allow_nan=False),
                            (len(rows), *cube.shape[:-1], len(channels)))


def write_run_json(run, *, asked, recipe, cube, split, report, seconds, request):
    """Write what was asked, what was used and how long it took; its presence makes the run valid."""
    content = {
        "format": 1, "command": "otrain-train", "name": run.name, "asked": asked, "recipe": recipe,
        "created": time_written(),
        "cube": {"path": str(cube.path), "identity": cube.identity, "examples": len(cube)},
        "subsets": {"training": len(split.train), "validation": len(split.validation),
                    "test": len(split.test)},
        "seeds": report["seeds"], "model_id": report["model_id"], "versions": report["versions"],
        "platform": platform.platform(), "seconds": round(seconds, 2), "request_id": request,
    }
    write_text(run.run_json, json.dumps(content, indent=1, allow_nan=False) + "\n")
