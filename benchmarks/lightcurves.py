"""A network of light curves on held-out simulated PLATO quarters and on real ones, and the matched filter.

Trains on quarters of one seed, judges on those of another: on all stars, and on those with the noise of
PLATO's P1 sample (below 50 ppm in one hour). Thresholds are chosen on one half of the held-out stars, rates
are of the other half. ``--model`` judges a run that exists; ``--data`` names the folder of real light curves.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from otrain.domains.lightcurves.panopticon.prepared_cube import prepared_cube
from otrain.workflows.convert import convert
from otrain.workflows.diagnostics import diagnostics
from otrain.workflows.infer import infer
from otrain.workflows.simulate import simulate

P1_NOISE = 50.0  # ppm in one hour: PLATO's sample P1 (Rauer et al. 2014, Exp. Astron. 38, 249)
MAGNITUDES = (8.0, 12.0)
# What is known of the real curves: times of transits, period and half a duration [d].
KNOWN = {
    "kplr011442793-2010009091648_llc.fits": ("Kepler-90 g", 357.555, None, 0.25),
    "tess2018234235059-s0002-0000000402026209-0121-s_lc.fits": ("WASP-4 b", 1355.184, 1.338231, 0.06),
    "psls_0000000101_60s.npz": ("PSLS quarter, 428 ppm", "label", None, 0.3),
    "GJ_1243_TESS.csv": ("GJ 1243 (flares, no transit)", None, None, 0.0),
}


def quarters(folder, name, stars, seed):
    """Return a cube of simulated quarters."""
    files = folder / name
    simulate(files, domain="lightcurves", stars=stars, seed=seed, cadence=1800.0,
             magnitudes=MAGNITUDES)
    return convert(files, path_datacube=folder, domain="lightcurves", contact_sheet=False).path


def judged(cube, model, out):
    """Judge a network on a cube and print the tables of single transits and of false alarms."""
    report = diagnostics(cube, model, out=out, overwrite=True).report
    searches = report["events"]["planet"]
    for name, row in searches.items():
        print(f"\n{name}: recall {_rate(row['recall'])} of {row['recall']['events']}, FDR "
              f"{_rate(row['fdr'])}, false alarms per quarter {_rate(row['false_alarms'])}")
        for item in row["at_fdr"]:
            print(f"  at an FDR of {item['limit']:g}: recall {_rate(item['recall'])}; "
                  f"FDR on test {_rate(item['fdr'])} {item['support']}")
        for item in row["at_false_alarms"]:
            print(f"  at {item['limit']:g} false alarms per quarter: recall {_rate(item['recall'])}; "
                  f"on test {_rate(item['false_alarms'])} {item['support']}")
        deep = [r for r in row["single"]["announced"] if r["low_edge"] >= 179e-6]
        print("  single, deeper than 180 ppm, announced: " + _pooled(deep))
    rates = [key for key in searches["network"]["single"] if key != "announced"]
    heads = " | ".join(f"{name}, {rate}" for rate in rates for name in searches)
    print(f"\n| single transits, ppm | events | {heads} |\n|" + " --- |" * (2 + len(rates) * len(searches)))
    for place, row in enumerate(searches["network"]["single"][rates[0]]):
        cells = [_rate(searches[name]["single"][rate][place]) for rate in rates for name in searches]
        edges = f"{1e6 * row['low_edge']:g} to {1e6 * row['high_edge']:g}"
        print(f"| {edges} | {row['events']} | {' | '.join(cells)} |")
    return report


def _pooled(rows):
    from otrain.evaluation.intervals import wilson_interval

    total = sum(row["events"] for row in rows)
    found = sum(round(row["events"] * row["value"]) for row in rows if row["value"] is not None)
    low, high = wilson_interval(found, total) if total else (0, 1)
    return f"{found} of {total} ({found / max(total, 1):.4f}; {low:.4f} to {high:.4f})"


def _rate(row):
    if row["value"] is None:
        return "-"
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def real(data, model, folder):
    """Search the real light curves and print rank of the known transits and number of false alarms."""
    from astropy.table import Table

    print("\n| light curve | events known | ranks by the network | false alarms | matched filter: ranks | "
          "false above the lowest |\n|" + " --- |" * 6)
    for name, (title, t0, period, half) in KNOWN.items():
        path = data / name
        if not path.exists():
            continue
        out = folder / f"{path.stem}.ecsv"
        start = time.perf_counter()
        infer(path, model, out=out, overwrite=True, maps=True)
        seconds = time.perf_counter() - start
        table = Table.read(out, format="ascii.ecsv")
        found, baseline, truth = _ranked(table, path, folder, t0, period, half)
        print(f"| {title} ({seconds:.1f} s) | {truth} | {found} | {baseline} |")


def _ranked(table, path, folder, t0, period, half):
    """Return cells of the table: ranks and false alarms of the network, and of the matched filter."""
    order = np.argsort(-np.asarray(table["score"], float) - 1e-6 * np.asarray(table["log_odds"], float))
    times = np.asarray(table["t0"], float)[order]
    announced = np.asarray(table["announced"], bool)[order]
    announced &= np.asarray(table["kind"], str)[order] == "planet"
    cube = convert(path, path_datacube=folder, cube=f"c{path.stem}", domain="lightcurves", overwrite=True,
                   contact_sheet=False).path
    mf = _matched_filter(cube)
    known = _times(t0, period, cube, times, half)
    is_true = _near(times, known, half)
    ranks = (np.flatnonzero(is_true) + 1).tolist()
    mf_true = _near(mf["t0"], known, half)
    mf_ranks = (np.flatnonzero(mf_true) + 1).tolist()
    last = max(mf_ranks, default=len(mf["t0"]))
    network = f"{ranks} | {int(np.sum(announced & ~is_true))} of {int(announced.sum())} announced"
    return network, f"{mf_ranks} | {int(np.sum(~mf_true[:last]))}", len(known)


def _near(times, known, half):
    return np.array([any(abs(t - k) <= half for k in known) for t in np.asarray(times, float)], bool)


def _times(t0, period, cube, times, half):
    from otrain.data.cubes.datacube import open_cube
    from otrain.evaluation.true_events import runs_of_class

    with open_cube(cube) as found:
        images = found.read(np.arange(len(found)))
        start = found.columns_of(np.arange(len(found)), ["time_start"])["time_start"]
    time_of = images[..., found.channels.index("time")].astype(float) + start[:, None]
    if t0 is None:
        return []
    if t0 == "label":
        return runs_of_class(images[..., found.channels.index("label")], 1, time_of)["t0"].tolist()
    if period is None:
        return [t0]
    seen = time_of[np.isfinite(images[..., 0])]
    epochs = t0 + period * np.arange(-500, 500)
    return [t for t in epochs if np.sum(np.abs(seen - t) < half / 2) >= 2]


def _matched_filter(cube):
    from otrain.data.cubes.datacube import open_cube
    from otrain.domains.lightcurves.searches.baselines import matched_filter

    with open_cube(cube) as found:
        rows = np.arange(len(found))
        events = matched_filter(found.read(rows), found.channels, found.columns_of(rows))
    order = np.argsort(-events["log_odds"])
    return {name: values[order] for name, values in events.items()}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stars", type=int, default=6000, help="to train on, seed 1000")
    parser.add_argument("--held-out", type=int, default=3000, help="to judge on, seed 2000")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a run that exists, instead of training one")
    parser.add_argument("--cube", type=Path, help="held-out cube that exists")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/lightcurves"))
    parser.add_argument("--out", type=Path, help="folder that keeps everything")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        model = args.model
        if model is None:
            from otrain.workflows.train import train

            start = time.perf_counter()
            _, run = train(quarters(folder, "train", args.stars, 1000), model_path=folder, model_name="plato",
                           architecture="unet", options={"features": 8, "depth": 6, "kernel": 7},
                           epochs=args.epochs, precision="auto", seed=args.seed, frac=0.12, test_frac=0.08)
            seconds = time.perf_counter() - start
            print(f"trained on {args.stars} quarters, {args.epochs} epochs: {seconds:.0f} s")
            model = run.path
        cube = args.cube or quarters(folder, "held-out", args.held_out, 2000)
        print("\n## All stars")
        judged(cube, model, folder / "all")
        quiet = folder / ("p1" if cube.is_dir() else "p1.npz")
        print(f"\n## Noise below {P1_NOISE:g} ppm in one hour:",
              json.dumps(prepared_cube(cube, quiet, bounds={"noise": (0.0, P1_NOISE)}, overwrite=True)))
        judged(quiet, model, folder / "p1-judged")
        if args.data.is_dir():
            print("\n## Real and independent light curves")
            real(args.data, model, folder)


if __name__ == "__main__":
    main()
