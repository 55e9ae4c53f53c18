import pytest

from otrain.domains.lenses.configs.models import TORCHVISION, network_of
from otrain.errors import UsageError


def test_our_own_network_is_taken_as_it_is():
    assert network_of("otrain-cnn") == ("otrain-cnn", []) and network_of("otrain_cnn") == ("otrain-cnn", [])


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_network_of_droulette_is_one_of_ours_or_the_user_is_told(name):
    ours, notes = network_of(name)
    assert (ours is not None and (notes or ours.replace("-", "_") == name)) or name in notes[0]


def test_network_that_nobody_knows_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'resnet50'"):
        network_of("resnet5O")
