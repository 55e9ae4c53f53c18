from importlib.metadata import version

import otrain
from otrain.workflows.training import versions as _versions
from otrain.workflows.training.versions import package_versions


def test_versions_are_those_that_are_installed():
    versions = package_versions()
    assert versions["otrain"] == otrain.__version__ and versions["numpy"] == version("numpy")


def test_package_that_is_not_installed_has_no_version(monkeypatch):
    monkeypatch.setattr(_versions, "PACKAGES", ("numpy", "no-such-package"))
    assert set(package_versions()) == {"otrain", "python", "numpy"}
