import subprocess
import sys

import pytest

from otrain.data.inputs import memory

CODE = """
import resource
import numpy as np
from otrain.data.inputs.memory import bound_memory, free_memory, make_expendable
make_expendable()
for size in (9_999_999, 10_000_000, 5, None):
    free_memory() if size is None else bound_memory(size)
    try:
        np.ones(1 << 27)  # 1 GiB
        print("had")
    except MemoryError:
        print("refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory are those of Linux")
def test_small_file_may_not_take_a_gigabyte_and_a_large_one_may():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:4] == ["refused", "had", "refused", "had"]


def test_nothing_happens_in_a_process_that_is_not_expendable(monkeypatch):
    import resource

    monkeypatch.setattr(memory, "_state", {})
    before = resource.getrlimit(resource.RLIMIT_DATA)
    memory.bound_memory(1)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
