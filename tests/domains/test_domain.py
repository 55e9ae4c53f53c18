import dataclasses
from types import SimpleNamespace

import pytest

from otrain.catalogue import DOMAINS
from otrain.domains import domain as module
from otrain.domains.domain import CubeRules, Domain, Preparation, Source, TaskRules, change_alone, readers_of
from otrain.errors import UsageError
from otrain.registry import Entry, Registry


class Known(Registry):
    """Readers of which some came from installed packages."""

    def load(self, name):
        return self[name]


@pytest.fixture
def readers(monkeypatch):
    known = Known("reader", {"fits": SimpleNamespace(name="fits")})
    known._entries |= {"plug": SimpleNamespace(name="plug", domain="strain"), "old": SimpleNamespace(name="old")}
    monkeypatch.setattr(module, "READERS", known)


def names(found):
    return [reader.name for reader in found]


def test_installed_readers_are_asked_within_their_domain(readers):
    assert names(readers_of("transients", ("fits",))) == ["fits", "old"]
    assert names(readers_of("strain", ())) == ["plug"]


def test_chosen_reader_is_asked_alone(readers):
    assert names(readers_of("transients", ("fits",), chosen="fits")) == ["fits"]
    assert names(readers_of("strain", (), chosen="plug")) == ["plug"]


def test_reader_of_another_domain_is_refused(readers):
    with pytest.raises(UsageError, match="the reader 'fits' reads no strain"):
        readers_of("strain", (), chosen="fits")


def domain(**parts):
    return Domain("strain", ("time", "channel"), {}, ("quiet", "glitch"), Source(None, None),
                  Preparation(None, None), {"classification": TaskRules("net"), "segmentation": TaskRules("other")},
                  **parts)


def test_first_task_of_a_domain_is_its_default():
    assert domain().checked_task() == "classification"
    assert domain().rules("segmentation").model == "other"


def test_a_task_that_cannot_be_asked_of_a_domain_is_refused():
    strange = dataclasses.replace(domain(), tasks={"segmentation": TaskRules("other")})
    with pytest.raises(UsageError, match=r"'classification' is not known for strain\. Choose: segmentation"):
        strange.checked_task("classification")
    with pytest.raises(UsageError, match=r"unknown task 'segmentatoin'. Did you mean 'segmentation'"):
        strange.checked_task("segmentatoin")


def test_a_task_of_another_package_may_bring_its_own_rules(monkeypatch):
    rules = TaskRules("theirs")
    monkeypatch.setattr(module, "TASKS", Registry("task", {"count": Entry("os:path", "")}))
    monkeypatch.setattr("os.path.rules", {"strain": rules}, raising=False)
    assert domain().rules("count") is rules


def test_a_change_of_images_alone_leaves_targets_and_weights():
    changed = change_alone(lambda images, rng: images + rng)
    assert changed(1, "targets", "weights", 2) == (3, "targets", "weights")


@pytest.mark.parametrize("name", DOMAINS)
def test_every_entry_of_a_folder_is_an_input_or_skipped_for_a_reason(tmp_path, name):
    from otrain.data.inputs.quarantine import SKIP_REASONS

    names = ("a.fits", "b.CSV", "c.npz", "d.ecsv", "e.md", ".f.fits", ".git/g", "sub/h.fits", "sub/.i", "j.png", "k",
             "cube.json", "l.h5", "m.avro", "n.parquet", ".o.progress", "p.fits/q.fits")
    for one in names:
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one).write_bytes(b"x")
    listing = DOMAINS.load(name).source.list_inputs(tmp_path)
    assert len(listing.inputs) + listing.skipped.total() == len(names)
    assert set(listing.skipped) <= set(SKIP_REASONS) and listing.skipped["hidden"] == 3


def test_a_task_may_read_and_store_examples_in_its_own_way():
    own = TaskRules("net", classes=("a", "b"), source=Source(print, None), cube=CubeRules(per_class=3))
    made = dataclasses.replace(domain(), tasks={"classification": own, "segmentation": TaskRules("other")})
    doing = made.doing("classification")
    assert (doing.classes, doing.source, doing.cube.per_class) == (("a", "b"), own.source, 3)
    assert made.doing("segmentation") == made
