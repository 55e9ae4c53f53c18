"""One row per job, of paired runs, and the lines that say where they were taken."""

import datetime
import os
import platform
import statistics
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HEAD = ("| job | baseline | otrain | ratio (smallest to largest) | pairs | target |\n"
        "| --- | --- | --- | --- | --- | --- |")
PACKAGES = ("numpy", "tensorflow", "keras", "onnxruntime", "astropy", "matplotlib")


@dataclass(frozen=True)
class Row:
    """A job that two sides did in turn.

    Parameters
    ----------
    job : str
    baseline, ours : list of float
        Time of each run, in `unit`; without a baseline the list is empty.
    target : str
    unit : str
    note : str
        What a reader must know beside the times.
    """

    job: str
    baseline: list
    ours: list
    target: str
    unit: str = "s"
    note: str = ""

    @property
    def ratios(self):
        """Baseline over ours, pair by pair."""
        return ratios(self.baseline, self.ours) if self.baseline else []

    def __str__(self):
        def median(values):
            return f"{statistics.median(values):.3g} {self.unit}" if values else ""

        ratio = spread(self.ratios) if self.ratios else ""
        job = f"{self.job}; {self.note}" if self.note else self.job
        return (f"| {job} | {median(self.baseline)} | {median(self.ours)} | {ratio} | {len(self.ours)} | "
                f"{self.target} |")


def ratios(slow, fast):
    """Return the ratio of each pair of times."""
    return [a / b for a, b in zip(slow, fast, strict=True)]


def spread(values):
    """Return the median and, behind it, the smallest and the largest value."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def circumstances():
    """Return the date, the machine and the versions, in lines of text."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    information = Path("/proc/cpuinfo")
    flags = information.read_text() if information.is_file() else ""
    wide = [name for flag, name in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "AVX512_BF16"))
            if flag in flags]
    return (f"{datetime.date.today()}: {cores} cores, {platform.machine()} {' '.join(wide)}, "
            f"load {os.getloadavg()[0]:.1f} at the start; Python {platform.python_version()}, "
            + ", ".join(f"{name} {_version(name)}" for name in PACKAGES))


def _version(name):
    for candidate in (name, f"{name}-cpu"):
        try:
            return version(candidate)
        except ModuleNotFoundError:
            continue
    return "absent"
