"""Every name in the table of contents leads somewhere and says what it is."""

import subprocess
import sys

import pytest

from otrain import catalogue
from otrain.registry import Registry

REGISTRIES = {name: getattr(catalogue, name) for name in catalogue.__all__}
NAMES = [(kind, name) for kind, registry in REGISTRIES.items() for name in registry]


def test_every_table_is_a_registry_with_names():
    assert all(isinstance(registry, Registry) and len(registry) for registry in REGISTRIES.values())


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=lambda v: v)
def test_name_can_be_loaded(kind, name):
    assert REGISTRIES[kind].load(name) is not None


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=lambda v: v)
def test_summary_is_one_short_line(kind, name):
    summary = REGISTRIES[kind][name].summary
    assert 8 < len(summary) < 90 and "\n" not in summary and not summary.endswith(".")


def test_listing_imports_nothing_of_what_it_lists():
    code = ("import sys; from otrain import catalogue; "
            "[list(getattr(catalogue, n)) for n in catalogue.__all__]; "
            "print([m for m in sys.modules if m.startswith(('otrain.', 'numpy', 'keras'))])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert listed(out.stdout) == {"otrain.catalogue", "otrain.errors", "otrain.registry"}


def listed(text):
    return set(text.strip("[]\n").replace("'", "").split(", "))
