import base64
import gzip
import io
import json

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.json_alert import READER, looks_like_json_alerts


def packet(number):
    stream = io.BytesIO()
    fits.PrimaryHDU(np.full((3, 3), number, "f4")).writeto(stream)
    return {"candid": number, "candidate": {"magpsf": 18.5, "jd": 2459000.5},
            "cutoutDifference": {"stampData": base64.b64encode(gzip.compress(stream.getvalue())).decode()}}


def read(path):
    return list(READER.read(Probe(str(path))))


@pytest.mark.parametrize("text", [
    json.dumps(packet(1)), json.dumps([packet(1), packet(2)]), json.dumps({"alerts": [packet(1)], "next": None}),
    json.dumps(packet(1)) + "\n\n" + json.dumps(packet(2)) + "\n", "\ufeff" + json.dumps([packet(1)]),
], ids=["one", "list", "wrapped", "lines", "mark"])
def test_alerts_are_read_in_every_arrangement(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    assert READER.recognises(Probe(str(tmp_path / "a.json")))
    found = read(tmp_path / "a.json")
    assert [example.columns["candid"] for example in found] == ["1", "2"][:len(found)]
    assert found[0].columns["mag"] == 18.5 and found[0].columns["mjd"] == 59000.0 and (found[0].image == 1).all()
    assert [example.position for example in found] == [0, 1][:len(found)]


def test_compressed_json_is_read(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(packet(1)).encode()))
    assert READER.recognises(Probe(str(tmp_path / "a.json.gz"))) and len(read(tmp_path / "a.json.gz")) == 1


def test_faulty_alert_does_not_lose_the_others(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(packet(1)) + '\n{"cutoutDifference":\n' + json.dumps(packet(3))
                                     + '\n{"cutoutDifference": "%"}\n7\n{"candid": 1}\n')
    found = read(tmp_path / "a.json")
    assert [type(one).__name__ for one in found] == ["Example", "InputRejected", "Example", *["InputRejected"] * 3]
    assert [one.reason for one in found if isinstance(one, InputRejected)] == ["corrupt", "corrupt", "corrupt", "no-image"]


def test_rubbish_is_refused(tmp_path):
    for text in ('{"cutout', "[" * 100_000, "{}x"):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(InputRejected, match="corrupt"):
            read(tmp_path / "a.json")


def test_json_about_other_things_is_left_alone():
    assert looks_like_json_alerts(b' {"cutoutScience": 1}') and not looks_like_json_alerts(b'{"a": 1}')
    assert not looks_like_json_alerts(b"cutout of a list")
