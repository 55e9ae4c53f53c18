import csv

from otrain.workflows.training.batch_table import Trained, best_of, write_batch_table


def trained(name, r2=None, loss=None, code=0, **swept):
    report = {"metrics": {"validation": {} if r2 is None else {"r2": {"value": r2}}, "test": {"r2": {"value": 0.5}}},
              "history": {"val_loss": [] if loss is None else [loss + 1, loss]}, "model_id": f"id-{name}"}
    return Trained(name, swept, code, {} if code else report, float("nan") if code else 2.5)


def names(rows):
    return [one.name for one in rows]


def test_best_comes_first_and_the_failed_last():
    measure, rows = best_of([trained("a", code=4), trained("b", -0.2), trained("c", 0.7), trained("d", None)], "r2")
    assert measure == "r2" and names(rows) == ["c", "b", "d", "a"]


def test_equal_runs_are_sorted_by_their_loss_and_so_are_those_without_the_number():
    assert names(best_of([trained("a", 1.0, 3.0), trained("b", 1.0, 2.0), trained("c", 1.0)], "r2")[1]) == ["b", "a", "c"]
    measure, rows = best_of([trained("a", None, 3.0), trained("b", None, 2.0)], "r2")
    assert measure == "least_val_loss" and names(rows) == ["b", "a"] and rows[0].validation(measure) == 2.0


def test_nothing_is_best_where_every_run_has_failed():
    measure, rows = best_of([trained("a", code=4), trained("b", code=-9)], "r2")
    assert measure is None and names(rows) == ["a", "b"] and rows[1].words == "ended by signal 9"


def test_number_that_is_not_finite_or_no_number_is_none():
    report = {"metrics": {"test": {"r2": {"value": float("nan")}, "counts": [1, 2], "mae": {"value": None}}}}
    assert Trained("a", {}, report=report).measures == []


def test_table_has_a_row_for_each_run_and_a_column_for_each_value(tmp_path):
    rows = [trained("run001", 0.7, 1.0, dropout=0.1, epochs=3, augment=["turns", "noise"]),
            trained("run002", code=4, dropout=1, epochs=4, augment="none")]
    write_batch_table(tmp_path / "run.csv", rows)
    with open(tmp_path / "run.csv", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {"run": "run001", "dropout": "0.1", "epochs": "3", "augment": "turns noise", "status": "finished",
                     "exit_code": "0", "validation_r2": "0.7", "test_r2": "0.5", "least_val_loss": "1.0",
                     "seconds": "2.5", "model_id": "id-run001"}
    assert (second["dropout"], second["status"], second["exit_code"]) == ("1.0", "failed", "4")
    assert second["validation_r2"] == second["seconds"] == second["model_id"] == ""
