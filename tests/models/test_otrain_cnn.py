import pytest

from otrain.errors import DataError
from otrain.models.otrain_cnn import build_otrain_cnn
from otrain.models.ports import InputSpec, OutputSpec

PUBLISHED = ("Conv2D 16, Conv2D 32, AveragePooling2D, Dropout, Conv2D 64, MaxPooling2D, Dropout, Conv2D 128, "
             "Conv2D 256, MaxPooling2D, Flatten, Dense 512, Dropout, Dense 256, Dense 2, Activation")


def network(shape=(64, 64, 1), **options):
    return build_otrain_cnn([InputSpec("cutout", shape)], OutputSpec(1, "sigmoid"), **options)


def test_layers_are_the_published_ones():
    kinds = []
    for layer in network().layers:
        size = getattr(layer, "filters", getattr(layer, "units", ""))
        kinds.append(f"{type(layer).__name__} {size}".strip())
    start = kinds.index("Conv2D 16")
    assert ", ".join(kinds[start:]) == PUBLISHED
    assert not any(kind.startswith(("Conv2D", "Dense")) for kind in kinds[:start])


def test_number_of_parameters_is_the_published_one():
    assert network().count_params() == 8_913_282  # reference: O'TRAIN 0.1 at 64x64x1


def test_kernels_padding_and_dropout_are_the_published_ones():
    layers = network(dropout=0.3).layers
    convolutions = [layer for layer in layers if type(layer).__name__ == "Conv2D"]
    assert all(layer.kernel_size == (3, 3) and layer.padding == "same" for layer in convolutions)
    assert [layer.rate for layer in layers if type(layer).__name__ == "Dropout"] == [0.3] * 3


def test_two_classes_are_a_softmax():
    assert network((16, 16, 1)).output_shape == (None, 2)
    assert network((16, 16, 1)).layers[-1].activation.__name__ == "softmax"


def test_cutout_that_cannot_be_halved_three_times_is_refused():
    with pytest.raises(DataError, match=r"needs 8 pixel a side. Received: 7x7"):
        network((7, 7, 1))
