"""What is in a data cube, in numbers: for the terminal and as JSON."""

import numpy as np

__all__ = ["describe", "summarise"]

QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
_LISTED = 1000  # groups of duplicates in the JSON; the count is of all


def summarise(cube, columns, tally, domain, *, repeats, masked, tables=None):
    """Return the counts of a cube as plain types.

    Parameters
    ----------
    cube : DataCube
    columns : dict of (N,) ndarray
        Its columns, also those that the store cannot hold.
    tally : Tally
        What became of every input.
    domain : Domain
        Its rules say which columns are summarised.
    repeats : list of list of str
        Files with identical pixels under one label.
    masked : int
        Number of examples with at least one pixel that has no value.
    tables : dict of str to dict of (M,) ndarray, optional
        Side tables; their rows are counted by kind.
    """
    rules = domain.cube
    groups = _repeated_names(columns["candid"], columns["file"])
    members = {name: cube.labels == index for index, name in enumerate(cube.classes)}
    if (cube.labels < 0).any():
        members["not known" if cube.classes else "all"] = cube.labels < 0
    summary = {
        "schema_version": 1,
        "cube": cube.path.name,
        "identity": cube.identity,
        "inputs": tally.to_dict(),
        "examples": len(cube),
        "shape": list(cube.shape),
        "channels": list(cube.channels),
        "classes": {name: int(rows.sum()) for name, rows in members.items()},
        **({"numbers": [target["name"] for target in cube.meta["targets"] if "unit" in target]}
           if not cube.classes else {}),
        **{column: {name: _numbers(columns[column][rows]) for name, rows in members.items()}
           if column in columns else {} for column in rules.numbers},
        **{column: {name: _counts(columns[column][rows]) for name, rows in members.items()}
           if column in columns else {} for column in rules.categories},
        "masked_examples": masked,
        "duplicated_candids": {"count": len(groups), "groups": groups[:_LISTED]},
        "identical_images": {"count": len(repeats), "groups": repeats[:_LISTED]},
    }
    if tally.notes:
        summary["notes"] = tally.notes
    if rules.totals:
        curve = [columns[name] for name in ("file", *rules.curve) if name in columns]
        first = _first_rows(curve)
        summary["samples"] = {name: int(np.maximum(columns[name][first], 0).sum()) if name in columns else 0
                              for name in rules.totals}
    for name, found in (tables or {}).items():
        summary[name] = _counts(found["kind"])
    return summary


def _first_rows(columns):
    """Return the first row of each combination of values."""
    codes = np.zeros(len(columns[0]), np.int64)
    for values in columns:
        _, code = np.unique(values, return_inverse=True)
        _, codes = np.unique(codes * (int(code.max()) + 1) + code, return_inverse=True)
    return np.unique(codes, return_index=True)[1]


def _numbers(values):
    """Quantiles of the known values, rounded to what a person reads."""
    known = values[np.isfinite(values)]
    table = {"known": len(known), "missing": len(values) - len(known)}
    if len(known):
        ordered = np.sort(known)
        table |= {name: round(_quantile(ordered, q), 4) for name, q in QUANTILES.items()}
    return table


def _quantile(ordered, q):
    """Return a quantile of sorted numbers, to the bit as np.quantile does, which imports numpy.ma for it."""
    if ordered.dtype != np.float64:
        return float(np.quantile(ordered, q))
    place = q * (len(ordered) - 1)
    before = int(place)
    rest, low, high = place - before, ordered[before], ordered[min(before + 1, len(ordered) - 1)]
    return float(low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest))


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


def describe(summary, domain):
    """Return the summary as a few lines of text.

    Parameters
    ----------
    summary : dict
        As `summarise` gives it.
    domain : Domain
    """
    rules, many = domain.cube, domain.example.replace("_", " ") + "s"
    shape = "x".join(map(str, summary["shape"]))
    lines = [f"{summary['examples']} {many} {shape} ({', '.join(summary['channels'])}): " + _learnt(summary)]
    longest = max(map(len, summary["classes"]))
    width = max(4, *map(len, (*rules.numbers, *rules.categories)))
    for column in rules.numbers:
        lines += [f"  {column:{width}} {name:{max(longest, 6)}} {_range(table, domain.columns[column].unit)}"
                  for name, table in summary[column].items()
                  if table["known"] + table["missing"]]
    for column in rules.categories:
        lines += [f"  {column:{width}} {name:{max(longest, 6)}} "
                  f"{', '.join(f'{key} {count}' for key, count in table.items())}"
                  for name, table in summary[column].items() if table]
    for name in rules.tables:
        counts = ", ".join(f"{count} {kind}" for kind, count in summary[name].items())
        lines.append(f"  {name}: {counts or 'none'}")
    if put_right := {name: count for name, count in summary.get("samples", {}).items() if count}:
        lines.append("  samples: " + ", ".join(f"{count} {name}" for name, count in put_right.items()))
    if summary["masked_examples"] and domain.series is None:
        lines.append(f"  {summary['masked_examples']} {many} have pixels without a value (masked)")
    for key, words in (("duplicated_candids", "CANDIDs name several candidates"),
                       ("identical_images", "images occur more than once under one label")):
        if summary[key]["count"]:
            lines.append(f"  warning: {summary[key]['count']} {words}")
    lines += [f"  note: {note}" for note in summary.get("notes", ())]
    return "\n".join(lines)


def _learnt(summary):
    """Return how many there are of each class, or which numbers are to be learnt."""
    if "numbers" in summary:
        return f"to be learnt: {', '.join(summary['numbers']) or 'nothing that is known'}"
    return ", ".join(f"{count} {name}" for name, count in summary["classes"].items())


def _range(table, unit):
    if not table["known"]:
        return "not known"
    text = (f"{table['min']:.2f} .. {table['q25']:.2f} [{table['median']:.2f}] {table['q75']:.2f} .. "
            f"{table['max']:.2f} {unit}")
    return text + (f" ({table['missing']} missing)" if table["missing"] else "")
