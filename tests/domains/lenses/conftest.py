"""A small folder of images of lenses with the tables of CosmoSim beside it."""

import cv2
import numpy as np
import pytest

HEADER = "index,filename,source,lens,x,y,einsteinradius,ellipseratio,orientation,sigma,sigma2,theta"
ROULETTE = "filename,sigma,xiX,xiY,alpha[0][1],alpha[1][0],alpha[1][2],beta[0][1],beta[1][0],beta[1][2]"


def picture(seed, side=12):
    """Noise in 8 bits, which no two seeds share."""
    return np.random.default_rng(seed).integers(1, 200, (side, side), np.uint8)


@pytest.fixture
def lenses(tmp_path):
    """Write four images, and a row for each and for one more in dataset.csv and in roulette.csv."""
    folder = tmp_path / "images"
    folder.mkdir()
    rows, amplitudes = [HEADER], [ROULETTE]
    for number in range(5):
        name = f"image-{number:06d}.png"
        if number < 4:
            cv2.imwrite(str(folder / name), picture(number))
        rows.append(f"{number},{name},s,SIE,{3 + number},{-number},{20 + number},0.5,{10 * number},{4 + number},9,{7 * number}")
        amplitudes.append(f"{name},{4 + number},{30 + number},{number},{1.5 * number},{number},{-number},{2 * number},0,{3 + number}")
    (folder / "dataset.csv").write_text("\n".join(rows) + "\n")
    (folder / "roulette.csv").write_text("\n".join(amplitudes) + "\n")
    return folder
