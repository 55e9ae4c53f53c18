"""The card of a network, in Markdown: what it was made from, what it can do, what it cannot."""

from otrain.bundle.format import answered_names
from otrain.bundle.parity import SCORE

__all__ = ["alarm_words", "markdown_table", "render_card"]

FATES = ("seen", "kept", "skipped", "quarantined")  # of the inputs of a cube


def render_card(manifest, facts):
    """Return the card of a bundle.

    Parameters
    ----------
    manifest : dict
        The description of the bundle, without the entry of the card itself.
    facts : dict
        Optional entries: ``counts`` {subset: {class: n}}, ``metrics`` {name: {"value",
        "low", "high"}} of the test subset, ``alarm`` (see `alarm_words`), ``architecture``,
        ``seed``, ``parameters`` of an ensemble, ``notes`` [str],
        ``parity`` {kind of images: `Parity`} with Keras; what the
        answer says of its settings: ``thresholds`` (Markdown) and ``limits`` [str].

    Returns
    -------
    str
    """
    parts = [_head(manifest), _data(manifest, facts), _quality(facts), facts.get("thresholds", ""),
             _limits(manifest, facts), _use(manifest)]
    return "\n".join(part for part in parts if part)


def _head(manifest):
    shape = " x ".join(map(str, manifest["input"]["shape"]))
    return f"""# {_plain(manifest["name"]) or "network"}

| | |
| --- | --- |
| question | {_plain(manifest["task"])}: {_plain(", ".join(answered_names(manifest)))} |
| data | {_plain(manifest["domain"])} |
| input | {shape}, channels {_plain(", ".join(manifest["channels"]))} |
| model id | `{manifest["model_id"]}` |
| calibration id | `{manifest["calibration_id"]}` |
| made | {manifest["created"]} by otrain {manifest["otrain_version"]} |
"""


def _data(manifest, facts):
    lines = ["## Training data", ""]
    source = manifest["cube"].get("source")
    if source:
        lines.append(f"Made from `{_plain(str(source))}`.")
    seen = manifest["cube"].get("counts")
    if seen:
        fates = [f"{fate} {_count(seen[fate])}" for fate in FATES if fate in seen]
        lines.append("Inputs: " + ", ".join(fates) + ".")
        lines += [f"Of {_plain(str(entry[0]))} of them: {_plain(str(words))}."
                  for words, entry in (seen.get("remarks") or {}).items()]
    counts = facts.get("counts", {})
    if counts:
        classes = list(next(iter(counts.values())))
        rows = [[subset, *row.values()] for subset, row in counts.items()]
        lines += ["", markdown_table(["subset", *classes], rows)]
    if facts.get("architecture"):
        several = f", {manifest['ensemble']} of them that answer together (`ensemble`), " \
                  f"{facts.get('parameters', 0):,} parameters in all" if "ensemble" in manifest else ""
        lines += ["", f"Network: `{_plain(str(facts['architecture']))}`, seed {facts.get('seed')}{several}."]
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _quality(facts):
    metrics = facts.get("metrics")
    if not metrics:
        return ""
    rows = [[name, _number(row["value"]), f"{_number(row['low'])} to {_number(row['high'])}"]
            for name, row in metrics.items()]
    table = markdown_table(["metric", "value", "95 % interval"], rows)
    return f"## Quality on the test subset\n\n{table}\n"


def _limits(manifest, facts):
    lines = ["## Limits", "", *(f"- {line}" for line in facts.get("limits", ())),
             "- Uncertainty by dropout: " + (manifest["head_note"] or "available") + "."]
    if facts.get("alarm"):
        lines.append(f"- {alarm_words(facts['alarm'])}")
    lines += [f"- {_plain(str(note))}" for note in facts.get("notes", [])]
    lines += _rounding(facts.get("parity", {}))
    return "\n".join(lines) + "\n"


def alarm_words(alarm):
    """Return what the alarm for examples unlike those of the training is worth, in sentences.

    Parameters
    ----------
    alarm : dict
        ``level training validation test``, or ``problem``: why there is none.
    """
    if "problem" in alarm:
        return alarm["problem"]
    words = (f"Alarm: `ood` is the distance of an example from {alarm['training']} of the training; above 1 "
             f"it is flagged, as at most {100 * alarm['level']:g} % of examples like those of validation "
             f"({alarm['validation']}) are.")
    test = alarm["test"]
    if not test["examples"]:
        return words
    return (f"{words} Of {test['examples']} test examples {test['flagged']} are flagged "
            f"({100 * test['value']:.1f} %, 95 % interval {100 * test['low']:.1f} to "
            f"{100 * test['high']:.1f} %). More flags than that among your examples: "
            "they are not like the training, and values and uncertainties of those flagged are not to be "
            "trusted.")


def _rounding(parities):
    """Return how far the rounding of two programs takes the scores apart."""
    if not parities:
        return []
    awkward = [one for kind, one in parities.items() if kind != "golden"]
    golden, others = parities["golden"], max((one.score for one in awkward), default=0.0)
    lines = [
        f"- Rounding: on the golden examples ONNX Runtime and Keras were {golden.score:.1g} apart in a score "
        f"before calibration and {golden.logit:.1g} in a logit (relative above 1); on NaN, infinite, huge "
        f"and constant pixels {others:.1g} in a score. Another processor may round as differently."]
    if max(golden.score, others) > SCORE:
        lines.append(f"- Mind: that is more than {SCORE:g}. Large numbers cancel in this network: float32 "
                     "cannot tell its scores better.")
    return lines


def _use(manifest):
    shape = ", ".join(map(str, manifest["input"]["shape"]))
    return ("## Use\n\n`otrain-infer --cutouts FOLDER --model BUNDLE`, or any ONNX runtime: `model.onnx` "
            f"takes `cutout` (N, {shape}) float32, NaN where a pixel has no value, and gives `logits`. "
            "`bundle.json` says how a file is prepared and how a logit becomes a score; `golden.npz` holds "
            "examples with their scores to test against.\n" + _keras(manifest))


def _keras(manifest):
    """Say which Keras the files beside a bundle need, where Keras trained the network."""
    version = _plain(str(manifest["versions"].get("keras", "")))
    if not version:
        return ""
    return (f"\nThe `.keras` and `.h5` files of the run need Keras {version} or newer: older ones may refuse "
            "them, as 3.14 and before refuse those of 3.15. `model.onnx` needs no Keras.\n")


def markdown_table(names, rows):
    """Return a table in Markdown; a stranger's text stays in its cell."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(_plain(str(cell)) for cell in line) + " |" for line in lines)


def _number(value):
    return "-" if value is None else f"{value:.4g}"


def _count(value):
    return sum(value.values()) if isinstance(value, dict) else value


def _plain(text):
    """Keep a stranger's text on one line and free of markup."""
    return "".join(" " if c in "\r\n" else f"\\{c}" if c in "|<>`[]*" else c for c in text)
