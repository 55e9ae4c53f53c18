"""Panopticon's configuration file in our words: its keys unchanged, torch's names mapped to ours."""

from dataclasses import dataclass, field
from pathlib import Path

from otrain.data.files.toml_file import load_toml
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["DEFAULT_TEXT", "Settings", "read_settings"]

DEFAULT_TEXT = '''# Configuration of otrain-lightcurves, with the keys of Panopticon.

# Raw light curves: simulations (.ftr, FITS, CSV, ...) with their table of parameters.
path_data = "data"
# Where --labels and --prepare write: ephemerides and the data cube.
path_prepared = "prepared"
# Where --train, --eval and --analyze write: one run directory for each network.
path_output = "output"

# Of split, weights, order and augmentation: the same seed gives the same network.
seed = 101
# Largest number of passes over the training subset; the best epoch is kept.
training_epochs = 10

# Shares of the stars for each subset. A star is in one subset only, with all its quarters.
[fraction]
train = 0.7
valid = 0.15
test = 0.15

# Examples per update. Other options of torch's DataLoader are read and named as not needed.
[dataloaders]
batch_size = 16

# Adam, AdamW, RMSprop or SGD.
[optimizer]
name = "AdamW"
lr = 0.003
weight_decay = 0.01

# none, cosine, ExponentialLR (gamma), StepLR (step_size, gamma), LinearLR (start_factor,
# end_factor, total_iters) or ReduceLROnPlateau (factor, patience).
[scheduler]
name = "cosine"

# unet, unetpp or unet3p; loss: bce, weighted-bce, focal, dice, or a sum such as bce+dice.
[model]
name = "unet3p"
loss = "bce"

[model.general]
# 1: flux alone; 2: flux and its residual to a running median; both with the mask of valid points.
channels_in = 2
# 1: planet or not; 3: continuum, planet, binary.
channels_out = 3
init_features = 8
drop_rate = 0.05
depth = 5

[model.convolution]
kernel_size = 7
dilation = 1

# Stars and events that are used: any column of the star, and transit_depth (relative).
[bounds]
radius_star = [0.0, 2.5]
transit_depth = [50e-6, 1.0]

# How a light curve is prepared: flags of otrain-convert for light curves.
[convert]
cadence = 1800
length = 4320
'''

ARCHITECTURES = {
    "unet": "unet", "panopticon_u": "unet", "unetpp": "unetpp", "unet++": "unetpp",
    "panopticon_upp": "unetpp", "unet3p": "unet3p", "unet3+": "unet3p", "panopticon_u3p": "unet3p",
}
LOSSES = {"bceloss": "bce", "bcewithlogitsloss": "bce", "bce": "bce", "dice": "dice", "diceloss": "dice",
          "crossentropyloss": "bce"}
OPTIMIZERS = {"adam": "adam", "adamw": "adam", "rmsprop": "rmsprop", "sgd": "sgd", "sparseadam": "adam"}
SCHEDULERS = {"exponentiallr": "exponential", "steplr": "step", "linearlr": "linear",
              "reducelronplateau": "plateau", "cosine": "cosine", "cosineannealinglr": "cosine",
              "none": "constant", "constant": "constant", "constantlr": "constant"}
SCHEDULER_KEYS = {"exponential": {"gamma"}, "step": {"gamma", "step_size"},
                  "linear": {"start_factor", "end_factor", "total_iters"}, "plateau": {"factor", "patience"}}
BOUNDS = {"radius_star": "radius", "teff_star": "teff", "mag_star": "mag", "transit_depth": "depth",
          "transit_snr": "snr", "transit_duration": "duration", "period_planet": "period"}
TOP = ("path_data", "path_prepared", "path_output", "seed", "training_epochs", "base_model", "export_sets")
TABLES = ("fraction", "dataloaders", "dataloader", "optimizer", "scheduler", "model", "bounds", "convert")
IGNORED = {
    "dataloaders": ("shuffle", "num_workers", "pin_memory", "drop_last", "prefetch_factor",
                    "persistent_workers"),
    "optimizer": ("betas", "eps", "amsgrad", "momentum", "nesterov", "alpha", "foreach", "fused"),
    "convolution": ("padding", "padding_mode", "bias", "stride"),
    "trans_conv": ("kernel_size", "stride", "bias", "padding"),
}


@dataclass(frozen=True)
class Settings:
    """What a configuration file asks for.

    Parameters
    ----------
    path_data, path_prepared, path_output : Path
    train : dict
        Keywords of `otrain.workflows.train.train`.
    convert : dict
        How light curves are prepared.
    classes : int
        1: planets alone; 3: planets and binaries.
    channels : list of str or None
        That the network gets.
    bounds : dict of str to (float, float)
        By column of the star or the event.
    notes : list of str
        What was understood differently than torch would.
    """

    path_data: Path
    path_prepared: Path
    path_output: Path
    train: dict = field(default_factory=dict)
    convert: dict = field(default_factory=dict)
    classes: int = 3
    channels: list | None = None
    bounds: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)


def read_settings(path):
    """Return what a configuration file asks for.

    Relative paths in it are taken from the current folder, as Panopticon does.

    Raises
    ------
    DataError
        If there is no such file, or it is not TOML.
    UsageError
        If a key is unknown, or a value cannot be met.
    """
    try:
        table = load_toml(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such configuration. Write one with: otrain-lightcurves --init") from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: not a TOML file ({error}).") from None
    try:
        return _settings(table)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _settings(table):
    notes = []
    _known(table, (*TOP, *TABLES), "")
    for name in TABLES:
        if not isinstance(table.get(name, {}), dict):
            raise UsageError(f"{name!r} must be a table [{name}]. Received: {table[name]!r:.60}")
    for name in ("base_model", "export_sets"):
        if table.get(name):
            notes.append(f"{name} is not used: runs begin from fresh weights and keep their own subsets")
    train = {"seed": _number(table, "seed", int, 101),
             "epochs": _number(table, "training_epochs", int, 10, low=1)}
    train |= _fractions(table.get("fraction", {})) | _batches(table, notes)
    train |= _optimizer(table.get("optimizer", {}), notes) | _scheduler(table.get("scheduler", {}), notes)
    model, classes, channels = _model(table.get("model", {}), notes)
    return Settings(*(Path(str(table.get(name, default))) for name, default in
                      (("path_data", "data"), ("path_prepared", "prepared"), ("path_output", "output"))),
                    train | model, dict(table.get("convert", {})), classes, channels,
                    _bounds(table.get("bounds", {})), notes)


def _known(table, names, where):
    for key in table:
        if key not in names:
            raise UsageError(f"unknown key {where + key!r}.{nearest(key, names)} Known: {', '.join(names)}.")


def _number(table, key, kind, default, *, low=None):
    value = table.get(key, default)
    fine = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    if not fine or (low is not None and value < low):
        raise UsageError(f"{key!r} must be {'a whole' if kind is int else 'a'} number"
                         f"{'' if low is None else f' from {low}'}. Received: {value!r:.60}")
    return value


def _fractions(table):
    _known(table, ("train", "valid", "test"), "fraction.")
    train, valid = _number(table, "train", float, 0.7), _number(table, "valid", float, 0.15)
    test = _number(table, "test", float, max(0.0, 1 - train - valid))
    if min(train, valid, test) < 0 or train + valid + test > 1 + 1e-9 or not (train and valid):
        raise UsageError("[fraction] must be shares of at most 1 together, with some to train on and some "
                         f"to validate. Received: train {train}, valid {valid}, test {test}.")
    total = train + valid + test
    return {"frac": valid / total, "test_frac": test / total}


def _batches(table, notes):
    """Return the batch size; `dataloaders`, or Panopticon's later `dataloader.train`."""
    options = dict(table.get("dataloaders", {}))
    split = table.get("dataloader", {})
    _known(split, ("train", "valid", "test"), "dataloader.")
    options |= split.get("train", {})
    _known(options, ("batch_size", *IGNORED["dataloaders"]), "dataloaders.")
    _ignored("dataloaders", options, notes)
    return {"batch_size": _number(options, "batch_size", int, 16, low=1)} if "batch_size" in options else {}


def _ignored(name, options, notes):
    found = [key for key in options if key in IGNORED[name]]
    if found:
        notes.append(f"[{name}] {', '.join(found)}: torch's, not needed here")


def _optimizer(table, notes):
    options = {**table.get("kwargs", {}), **{key: value for key, value in table.items() if key != "kwargs"}}
    _known(options, ("name", "lr", "weight_decay", *IGNORED["optimizer"]), "optimizer.")
    name = str(options.get("name", "Adam"))
    ours = _translated(name, OPTIMIZERS, "optimizer")
    _ignored("optimizer", options, notes)
    if name.lower() not in OPTIMIZERS.values():
        notes.append(f"optimizer {name} is Keras's {ours}, with decoupled weight decay")
    asked = {"optimizer": ours}
    if "lr" in options:
        asked["learning_rate"] = float(_number(options, "lr", float, None, low=0))
    if name.lower() in ("adam", "rmsprop", "sgd", "sparseadam") or "weight_decay" in options:
        asked["weight_decay"] = float(_number(options, "weight_decay", float, 0.0, low=0))
    return asked


def _scheduler(table, notes):
    options = {**table.get("kwargs", {}), **{key: value for key, value in table.items() if key != "kwargs"}}
    use = options.pop("use", True)
    name = str(options.pop("name", "none")) if use else "none"
    ours = _translated(name, SCHEDULERS, "scheduler")
    known = SCHEDULER_KEYS.get(ours, set())
    if not use:
        return {"scheduler": ours}
    _known(options, tuple(known), "scheduler.")
    if name.lower() not in (ours, "none"):
        notes.append(f"scheduler {name} is our {ours}, a step of it for each epoch")
    return {"scheduler": ours, "schedule": {key: _number(options, key, float, None) for key in options}}


def _model(table, notes):
    parts = {name: table.get(name, {}) for name in ("general", "convolution", "trans_conv")}
    _known(table, ("name", "loss", "activation", *parts), "model.")
    general, convolution = parts["general"], parts["convolution"]
    _known(general, ("channels_in", "channels_out", "init_features", "drop_rate", "depth"),
           "model.general.")
    _known(convolution, ("kernel_size", "kernel", "dilation", *IGNORED["convolution"]),
           "model.convolution.")
    _known(parts["trans_conv"], IGNORED["trans_conv"], "model.trans_conv.")
    for name in ("convolution", "trans_conv"):
        _ignored(name, {key: 1 for key in parts[name] if key not in ("kernel_size", "kernel", "dilation")
                        or name == "trans_conv"}, notes)
    loss = str(table.get("loss", "bce"))
    asked = {"architecture": _translated(str(table.get("name", "unet3p")), ARCHITECTURES, "model"),
             "loss": "+".join(LOSSES.get(part.strip().lower(), part.strip()) for part in loss.split("+"))}
    if "activation" in table:
        notes.append("[model] activation follows from channels_out: sigmoid for 1, softmax for 3")
    if "drop_rate" in general:
        asked["dropout"] = float(_number(general, "drop_rate", float, None, low=0))
    names = (("features", general, "init_features"), ("depth", general, "depth"),
             ("kernel", convolution, "kernel_size"), ("kernel", convolution, "kernel"),
             ("dilation", convolution, "dilation"))
    asked["options"] = {ours: _number(part, key, int, None, low=1)
                        for ours, part, key in names if key in part}
    classes = _number(general, "channels_out", int, 3)
    inputs = _number(general, "channels_in", int, 2)
    if classes not in (1, 3) or inputs not in (1, 2):
        raise UsageError("[model.general] channels_out must be 1 (planets) or 3 (with binaries), and "
                         "channels_in 1 (flux) or 2 (and its residual). "
                         f"Received: {classes} and {inputs}.")
    return asked, classes, ["flux"] if inputs == 1 else ["flux", "residual"]


def _translated(name, table, what):
    try:
        return table[name.lower()]
    except KeyError:
        raise UsageError(f"unknown {what} {name!r}.{nearest(name.lower(), table)} "
                         f"Known: {', '.join(table)}.") from None


def _bounds(table):
    bounds = {}
    for key, value in table.items():
        column = BOUNDS.get(key, key)
        fine = isinstance(value, list) and len(value) == 2 and all(
            isinstance(end, int | float) and not isinstance(end, bool) for end in value)
        if column not in (*BOUNDS.values(), "noise", "quarter"):
            raise UsageError(f"unknown key {'bounds.' + key!r}.{nearest(key, BOUNDS)} "
                             f"Known: {', '.join(BOUNDS)}.")
        if not fine or value[0] > value[1]:
            raise UsageError(f"'bounds.{key}' must be [lowest, highest]. Received: {value!r:.60}")
        bounds[column] = (float(value[0]), float(value[1]))
    return bounds
