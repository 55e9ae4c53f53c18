import pytest

from otrain.domains.lightcurves.known_names import looks_like_light_curves


@pytest.mark.parametrize("names, certain", [
    (["x_llc.fits"], True), (["TIC1_LC.FITS"], True), (["a.csv", "ephemerides.ecsv"], True), (["sim1_Q1.ftr"], True),
    (["a.csv", "b.fits"], False), (["cube.json", "shard-00000.npy", "x_lc.fits"], False), (["cube.json", "x_lc.fits"], True), ([], False)])
def test_domain_is_told_by_names_that_only_light_curves_have(tmp_path, names, certain):
    for name in names:
        (tmp_path / name).touch()
    assert looks_like_light_curves(tmp_path) is certain
    assert not looks_like_light_curves([tmp_path]) and not looks_like_light_curves(tmp_path / "none")
