"""Values of simulated lenses by a small network: R2, coverage on held-out seeds, coverage in cells.

Lenses of 64 pixels with PSF and noise (SIE, round Gaussian source) are simulated, converted and trained
on by the public functions; every judgement is on lenses of another seed. Coverage is told at 5 to 95 % of
each number and in 4 x 4 cells of Einstein radius and signal-to-noise. Run it as ``python -m benchmarks
lens_values``; ``--lenses 20000 --seeds 3`` is the whole of it.
"""

import argparse
import tempfile
import time
from pathlib import Path

DATASET = """
[simulator]
model = "Raytrace"
nterms = 0
imagesize = 64
cropsize = 64
centred = true
pixel-scale = 0.1
[lens]
mode = "SIE"
einstein-min = 5
einstein-max = 18
orientation-min = 0
orientation-max = 180
ellipseratio-min = 0.5
ellipseratio-max = 0.95
[source]
mode = "s"
sigma-min = 1
sigma-max = 3
position = "relative"
[position]
phi-min = 0
phi-max = 360
r-relativemax = 1.2
[observation]
psf-fwhm = 0.16
background-rms-min = 5
background-rms-max = 80
"""
TARGETS = ["theta_e", "e1", "e2", "x_source", "y_source", "source_size"]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lenses", type=int, default=4000, help="of a training")
    parser.add_argument("--judged", type=int, default=4000, help="lenses of the other seed")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keep the work here")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="otrain-lenses-") as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        judged = cube_of(folder, args.judged, 1000)
        for seed in range(args.seeds):
            one(folder, cube_of(folder, args.lenses, seed), judged, args.epochs, seed)


def cube_of(folder, lenses, seed):
    """Return the path of a cube of simulated lenses."""
    return simulated_cube(folder, f"lenses-{lenses}-{seed}", DATASET, lenses, seed, TARGETS)


def simulated_cube(folder, name, dataset, lenses, seed, targets):
    """Return the path of a cube of lenses that the text of a TOML describes; an older one is taken."""
    from otrain.workflows.convert import convert
    from otrain.workflows.simulate import simulate

    path = folder / "datacube" / f"{name}.npz"
    if not path.exists():
        (folder / f"{name}.toml").write_text(dataset)
        simulate(folder / name, domain="lenses", toml=str(folder / f"{name}.toml"), size=lenses, seed=seed,
                 format="npz", overwrite=True)
        convert(folder / name, domain="lenses", path_datacube=folder, cube=name, variables=targets,
                contact_sheet=False, overwrite=True, store="npz")
    return path


def one(folder, cube, judged, epochs, seed):
    """Train on one cube, judge on another, and print what came of it."""
    from otrain.workflows.diagnostics import diagnostics
    from otrain.workflows.train import train

    start = time.perf_counter()
    done = train(cube, model_path=folder, model_name=f"run-{cube.stem}", epochs=epochs, seed=seed,
                 overwrite=True)
    seconds = time.perf_counter() - start
    report = diagnostics(judged, done.path, out=folder / f"judged-{cube.stem}", overwrite=True).report
    part = next(iter(report["values"].values()))
    print(f"\nseed {seed}: trained in {seconds / 60:.1f} minutes; R2 by number (95 %):")
    for name, row in part["targets"].items():
        print(f"  {name:12s} {_told(row['r2'])}   MAE {_told(row['mae'])}")
    print("coverage of all numbers, by level:")
    worst = max(abs(row["value"] - row["level"]) for row in part["coverage"])
    print("  " + "  ".join(f"{row['level']:.2f}: {row['value']:.3f}" for row in part["coverage"]))
    print(f"  largest distance from its level {100 * worst:.1f} %")
    for table in report["coverage_cells"] + report["coverage_cells_of_truth"]:
        if set(table["columns"]) == {"theta_e", "snr"}:
            _print_cells(table)


def _print_cells(table):
    for place, level in enumerate((0.68, 0.95)):
        shares = [[cell["coverage"][place]["value"] for cell in row] for row in table["cells"]]
        worst = max(abs(share - level) for row in shares for share in row)
        print(f"coverage of {level} in cells of {' x '.join(table['columns'])}, by {table['by']}; "
              f"largest distance {100 * worst:.1f} %")
        for row in shares:
            print("  " + "  ".join(f"{share:.3f}" for share in row))


def _told(metric):
    return f"{metric['value']:.4f} ({metric['low']:.4f} to {metric['high']:.4f})"


if __name__ == "__main__":
    main()
