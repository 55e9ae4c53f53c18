"""What is in a data cube, in numbers: for the terminal and as JSON."""

import numpy as np

__all__ = ["describe", "summarise"]

QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
_LISTED = 1000  # groups of duplicates in the JSON; the count is of all


def summarise(cube, columns, tally, *, repeats, masked):
    """Return the counts of a cube as plain types.

    Parameters
    ----------
    cube : DataCube
    columns : dict of (N,) ndarray
        Its columns, also those that the store cannot hold.
    tally : Tally
        What became of every input.
    repeats : list of list of str
        Files with identical pixels under one label.
    masked : int
        Number of examples with at least one pixel that has no value.
    """
    groups = _repeated_names(columns["candid"], columns["file"])
    members = {name: cube.labels == index for index, name in enumerate(cube.classes)}
    return {
        "schema_version": 1,
        "cube": cube.path.name,
        "identity": cube.identity,
        "inputs": tally.to_dict(),
        "examples": len(cube),
        "shape": list(cube.shape),
        "channels": list(cube.channels),
        "classes": {name: int(rows.sum()) for name, rows in members.items()},
        "mag": {name: _numbers(columns["mag"][rows]) for name, rows in members.items()},
        "fwhm": {name: _numbers(columns["fwhm"][rows]) for name, rows in members.items()},
        "band": {name: _counts(columns["band"][rows]) for name, rows in members.items()},
        "kind": {name: _counts(columns["kind"][rows]) for name, rows in members.items()}
        if "kind" in columns else {},
        "masked_examples": masked,
        "duplicated_candids": {"count": len(groups), "groups": groups[:_LISTED]},
        "identical_images": {"count": len(repeats), "groups": repeats[:_LISTED]},
    }


def _numbers(values):
    """Quantiles of the known values, rounded to what a person reads."""
    known = values[np.isfinite(values)]
    table = {"known": len(known), "missing": len(values) - len(known)}
    if len(known):
        table |= {name: round(float(np.quantile(known, q)), 4) for name, q in QUANTILES.items()}
    return table


def _counts(values):
    """How often each text occurs, commonest first; the empty text is the missing one."""
    names, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {str(names[i]) or "missing": int(counts[i]) for i in order}


def _repeated_names(candids, files):
    """Names that stand for several candidates, with their files."""
    order = np.argsort(candids, kind="stable")
    names, starts, counts = np.unique(candids[order], return_index=True, return_counts=True)
    return [{"candid": str(name), "files": files[order[start:start + count]].tolist()}
            for name, start, count in zip(names, starts, counts, strict=True) if count > 1 and name]


def describe(summary):
    """Return the summary as a few lines of text.

    Parameters
    ----------
    summary : dict
        As `summarise` gives it.
    """
    shape = "x".join(map(str, summary["shape"]))
    lines = [f"{summary['examples']} cutouts {shape} ({', '.join(summary['channels'])}): "
             + ", ".join(f"{count} {name}" for name, count in summary["classes"].items())]
    for column, unit in (("mag", "mag"), ("fwhm", "pix")):
        lines += [f"  {column:4} {name:6} {_range(table, unit)}" for name, table in summary[column].items()]
    for column in ("band", "kind"):
        lines += [f"  {column:4} {name:6} {', '.join(f'{key} {count}' for key, count in table.items())}"
                  for name, table in summary[column].items() if table]
    if summary["masked_examples"]:
        lines.append(f"  {summary['masked_examples']} cutouts have pixels without a value (masked)")
    for key, words in (("duplicated_candids", "CANDIDs name several candidates"),
                       ("identical_images", "images occur more than once under one label")):
        if summary[key]["count"]:
            lines.append(f"  warning: {summary[key]['count']} {words}")
    return "\n".join(lines)


def _range(table, unit):
    if not table["known"]:
        return "not known"
    text = (f"{table['min']:.2f} .. {table['q25']:.2f} [{table['median']:.2f}] {table['q75']:.2f} .. "
            f"{table['max']:.2f} {unit}")
    return text + (f" ({table['missing']} missing)" if table["missing"] else "")
