import pytest

from otrain.catalogue import MODELS
from otrain.errors import UsageError
from otrain.models.torch_names import NEAREST, SAME, TORCHVISION, network_for

# reference: the networks that droulette takes from torchvision
OF_DROULETTE = {"alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet",
                "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_small", "regnet_y_32gf", "resnet50", "resnext50_32x4d",
                "shufflenet_v2_x1_0", "squeezenet1_0", "swin_t", "vgg16", "wide_resnet50_2"}


def test_all_seventeen_are_known():
    assert set(TORCHVISION) == OF_DROULETTE and len(TORCHVISION) == 17


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_one_is_a_network_of_the_catalogue(name):
    ours, _ = network_for(name)
    assert MODELS.require(ours).axes == ("y", "x", "channel") and MODELS[ours].gives == "example"


@pytest.mark.parametrize("name", ["resnet50", "wide_resnet50_2"])
def test_nothing_is_said_of_one_that_is_here_under_its_name(name):
    assert network_for(name) == (name, "")


def test_one_of_another_name_here_is_named():
    assert network_for("efficientnet_b0") == (
        "keras:EfficientNetB0", "[settings] model: efficientnet_b0 is called keras:EfficientNetB0 here.")


@pytest.mark.parametrize("name", NEAREST)
def test_the_nearest_one_and_its_difference_are_named(name):
    ours, note = network_for(name)
    assert note.startswith(f"[settings] model: {name} is not among the networks here; the nearest is taken: {ours}, ")
    assert NEAREST[name][1] in note and name not in SAME


def test_one_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"unknown network 'swin_s'\. Did you mean 'swin_t'\?.* alexnet"):
        network_for("swin_s")
