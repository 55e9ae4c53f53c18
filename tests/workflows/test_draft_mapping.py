import numpy as np
import pytest
from astropy.io import fits

from otrain.errors import OutputError, UsageError
from otrain.workflows.draft_mapping import draft_mapping


@pytest.fixture
def night(tmp_path):
    (tmp_path / "night").mkdir()
    fits.PrimaryHDU(np.ones((5, 5), "f4"), fits.Header({"SRCNAME": "s1"})).writeto(tmp_path / "night" / "c1.fits")
    return tmp_path / "night"


def test_draft_is_written_once(night, tmp_path):
    path = draft_mapping(night, tmp_path / "m.toml")
    assert 'candid = "SRCNAME"' in path.read_text()
    with pytest.raises(OutputError):
        draft_mapping(night, path)
    draft_mapping(night, path, overwrite=True)


def test_domain_without_mappings_is_refused(night, tmp_path):
    with pytest.raises(UsageError, match="--draft-mapping does not concern lightcurves"):
        draft_mapping(night, tmp_path / "m.toml", domain="lightcurves")
