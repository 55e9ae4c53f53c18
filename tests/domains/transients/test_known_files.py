import gzip
import os

import numpy as np
import pytest
from astropy.io import fits

from otrain.domains.transients.known_files import looks_like_candidates


def fits_bytes(path):
    fits.PrimaryHDU(np.ones((3, 3))).writeto(path)
    return path.read_bytes()


def test_files_are_known_by_their_first_bytes(tmp_path):
    image = fits_bytes(tmp_path / "a")
    for name, data, expected in [("b", gzip.compress(image), True), ("c", b"Obj\x01x", True), ("d", b"\x93NUMPY", True),
                                 ("e", b'{"cutoutScience": ""}', True), ("f", b"candid,label\n1,2\n", False),
                                 ("g", b'{"schema_version": 1}', False), ("h", b"", False), ("i", gzip.compress(b"a,b\n"), False),
                                 ("j", b"PAR1xxxxPAR1", True), ("l.json", b'{"a": 1}', False), ("m.json", b'{"a": ', True),
                                 ("n.json", b'{"a": 1}\n{"b": 2}\n', False), ("o.parquet", b"PAR1", True), ("p.json", b"\0\0", True), ("k", b"\x1f\x8b\x08rubbish", False)]:
        (tmp_path / name).write_bytes(data)
        assert looks_like_candidates(tmp_path / name) is expected, name
    assert looks_like_candidates(tmp_path / "a")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    assert not looks_like_candidates(tmp_path / "pipe") and not looks_like_candidates(tmp_path / "link")


@pytest.mark.parametrize("written", [True, False])
def test_table_of_cutouts_is_known_and_others_are_not(tmp_path, written):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"cutoutScience" if written else "score": [b"x"]}), tmp_path / "t")
    assert looks_like_candidates(tmp_path / "t") is written
