import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from otrain.data.files import hdf5_check
from otrain.data.files.hdf5_check import require_readable
from otrain.errors import IntegrityError


def weights(path):
    with h5py.File(path, "w") as file:
        file.create_group("a").create_dataset("kernel", data=np.ones((3, 4), "f4"))
        file["a"].attrs["names"] = ["kernel"]
        file["scalar"] = np.float32(1)
        file["empty"] = np.zeros((0, 3))
        file.attrs["model_config"] = "{}"
    return path


def test_sound_file_is_readable(tmp_path):
    require_readable(weights(tmp_path / "w.h5"), largest=1 << 20)


def test_reason_of_a_refusal_is_that_of_the_child(tmp_path):
    with h5py.File(weights(tmp_path / "w.h5"), "r+") as file:
        file["link"] = h5py.SoftLink("/a")
    with pytest.raises(IntegrityError, match=r"refused: //link is a link"):
        require_readable(tmp_path / "w.h5", largest=1 << 20)
    (tmp_path / "n.h5").write_bytes(b"no")
    with pytest.raises(IntegrityError, match="cannot be opened as HDF5"):
        require_readable(tmp_path / "n.h5", largest=1 << 20)


@pytest.mark.parametrize(("does", "words"), [
    ("while True: pass", "has not read it after 1 s of processor time"),
    ("import os; os.abort()", "fails on it .exit code -6"),
    ("bytearray(8 << 30)", "MemoryError"),
])
def test_library_that_hangs_crashes_or_takes_all_memory_costs_the_child_alone(tmp_path, monkeypatch, does, words):
    # In place of the module: a program with its limits, which then does what a damaged file made HDF5 do.
    program = f"import sys; from otrain.data.files.hdf5_check import _limit; _limit(int(sys.argv[3])); {does}" if "while" not in does \
        else f"import sys\nfrom otrain.data.files.hdf5_check import _limit\n_limit(int(sys.argv[3]))\n{does}"
    real = subprocess.run
    monkeypatch.setattr(hdf5_check.subprocess, "run", lambda command, **options: real(
        [sys.executable, "-c", program, *command[3:]], **options))
    monkeypatch.setattr(hdf5_check, "SECONDS", 1)
    with pytest.raises(IntegrityError, match=words):
        require_readable(weights(tmp_path / "w.h5"), largest=1 << 20)


def test_every_byte_flipped_in_turn_ends_in_a_result_or_in_words(tmp_path):
    # In this process, by what the child runs: none of these hangs; one that does would be ended by the limit.
    raw = weights(tmp_path / "w.h5").read_bytes()
    ends = set()
    for place in range(0, len(raw), 97):
        (tmp_path / "d.h5").write_bytes(raw[:place] + bytes([raw[place] ^ 0xFF]) + raw[place + 1:])
        done = os.fork()
        if not done:
            try:
                hdf5_check._limit(5)
                hdf5_check.read_everything(tmp_path / "d.h5", 1 << 20)
                code = 0
            except IntegrityError:
                code = 3
            except BaseException:
                code = 1
            os._exit(code)
        ends.add(os.waitstatus_to_exitcode(os.waitpid(done, 0)[1]))
    assert ends <= {0, 3} and 3 in ends
