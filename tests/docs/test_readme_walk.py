"""The Python session of the README, run as it stands, but for the number of epochs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WALK = re.search(r"<!-- python walk -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)


def test_walk_has_at_most_ten_lines():
    assert len([line for line in WALK.splitlines() if line.strip()]) <= 10


@pytest.mark.slow
def test_walk_ends_in_scores(tmp_path):
    (tmp_path / "data_examples").symlink_to(ROOT / "data_examples")
    *before, last = WALK.replace("epochs=20", "epochs=1").strip().splitlines()
    (tmp_path / "walk.py").write_text("\n".join([*before, f"one = {last}", "print(one)", "print(len(table), len(one))"]))
    out = subprocess.run([sys.executable, "walk.py"], cwd=tmp_path, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    *_, header, rule, row, counts = out.stdout.splitlines()
    assert header.split() == ["score", "class", "reason"] and set(rule) <= {"-", " "} and counts == "30 1"
    assert 0 <= float(row.split()[0]) <= 1 and row.split()[1] in ("real", "bogus")
