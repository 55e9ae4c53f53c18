import pathlib
import tomllib

import pytest

from otrain.domains.lenses.simulators.dataset_toml import check_table, load_table
from otrain.errors import DataError, UsageError

DATA = pathlib.Path(__file__).parents[4] / ".." / "shared" / "data" / "lenses" / "toml"

SEED = """
[simulator]
configs = [ "raysie", "rs" ]
size = 1000
nterms = 5
[lens]
chi = 50
einstein-min = 10
einstein-max = 50
[source]
mode = "e"
sigma-min = 1
sigma-max = 60
sigma2-min = 1
sigma2-max = 40
theta-min = 0
theta-max = 179
position = "polar"
[position]
phi-min = 0
phi-max = 359
r-min = "einsteinR"
r-max = 100
"""


def test_dialect_of_version_2_is_read_unchanged():
    table = check_table(tomllib.loads(SEED))
    assert table["simulator"]["config"] == ["raysie", "rs"]
    assert table["lens"] == {"chi": 50, "einstein-min": 10, "einstein-max": 50}
    assert table["position"]["r-min"] == "einsteinR"


def test_aliases_become_one_spelling():
    table = check_table({"lens": {"modes": ["SIS", "SIE"], "einsteinR": 3}, "source": {"n-sersic": 2},
                         "simulator": {"models": "Raytrace", "pixel_scale": 0.1}})
    assert table["lens"] == {"mode": ["SIS", "SIE"], "einstein": 3}
    assert table["source"] == {"n_sersic": 2}
    assert table["simulator"] == {"model": "Raytrace", "pixel-scale": 0.1}


def test_tables_of_other_steps_are_passed_over():
    table = check_table({"problem": {"filename": "x"}, "settings": {}, "dataset": {
        "directory": "images", "training": {"size": 3}, "roulette": "r"}})
    assert table == {"dataset": {"directory": "images"}}


@pytest.mark.parametrize("table, words", [
    ({"lense": {}}, r"unknown table \[lense\]. Did you mean 'lens'"),
    ({"lens": 3}, "must be a table"),
    ({"lens": {"einstien-min": 3}}, "Did you mean 'einstein-min'"),
    ({"lens": {"mode": "SIEE"}}, "unknown value 'SIEE'. Did you mean 'SIE'"),
    ({"simulator": {"configs": ["raysei"]}}, "Did you mean 'raysie'"),
    ({"simulator": {"engine": "cosmosin"}}, "Did you mean 'cosmosim'"),
    ({"simulator": {"size": 2.5}}, "whole number"),
    ({"simulator": {"size": True}}, "whole number"),
    ({"simulator": {"centred": "yes"}}, "true or false"),
    ({"simulator": {"imagesize": 10**9}}, "from 1 to 8192"),
    ({"source": {"sigma": "wide"}}, "a number is needed"),
    ({"source": {"sigma": {"low": 1}}}, "a value is needed, not a table"),
    ({"source": {"sigma": float("nan")}}, "a number is needed"),
    ({"source": {"sigma": 0}}, "above 0"),
    ({"source": {"mode": []}}, "at least one word"),
    ({"source": {"sigma": []}}, "at least one number"),
    ({"source": {"position": "polr"}}, "Did you mean 'polar'"),
    ({"source": {"luminosity-lambda": 0}}, "above 0"),
    ({"lens": {"ellipseratio-max": 1.4, "ellipseratio-min": 0.2}}, "at most 1"),
    ({"lens": {"ellipseratio-max": 0.4}}, "needs `ellipseratio-min`"),
    ({"lens": {"einstein-min": 60}}, "`einstein-max` is not given"),
    ({"lens": {"einstein-min": 5, "einstein-max": 3}}, "must not exceed"),
    ({"lens": {"cluster": {"count": 3}}}, "draft"),
    ({"position": {"r-max": {"maxlensposition": 1.2}}}, "draft"),
    ({"simulator": {"config": {"lens": "SIE"}}}, "draft"),
    ({"lens": {"mode": "SIS", "modes": ["SIE"]}}, "says again"),
])
def test_what_cannot_be_meant_is_refused(table, words):
    with pytest.raises(UsageError, match=words):
        check_table(table)


@pytest.mark.parametrize("content", [b"[lens", b"\xff\xfe", b"x = " + b"[" * 5000, b"a = 1" + b"0" * 5000])
def test_file_that_is_no_toml_is_an_error_in_words(tmp_path, content):
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.toml: is no TOML file"):
        load_table(tmp_path / "bad.toml")


def test_absent_file_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        load_table(tmp_path / "absent.toml")


@pytest.mark.skipif(not DATA.is_dir(), reason="the published TOML files are not at hand")
def test_published_files_are_read_unchanged():
    files = [path for path in sorted(DATA.rglob("*.toml"))
             if "simulator" in load_table(path)]
    assert len(files) >= 5
    for path in files:
        assert check_table(load_table(path))["simulator"]["imagesize"] == 512
