import numpy as np
import pytest
from astropy.io import fits

from otrain.engine import ray as ray_engine
from otrain.errors import UsageError
from otrain.workflows.convert import convert
from otrain.workflows.infer import infer


@pytest.fixture
def night(tmp_path):
    """Forty cutouts of each class, among them one that is cut short and one that is none."""
    rng = np.random.default_rng(0)
    for number in range(80):
        path = tmp_path / "night" / ("true", "false")[number % 2] / f"c{number:02d}.fits"
        path.parent.mkdir(parents=True, exist_ok=True)
        fits.PrimaryHDU(rng.normal(size=(16, 16)).astype("f4"), fits.Header({"CANDID": f"a{number}"})).writeto(path)
    (tmp_path / "night" / "true" / "c10.fits").write_bytes(path.read_bytes()[:3000])
    (tmp_path / "night" / "false" / "c31.fits").write_bytes(b"no cutout")
    return tmp_path


@pytest.fixture
def killed(cluster, monkeypatch):
    """Kill a worker that has something in hand, once the first results are there; return those killed."""
    victims, collect = [], ray_engine._Crew.collect

    def collect_and_kill(crew):
        busy = [actor for actor in crew.live if actor.parts and actor.parts[0][2]]
        if not victims and crew.next >= 10 and busy:
            victims.append(busy[0])
            cluster.kill(busy[0].handle)
        collect(crew)

    monkeypatch.setattr(ray_engine._Crew, "collect", collect_and_kill)
    return victims


def test_cube_from_a_cluster_that_lost_a_worker_is_the_local_one_byte_by_byte(night, killed, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    made = {engine: convert(night / "night", path_datacube=night / engine, engine=engine, jobs=2, contact_sheet=False)
            for engine in ("local", "ray")}
    assert len(killed) == 1
    assert made["ray"].tally == made["local"].tally and made["ray"].tally.kept == 78
    assert made["ray"].path.read_bytes() == made["local"].path.read_bytes()
    assert made["ray"].quarantine.read_bytes() == made["local"].quarantine.read_bytes()


def test_scores_from_a_cluster_that_lost_a_worker_are_the_local_ones_byte_by_byte(night, killed, make_bundle):
    make_bundle(night / "bundle")
    tables = [infer(night / "night", night / "bundle", engine=engine, jobs=2, out=night / f"{engine}.dat").path
              for engine in ("local", "ray")]
    assert len(killed) == 1
    assert tables[0].read_bytes() == tables[1].read_bytes()
    assert len(tables[0].read_text().splitlines()) == 79


@pytest.mark.parametrize(("options", "words"), [({"engine": "dask"}, "Known: local, ray"),
                                                ({"ray_address": "auto"}, "is for --engine ray")])
def test_engine_that_is_none_is_refused(night, options, words):
    with pytest.raises(UsageError, match=words):
        convert(night / "night", path_datacube=night, contact_sheet=False, **options)
