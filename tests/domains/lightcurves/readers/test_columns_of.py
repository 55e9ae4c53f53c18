from types import SimpleNamespace

import numpy as np
import pytest

from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.readers.columns_of import from_columns, star_of

TIME = np.arange(3) * 0.02


def probe(**options):
    return SimpleNamespace(path="/a/star.csv.gz", options=options)


def test_star_is_that_of_a_column_else_of_the_file():
    columns = {"time": TIME, "flux": TIME + 1}
    assert from_columns(columns, {}, probe()).columns["object_id"] == "star"
    named = columns | {"object_id": np.array(["HD 1"] * 3)}
    assert from_columns(named, {}, probe()).columns["object_id"] == "HD 1"
    assert from_columns(named, {}, probe(), about={"object_id": "told"}).columns["object_id"] == "told"


@pytest.mark.parametrize("name, channel", [("flux_error", "flux_err"), ("e_flux", "flux_err"), ("SAP_QUALITY", "quality"),
                                           ("label", "label"), ("segment", "segment")])
def test_further_columns_are_known_by_their_usual_names(name, channel):
    assert channel in from_columns({"time": TIME, "flux": TIME + 1, name: TIME + 2}, {}, probe()).channels


def test_own_error_of_the_chosen_flux_is_taken():
    columns = {"time": TIME, "sap_flux": TIME + 1, "sap_flux_err": TIME + 5, "flux_err": TIME + 9}
    assert from_columns(columns, {}, probe(flux="sap")).image[0].tolist() == [0, 1, 5]


def test_named_units_prevail_over_guesses():
    example = from_columns({"time": TIME * 1e5, "flux": TIME}, {"time": "s", "flux": "ppt"}, probe())
    np.testing.assert_allclose(example.image, np.column_stack([TIME * 1e5 / 86400, 1 + TIME / 1000]))


def test_texts_are_no_flux():
    with pytest.raises(InputRejected, match="column 'flux' does not hold numbers"):
        from_columns({"time": TIME, "flux": np.array(["a", "b", "c"])}, {}, probe())


def test_every_ending_is_taken_off_the_name_of_a_star():
    assert [star_of(name) for name in ("x/a.csv.gz", "b_60s.npz", "sim1_Q2.ftr")] == ["a", "b_60s", "sim1_Q2"]
