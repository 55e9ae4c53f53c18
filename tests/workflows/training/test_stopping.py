import os
import signal
import threading

import pytest

from otrain.workflows.training.stopping import held_signals


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_held_signal_waits_for_a_good_place():
    with pytest.raises(KeyboardInterrupt), held_signals() as stop:
        stop.held = True
        interrupt()
        reached = bool(stop)
        stop.obey()
    assert reached


def test_signal_acts_at_once_where_nothing_is_to_be_saved():
    with pytest.raises(KeyboardInterrupt), held_signals():
        interrupt()
        pytest.fail("went on")


def test_second_signal_does_not_wait():
    with pytest.raises(KeyboardInterrupt), held_signals() as stop:
        stop.held = True
        interrupt()
        interrupt()
        pytest.fail("went on")


def test_signal_that_is_still_held_at_the_end_acts_then():
    done = False
    with pytest.raises(KeyboardInterrupt), held_signals() as stop:
        stop.held = True
        interrupt()
        done = True
    assert done


def test_handlers_are_as_before_afterwards():
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    with held_signals():
        pass
    assert [signal.getsignal(number) for number in numbers] == before


def test_other_threads_are_never_asked_to_stop():
    found = []

    def work():
        with held_signals() as stop:
            stop.held = True
            found.append(bool(stop))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM])
def test_closed_terminal_and_others_wait_too(number):
    class Asked(Exception):
        pass

    def ask(*arguments):
        raise Asked

    previous = signal.signal(number, ask)
    reached = []
    try:
        with pytest.raises(Asked), held_signals() as stop:
            stop.held = True
            os.kill(os.getpid(), number)
            reached.append(bool(stop))
    finally:
        signal.signal(number, previous)
    assert reached == [True]


def test_signal_that_is_ignored_asks_for_nothing():
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_signals() as stop:
            stop.held = True
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, previous)
