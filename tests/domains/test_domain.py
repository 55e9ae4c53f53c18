from types import SimpleNamespace

import pytest

from otrain.domains import domain
from otrain.domains.domain import readers_of
from otrain.errors import UsageError
from otrain.registry import Registry


class Known(Registry):
    """Readers of which some came from installed packages."""

    def load(self, name):
        return self[name]


@pytest.fixture
def readers(monkeypatch):
    known = Known("reader", {"fits": SimpleNamespace(name="fits")})
    known._entries |= {"plug": SimpleNamespace(name="plug", domain="strain"), "old": SimpleNamespace(name="old")}
    monkeypatch.setattr(domain, "READERS", known)


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
