import os
import shutil
import stat
import sys

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from otrain.domains.lightcurves.simulators.folder import check, write
from otrain.domains.lightcurves.simulators.instrument import NO_DATA, TWEAK
from otrain.domains.lightcurves.simulators.psls import with_values
from otrain.errors import DataError, UsageError

CONFIG = """\
# a comment
Observation:
  QuarterDuration :  [90.,90.]   # days
  MasterSeed : 17
  Gaps:
    Enable: 1
    MasterSeed: 5
Instrument:
  GroupID: [1]
  NCamera : 3
Star:
  Mag : 10.
  ID : 7
  Teff : 5750.
Transit :
  Enable: 1
External:
  Enable: 0
  FilePath: other.txt
"""
# Does what PSLS does with the keys that matter here: flat light with the external component, a gap and a flag.
PROGRAM = f"""#!{sys.executable}
import re, sys
import numpy as np
out, text = sys.argv[2], open(sys.argv[3]).read()
value = lambda key: re.search(rf"^  {{key}}\\s*: (.*)$", text, re.M)[1]
if "broken" in text:
    sys.exit("SLSError: broken")
days = sum(float(part) for part in value("QuarterDuration").strip("[]").split(","))
assert re.search("^Transit :\\n  Enable: 0", text, re.M)
time = np.arange(12.5, days * 86400, 300.0)
external = np.loadtxt(value("FilePath"))
flux = np.interp(time, *external.T)
flag = (time > 30 * 86400) & (time < 30 * 86400 + 300)
kept = (time < 40 * 86400) | (time > 41 * 86400)
np.savetxt(out + "0000000001.dat", np.c_[time, flux, flag][kept], fmt="%.2f %.6e %d",
           header="StarID = 1\\nTime [s], Flux variation [ppm], Flag")
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "psls").write_text(PROGRAM)
    (folder / "psls").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "psls.yaml").write_text(CONFIG)
    return tmp_path / "psls.yaml"


def written(folder, config, **options):
    folder.mkdir()
    request = {"stars": 1, "planet_free": 0.0, "binaries": 0.0, "depth": (5000, 9000), "cadence": 1800.0}
    return write(folder, check(psls=config, **request | options), jobs=0, update=lambda *pair: None)


def test_values_are_set_by_section_and_depth():
    text = with_values(CONFIG, {("Observation", "MasterSeed"): 99, ("External", "Enable"): 1, ("Star", "None"): 3})
    assert "\n  MasterSeed: 99\n" in text and "\n    MasterSeed: 5\n" in text
    assert text.endswith("External:\n  Enable: 1\n  FilePath: other.txt\n")
    assert "Transit :\n  Enable: 1\n" in text and "# a comment" in text and "None" not in text
    assert with_values(CONFIG, {}) == CONFIG


def test_light_curves_of_psls_hold_our_planets(tmp_path, config):
    kinds, _ = written(tmp_path / "out", config, planets=1, period=(1.0, 30.0))
    table = fits.getdata(tmp_path / "out" / "s0-000000_01_lc.fits", 1)
    row = Table.read(tmp_path / "out" / "ephemerides.ecsv")[0]
    away = (table["TIME"] - row["t0"] + row["period"] / 2) % row["period"] - row["period"] / 2
    inside = np.abs(away) <= row["duration"] / 48
    assert kinds["planet"] == 1 and np.array_equal(table["LABEL"] == 1, inside)
    far, seen = np.abs(away) > row["duration"] / 48 + 1 / 48, np.isfinite(table["FLUX"])
    assert np.allclose(table["FLUX"][far & seen], 1.0, atol=1e-6)
    assert 1 - np.min(table["FLUX"][inside & seen]) == pytest.approx(row["depth"], rel=0.1)


def test_gaps_and_mask_updates_are_those_of_psls(tmp_path, config):
    written(tmp_path / "out", config)
    table = fits.getdata(tmp_path / "out" / "s0-000000_01_lc.fits", 1)
    lost, tweak = table["QUALITY"] & NO_DATA > 0, np.flatnonzero(table["QUALITY"] & TWEAK)
    assert lost.sum() == 48 and table["TIME"][lost].min() == pytest.approx(40, abs=0.05)
    assert table["TIME"][tweak] == pytest.approx([30.01], abs=0.03)
    assert np.array_equal(np.unique(table["SEGMENT"]), [0, 1]) and np.array_equal(np.isnan(table["FLUX"]), lost)


def test_failure_of_psls_is_told_in_its_words(tmp_path, config):
    config.write_text(CONFIG + "# broken\n")
    with pytest.raises(DataError, match="SLSError: broken"):
        written(tmp_path / "out", config)


def test_missing_program_is_said_before_anything_is_made(tmp_path, config, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not on the PATH"):
        check(psls=config)


@pytest.mark.parametrize("content, options, words", [
    (None, {}, "cannot be read"), ("Star:\n  Mag: 1\n", {}, "no section Observation"),
    (CONFIG, {"preset": "tess"}, "PSLS simulates PLATO")])
def test_wrong_configuration_is_refused(tmp_path, config, content, options, words):
    config.unlink()
    if content is not None:
        config.write_text(content)
    with pytest.raises(UsageError, match=words):
        check(psls=config, **options)


@pytest.mark.slow
def test_the_real_program_takes_our_dimming(tmp_path):
    config = os.environ.get("OTRAIN_PSLS_CONFIG")
    if not config or shutil.which("psls") is None:
        pytest.skip("needs PSLS, and its configuration in OTRAIN_PSLS_CONFIG")
    written(tmp_path / "out", config, planets=1, period=(10.0, 30.0), magnitudes=(8, 8), cameras=(24,))
    table = fits.getdata(tmp_path / "out" / "s0-000000_01_lc.fits", 1)
    row = Table.read(tmp_path / "out" / "ephemerides.ecsv")[0]
    away = (table["TIME"] - row["t0"] + row["period"] / 2) % row["period"] - row["period"] / 2
    half = row["duration"] / 48
    inside, beside = np.abs(away) < 0.3 * half, (np.abs(away) > 1.2 * half) & (np.abs(away) < 2 * half)
    fall = np.nanmedian(table["FLUX"][beside]) - np.nanmedian(table["FLUX"][inside])
    assert fall == pytest.approx(row["depth"], rel=0.1)
