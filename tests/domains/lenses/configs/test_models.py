import pytest

from otrain.domains.lenses.configs.models import network_of
from otrain.errors import UsageError


def test_our_own_network_is_taken_as_it_is():
    assert network_of("otrain-cnn") == ("otrain-cnn", []) and network_of("otrain_cnn") == ("otrain-cnn", [])
    assert network_of("keras:DenseNet169") == ("keras:DenseNet169", [])


def test_network_of_torchvision_is_the_one_here_or_the_nearest_which_is_said():
    assert network_of("wide_resnet50_2") == ("wide_resnet50_2", [])
    ours, (note,) = network_of("swin_t")
    assert ours == "keras:ConvNeXtTiny" and "swin_t is not among the networks here" in note


def test_network_that_nobody_knows_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'resnet50'"):
        network_of("resnet5O")
