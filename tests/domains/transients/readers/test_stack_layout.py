import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.stacks import ArrayInfo
from otrain.domains.transients.readers.stack_layout import ArrayMapping, find_parts, largest_count


def infos(**shapes):
    return {name.replace("__", "/"): ArrayInfo(shape, np.dtype("f4" if len(shape) > 1 else "i8"))
            for name, shape in shapes.items()}


def only(found):
    (part,) = found
    return part


@pytest.mark.parametrize("shape, order, size, channels", [
    ((9, 31, 31, 3), (0, 1, 2), (31, 31), ("science", "template", "difference")),
    ((9, 3, 31, 29), (1, 2, 0), (31, 29), ("science", "template", "difference")),
    ((9, 31, 31), (0, 1), (31, 31), ("difference",)),
    ((9, 31, 31, 1), (0, 1, 2), (31, 31), ("difference",)),
    ((9, 31, 31, 2), (0, 1, 2), (31, 31), ("channel_0", "channel_1")),
])
def test_axes_are_told_by_their_lengths(shape, order, size, channels):
    part = only(find_parts(infos(X=shape, y=(9,))))
    assert (part.count, part.order, part.size, part.channels, part.labels) == (9, order, size, channels, "y")


def test_array_alone_may_be_one_candidate():
    assert [only(find_parts(infos(**{"": shape}), alone=True)).single
            for shape in ((31, 31), (31, 31, 3), (3, 31, 31), (50, 31, 31))] == [True, True, True, False]


@pytest.mark.parametrize("images, labels", [("X", "y"), ("images", "labels"), ("stamps", "target"), ("arr_0", "is_real"),
                                            ("data__cutouts", "data__label"), ("anything", "label")])
def test_names_tell_images_and_labels(images, labels):
    part = only(find_parts(infos(**{images: (4, 21, 21, 3), labels: (4,), "candid": (4,), "other": (7,)})))
    assert (part.images, part.labels) == ({"": images.replace("__", "/")}, labels.replace("__", "/"))
    assert part.columns == {"candid": "candid"}


def test_subsets_are_parts_with_labels_of_their_own():
    first, second = find_parts(infos(X_train=(8, 9, 9, 3), y_train=(8,), X_test=(2, 9, 9, 3), y_test=(2,)))
    assert [(part.count, part.labels) for part in (first, second)] == [(8, "y_train"), (2, "y_test")]


def test_arrays_with_the_names_of_roles_are_channels():
    part = only(find_parts(infos(diff=(4, 9, 9), sci=(4, 9, 9), ref=(4, 9, 9))))
    assert part.channels == ("science", "template", "difference") and list(part.images.values()) == ["sci", "ref", "diff"]


@pytest.mark.parametrize("shapes", [{"a": (4, 9, 9), "b": (4, 9, 9)}, {"X": (4, 9, 9), "images": (4, 9, 9)},
                                    {"sci": (4, 9, 9), "diff": (4, 8, 8)}])
def test_images_that_cannot_be_told_apart_are_named(shapes):
    with pytest.raises(InputRejected, match=r"ambiguous-format.*mapping: \[arrays\]"):
        find_parts(infos(**shapes))


def test_tables_of_numbers_are_no_images():
    assert find_parts(infos(X=(100, 25), y=(100,))) == []
    assert largest_count(infos(odd=(7, 2, 900, 3))) == 7


def test_mapping_decides():
    shapes = infos(a=(3, 9, 9, 5), b=(5, 9, 9, 3), n=(5,), t=(5,))
    part = only(find_parts(shapes, ArrayMapping("a", "t", ("one", "two", "three"), "CHWN", {"candid": "n"})))
    assert (part.count, part.size, part.channels, part.labels, part.columns) == (
        5, (9, 9), ("one", "two", "three"), "t", {"candid": "n"})
    with pytest.raises(InputRejected, match="there is no array 'z'"):
        find_parts(shapes, ArrayMapping("z"))
