import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size


@pytest.mark.parametrize("shape", [(4096, 3900), (3, 4000, 4000), (31,)])
def test_images_of_a_usual_size_are_let_through(shape):
    check_size(shape)


@pytest.mark.parametrize("shape", [(4097, 10), (4096, 4096), (5, 4000, 4000), (10, 100_000)])
def test_larger_ones_are_refused(shape):
    with pytest.raises(InputRejected) as raised:
        check_size(shape)
    assert raised.value.reason == "too-large"
