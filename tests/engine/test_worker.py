import subprocess
import sys

import pytest

from otrain.engine.worker import packed_error, unpacked_error


class OddError(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} {second}")
        self.second = second


@pytest.mark.parametrize("error", [OddError("no", 3), ValueError("wrong"), None])
def test_an_error_comes_back_from_its_parts(error):
    found = unpacked_error(packed_error(error))
    assert type(found) is type(error) and str(found) == str(error)
    assert vars(found or Exception()) == vars(error or Exception())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux bounds the address space")
def test_a_process_is_bounded_at_most_by_its_hard_limit():
    code = ("import resource as r; from otrain.engine.worker import bound_process; "
            "r.setrlimit(r.RLIMIT_AS, (4 << 30, 8 << 30)); bound_process(64 << 30); "
            "print(r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CORE)[0])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(8 << 30), "0"]
