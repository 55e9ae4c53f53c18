import os
import subprocess
import sys

from otrain.catalogue import DOMAINS, FILE_NAMES
from otrain.workflows.reading.guess import guess_domain


def test_domain_is_told_by_the_names(tmp_path):
    (tmp_path / "stars").mkdir()
    (tmp_path / "stars" / "kplr011442793-2010009091648_llc.fits").touch()
    assert guess_domain(tmp_path / "stars") == "lightcurves"
    assert guess_domain([tmp_path / "stars", tmp_path]) == "lightcurves"
    assert guess_domain(os.fsencode(tmp_path / "stars")) == "lightcurves"


def test_the_first_domain_counts_where_names_tell_nothing(tmp_path):
    (tmp_path / "true").mkdir()
    assert guess_domain(tmp_path) == "transients" == guess_domain("nowhere")


def test_a_pattern_is_told_by_its_first_match(tmp_path):
    (tmp_path / "a_lc.fits").touch()
    assert guess_domain(tmp_path / "*_lc.fits") == "lightcurves"


def test_the_names_that_are_asked_for_are_those_of_the_domains():
    for name in DOMAINS.own:
        asked = FILE_NAMES.load(name) if name in FILE_NAMES else None
        assert DOMAINS.load(name).source.recognises is asked


def test_no_domain_is_loaded_to_guess(tmp_path):
    code = ("import sys; from otrain.workflows.reading.guess import guess_domain; guess_domain(sys.argv[1]); "
            "sys.exit('otrain.domains.lightcurves.contents' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == 0
