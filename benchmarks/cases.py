"""Small inputs that otrain 1.1 got wrong, as their owners would try them: what becomes of each now.

``python -m benchmarks.cases ../shared/cases`` runs the commands of their README files on copies, and prints
a table: right, refused in words that say what to do, or wrong. What is right stands here, after those files.
``--only NAME ...`` runs some; ``--network DIR`` is a network for light curves, else one is trained on the
example stars, which takes some minutes; ``--slow`` runs the case that trains networks too.
"""

import argparse
import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RIGHT, REFUSED, WRONG = "right", "refused in words", "WRONG"
QUIET = "--no-contact-sheet"
CURVES = f"otrain-convert --domain lightcurves --cutouts in --cube c --overwrite {QUIET}"


@dataclass
class Run:
    """What a command left: its exit code and its words."""

    code: int
    words: str

    def says(self, *patterns):
        """Return whether every pattern is in its words, whatever the case."""
        return all(re.search(pattern, self.words, re.IGNORECASE | re.DOTALL) for pattern in patterns)

    def refuses(self, *patterns):
        """Return whether it ended with a documented exit code, without a traceback, and with these words."""
        return (
            self.code in (2, 3, 4, 5, 6, 7, 8, 69) and "Traceback" not in self.words and self.says(*patterns)
        )


@dataclass(frozen=True)
class Case:
    """An input, how it is tried, what 1.1 made of it, and what tells whether that is right now."""

    name: str
    before: str
    commands: tuple
    check: object
    network: bool = False
    slow: bool = False


def open_named(folder, name="c"):
    """Return images, labels and columns of the cube that a command wrote, or None."""
    from otrain.data.cubes.datacube import open_cube

    path = folder / "datacube" / f"{name}.npz"
    if not path.exists():
        return None
    with open_cube(path) as cube:
        return (
            cube.read(np.arange(len(cube))),
            np.array(cube.labels),
            dict(cube.columns),
            cube.channels,
            cube.classes,
        )


def events_of(path):
    """Return the rows of a table of events as dictionaries."""
    from astropy.table import Table

    if not path.exists():
        return []
    table = Table.read(path, format="ascii.ecsv")
    return [dict(zip(table.colnames, row, strict=True)) for row in table]


def flux_of(folder, channel="flux"):
    """Return the finite values of a channel of the cube of light curves, or an empty array."""
    cube = open_named(folder)
    if cube is None:
        return np.empty(0)
    images, _, _, channels, _ = cube
    index = channels.index(channel) if channel in channels else 0
    values = images[..., index]
    return values[np.isfinite(values)]


def outcome(good, refused=False):
    """Return the verdict."""
    return RIGHT if good else REFUSED if refused else WRONG


def kept(run, count):
    """Return whether so many inputs were kept."""
    return run.says(rf"kept {count}\b")


# --- transients ---------------------------------------------------------------------------------


def doctor_small(folder, runs):
    return outcome(runs[0].code in (0, 8) and (folder / "o" / "doctor.html").exists())


def unsigned_blank(folder, runs):
    found, signed = open_named(folder), open_named(folder, "s")
    same = found and signed and np.array_equal(np.isnan(found[0]), np.isnan(signed[0]))
    return outcome(bool(same) and (np.isnan(found[0]).sum((1, 2, 3)) == 124).all())


def frame_header(folder, runs):
    from astropy.io import fits

    found = open_named(folder)
    if found is None:
        return outcome(False, runs[0].refuses("mapping"))
    columns = found[2]
    own = [fits.getheader(folder / "in" / str(name))["RA"] for name in columns["file"]]
    good = np.allclose(columns["ra"], own, atol=1e-6) and np.allclose(columns["fwhm"], 3.1)
    return outcome(bool(good and np.allclose(columns["mag_err"], 0.04)))


def many_stamps(folder, runs):
    return outcome(
        all(run.says(r"seen 6 = kept 6") for run in runs),
        all(run.says(r"quarantined [24]\b") for run in runs),
    )


def edge_padded(folder, runs):
    found = open_named(folder)
    if found is None:
        return outcome(False, runs[0].refuses("edge|border|cut"))
    image = np.nan_to_num(found[0][0, ..., -1], nan=-np.inf)
    return outcome(np.unravel_index(image.argmax(), image.shape) == (31, 31))


def finite_fill(folder, runs):
    found = open_named(folder)
    masked = found is not None and np.isnan(found[0][found[1] == 0]).any()
    return outcome(bool(masked) or (runs[0].code == 8 and runs[0].says(r"fault +\S*mask")))


def unquoted_nan(folder, runs):
    return outcome(all(run.says(r"kept 2\b") for run in runs))


def no_locks(folder, runs):
    return outcome(
        runs[0].code == 0 and open_named(folder) is not None, runs[0].refuses("lock", "--|other|move|place")
    )


def label_paths(folder, runs):
    *paths, rounded = runs
    return outcome(
        all(run.says("kept 2") for run in paths) and rounded.refuses("float|rounded"),
        all(run.refuses("r0") for run in runs),
    )


def label_folders(folder, runs):
    return outcome(all(run.says("kept 2", "1 bogus, 1 real") for run in runs))


def avro_codecs(folder, runs):
    return outcome(
        all(run.says("kept 1") for run in runs),
        all(run.says("kept 1") or (run.code == 69 and run.says("install")) for run in runs),
    )


def five_classes(folder, runs):
    plain, folded = runs
    found = open_named(folder, "folded")
    both = folded.code == 0 and found is not None and list(found[4]) == ["bogus", "real"]
    several = open_named(folder)
    return outcome(
        both and several is not None and set(several[4]) == {"bogus", "asteroid", "AGN", "SN", "VS"},
        both and plain.refuses("--classes"),
    )


def containers(folder, runs):
    alone = dict(zip(("bz2", "xz", "tar", "npy", "npz", "h5", "table"), runs, strict=False))
    good = [alone[name].says("kept 1") for name in ("bz2", "xz", "tar")] + [
        alone[name].says("kept 6") for name in ("npy", "npz", "h5")
    ]
    table = alone["table"].says("kept 6")
    return outcome(all(good) and table, all(good) and alone["table"].refuses("image|column|mapping"))


def odd_size(folder, runs):
    return outcome(runs[0].code == 3 and runs[0].says("kept 6", "too-small 1"), runs[0].refuses("31x29"))


# --- light curves -------------------------------------------------------------------------------


def star_named_epic(folder, runs):
    found, events = open_named(folder), events_of(folder / "datacube" / "c.events.ecsv")
    return outcome(found is not None and found[2]["object_id"][0] == "EPIC 201000001" and len(events) > 0)


def row_without_star(folder, runs):
    return outcome(
        runs[0].code in (0, 4) and runs[0].says(r"\b(1|no|none|0)\b.*(row|table).*star|star.*(row|table)")
    )


def koi_in_bkjd(folder, runs):
    times = sorted(float(event["t0"]) for event in events_of(folder / "datacube" / "c.events.ecsv"))
    return outcome(
        len(times) >= 2
        and any(abs(t - 2042.5) < 0.01 for t in times)
        and all(min(abs((t - 2042.5) % 5.3), 5.3 - (t - 2042.5) % 5.3) < 0.01 for t in times),
        runs[0].refuses("koi_time0bk|BKJD"),
    )


def magnitudes(folder, runs):
    by_flag = flux_of(folder)
    noted = runs[0].says("magnitude")
    dips = by_flag.size and abs(by_flag.min()) > abs(by_flag.max())
    return outcome(noted and runs[-1].code == 0 and bool(dips), noted)


def flux_about_zero(folder, runs):
    return outcome(runs[0].refuses("bad-unit|zero"))


def two_bands(folder, runs):
    return outcome(runs[0].says("kept 2"), runs[0].refuses("g.*r"))


def limits(folder, runs):
    values = flux_of(folder)
    return outcome(
        values.size
        and abs(values).max() < 100 * np.median(abs(values))
        and runs[0].says("limit|missing|no value"),
        runs[0].refuses("99.99"),
    )


def is_kept(folder, runs):
    return outcome(runs[0].code == 0 and kept(runs[0], 1))


def qlp_column(folder, runs):
    found = open_named(folder)
    return outcome(found is not None and "DET_FLUX" in str(found[2].get("flux_column")))


def tglc_flags(folder, runs):
    flagged = re.search(r"(\d+) flagged", runs[0].words)
    infer = runs[-1].code in (0, 4) and "unrecognized" not in runs[-1].words
    return outcome(runs[0].code == 0 and flagged is not None and flagged[1] == "15" and infer)


def two_tables(folder, runs):
    return outcome(runs[0].says("kept 2"), runs[0].says("table|extension"))


def stitched(folder, runs):
    values = flux_of(folder)  # in units of the noise
    dips = values[values < -20]
    return outcome(len(dips) > 10 and dips.min() > 1.5 * np.median(dips), runs[0].refuses("sector"))


def planets_only(folder, runs):
    return outcome(
        runs[-1].code in (0, 3) and runs[-1].says("report|diag") and "Traceback" not in runs[-1].words
    )


def two_scales(folder, runs):
    events = events_of(folder / "ev.ecsv")
    periods = [float(event["period"]) for event in events if np.isfinite(float(event["period"]))]
    return outcome(
        len(periods) > 0 and all(abs(period - 5.3) < 0.05 for period in periods), runs[0].refuses("BTJD|time")
    )


def toi_tables(folder, runs):
    return outcome(
        all(run.code == 0 and run.says("planet") for run in runs)
        and any(
            abs(float(event["depth"]) - 0.03) < 1e-6
            for event in events_of(folder / "datacube" / "c.events.ecsv")
        )
    )


def decimal_comma(folder, runs):
    return outcome(kept(runs[0], 1), runs[0].refuses("comma"))


def one_bad_row(folder, runs):
    return outcome(kept(runs[0], 1) and runs[0].says("row|line|unread"))


def all_nan(folder, runs):
    return outcome(kept(runs[0], 1), runs[0].refuses("SAP_FLUX", "--flux"))


def percent(folder, runs):
    depths = [float(event["depth"]) for event in events_of(folder / "datacube" / "c.events.ecsv")]
    return outcome(bool(depths) and np.allclose(depths, 0.007))


def doctor_curves(folder, runs):
    convert, doctor = runs
    return outcome(
        doctor.code in (0, 8) and doctor.says("curve|window|noise"),
        # A curve about zero never comes into a cube.
        convert.refuses("bad-unit") or doctor.refuses("cutouts only|light curves"),
    )


def mission_of_csv(folder, runs):
    return outcome(
        runs[0].says("flagged")
        and runs[0].says("mission")
        and runs[-1].code == 0
        and not runs[-1].says(r"300 flagged")
    )


# --- reliability --------------------------------------------------------------------------------


def all_kept(folder, runs):
    return outcome(kept(runs[0], 4))


def infinite_flux(folder, runs):
    found = open_named(folder)
    return outcome(
        found is not None and not np.isinf(found[0]).any() and runs[0].says("missing|infinite|limits"),
        runs[0].refuses("1e\\+?36|infinite"),
    )


def quotes(folder, runs):
    found = open_named(folder)
    return outcome(found is not None and len(set(found[2]["candid"].tolist())) == 1)


def bad_progress(folder, runs):
    first, second = runs
    return outcome(
        "Traceback" not in first.words and second.code in (0, 3) and "Traceback" not in second.words
    )


def finished_training(folder, runs):
    return outcome(
        (folder / "CNN_training" / "q0" / "bundle").is_dir()
        or (folder / "CNN_training" / "q0" / "model.keras").exists()
    )


IN = f"otrain-convert --cutouts {{}} --cube {{}} --overwrite --frac-true all {QUIET}"
LABELS = f"otrain-convert --cutouts {{}} --labels {{}} --frac-true all --cube c --overwrite {QUIET}"
SHOWN = "otrain-infer --cutouts in --model NETWORK --out ev.ecsv --overwrite --no-maps"
CASES = [
    Case(
        "transients/01-doctor-small-folder",
        "IndexError, exit 1",
        ("otrain-doctor --outdir o in",),
        doctor_small,
    ),
    Case(
        "transients/02-unsigned-blank",
        "124 undefined pixels are 0",
        (IN.format("in", "c"), IN.format("signed", "s")),
        unsigned_blank,
    ),
    Case(
        "transients/03-frame-header-over-candidate",
        "position of the frame for all",
        (IN.format("in", "c"),),
        frame_header,
    ),
    Case(
        "transients/04-many-stamps-one-file",
        "one of three read, without a word",
        (IN.format("in", "c"), IN.format("in2", "d")),
        many_stamps,
    ),
    Case(
        "transients/05-edge-alert-padded",
        "source moved from (31, 31)",
        (f"{LABELS.format('edge.avro', 'labels.csv')} --cutout-size 63 --pad",),
        edge_padded,
    ),
    Case(
        "transients/06-finite-fill",
        "0 faults",
        ("otrain-doctor --outdir o in", IN.format("in", "c")),
        finite_fill,
    ),
    Case(
        "transients/07-unquoted-nan",
        "all quarantined, exit 4",
        (IN.format("in", "c"), IN.format("in2", "d")),
        unquoted_nan,
    ),
    Case(
        "transients/10-no-locks",
        "another process is writing it, for ever",
        (f"PYTHONPATH=. {IN.format('in', 'c')}",),
        no_locks,
    ),
    Case(
        "transients/13-label-table-paths",
        "no label for every file",
        tuple(
            LABELS.format("in", f"{name}.csv")
            for name in ("abs", "prefixed", "dotslash", "backslash", "stem", "float")
        ),
        label_paths,
    ),
    Case(
        "transients/14-folders-real-bogus",
        "label-missing, exit 4",
        (IN.format("in", "c"), IN.format("in2", "d")),
        label_folders,
    ),
    Case(
        "transients/15-avro-codec",
        "`corrupt` though a package is missing",
        tuple(
            LABELS.format(name, "labels.csv") for name in ("zstandard.avro", "snappy.avro", "plain.avro.gz")
        ),
        avro_codecs,
    ),
    Case(
        "transients/16-multi-class-labels",
        "AGN is no label",
        (
            LABELS.format("in", "five.csv"),
            f"otrain-convert --cutouts in --labels five.csv --cube folded --frac-true all {QUIET} "
            "--classes bogus=asteroid real=SN,AGN,VS",
        ),
        five_classes,
    ),
    Case(
        "transients/17-containers-not-read",
        "skipped as not-a-cutout, or no way out",
        tuple(
            f"{LABELS.format(f'in/{name}', 'all.csv')}"
            if name in ("x.fits.bz2", "x.fits.xz", "night.tar.gz")
            else f"otrain-convert --cutouts in/{name} --cube c --overwrite --frac-true all {QUIET}"
            + (" --labels ids.csv" if name == "stamps_table.fits" else "")
            for name in (
                "x.fits.bz2",
                "x.fits.xz",
                "night.tar.gz",
                "triplets.npy",
                "set_Xy.npz",
                "stamps.h5",
                "stamps_table.fits",
            )
        ),
        containers,
    ),
    Case(
        "transients/20-one-odd-size-refused-late",
        "exit 2 after everything was read",
        (IN.format("in", "c"),),
        odd_size,
    ),
    Case(
        "lightcurves/01-k2-star-is-named-kic",
        "star without planets",
        (f"{CURVES} --labels eph.csv",),
        star_named_epic,
    ),
    Case(
        "lightcurves/03-table-row-without-star",
        "exit 0 without a word",
        (f"{CURVES} --labels eph.csv",),
        row_without_star,
    ),
    Case(
        "lightcurves/04-koi-time0bk-for-btjd",
        "taken in the scale of the curve",
        (f"{CURVES} --labels eph.csv",),
        koi_in_bkjd,
    ),
    Case(
        "lightcurves/06-magnitudes-without-header",
        "a dip is a brightening",
        (CURVES, f"{CURVES} --magnitudes"),
        magnitudes,
    ),
    Case("lightcurves/08-flux-about-zero", "3 % becomes 3000 %", (CURVES,), flux_about_zero),
    Case("lightcurves/09-two-bands-in-one-table", "bands mixed", (CURVES,), two_bands),
    Case("lightcurves/10-limits-as-99.99", "limits are dips of 100 %", (f"{CURVES} --flux mag",), limits),
    Case("lightcurves/11-rel-flux", "lost", (CURVES,), is_kept),
    Case("lightcurves/12-fits-time-column-not-time", "lost", (CURVES,), is_kept),
    Case("lightcurves/13-qlp-sector-56", "raw flux taken", (CURVES,), qlp_column),
    Case(
        "lightcurves/14-tglc-flags",
        "lost; infer has no --flux",
        (CURVES, f"{SHOWN} --flux cal_aper_flux"),
        tglc_flags,
        network=True,
    ),
    Case("lightcurves/15-two-sectors-as-two-tables", "one of two read", (CURVES,), two_tables),
    Case("lightcurves/16-stitched-sectors", "second transit 9 %", (CURVES,), stitched),
    Case(
        "lightcurves/17-diagnostics-planets-only",
        "IndexError, exit 1",
        (
            f"{CURVES} --labels eph.csv",
            "otrain-diagnostics --path-cube-validation datacube/c.npz --model-path NETWORK "
            "--path-diagnostics diag",
        ),
        planets_only,
        network=True,
    ),
    Case("lightcurves/18-word-in-headerless-rows", "lost", (CURVES,), is_kept),
    Case("lightcurves/19-two-time-scales-of-one-star", "no period", (SHOWN,), two_scales, network=True),
    Case(
        "lightcurves/21-tables-of-tois",
        "refused",
        (f"{CURVES} --labels eph.csv", f"{CURVES} --labels nasa.csv"),
        toi_tables,
    ),
    Case("lightcurves/24a-decimal-comma", "could not convert", (CURVES,), decimal_comma),
    Case("lightcurves/24b-row-of-units", "could not convert d", (CURVES,), is_kept),
    Case("lightcurves/24e-last-line-of-words", "1 row of 577 loses the curve", (CURVES,), one_bad_row),
    Case("lightcurves/26-pdcsap-all-nan", "no sample has a flux", (CURVES,), all_nan),
    Case("lightcurves/31-pl-trandep-is-percent", "depth 0.7", (f"{CURVES} --labels eph.csv",), percent),
    Case(
        "lightcurves/32-doctor-refuses-light-curves",
        "exit 4",
        (CURVES, "otrain-doctor --outdir o datacube/c.npz"),
        doctor_curves,
    ),
    Case(
        "lightcurves/33-csv-knows-no-mission",
        "half of the samples flagged",
        (CURVES, f"{CURVES} --mission TESS"),
        mission_of_csv,
    ),
    Case(
        "reliability/good-ecsv-timeout",
        "timeout on a busy machine",
        (CURVES.replace("--cutouts in", "--cutouts ."),),
        all_kept,
    ),
    Case(
        "reliability/inf-in-lightcurve-cube",
        "two infinities in the cube",
        (CURVES.replace("--cutouts in", "--cutouts s.csv"),),
        infinite_flux,
    ),
    Case("reliability/quote-astropy", "two values of one card", (IN.format("quote", "c"),), quotes),
    Case(
        "reliability/bad-progress-head",
        "traceback for ever",
        tuple(
            f"otrain-convert --domain lightcurves --cutouts star.csv --cube n {QUIET}{more}"
            for more in ("", " --overwrite")
        ),
        bad_progress,
    ),
    Case(
        "reliability/export-parity",
        "exit 6 after the training",
        (
            "otrain-simulate transients --out sim --real 400 --bogus 400 --channels triplet --size 63 "
            "--seed 21",
            f"otrain-convert --cutouts sim --cube sim {QUIET} --frac-true all",
            "python make.py SHARED",
            "otrain-train --cube gap.npz --model-name q0 --epochs 12 --seed 0 --frac .2 --test-frac .3",
        ),
        finished_training,
        slow=True,
    ),
]


def prepare(name, folder):
    """Write what a case needs besides its files: labels for files alone, a star for the hidden file."""
    if name.endswith("17-containers-not-read"):
        with open(folder / "all.csv", "w", newline="") as file:
            csv.writer(file).writerows([("file", "label"), ("x", 1), ("x.fits", 1)])
        with open(folder / "ids.csv", "w", newline="") as file:
            csv.writer(file).writerows(
                [
                    ("candid", "label"),
                    *((n, n % 2) for n in range(-1, 20)),
                    *((f"stamps_table_{n}", n % 2) for n in range(20)),
                    ("stamps_table", 0),
                ]
            )
    if name.endswith("bad-progress-head"):
        (folder / "datacube").mkdir()
        shutil.copy(folder / "n.progress", folder / "datacube" / ".n.progress")
        rows = "".join(f"{100 + n / 48},{1 + 1e-4 * (n * 7 % 11)}\n" for n in range(600))
        (folder / "star.csv").write_text(f"time,flux\n{rows}")


def run_command(line, folder, network, shared):
    """Run one command of a README in a folder."""
    words = shlex.split(line.replace("NETWORK", str(network)).replace("SHARED", str(shared)))
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    while "=" in words[0] and not words[0].startswith("-"):
        key, _, value = words.pop(0).partition("=")
        environment[key] = f"{value}{os.pathsep}{environment.get(key, '')}"
    if words[0] == "python":
        words[0] = sys.executable
    else:
        words[:1] = [sys.executable, "-m", f"otrain.cli.{words[0].removeprefix('otrain-').replace('-', '_')}"]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, errors="replace"
    )
    words = done.stdout + done.stderr
    for table in re.findall(r"See (\S+quarantine\.ecsv)", words):  # where the command says why
        words += (folder / table).read_text(encoding="utf-8") if (folder / table).exists() else ""
    return Run(done.returncode, words)


def train_network(folder):
    """Train the network of the example of light curves; return its run directory."""
    print("training a network on the example stars", file=sys.stderr, flush=True)
    stars = ROOT / "data_examples" / "lightcurves" / "stars"
    for line in (
        f"otrain-convert --domain lightcurves --cutouts {stars} --path . --cube stars {QUIET}",
        "otrain-train --cube datacube/stars.npz --model-path . --model-name transits --epochs 20 "
        "--architecture unet --option depth=3 features=8 --batch-size 4 --learning-rate 0.01 --loss bce+dice",
    ):
        done = run_command(line, folder, "", "")
        if done.code:
            raise SystemExit(f"{line}\n{done.words[-2000:]}")
    return folder / "CNN_training" / "transits"


def try_case(case, source, folder, network, shared):
    """Return the verdict about a case, and the last words of its commands."""
    shutil.copytree(source / case.name, folder)
    prepare(case.name, folder)
    runs = [run_command(line, folder, network, shared) for line in case.commands]
    if any("Traceback" in run.words for run in runs):
        return WRONG, runs
    try:
        return case.check(folder, runs), runs
    except (OSError, ValueError, KeyError, IndexError) as error:
        return f"{WRONG} ({type(error).__name__}: {error})", runs


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cases", description=__doc__.splitlines()[0])
    parser.add_argument(
        "cases", nargs="?", type=Path, default=ROOT.parent / "shared" / "cases", metavar="FOLDER"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="cases of which the name has one of these words"
    )
    parser.add_argument(
        "--network", type=Path, metavar="DIR", help="run directory of a network for light curves"
    )
    parser.add_argument("--slow", action="store_true", help="also the case that trains networks")
    parser.add_argument("--words", action="store_true", help="show what the commands said where it is wrong")
    args = parser.parse_args(argv)
    source = args.cases.resolve()
    chosen = [
        case
        for case in CASES
        if (args.slow or not case.slow or args.only)
        and (not args.only or any(word in case.name for word in args.only))
    ]
    counts = {RIGHT: 0, REFUSED: 0, WRONG: 0}
    print("| case | before | now |\n| --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as top:
        network = args.network and args.network.resolve()
        for number, case in enumerate(chosen):
            if case.network and network is None:
                (Path(top) / "network").mkdir()
                network = train_network(Path(top) / "network")
            verdict, runs = try_case(
                case, source, Path(top) / f"case{number}", network, source.parent / "data"
            )
            counts[WRONG if verdict.startswith(WRONG) else verdict] += 1
            print(f"| {case.name} | {case.before} | {verdict} |", flush=True)
            if args.words and verdict.startswith(WRONG):
                for line, run in zip(case.commands, runs, strict=True):
                    print(f"    {line}\n    exit {run.code}: {run.words[-1500:]}", file=sys.stderr)
    unknown = {
        str(path.parent.relative_to(source))
        for pattern in ("*/*/README", "*/*/README.md")
        for path in source.glob(pattern)
    } - {case.name for case in CASES}
    print(
        f"\n{len(chosen)} cases: "
        + ", ".join(f"{count} {word}" for word, count in counts.items())
        + (f"; no check for {', '.join(sorted(unknown))}" if unknown else "")
    )
    return 1 if counts[WRONG] else 0


if __name__ == "__main__":
    raise SystemExit(main())
