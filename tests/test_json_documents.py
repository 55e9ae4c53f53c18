"""What --json prints is one document that its schema describes, and nothing else stands on standard output."""

import json
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
from astropy.table import Table

from otrain.data.results.batch_directory import BatchDirectory
from otrain.data.results.run_directory import RunDirectory
from otrain.data.results.size_directory import SizeDirectory
from otrain.workflows.batch import Batch
from otrain.workflows.grad_cam import Explanation
from otrain.workflows.optimise_dataset_size import SizeStudy
from otrain.workflows.outcome import schema_of
from otrain.workflows.train import Training


@pytest.fixture
def printed(capsys, monkeypatch, tmp_path):
    """Run a command with --json in a folder of its own; return its checked document."""
    monkeypatch.chdir(tmp_path)

    def run(stem, *words):
        code = import_module(f"otrain.cli.{stem}").main([*map(str, words), "--json"])
        said = json.loads(capsys.readouterr().out)
        jsonschema.validate(said, schema_of(stem))
        assert said["exit_code"] == code and Path(said["path"]).exists()
        return said

    return run


@pytest.fixture
def cube(printed, capsys):
    simulate = import_module("otrain.cli.simulate").main
    assert simulate(["transients", "--out", "night", "--real", "12", "--bogus", "12", "--size", "16"]) == 0
    capsys.readouterr()
    printed("convert", "--cutouts", "night", "--jobs", "0")
    return Path("datacube/night.npz")


def test_simulated_candidates(printed):
    said = printed("simulate", "transients", "--out", "s", "--real", 1, "--bogus", 2, "--size", 16)
    assert said["domain"] == "transients" and said["exit_code"] == 0


def test_cube_with_a_broken_input_ends_with_3(printed, capsys):
    import_module("otrain.cli.simulate").main(["transients", "--out", "n", "--real", "2", "--bogus", "2"])
    capsys.readouterr()
    Path("n/true/broken.fits").write_bytes(b"SIMPLE  =")
    said = printed("convert", "--cutouts", "n", "--jobs", "0", "--cube", "odd")
    assert said["exit_code"] == 3 and said["inputs"]["kept"] == 4 and said["quarantine"].endswith("odd.quarantine.ecsv")


def test_doctor_says_faults_by_its_exit_code(printed, cube):
    said = printed("doctor", cube, "--out", "checked")
    assert said["exit_code"] == (8 if said["faults"] else 0) and said["examples"] == 24


def test_scores_judgement_and_figures(printed, cube, make_bundle):
    make_bundle(Path("bundle"))
    said = printed("infer", "--cube", cube, "--model", "bundle", "--out", "s.ecsv", "--format", "ecsv")
    assert sum(said["classes"].values()) == 24 == len(Table.read(said["path"], format="ascii.ecsv"))
    said = printed("diagnostics", "--cube", cube, "--model", "bundle", "--out", "judged")
    assert said["counts"] == {"bogus": 12, "real": 12}
    said = printed("plot_results", "--cube", cube, "--model", "bundle", "--out", "plots")
    assert said["figures"] and all((Path("plots") / name).is_file() for name in said["figures"])


def test_simulated_events(printed):
    Path("crossmatch.dat").write_text("# closest_candID mag\nc1 18.2\nc2 19.5\n")
    Path("infer_results.dat").write_text("# cand_ID label1 FWHM FWHMPSF\nc1 0.9 3 3\nc2 0.2 3 3\nc3 0.1 4 3\n")
    said = printed("checkinfer", "--out", "p", "--crossmatch", ".", "--infer", ".")
    assert said["events"]["matched"] == 2


def test_images_of_two_folders(printed):
    import numpy as np

    for name, level in (("a", 3.0), ("b", 5.0)):
        Path(name).mkdir()
        np.save(f"{name}/x.npy", np.full((4, 4), level))
        np.save(f"{name}/{name}.npy", np.zeros((4, 4)))
    said = printed("compare", "a", "b")
    assert said["counts"] == {"same": 0, "different": 1, "size": 0, "missing": 2, "unreadable": 0}
    assert said["mean"]["mae"] == 2.0 and said["exit_code"] == 8


def test_verbs_of_panopticon(printed):
    assert printed("lightcurves", "--init")["verbs"] == ["init"]


def test_training_of_the_first_and_of_another_host(tmp_path):
    run = RunDirectory(tmp_path / "first")
    report = {"model_id": "ab", "counts": {"test": {"bogus": 3}}, "metrics": {"test": {}}, "notes": ["few"]}
    said = Training(report, run).to_dict()
    jsonschema.validate(said, schema_of("train"))
    assert said["notes"] == ["few"] and said["bundle"] == str(run.bundle)
    jsonschema.validate(Training(None, run).to_dict(), schema_of("train"))
    assert repr(Training(report, run)) == f"<Training {tmp_path / 'first'}>"


def test_heat_maps_and_study_of_sizes(tmp_path):
    done = Explanation(tmp_path / "grad_cam", {"FP": 1, "TP": 2}, ("the maps mean something",), ())
    jsonschema.validate(done.to_dict(), schema_of("grad_cam"))
    gain = {"measure": "error", "labels": 10, "more": 5, "now": None, "then": None, "gain": None, "problem": "no trend"}
    study = {"name": "night", "cube": "ab", "runs": 3, "counts": {"test": {"real": 4}}, "gains": [gain],
             "laws": {"error": None}}
    done = SizeStudy(study, SizeDirectory(tmp_path, "night"))
    jsonschema.validate(done.to_dict(), schema_of("optimise_dataset_size"))
    assert done.notes == ("error: no trend",) and repr(done) == f"<SizeStudy {tmp_path}: 3 runs>"


def test_batch_of_trainings(tmp_path):
    best = {"run": "run002", "values": {"seed": "2"}, "validation": 0.9, "test": None, "model_id": "ab"}
    summary = {"runs": 2, "finished": 1, "failed": 1, "measure": "accuracy", "best": best}
    directory = BatchDirectory(str(tmp_path / "run%%"), 2)
    said = Batch(summary, directory, ("run001 failed",), 4).to_dict()
    jsonschema.validate(said, schema_of("batch"))
    assert said["table"] == said["path"] == str(tmp_path / "run.csv") and said["exit_code"] == 4
    jsonschema.validate(Batch(summary | {"best": None, "measure": None}, directory).to_dict(), schema_of("batch"))


def test_quiet_command_prints_its_result_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    import_module("otrain.cli.simulate").main(["transients", "--out", "n", "--real", "2", "--bogus", "2", "--quiet"])
    import_module("otrain.cli.convert").main(["--cutouts", "n", "--jobs", "0", "--quiet"])
    out = capsys.readouterr()
    assert out.err == "" and out.out.startswith("datacube/n.npz: 4")


def test_scan_of_channels(printed):
    from otrain.domains.glitches.event_writer import write_events
    from otrain.domains.glitches.simulators.events import EventSettings, SimulatedEvents

    made = SimulatedEvents(EventSettings(events=2, witnesses=1, decoys=0, others=1, duration=8.0, sample_rate=256.0,
                                         channel_rates=(128.0,), frequencies=(14.0, 25.0)))
    write_events("e.h5", ((event, [made.read(event, name) for name in made.channels(event)]) for event in made.events))
    said = printed("scan_channels", "--source", "e.h5", "--out", "scan")
    assert said["channels"] == said["events"] == 2 and said["problems"] == 0 and Path(said["table"]).is_file()
