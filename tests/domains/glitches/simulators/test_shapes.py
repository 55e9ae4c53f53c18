import numpy as np
import pytest

from otrain.domains.glitches.simulators.shapes import CLASSES, chirp, glitch_shape
from otrain.errors import UsageError

RATE = 4096
T = np.arange(-3 * RATE, 3 * RATE) / RATE


def shape(name, frequency=60.0, seed=0):
    return glitch_shape(name, T, frequency, np.random.default_rng(seed))


def spectrum(values):
    frequencies = np.fft.rfftfreq(len(values), 1 / RATE)
    return frequencies, np.abs(np.fft.rfft(values)) ** 2


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("frequency", [15.0, 200.0])
def test_glitch_is_finite_about_its_middle_and_fades(name, frequency):
    made = shape(name, frequency)
    assert np.isfinite(made).all() and made.any()
    outside = np.abs(T) > 1.5
    assert np.sum(made[outside] ** 2) < 0.06 * np.sum(made**2)
    middle = np.sum(T * made**2) / np.sum(made**2)
    assert abs(middle) < 0.15


@pytest.mark.parametrize("name", CLASSES)
def test_same_seed_makes_the_same_glitch_and_another_another(name):
    np.testing.assert_array_equal(shape(name), shape(name))
    if name != "koi-fish":
        assert not np.array_equal(shape(name), shape(name, seed=1))


@pytest.mark.parametrize("name", ["sine-gaussian", "line", "blip", "tomte"])
def test_energy_lies_about_its_own_frequency(name):
    frequencies, power = spectrum(shape(name))
    assert frequencies[power.argmax()] == pytest.approx(60, rel=0.12)


def width(name):
    frequencies, power = spectrum(shape(name))
    mean = np.sum(frequencies * power) / power.sum()
    return np.sqrt(np.sum((frequencies - mean) ** 2 * power) / power.sum())


def test_classes_differ_in_width_and_length():
    assert width("line") < 2 < width("sine-gaussian") < width("blip")
    length = {name: np.sqrt(np.sum(T**2 * shape(name) ** 2) / np.sum(shape(name) ** 2)) for name in CLASSES}
    assert length["blip"] < 0.02 < length["scratchy"] and length["scattered-light"] > 0.4


def frequency_at(values, time):
    """Zero crossings within a tenth of a second."""
    here = np.abs(T - time) < 0.05
    return np.sum(np.diff(np.sign(values[here])) != 0) / 2 / 0.1


def test_whistle_comes_down_and_goes_up():
    made = shape("whistle", 100.0)
    assert frequency_at(made, 0) == pytest.approx(100, rel=0.25)
    assert frequency_at(made, -0.2) > 150 and frequency_at(made, 0.2) > 150


def test_arch_of_scattered_light_is_highest_in_the_middle():
    made = shape("scattered-light", 50.0)
    assert frequency_at(made, 0) == pytest.approx(50, rel=0.15)
    assert frequency_at(made, 0.9) < 35 and frequency_at(made, -0.9) < 35


def test_unknown_class_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'blip'"):
        shape("blib")


def test_inspiral_sweeps_up_as_newton_says():
    mass = 20.0
    made = chirp(T, mass)
    tau = mass * 4.925490947e-6
    for left in (0.3, 0.15):
        # f = (5 / (256 t))^(3/8) M^(-5/8) / pi
        expected = (5 / 256 / left) ** 0.375 * tau**-0.625 / np.pi
        assert frequency_at(made, -left) == pytest.approx(expected, rel=0.15)
    assert made[T < -2].any() is np.False_ and np.abs(made[T > 0.5]).max() == 0
    assert abs(T[np.abs(made).argmax()]) < 0.03


def test_inspiral_has_no_step():
    made = chirp(T, 10.0, phase=1.3)
    assert np.abs(np.diff(made)).max() < 0.5 * np.abs(made).max()
    assert np.isfinite(made).all()


@pytest.mark.parametrize("mass", [0, -1, np.nan, 1e4])
def test_impossible_masses_are_refused(mass):
    with pytest.raises(UsageError, match="chirp mass"):
        chirp(T, mass)
