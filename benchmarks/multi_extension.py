"""CPU time of reading cutouts of several extensions, beside single-extension ones and a plain astropy loop.

Run it as ``python -m benchmarks.multi_extension``. The files have the layout of STDPipe: the candidate in
an empty primary header, and IMAGE, TEMPLATE, DIFF and MASK with the header of the whole frame in each. All
are read in turn; the times are those of the processor, of reading in one process, then of whole commands.
"""

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.convert import measure as measure_command
from otrain.data.inputs.listing import Input
from otrain.domains.transients.door import Door
from otrain.domains.transients.preparation import make_recipe

FRAME_CARDS = 120  # of a frame's header, besides those of the pixels
NAMES = ("IMAGE", "TEMPLATE", "DIFF", "MASK")


def write_files(folder, count, side):
    """Write so many cutouts of each kind; return the paths: one image, three planes, extensions."""
    from astropy.io import fits

    rng = np.random.default_rng(0)
    frame = fits.Header({"EXPTIME": 60.0, "FILTER": "r", "RA": "09:55:33.2", "DEC": "+69:03:55", "FWHM": 4.7})
    for number in range(FRAME_CARDS - len(frame)):
        frame[f"KEY{number}"] = (number * 0.5, "a value of the frame")
    own = {"CANDID": "", "MAG": 18.0, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.1, "EDGE": "False"}
    single, planes_of_one, several = [], [], []
    for number in range(count):
        pixels = rng.normal(size=(4, side, side)).astype("f4")
        header = fits.Header(own | {"CANDID": f"c{number}"})
        single.append(folder / f"single_{number}.fits")
        fits.PrimaryHDU(pixels[2], header).writeto(single[-1])
        planes_of_one.append(folder / f"planes_{number}.fits")
        fits.PrimaryHDU(pixels[:3], header).writeto(planes_of_one[-1])
        primary = fits.PrimaryHDU(header=header)
        primary.header["HIERARCH mag_calib"] = 18.1
        primary.header["HIERARCH mag_calib_err"] = 0.05
        planes = [*pixels[:3], (pixels[3] > 4).astype("u1")]
        several.append(folder / f"several_{number}.fits")
        hdus = [fits.ImageHDU(plane, frame, name=name) for name, plane in zip(NAMES, planes, strict=True)]
        fits.HDUList([primary, *hdus]).writeto(several[-1])
    return single, planes_of_one, several


def ours(paths):
    """Read files as otrain-convert does, in this process."""
    door = Door(make_recipe())
    for path in paths:
        (outcome,) = door(Input(str(path), path.name, 1))
        if not hasattr(outcome, "example"):
            raise SystemExit(f"{path}: {outcome}")


def plain_loop(paths):
    """Read files with astropy, without any check."""
    from astropy.io import fits

    for path in paths:
        with fits.open(path, memmap=False) as hdus:
            np.stack([hdus[name].data for name in NAMES[:3]], axis=-1)
            {key: hdus[0].header.get(key) for key in ("CANDID", "MAG", "MAGERR", "FILTER", "FWHM", "EDGE")}


def measure(function, paths):
    """Return the processor time of a file [ms]."""
    start = time.process_time()
    function(paths)
    return 1e3 * (time.process_time() - start) / len(paths)


def compare(folder, count, side, repeats):
    """Return the processor times of a file [ms] of the three, each a list."""
    single, planes, several = write_files(folder, count, side)
    sides = {"one image": (ours, single), "three planes in one HDU": (ours, planes),
             "four extensions": (ours, several), "plain astropy loop on those": (plain_loop, several)}
    times = {name: [] for name in sides}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(repeats + 1):
            for name, (function, paths) in sides.items():
                taken = measure(function, paths)
                if number:  # the first run of each only warms up
                    times[name].append(taken)
    for name, (function, paths) in sides.items():
        if function is ours:
            times[f"otrain-convert, {name}"] = [command_time(paths) for _ in range(repeats)]
    return times


def command_time(paths):
    """Return the processor time of a file [ms] of a whole otrain-convert, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):
            link = Path(folder) / "in" / ("true" if number % 2 else "false") / path.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
        command = [sys.executable, "-m", "otrain.cli.convert", "--cutouts", f"{folder}/in",
                   "--path-datacube", folder, "--no-contact-sheet", "--frac-true", "all"]
        return 1e3 * measure_command(command)[1] / len(paths)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--side", type=int, default=63)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        times = compare(Path(folder), args.files, args.side, args.repeats)
    print(f"{args.files} cutouts of {args.side}x{args.side}; CPU ms a file, median (least .. most) of "
          f"{args.repeats}")
    for name, taken in times.items():
        print(f"{name:40} {statistics.median(taken):7.3f} ({min(taken):.3f} .. {max(taken):.3f})")


if __name__ == "__main__":
    main()
