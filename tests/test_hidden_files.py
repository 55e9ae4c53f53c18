"""Whatever lies under the name of a hidden file: a clear line, and ``--overwrite`` clears it."""

import json
import os

import numpy as np
import pytest
from astropy.io import fits
from damage import DAMAGE, damage, untouched
from handmade import write_network

from otrain.cli import convert, infer, simulate
from otrain.data.files.checkpoint import Checkpoint
from otrain.data.files.hidden import HIDDEN, hidden
from otrain.data.files.journal import Journal
from otrain.errors import OtrainError
from otrain.workflows.training.checkpoints import resumable

# Every command that keeps such files, and which.
KEPT_BY = {"convert": ("lock", "progress", "progress-images", "progress-others"), "infer": ("lock", "progress"),
           "simulate": ("lock",), "train": ("checkpoint",)}
CODES = (0, 2, 4, 5, 6)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Two cutouts of each class, and a network."""
    folder = tmp_path_factory.mktemp("inputs")
    for number in range(4):
        label = ("false", "true")[number % 2]
        (folder / "night" / label).mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(number).normal(size=(16, 16)).astype(np.float32)
        fits.PrimaryHDU(image, fits.Header({"CANDID": f"c{number}"})).writeto(
            folder / "night" / label / f"c{number}.fits")
    write_network(folder / "bundle", 16)
    return folder


def asked(command, inputs, out):
    """Return the function of a command, its arguments and its output."""
    night = ["--cutouts", str(inputs / "night"), "--jobs", "0"]
    return {
        "convert": (convert.main, [*night, "--path-datacube", str(out), "--cube", "n", "--no-contact-sheet"],
                    out / "datacube" / "n"),
        "infer": (infer.main, [*night, "--model", str(inputs / "bundle"), "--out", str(out / "s.dat")], out / "s.dat"),
        "simulate": (simulate.main, ["transients", "--real", "1", "--bogus", "1", "--out", str(out / "sim")],
                     out / "sim"),
    }[command]


def test_every_kind_is_kept_by_a_command_of_this_list():
    assert set().union(*KEPT_BY.values()) == set(HIDDEN)


@pytest.mark.parametrize(("command", "kind"), [(command, kind) for command, kinds in KEPT_BY.items()
                                               for kind in kinds if command != "train"])
@pytest.mark.parametrize("name", DAMAGE)
def test_command_ends_in_words_and_overwrite_clears(inputs, tmp_path, capsys, command, kind, name):
    main, arguments, output = asked(command, inputs, tmp_path / "out")
    (tmp_path / "out").mkdir()
    path = hidden(output, kind)
    outside = damage(path, name)
    codes = [main(arguments)]
    if command in ("convert", "infer"):
        codes.append(main([*arguments, "--resume"]))
    assert set(codes) <= set(CODES)
    if codes[0] not in (0, 4):
        assert str(path) in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0
    left = sorted(entry.name for entry in path.parent.iterdir() if entry.name.startswith("."))
    assert not left and untouched(outside)


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("place", ["folder", "state-0"])
def test_checkpoint_of_a_training_ends_in_words_and_overwrite_clears(tmp_path, name, place):
    path = hidden(tmp_path / "run", "checkpoint")
    outside = damage(path if place == "folder" else path / "state-0", name)
    for resume in (False, True):
        try:
            Checkpoint(path, {"epochs": 1}, {}).begin(resume=resume, overwrite=False)
        except OtrainError as error:
            assert str(path) in str(error) and "--overwrite" in str(error)
    checkpoint = Checkpoint(path, {"epochs": 1}, {})
    assert checkpoint.begin(resume=False, overwrite=True) is None
    checkpoint.save({"position": 3}, {"weights": np.ones(2)})
    assert Checkpoint(path, {"epochs": 1}, {}).begin(resume=True, overwrite=False).state == {"position": 3}
    assert untouched(outside)


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("place", ["folder", "state-0"])
def test_damaged_checkpoint_of_one_run_of_a_study_is_set_aside_in_words(tmp_path, capsys, name, place):
    path = hidden(tmp_path / "80_0", "checkpoint")
    outside = damage(path if place == "folder" else path / "state-0", name)
    with resumable(path, {"epochs": 1}, {}, resume=True, one_of_many=True) as keeper:
        assert keeper.position == 0
    said, aside = capsys.readouterr().err, tmp_path / "80_0.checkpoint-damaged"
    assert untouched(outside) and not path.exists() and not path.is_symlink()
    if os.path.lexists(aside):
        assert str(path) in said and f"set aside as {aside}, and this run is done anew" in said
        assert "--overwrite" not in said
    else:
        assert not said  # nothing that could have been lost


@pytest.mark.parametrize("name", DAMAGE)
def test_journal_ends_in_words(tmp_path, name):
    path = tmp_path / "study" / "runs.jsonl"
    outside = damage(path, name)
    try:
        journal = Journal(path, {"seed": 0})
        journal.append({"size": 1})
        assert [json.loads(line) for line in path.read_text().splitlines()][1:] == [{"size": 1}]
    except OtrainError as error:
        assert str(path) in str(error) and "--overwrite" in str(error)
    assert untouched(outside)
