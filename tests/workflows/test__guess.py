from otrain.workflows._guess import guess_domain


def test_domain_is_told_by_the_names(tmp_path):
    (tmp_path / "stars").mkdir()
    (tmp_path / "stars" / "kplr011442793-2010009091648_llc.fits").touch()
    assert guess_domain(tmp_path / "stars") == "lightcurves"
    assert guess_domain([tmp_path / "stars", tmp_path]) == "lightcurves"


def test_the_first_domain_counts_where_names_tell_nothing(tmp_path):
    (tmp_path / "true").mkdir()
    assert guess_domain(tmp_path) == "transients" == guess_domain("nowhere")


def test_a_pattern_is_told_by_its_first_match(tmp_path):
    (tmp_path / "a_lc.fits").touch()
    assert guess_domain(tmp_path / "*_lc.fits") == "lightcurves"
