"""The published roulette experiments: R2 of source and amplitudes on test lenses, as droulette has it.

A TOML of CosmoSim is simulated as it stands (PNG of 8 bit, centred), and a network learns the variables and
amplitudes of the problem. Printed is R2 on the test subset: of every output, and their mean, which is
droulette's figure; then the mean with the outputs that cannot be known (of a round source `sigma2` and
`theta`), which were left out, as 0. Run it as ``python -m benchmarks lens_roulette --toml sie.toml``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

VARIABLES = ["sigma", "sigma2", "theta", "xiX", "xiY"]
UNKNOWN = ("sigma2", "theta")  # of a round source they touch no pixel
TEXTS = ("filename", "source")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toml", type=Path, required=True, help="of the simulation")
    parser.add_argument("--lenses", type=int, default=14300, help="70 %% of them are learnt from")
    parser.add_argument("--block", type=int, default=1, help="pixels that are averaged, along each side")
    parser.add_argument("--architecture", default="value-fovea")
    parser.add_argument("--nterms", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--loss", default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="keep the work here")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="otrain-roulette-") as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        judge(args, folder, cube_of(args, folder))


def cube_of(args, folder):
    """Return the path of the cube of an experiment; an older one is taken."""
    from otrain.workflows.convert import convert
    from otrain.workflows.simulate import simulate

    name = f"{args.toml.stem}-{args.lenses}-{args.block}-{args.seed}"
    path = folder / "datacube" / f"{name}.npz"
    if not path.exists():
        out = folder / f"{args.toml.stem}-{args.lenses}-{args.seed}"
        if not out.exists():
            simulate(out, domain="lenses", toml=str(args.toml), size=args.lenses, seed=args.seed)
        (folder / f"{name}-stack").mkdir(exist_ok=True)
        stack(out, folder / f"{name}-stack" / "images.npz", args.block)
        convert(folder / f"{name}-stack", domain="lenses", path_datacube=folder, cube=name, store="npz",
                variables=VARIABLES, nterms=args.nterms, contact_sheet=False, overwrite=True)
    return path


def stack(folder, path, block):
    """Write the images of a set, averaged in blocks, and the columns of its amplitudes into one file."""
    import cv2

    from otrain.domains.lenses.simulators.image_files import NpzWriter
    from otrain.domains.lenses.simulators.tables import read_rows

    rows = read_rows(folder / "roulette.csv")
    side = cv2.imread(str(folder / "images" / rows[0]["filename"]), -1).shape[0] // block
    writer = NpzWriter(path, len(rows), side)
    for row in rows:
        image = cv2.imread(str(folder / "images" / row["filename"]), -1).astype("f4")
        writer.add(image.reshape(side, block, side, block).mean(axis=(1, 3)))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    writer.close({name: np.array(values) if name in TEXTS else np.array(
        [np.nan if value is None else value for value in values], float) for name, values in columns.items()})


def judge(args, folder, cube):
    """Train on a cube and print R2 of its test subset."""
    from otrain.workflows.train import train

    start = time.perf_counter()
    more = {"loss": args.loss} if args.loss else {}
    done = train(cube, model_path=folder, model_name=f"run-{cube.stem}", epochs=args.epochs, seed=args.seed,
                 overwrite=True, architecture=args.architecture, **more)
    part = done.report["values"]["test"]
    print(f"\n{args.toml.stem}: {args.lenses} lenses, seed {args.seed}, {args.epochs} epochs in "
          f"{(time.perf_counter() - start) / 60:.1f} minutes")
    known, asked = len(part["targets"]), len(part["targets"]) + len(UNKNOWN)
    print(f"  R2, mean of {known} outputs: {_told(part['r2'])}; of {asked}, {', '.join(UNKNOWN)} as 0: "
          f"{part['r2']['value'] * known / asked:.3f}")
    for name, row in part["targets"].items():
        print(f"  {name:12s} {_told(row['r2'])}")


def _told(metric):
    return f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f})"


if __name__ == "__main__":
    main()
