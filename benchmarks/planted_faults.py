"""Plant one-line faults in a copy of the project, one at a time, and say which of them the tests see.

The first ten are those that the tests of an earlier version missed. The others are of the kinds that real
mistakes are, spread over all rooms, and were chosen before anybody looked whether a test sees them.
Each fault is tried against the tests of its module alone: what only a distant test sees counts as missed.
Run it as ``python -m benchmarks planted_faults --jobs 2``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("otrain", "tests", "data_examples", "docs", "pyproject.toml", "README.md")  # that tests need
LONGEST = 300  # s for the tests of one fault; a fault that makes them hang is seen as well


class Fault(NamedTuple):
    """One line that is wrong, what it would do to a user, and the tests that ought to see it."""

    path: str  # below otrain/
    old: str  # occurs once
    new: str
    harm: str
    tests: tuple  # below tests/; the examples in the module's docstrings are tried as well


MISSED_BEFORE = [
    Fault("data/subsets/nested.py", "stratum = strata[rows][first]", "stratum = strata[first]",
          "parts of a validation subset have another share of the classes", ("data/subsets/test_nested.py",)),
    Fault("domains/lightcurves/searches/periods.py", "share = min(1.0, 2 * reach / period)",
          "share = min(1.0, reach / period)", "periods are announced that chance alone gives",
          ("domains/lightcurves/searches/test_periods.py",)),
    Fault("domains/lightcurves/searches/measure.py", "> 0.75 * duration / HOURS", "> 0.75 * duration",
          "red noise is measured on too little of a curve",
          ("domains/lightcurves/searches/test_measure.py",)),
    Fault("domains/transients/readers/alert.py", "date - TAI_MINUS_UTC", "date + TAI_MINUS_UTC",
          "exposures of LSST are 74 s late", ("domains/transients/readers/test_alert.py",)),
    Fault("domains/lightcurves/grid.py", "np.where(share < 0.5, grid.label[before], grid.label[after])",
          "np.where(share < 0.5, grid.label[after], grid.label[before])",
          "filled slots have the class of the wrong neighbour", ("domains/lightcurves/test_grid.py",)),
    Fault("answers/scores/focus.py", "(scores >= threshold).astype(int)", "(scores > threshold).astype(int)",
          "a score of exactly the threshold is called by the other class", ("answers/scores/test_table.py",)),
    Fault("workflows/reading/selection.py", "min(n_true, round(total * fraction))",
          "min(n_true, int(total * fraction))", "a cube has one true candidate too few",
          ("workflows/reading/test_selection.py",)),
    Fault("bundle/bundle.py", "head, shift = self._head, self.shift(prob_ratio)",
          "head, shift = self._head, 0.0", "--prob-ratio is ignored beside --uncertainty",
          ("bundle/test_bundle.py",)),
    Fault("answers/events/galleries.py", "MARGIN * duration / 24", "MARGIN * duration",
          "panels of events show months", ("answers/events/test_galleries.py",)),
    Fault("domains/lightcurves/panopticon/prepared_cube.py", '2 * columns["time_start"][place] + ends[place]',
          'columns["time_start"][place] + ends[place]', "inverted events lie at the wrong time",
          ("domains/lightcurves/panopticon/test_prepared_cube.py",)),
]
NEW = [
    # data
    Fault("data/subsets/split.py", "(frac_test, frac_validation))", "(frac_validation, frac_test))",
          "the fractions of validation and test are exchanged", ("data/subsets/test_split.py",)),
    Fault("data/subsets/split.py", "((ra != 0) | (dec != 0))", "((ra != 0) & (dec != 0))",
          "objects on the equator are in training and test", ("data/subsets/test_split.py",)),
    Fault("data/results/calibration.py",
          '{"map": self.calibration.identity, "train_prior": self.train_prior}',
          '{"map": self.calibration.identity}', "two networks of different priors have one calibration id",
          ("data/results/test_calibration.py", "bundle/test_format.py")),
    Fault("data/cubes/stored_columns.py", "values[order[begin:end]] = block", "values[begin:end] = block",
          "rows asked for in any order have the columns of others", ("data/cubes/test_stored_columns.py",)),
    # domains
    Fault("domains/transients/readers/values.py", '(hours and letter in (":", " ", "\\t"))',
          '(hours and letter == ":")', "a right ascension of `10 30 00` is read in degrees",
          ("domains/transients/readers/test_values.py",)),
    Fault("domains/transients/readers/header.py", "3600 * math.hypot(float(first), float(second or 0.0))",
          "3600 * abs(float(first))", "pixels of a rotated image are too small",
          ("domains/transients/readers/test_header.py",)),
    Fault("domains/transients/readers/alert.py", "2.5 / math.log(10) * abs(error / flux)",
          "2.5 / math.log(10) * error / flux", "magnitudes of negative fluxes have negative errors",
          ("domains/transients/readers/test_alert.py",)),
    Fault("domains/transients/readers/candidates_in.py", "[hdu.header for hdu in chosen[::-1]]",
          "[hdu.header for hdu in chosen]", "columns come from the science image, not the difference",
          ("domains/transients/readers/test_candidates_in.py", "contracts/test_readers.py")),
    Fault("domains/lightcurves/searches/found_events.py", "fitted[name][fits] * scale[row]",
          "fitted[name][fits] * scale[0]", "depths are in the unit of the first star",
          ("domains/lightcurves/searches/test_found_events.py",)),
    # preprocessing
    Fault("domains/transients/preparation.py", "first = [place - size // 2 for place in middle]",
          "first = [place - (size - 1) // 2 for place in middle]", "cutouts of even size are off by a pixel",
          ("domains/transients/test_preparation.py",)),
    Fault("domains/lightcurves/scaling.py", "near = (np.diff(known) <= reach) & (np.diff(piece[known]) == 0)",
          "near = np.diff(known) <= reach", "jumps between pieces count as noise",
          ("domains/lightcurves/test_scaling.py",)),
    Fault("domains/lightcurves/grid.py", "(np.sqrt(np.bincount(at, error**2, length)) / count",
          "(np.sqrt(np.bincount(at, error**2, length) / count)", "errors of averaged samples are too large",
          ("domains/lightcurves/test_grid.py",)),
    Fault("domains/lightcurves/grid.py", "(2 * share >= counts)", "(2 * share > counts)",
          "a slot that is half in transit is continuum", ("domains/lightcurves/test_grid.py",)),
    # tasks
    Fault("tasks/segmentation.py", "known = np.isfinite(classes) & np.isfinite(image)",
          "known = np.isfinite(classes)", "a network learns from points without a value",
          ("tasks/test_segmentation.py",)),
    Fault("tasks/segmentation.py", "list(range(1, units))", "list(range(units))",
          "the overlap shown while training counts the continuum", ("tasks/test_segmentation.py",)),
    Fault("tasks/classification.py", "counted = labels if reference is None else cube.labels[reference]",
          "counted = labels", "validation weighs the classes otherwise than training",
          ("tasks/test_classification.py",)),
    # answers
    Fault("answers/scores/judgement.py", 'class_weight == "balanced" and calibration.method != "isotonic"',
          'class_weight == "balanced"', "--prob-ratio is wrong after isotonic calibration",
          ("answers/scores/test_judgement.py",)),
    Fault("answers/scores/judgement.py", 'predictions.of_subset(facts.get("judged", "test"))',
          'predictions.of_subset("validation")', "ranges outside training are looked for in the wrong subset",
          ("answers/scores/test_judgement.py",)),
    Fault("answers/events/judgement.py", "int(np.sum(empty & (subset == name)))",
          "int(np.sum(subset == name))", "false alarms per empty quarter are told too low",
          ("answers/events/test_judgement.py",)),
    Fault("answers/events/joined_curves.py",
          "np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1))", "np.arange(1, length + 1)",
          "the end of a window, seen by half, counts most", ("answers/events/test_joined_curves.py",)),
    Fault("answers/events/search.py", 'np.stack([truth["row"], truth["kind"], truth["body"]])',
          'np.stack([truth["row"], truth["body"]])', "a planet beside a binary is no single event",
          ("answers/events/test_search.py",)),
    # bundle
    Fault("bundle/dropout_head.py", "self._forward(features * (mask / keep))",
          "self._forward(features * mask)", "uncertainties are about another score than the one told",
          ("bundle/test_dropout_head.py",)),
    Fault("bundle/unscored.py", "~_have_value(flat[empty])", "~_have_value(flat[empty, ::step])",
          "an image with few values gets no score", ("bundle/test_unscored.py",)),
    Fault("bundle/card.py", "if max(golden.score, others) > SCORE:", "if golden.score > SCORE:",
          "the card does not warn of scores that float32 cannot tell", ("bundle/test_card.py",)),
    # engine
    Fault("engine/local.py", "worker.seen, worker.asleep = beat, 0.0", "worker.seen = beat",
          "sound files on a slow disk are given up", ("engine/test_local.py",)),
    Fault("engine/worker.py", "limit = pages * resource.getpagesize() + memory", "limit = memory",
          "workers have less memory than they were promised", ("engine/test_local.py",)),
    # explain
    Fault("explain/occlusion.py", "np.maximum(fall / covered, 0)", "np.maximum(fall / covered.max(), 0)",
          "heat maps fade towards the edges", ("explain/test_occlusion.py",)),
    Fault("explain/summary.py", 'if median["high"] < ALIKE', 'if median["value"] < ALIKE',
          "maps are said to mean something before that is sure", ("explain/test_summary.py",)),
    Fault("explain/saliency.py", "rng = np.random.default_rng(seed)", "rng = np.random.default_rng()",
          "the same command gives another heat map each time", ("explain/test_saliency.py",)),
    # workflows
    Fault("workflows/scoring/windows.py", "place.inputs = min(start + size, len(cube))",
          "place.inputs = start", "--resume scores a window of a cube twice", ("workflows/test_infer.py",)),
    Fault("workflows/reading/unseen.py", 'known["unseen"].get(value, 0) + count', "count",
          "of a band never seen only the last window is counted", ("workflows/reading/test_unseen.py",)),
    Fault("workflows/reading/selection.py", '{seed}\\0{names(row)}', '\\0{names(row)}',
          "--seed does not change the draw", ("workflows/reading/test_selection.py",)),
    Fault("workflows/reading/account.py", 'dict(last["tally"].get("remarks", {}))', "{}",
          "remarks on inputs are lost with --resume", ("workflows/reading/test_account.py",)),
    # cli
    Fault("cli/_sources.py", 'data.removeprefix(b"\\xef\\xbb\\xbf").split(b"\\n")', 'data.split(b"\\n")',
          "the first path of a list from Windows is not found", ("cli/test__sources.py",)),
    Fault("cli/_config.py", "return flat | own", "return own | flat",
          "a value at the top of a file beats that of the command's table", ("cli/test__config.py",)),
    # web
    Fault("web/words.py", '"bogus": candidates * (1 - reals)', '"bogus": candidates',
          "false alarms of a night are told too high", ("web/test_words.py",)),
    Fault("web/words.py", '"kept" if high <= limit', '"kept" if low <= limit',
          "promises that a test did not bear out are called kept", ("web/test_words.py",)),
    # simulation
    Fault("domains/lightcurves/simulators/correlated_noise.py", "np.sinc(seen * cadence) ** 2",
          "np.sinc(seen * cadence)", "oscillations are too strong in long exposures",
          ("domains/lightcurves/simulators/test_correlated_noise.py",)),
    Fault("domains/lightcurves/simulators/instrument.py",
          "preset.cosmic_hits * cameras * count", "preset.cosmic_hits * count",
          "stars of many cameras have too few cosmic hits",
          ("domains/lightcurves/simulators/test_instrument.py",)),
    Fault("domains/transients/simulators/camera.py", "difference + science_noise - template_noise",
          "difference + science_noise", "differences have too little noise",
          ("domains/transients/simulators/test_camera.py",)),
]
FAULTS = [*MISSED_BEFORE, *NEW]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="copies of the project, tried side by side")
    parser.add_argument("--only", nargs="+", metavar="TEXT", default=[""],
                        help="faults whose path or harm has one of these in it")
    args = parser.parse_args(argv)
    chosen = [fault for fault in FAULTS if any(text in fault.path + fault.harm for text in args.only)]
    if not chosen:
        parser.error(f"no fault has {' or '.join(args.only)} in its path or harm.")
    for fault in chosen:
        require_once(fault)
    with tempfile.TemporaryDirectory() as folder:
        free = SimpleQueue()
        for number in range(min(args.jobs, len(chosen))):
            free.put(copied(Path(folder) / f"copy{number}"))
        with ThreadPoolExecutor(args.jobs) as pool:
            targets = sorted({tests_of(fault) for fault in chosen})
            for tests, words in zip(targets, pool.map(lambda tests: sound(free, tests), targets)):
                if words:
                    parser.exit(1, f"{' '.join(tests)}: not passed without a fault:\n{words}\n")
            print(f"{len(targets)} sets of tests pass without a fault", flush=True)
            caught = 0
            for fault, fate in zip(chosen, pool.map(lambda fault: fate_of(free, fault), chosen)):
                caught += fate == "caught"
                print(f"{fate:7} {fault.path}: {fault.harm}", flush=True)
    print(f"{caught} of {len(chosen)} faults are caught")


def tests_of(fault):
    """Return what pytest is given for a fault: the tests, and the module for its examples."""
    return (*(f"tests/{name}" for name in fault.tests), f"otrain/{fault.path}")


def require_once(fault):
    """Stop where the line of a fault is not there any more, or several times."""
    count = (ROOT / "otrain" / fault.path).read_text(encoding="utf-8").count(fault.old)
    if count != 1:
        raise SystemExit(f"otrain/{fault.path}: {fault.old!r} occurs {count} times. Describe the fault anew.")


def copied(folder):
    """Return a copy of what is tested."""
    folder.mkdir()
    for part in map(ROOT.joinpath, PARTS):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif part.exists():
            shutil.copy2(part, folder)
    return folder


def run_tests(folder, tests, **variables):
    """Return the exit code of pytest in a copy, and the last lines that it printed; None: it hangs."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder)} | variables
    try:
        done = subprocess.run(command, cwd=folder, env=environment, timeout=LONGEST, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, "\n".join(done.stdout.splitlines()[-12:])


def sound(free, tests):
    """Return what tests say that do not pass as they are; empty if they do."""
    folder = free.get()
    try:
        code, words = run_tests(folder, tests)
        return "" if code == 0 else words or "they hang"
    finally:
        free.put(folder)


def fate_of(free, fault):
    """Plant one fault in a copy, run its tests and take it out again."""
    folder = free.get()
    path = folder / "otrain" / fault.path
    sound_text = path.read_text(encoding="utf-8")
    try:
        path.write_text(sound_text.replace(fault.old, fault.new), encoding="utf-8")
        # No compiled file may outlive its source: the next fault has other lines in the same second.
        code, words = run_tests(folder, tests_of(fault), PYTHONDONTWRITEBYTECODE="1")
    finally:
        path.write_text(sound_text, encoding="utf-8")
        free.put(folder)
    if code not in (0, 1, None):
        raise SystemExit(f"otrain/{fault.path}: the tests could not be run:\n{words}")
    return "MISSED" if code == 0 else "caught"


if __name__ == "__main__":
    main()
