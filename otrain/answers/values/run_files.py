"""What the judgement of numbers leaves on disk: tables of values, figures, the page."""

import numpy as np

from otrain.answers.values.scorer import value_columns, value_fields
from otrain.data.tables.written import Field, score_table
from otrain.plots.curves import loss_curve
from otrain.plots.style import save_figure

__all__ = ["write_diagnosis_files", "write_predictions", "write_run_files", "write_values"]


def write_run_files(run, judgement, domain, task):
    """Write the tables of values, the loss curve, the figures and the page of a run directory."""
    from otrain.answers.values.page import write_value_page

    write_values(run.values, judgement, domain)
    for subset in judgement.report["values"]:
        write_predictions(run.prediction_csv(subset), judgement, subset)
    save_figure(run.loss_png, loss_curve(judgement.report["history"]))
    run.plots.mkdir(exist_ok=True)
    write_value_page(run.report_html, judgement, domain, plots=run.plots)


def write_diagnosis_files(folder, judgement, domain, task):
    """Write the table of values and the page of otrain-diagnostics; no single pictures."""
    from otrain.answers.values.page import write_value_page

    write_values(folder.values, judgement, domain)
    write_value_page(folder.report_html, judgement, domain)
    return {}


def write_values(path, judgement, domain):
    """Write values, their uncertainties and the truth of every judged example as a table.

    Columns: ``file candid subset``, ``NAME_true`` and all of `value_fields` for each target, and
    ``correlation_NAME_OTHER`` where the network tells correlations.
    """
    replies, judged = judgement.replies, judgement.material
    names, units = judgement.settings.names, judgement.settings.units
    fields, columns = {}, {}
    for name in ("file", "candid", "object_id"):
        if name in replies.columns:
            fields[name], columns[name] = domain.columns.get(name) or Field(str), replies.columns[name]
    fields["subset"], columns["subset"] = Field(str), replies.subset
    for name, unit, truth in zip(names, units, judged.truth.T, strict=True):
        fields[f"{name}_true"] = Field(float, unit, f"true {name}")
        columns[f"{name}_true"] = truth
    fields |= value_fields(names, units)
    columns |= value_columns(judged.given)
    if judged.given.correlations is not None:
        for i, j in zip(*np.tril_indices(len(names), -1)):
            name = f"correlation_{names[i]}_{names[j]}"
            fields[name] = Field(float, "", f"correlation of the errors of {names[i]} and {names[j]}")
            columns[name] = judged.given.correlations[:, i, j]
    with score_table(path, fields, format="ecsv", meta={"name": judgement.report.get("name", "")}) as write:
        write(columns)


def write_predictions(path, judgement, subset):
    """Write the values of one subset as droulette writes them: ``filename`` and one column a target."""
    replies, names = judgement.replies, judgement.settings.names
    mine = replies.subset == subset
    files = replies.columns.get("file", replies.columns.get("candid", np.arange(len(replies)).astype(str)))
    fields = {"filename": Field(str)} | {name: Field(float) for name in names}
    with score_table(path, fields, format="csv") as write:
        write({"filename": np.asarray(files)[mine],
               **dict(zip(names, judgement.material.given.value[mine].T))})
