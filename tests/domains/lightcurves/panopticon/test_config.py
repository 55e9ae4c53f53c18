import pytest

from otrain.domains.lightcurves.panopticon.config import DEFAULT_TEXT, read_settings
from otrain.errors import DataError, UsageError

PANOPTICON = """
path_data = "/data/sims"
path_prepared = "prep"
path_output = "out"
seed = 7
training_epochs = 2
export_sets = true
[fraction]
train = 0.6
valid = 0.4
[dataloader.train]
batch_size = 3
shuffle = true
num_workers = 4
[dataloader.valid]
batch_size = 3
[optimizer]
name = "Adam"
lr = 1e-3
betas = [0.9, 0.999]
[scheduler]
use = false
name = "ExponentialLR"
gamma = 0.9
[model]
name = "Unet3P"
loss = "BCELoss"
activation = "sigmoid"
[model.general]
channels_in = 1
channels_out = 1
init_features = 16
drop_rate = 0.05
[model.convolution]
kernel_size = 31
dilation = 1
padding = 15
padding_mode = "reflect"
bias = false
[model.trans_conv]
kernel_size = 2
stride = 2
bias = true
[bounds]
radius_star = [0, 2.5]
transit_depth = [50e-6, 1]
"""


def settings_of(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_settings(path)


def test_panopticons_file_is_read_unchanged(tmp_path):
    found = settings_of(tmp_path, PANOPTICON)
    assert (str(found.path_data), found.classes, found.channels) == ("/data/sims", 1, ["flux"])
    assert found.train == {
        "seed": 7, "epochs": 2, "frac": 0.4, "test_frac": 0.0, "batch_size": 3, "optimizer": "adam",
        "learning_rate": 1e-3, "weight_decay": 0.0, "scheduler": "constant", "architecture": "unet3p",
        "loss": "bce", "dropout": 0.05, "options": {"features": 16, "kernel": 31, "dilation": 1}}
    assert found.bounds == {"radius": (0.0, 2.5), "depth": (5e-5, 1.0)}
    words = " ".join(found.notes)
    assert "shuffle, num_workers" in words and "export_sets" in words and "betas" in words


def test_our_default_is_read_without_a_note(tmp_path):
    found = settings_of(tmp_path, DEFAULT_TEXT)
    assert found.train["options"] == {"features": 8, "depth": 5, "kernel": 7, "dilation": 1}
    assert found.convert == {"cadence": 1800, "length": 4320} and found.classes == 3
    assert found.notes == ["optimizer AdamW is Keras's adam, with decoupled weight decay"]


def test_scheduler_in_use_keeps_its_numbers(tmp_path):
    found = settings_of(tmp_path, '[scheduler]\nname = "StepLR"\nstep_size = 4\ngamma = 0.5\n')
    assert found.train["scheduler"] == "step" and found.train["schedule"] == {"step_size": 4, "gamma": 0.5}


@pytest.mark.parametrize(("text", "words"), [
    ("training_epoch = 3", "Did you mean 'training_epochs'"),
    ("[optimizer]\nname = 'LBFGS'", "unknown optimizer 'LBFGS'"),
    ("[optimizer]\nleraning = 1", "unknown key 'optimizer.leraning'"),
    ("[scheduler]\nname = 'StepLR'\ngama = 0.5", "Did you mean 'gamma'"),
    ("[fraction]\ntrain = 0.9\nvalid = 0.4", "at most 1 together"),
    ("[bounds]\nradius_star = [2, 1]", "must be .lowest, highest."),
    ("[bounds]\nradius = 3\ncolour = [0, 1]", "radius"),
    ("[model.general]\nchannels_out = 2", "channels_out must be 1"),
    ("seed = 'a'", "'seed' must be a whole number"),
    ("training_epochs = 0", "from 1"),
    ("model = 3", "must be a table"),
])
def test_what_cannot_be_met_is_an_error_that_names_it(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        settings_of(tmp_path, text)


def test_absent_or_broken_file_is_told(tmp_path):
    with pytest.raises(DataError, match="--init"):
        read_settings(tmp_path / "none.toml")
    with pytest.raises(DataError, match="not a TOML file"):
        settings_of(tmp_path, "a = = 1")
