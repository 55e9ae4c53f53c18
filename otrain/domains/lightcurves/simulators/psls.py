"""Light curves of the PLATO Solar-like Light-curve Simulator with our planets and binaries in them.

PSLS (Samadi et al. 2019, A&A 624, A117) is a program of its own under the GPL: it is called, never imported.
The dimming by the bodies goes into its `External` component, so labels are as exact as ours; star, activity,
noise and systematics are those of PSLS and of the user's configuration.
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from otrain.domains.lightcurves.simulators.correlated_noise import DAY
from otrain.domains.lightcurves.simulators.instrument import NO_DATA, TWEAK
from otrain.domains.lightcurves.simulators.light_curves import Curve, dimming
from otrain.domains.lightcurves.simulators.presets import HOUR
from otrain.errors import DataError, UsageError

__all__ = ["check_psls", "observe_with_psls", "with_values"]

PROGRAM = "psls"
GROUPS = {24: "[1, 2, 3, 4]", 18: "[1, 2, 3]", 12: "[1, 2]", 6: "[1]"}  # of six cameras each
STEP = 50.0  # s between two values of the dimming that PSLS interpolates
SPARE = 2.0  # d of it after the end
MAIN = "Star", "Observation", "Instrument", "Transit", "External"


def check_psls(config, preset):
    """Refuse a request for PSLS that cannot be met.

    Raises
    ------
    UsageError
        If the program or the configuration is not there, or another mission is asked for.
    """
    if preset != "plato":
        raise UsageError(f"PSLS simulates PLATO. Received: preset {preset!r}. Leave --preset out.")
    if shutil.which(PROGRAM) is None:
        raise UsageError(f"the program {PROGRAM!r} is not on the PATH. Install PSLS, a program of its own "
                         "(GPL), or leave --psls out.")
    try:
        text = Path(config).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{config}: the configuration of PSLS cannot be read: {error}.") from None
    missing = [name for name in MAIN if not re.search(rf"^{name}\s*:", text, re.M)]
    if missing:
        raise UsageError(f"{config}: not a configuration of PSLS 2: no section {', '.join(missing)}. "
                         "Start from the psls.yaml that comes with it.")


def with_values(text, values):
    """Return a configuration of PSLS with other values.

    Parameters
    ----------
    text : str
        YAML of sections with indented keys, as PSLS has it; everything else is kept.
    values : dict of (str, str) to object
        By section and key; keys that the text does not have are left out.
    """
    section, depth, lines = "", None, []
    for line in text.splitlines():
        if top := re.match(r"(\w+)\s*:", line):
            section, depth = top[1], None
        elif inner := re.match(r"(\s+)(\w+)(\s*:\s*)", line):
            depth = len(inner[1]) if depth is None else depth
            key = (section, inner[2])
            if len(inner[1]) == depth and key in values:
                line = f"{inner[1]}{inner[2]}: {values[key]}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def observe_with_psls(star, config, seed, preset):
    """Return a star with the light curves that PSLS gives it.

    Parameters
    ----------
    star : Star
        From `simulate_star`; its bodies are kept, its curves replaced.
    config : path-like
        Configuration of PSLS. Names of files in it are relative to its folder.
    seed : int
        Master seed of PSLS.
    preset : Preset
        For the length of the quarters.

    Returns
    -------
    Star

    Raises
    ------
    DataError
        If PSLS fails.
    """
    config, days = Path(config).resolve(), preset.quarter_step * len(star.curves)
    with tempfile.TemporaryDirectory(prefix="otrain-psls-") as folder:
        folder = Path(folder)
        dark = np.arange(0, (days + SPARE) * DAY, STEP)
        lost, _ = dimming(star.bodies, dark / DAY, STEP / DAY)
        np.savetxt(folder / "external.txt", np.column_stack([dark, -1e6 * lost]), fmt=("%.1f", "%.4f"))
        text = with_values(config.read_text(encoding="utf-8"), _values(star, seed, preset, folder))
        (folder / "star.yaml").write_text(text, encoding="utf-8")
        done = subprocess.run([PROGRAM, "-o", f"{folder}/", str(folder / "star.yaml")], cwd=config.parent,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        found = list(folder.glob("*.dat"))
        if done.returncode or len(found) != 1:
            words = (done.stderr.strip() or done.stdout.strip() or "no words").splitlines()[-1]
            raise DataError(f"{PROGRAM} failed (exit code {done.returncode}): {words}. "
                            f"Try it with {config} alone.")
        samples = np.loadtxt(found[0])
    return replace(star, curves=[_curve(star, curve.quarter, samples, preset) for curve in star.curves])


def _values(star, seed, preset, folder):
    own = star.parameters
    lengths = ", ".join([f"{preset.quarter_step:.4f}"] * len(star.curves))
    return {
        ("Observation", "QuarterDuration"): f"[{lengths}]", ("Observation", "MasterSeed"): seed,
        ("Instrument", "GroupID"): GROUPS[star.cameras], ("Instrument", "NCamera"): 6,
        ("Star", "Mag"): f"{star.magnitude:.4f}", ("Star", "ID"): 1,
        ("Star", "Teff"): f"{own.teff:.1f}", ("Star", "Logg"): f"{own.logg:.4f}",
        ("Star", "SurfaceRotationPeriod"): f"{own.rotation:.3f}",
        ("Oscillations", "numax"): f"{own.numax:.2f}", ("Oscillations", "delta_nu"): f"{own.delta_nu:.3f}",
        ("Transit", "Enable"): 0, ("External", "Enable"): 1,
        ("External", "FilePath"): folder / "external.txt",
    }


def _curve(star, quarter, samples, preset):
    """Average the samples of PSLS (time [s], flux [ppm], flag) into the exposures of one quarter."""
    begin = (quarter - 1) * preset.quarter_step
    count = int(preset.quarter_step * DAY / star.cadence)
    time = begin + (np.arange(count) + 0.5) * star.cadence / DAY
    slot = np.floor((samples[:, 0] - begin * DAY) / star.cadence).astype(int)
    here = (slot >= 0) & (slot < count)
    slot, flux, flag = slot[here], samples[here, 1], samples[here, 2] > 0
    number = np.bincount(slot, minlength=count)
    enough = number >= 0.5 * np.max(number, initial=1)
    mean = 1 + 1e-6 * np.bincount(slot, flux, minlength=count) / np.maximum(number, 1)
    changes = np.bincount(slot[flag], minlength=count) > 0
    quality = np.where(changes, TWEAK, 0) | np.where(enough, 0, NO_DATA)
    sigma = 1e-6 * star.noise * np.sqrt(HOUR / star.cadence)
    _, label = dimming(star.bodies, time, star.cadence / DAY)
    return Curve(quarter, time, np.where(enough, mean, np.nan).astype(np.float32),
                 np.full(count, sigma, np.float32), quality.astype(np.int32),
                 np.cumsum(changes).astype(np.int16), label)
