import numpy as np
import pytest

from otrain.domains.glitches.simulators.couplings import COUPLINGS, record, strain_of
from otrain.errors import UsageError

T = np.arange(4096) / 1024
GLITCH = 3e-21 * np.exp(-((T - 1.7) / 0.08) ** 2) * np.cos(2 * np.pi * 60 * (T - 1.7) + 0.4)


def fast(values):
    spectrum = np.fft.rfft(values)
    spectrum[np.fft.rfftfreq(len(values), 1 / 1024) < 30] = 0
    return np.fft.irfft(spectrum, len(values))


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_strain_follows_from_the_record(coupling):
    again = fast(strain_of(record(GLITCH, coupling, delay=40), coupling, delay=40))
    assert np.corrcoef(again, fast(GLITCH))[0, 1] > 0.9999


def test_square_law_needs_half_the_frequency():
    power = np.abs(np.fft.rfft(record(GLITCH, "quadratic"))) ** 2
    assert np.fft.rfftfreq(4096, 1 / 1024)[power.argmax()] == pytest.approx(30, abs=3)


def test_saturating_record_is_louder_than_its_strain_tells():
    made = record(GLITCH, "saturating")
    assert np.abs(made).max() == pytest.approx(np.arctanh(0.98))
    assert np.abs(strain_of(10 * made, "saturating")).max() <= 1


@pytest.mark.parametrize("delay", [25, -25, 0])
def test_delay_is_that_of_the_strain_after_the_record(delay):
    assert np.abs(GLITCH).argmax() - np.abs(record(GLITCH, "delayed", delay=delay)).argmax() == delay


def test_what_is_moved_out_is_gone():
    assert not record(GLITCH, "delayed", delay=5000).any()
    moved = record(np.arange(1.0, 6), "delayed", delay=2)
    assert moved.tolist() == [3, 4, 5, 0, 0]


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_silence_is_recorded_as_silence(coupling):
    assert not record(np.zeros(64), coupling).any()


def test_unknown_coupling_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'quadratic'"):
        record(GLITCH, "quadratics")
    with pytest.raises(UsageError, match="Did you mean 'linear'"):
        strain_of(GLITCH, "linea")
