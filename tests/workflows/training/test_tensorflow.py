import os

from otrain.workflows.training.tensorflow import _filtered_stderr


def test_chatter_is_dropped_and_errors_are_kept(capfd):
    with _filtered_stderr():
        os.write(2, b"I0000 00:00:17.0 1 port.cc:153] oneDNN custom operations are on.\n"
                    b"E0000 00:00:17.0 1 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n"
                    b"E0000 00:00:17.0 1 device.cc:1] the device is on fire\n")
    assert capfd.readouterr().err == "E0000 00:00:17.0 1 device.cc:1] the device is on fire\n"


def test_what_was_held_back_appears_also_after_an_error(capfd):
    try:
        with _filtered_stderr():
            os.write(2, b"libcudart is missing\n")
            raise ImportError
    except ImportError:
        pass
    assert capfd.readouterr().err == "libcudart is missing\n"
