import json

import pytest

from otrain.data.files.journal import request_id
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import IntegrityError, ResourceError
from otrain.workflows.training.checkpoints import finished_report, resumable


def resumed(folder, **options):
    return resumable(folder / ".n.checkpoint", {"seed": 0}, {"threads": 1}, **options)


def save_and_fail(folder, error, **options):
    with pytest.raises(type(error)), resumed(folder, **options) as keeper:
        keeper._checkpoint.save({"position": 7, "seconds": 2.0, "finished": False}, {})
        raise error


def test_checkpoint_of_a_run_that_ends_well_is_removed(tmp_path):
    with resumed(tmp_path) as keeper:
        keeper._checkpoint.save({}, {})
    assert not list(tmp_path.iterdir())


def test_checkpoint_of_a_run_that_would_fail_again_is_removed(tmp_path):
    save_and_fail(tmp_path, IntegrityError("epoch 2: weights are not finite"))
    assert not list(tmp_path.iterdir())


def test_what_fails_behind_a_complete_training_does_not_cost_it(tmp_path, capsys):
    with pytest.raises(IntegrityError), resumed(tmp_path) as keeper:
        keeper._finished = True
        keeper._checkpoint.save({"position": 9, "seconds": 2.0, "finished": True}, {})
        raise IntegrityError("the exported network differs from Keras")
    assert "--resume continues it" in capsys.readouterr().err
    with resumed(tmp_path, resume=True) as keeper:
        assert keeper.trained


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ResourceError("disk full")])
def test_stopped_run_is_kept_and_says_how_to_go_on(tmp_path, capsys, error):
    save_and_fail(tmp_path, error)
    assert "--resume continues it" in capsys.readouterr().err
    with resumed(tmp_path, resume=True) as keeper:
        assert keeper.position == 7 and keeper.seconds >= 2
    assert "continuing after 7 updates and 2 s" in capsys.readouterr().err


def test_other_surroundings_are_said(tmp_path, capsys):
    save_and_fail(tmp_path, KeyboardInterrupt())
    with resumable(tmp_path / ".n.checkpoint", {"seed": 0}, {"threads": 4}, resume=True):
        pass
    assert "the last bits may differ from those of an uninterrupted run (threads: 1 then, 4 now)" in (
        capsys.readouterr().err)


def test_only_the_same_request_is_finished(tmp_path):
    run_directory = RunDirectory(tmp_path)
    run_directory.report_json.write_text('{"name": "n"}')
    run_directory.run_json.write_text(json.dumps({"request_id": request_id({"seed": 0})}))
    assert finished_report(run_directory, {"seed": 0}) == {"name": "n"}
    assert finished_report(run_directory, {"seed": 1}) is None
    assert finished_report(RunDirectory(tmp_path / "absent"), {"seed": 0}) is None
