import io

import numpy as np
from astropy.io import fits

from otrain.data.inputs.fits_bytes import BLOCK, card, data_block, header_block


def test_block_of_cards_is_read_by_astropy():
    cards = [card("SIMPLE", True, "FITS"), card("BITPIX", 8), card("NAXIS", 0), card("OBJECT", "O'Neill"),
             card("SMALL", 1e-05, "[d]"), card("COUNT", 7), card("LONG", 1.0, "c" * 100)]
    block = header_block(cards)
    header = fits.open(io.BytesIO(block))[0].header
    assert len(block) % BLOCK == 0
    assert (header["OBJECT"], header["SMALL"], header["COUNT"]) == ("O'Neill", 1e-05, 7)
    assert header.comments["SMALL"] == "[d]"


def test_data_are_filled_up_to_whole_blocks():
    block = data_block(np.ones(800, ">f4"))
    assert len(block) == 2 * BLOCK and np.frombuffer(block, ">f4")[800:].sum() == 0
    assert data_block(np.empty(0, ">f4")) == b""
