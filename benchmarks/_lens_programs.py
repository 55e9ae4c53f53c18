"""Times of CosmoSim and lenstronomy on the cases of `lens_engine`, run by a Python that has them.

It is a script of its own, because that Python need not have otrain: ``PYTHON _lens_programs.py CASE``
prints the milliseconds of an image, or nothing if the program is not installed.
"""

import os
import statistics
import sys
import time


def main():
    talk = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # CosmoSim writes to it, from C++ too
    try:
        job = {"sis": sis, "amplitudes": amplitudes, "plain": plain}[sys.argv[1]]()
    except ImportError:
        return
    os.write(talk, f"{milliseconds(job)}\n".encode())


def milliseconds(job, *, least=0.5, runs=9):
    """Return the median time of a run, the first ones left out."""
    for _ in range(2):
        job()
    times = []
    start = time.perf_counter()
    while len(times) < runs or time.perf_counter() - start < least:
        before = time.perf_counter()
        job()
        times.append(time.perf_counter() - before)
    return 1e3 * statistics.median(times)


def sis():
    return _cosmosim({"lens": "SIS", "einsteinradius": 60.0, "source": "s", "imagesize": 400, "nterms": 0})


def amplitudes():
    return _cosmosim({"lens": "SIE", "einsteinradius": 30.0, "ellipseratio": 0.6, "orientation": 23.0,
                      "source": "SersicEllipsoid", "imagesize": 256, "nterms": 5})


def _cosmosim(row):
    import pandas as pd
    from CosmoSim import Parameters, setDebug
    from CosmoSim.CLI.SimImage import SimImage

    setDebug(0)
    row = {"filename": "x.png", "model": "Raytrace", "x": 12.0, "y": 7.0, "sigma": 15.0, "sigma2": 10.0,
           "theta": 17.0, "n_sersic": 2.0, "luminosity": 10.0, "centred": True, "directory": ".", **row}
    parameters = Parameters({})
    parameters.setRow(pd.Series(row))

    def job():
        simulated = SimImage(parameters, verbose=0)
        return simulated.getImage(), simulated.getData()

    return job


def plain():
    from lenstronomy.Data.imaging_data import ImageData
    from lenstronomy.Data.psf import PSF
    from lenstronomy.ImSim.image_model import ImageModel
    from lenstronomy.LensModel.lens_model import LensModel
    from lenstronomy.LightModel.light_model import LightModel
    from numpy import eye, zeros

    data = ImageData(image_data=zeros((100, 100)), transform_pix2angle=eye(2),
                     ra_at_xy_0=-50, dec_at_xy_0=-50)
    model = ImageModel(data, PSF(psf_type="NONE"), lens_model_class=LensModel(["SIE"]),
                       source_model_class=LightModel(["SERSIC_ELLIPSE"]),
                       kwargs_numerics={"supersampling_factor": 1})
    lens = [{"theta_E": 30.0, "e1": 0.2, "e2": 0.1, "center_x": 0, "center_y": 0}]
    source = [{"amp": 10.0, "R_sersic": 12.0, "n_sersic": 2.0, "e1": 0.1, "e2": 0.05,
               "center_x": 12, "center_y": 7}]
    return lambda: model.image(lens, source)


if __name__ == "__main__":
    main()
