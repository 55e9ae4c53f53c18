"""A real lens of Euclid: its light taken away, a network taught by a matching simulation, its numbers.

The galaxy that lenses outshines its arcs, and no simulator here knows its light: two Sersic profiles, as the
point-spread function widens them, are fitted beside the arcs and taken away; its core, which they do not
reach, has no value (NaN), in the real image as in the simulated ones. The network learns from lenses that
`otrain.simulate` draws (SIE with shear, round Sersic source), widened by the measured point-spread function
and with noise like that of the image: correlated as its pixels are, of the size that its own map states. What
the network and the proof say is drawn again and laid beside the image. Run it as

    python -m benchmarks lens_euclid --fits euclid_q1_102020532.fits

The file is an argument, and nothing of it stays but the picture, where `--folder` says.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, label, shift
from scipy.optimize import least_squares
from scipy.signal import fftconvolve

SIDE = 64  # pixel, of what is cut about the lens
CORE, FAR = 4.0, 20.0  # pixel: the annulus in which a lens is judged
FINER = 3  # samples of the light along each side of a pixel
ROUNDS = 5  # of the fit of the light; pixels of arcs are found in between
ARC = 1.2  # standard deviations of the map, smoothed by a pixel, above which light is not that of the galaxy
RINGS = ((CORE, 5), (5, 8), (8, 11), (11, 15), (15, 20))  # in which what is left is measured [pixel]
BRIGHTER = 2.5  # the SNR of simulated arcs is within this factor of the real one
TARGETS = ["theta_e", "e1", "e2", "x_source", "y_source", "source_size", "n_sersic", "gamma1", "gamma2"]
ENDS = ("p2_5", "p16", "p84", "p97_5")
DATASET = """
[simulator]
model = "Raytrace"
nterms = 0
imagesize = {side}
cropsize = {side}
centred = false
pixel-scale = {scale}
[lens]
mode = "SIE"
einstein-min = 7
einstein-max = 17
orientation-min = 0
orientation-max = 180
ellipseratio-min = 0.5
ellipseratio-max = 0.98
gamma1-min = -0.1
gamma1-max = 0.1
gamma2-min = -0.1
gamma2-max = 0.1
[source]
mode = "SersicSphere"
sigma-min = 0.5
sigma-max = 5
n_sersic-min = 0.5
n_sersic-max = 5
luminosity = 10
position = "relative"
[position]
phi-min = 0
phi-max = 360
r-relativemax = 0.8
"""


@dataclass(frozen=True)
class Scene:
    """The lens as it is measured: light taken away, what has no value as NaN.

    Parameters
    ----------
    raw, light, arcs, noise : (SIDE, SIDE) ndarray
        The image, what is taken away, what is left, and the standard deviation of its pixels.
    kernel : (h, w) ndarray
        Point-spread function, moved to where the middle of the lens lies within its pixel.
    columns : dict
        ``pixel_scale psf_fwhm background_rms``.
    scatter, neighbours : float
        Standard deviation of the sky over that of the map, and correlation of neighbouring pixels.
    snr : float
        Of the arcs.
    """

    raw: np.ndarray
    light: np.ndarray
    arcs: np.ndarray
    noise: np.ndarray
    kernel: np.ndarray
    columns: dict
    scatter: float
    neighbours: float
    snr: float


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks lens_euclid",
                                     description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=Path, required=True, help="with image, noise and PSF of the band")
    parser.add_argument("--band", default="VIS")
    parser.add_argument("--lenses", type=int, default=8000, help="that are simulated for the training")
    parser.add_argument("--judged", type=int, default=40, help="simulated lenses of another seed, proved too")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the work and the picture here")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="otrain-euclid-") as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        scene = measured_scene(args.fits, args.band)
        network = trained(folder, scene, args)
        told = asked(folder, scene, network, args)
        drawn = {name: drawn_again(folder, scene, told, name) for name in ("network", "proof")}
        picture(folder / "lens_euclid.png", scene, drawn)
        print(f"picture: {folder / 'lens_euclid.png'}")
        other_sources(scene, told, args.seed)
        ask_raw(folder, network, args)
        if args.judged:
            judge(folder, scene, network, args)


def measured_scene(path, band):
    """Return the lens of a file, its galaxy's light taken away, and say what was found."""
    from otrain.domains.lenses.readers.fits_images import observations

    seen = observations(path.read_bytes())[band]()
    middle = np.array(seen.image.shape) // 2
    near = seen.image[middle[0] - 5:middle[0] + 6, middle[1] - 5:middle[1] + 6]
    row, column = middle - 5 + np.unravel_index(np.argmax(near), near.shape)
    cut = np.s_[row - SIDE // 2:row + SIDE // 2, column - SIDE // 2:column + SIDE // 2]
    raw, rms, psf = seen.image[cut].astype(float), seen.noise[cut].astype(float), seen.psf / seen.psf.sum()
    light, centre, clean = galaxy_light(raw, rms, psf)
    radius, left = radii(centre), (raw - light) / rms
    sky = clean & (radius > 15)
    scatter, neighbours = float(left[sky].std()), neighbour_correlation(np.where(sky, left, np.nan))
    noise = rms * worse_inside(left, clean, radius, scatter)
    blobs, _ = label(~clean & (radius > CORE))
    far = [number for number in range(1, blobs.max() + 1) if radius[blobs == number].min() > FAR]
    masked = (radius < CORE) | np.isin(blobs, far)
    arcs, noise = np.where(masked, np.nan, raw - light), np.where(masked, np.nan, noise)
    lit = ~clean & ~masked & (radius < FAR)
    snr = float(np.sqrt(max(((arcs[lit] / noise[lit]) ** 2 - scatter ** 2).sum(), 1.0)))
    columns = {name: seen.columns[name] for name in ("pixel_scale", "psf_fwhm", "background_rms")}
    print(f"lens light: middle at x {centre[0]:+.2f}, y {centre[1]:+.2f} pixel in its pixel; PSF of "
          f"{columns['psf_fwhm']:.3f} arcsec; sky scatters {scatter:.3f} times the map, neighbours correlate "
          f"by {neighbours:.2f}; arcs of SNR {snr:.0f}; {masked.sum()} of {masked.size} pixels without a "
          "value", flush=True)
    for low, high in RINGS:
        ring = clean & (radius >= low) & (radius < high)
        print(f"  left beside the arcs at {low:.0f} to {high:.0f} pixel: mean {left[ring].mean():+.2f}, "
              f"scatter {left[ring].std():.2f} of the map")
    kernel = shift(np.pad(psf, 1), (-centre[1], centre[0]), order=3)
    return Scene(raw, light, arcs, noise, kernel / kernel.sum(), columns, scatter, neighbours, snr)


def galaxy_light(image, rms, psf):
    """Return the light of the galaxy in the middle: two Sersic profiles of one middle, and a sky level.

    Parameters
    ----------
    image, rms : (n, n) ndarray
    psf : (h, h) ndarray
        Of odd sides and sum 1.

    Returns
    -------
    light : (n, n) ndarray
    centre : (2,) ndarray
        x, and y up [pixel], from pixel (n // 2, n // 2).
    clean : (n, n) bool ndarray
        Pixels that were fitted to the end: neither core nor arcs nor neighbours.
    """
    radius = radii((0.0, 0.0), len(image))
    use = (radius >= CORE - 1) & (radius < len(image) / 2)
    low = [-2, -2, *(-12, np.log(0.5), 0.3, -0.6, -0.6) * 2, -1]
    high = [2, 2, *(4, np.log(60), 6.0, 0.6, 0.6) * 2, 1]
    level = np.log(np.median(image[(radius > 4) & (radius < 6)]))
    numbers = np.array([0, 0, level, np.log(5), 1, 0, 0, level, np.log(4), 2, 0, 0, 0.0])
    grid, clean = fine_grid(len(image)), use
    for _ in range(ROUNDS):
        fit = least_squares(lambda one, clean=clean: ((profiles(one, grid, psf) - image) / rms)[clean],
                            numbers, bounds=(low, high), loss="soft_l1", max_nfev=30,
                            x_scale=np.maximum(np.abs(numbers), 0.1))
        numbers = fit.x
        light = profiles(numbers, grid, psf)
        bright = gaussian_filter((image - light) / rms, 1.0) > ARC
        clean = use & ~binary_dilation(bright)
    return light, numbers[:2], clean


def profiles(numbers, grid, psf):
    """Return two Sersic profiles, widened: x, y, twice (log level, log radius, n, e1, e2), sky level."""
    x, y, edge = *grid, len(psf) // 2
    total = 0.0
    for log_level, log_radius, n, e1, e2 in numbers[2:12].reshape(2, 5):
        size = min(np.hypot(e1, e2), 0.9)
        ratio, angle = np.sqrt((1 - size) / (1 + size)), np.arctan2(e2, e1) / 2
        dx, dy = x - numbers[0], y - numbers[1]
        u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
        radius = np.hypot(u * ratio, v / ratio) / np.exp(log_radius)
        total = total + np.exp(log_level - (1.992 * n - 0.3271) * (radius ** (1 / n) - 1))
    side = len(x) // FINER
    light = total.reshape(side, FINER, side, FINER).mean(axis=(1, 3))
    light = fftconvolve(np.pad(light, edge, mode="edge"), psf, mode="same")[edge:-edge, edge:-edge]
    return light + numbers[12]


def fine_grid(side):
    """Return x, and y up, of the samples of the light [pixel]; 0 is the middle of pixel side // 2."""
    line = (np.arange(side * FINER) + 0.5) / FINER - 0.5 - side // 2
    return np.meshgrid(line, -line)


def radii(centre, side=SIDE):
    """Return the distance of every pixel from a place (x, y up) [pixel]."""
    line = np.arange(side) - side // 2
    return np.hypot(line[None] - centre[0], -line[:, None] - centre[1])


def neighbour_correlation(values):
    """Return the correlation of pixels with their neighbours; NaN are left out."""
    values = values - np.nanmean(values)
    pairs = [values[1:] * values[:-1], values[:, 1:] * values[:, :-1]]
    return float(np.mean([np.nanmean(pair) for pair in pairs]) / np.nanmean(values ** 2))


def worse_inside(left, clean, radius, scatter):
    """Return by how much what the galaxy's light leaves scatters more than the sky, in rings; 1 at least."""
    factor = np.ones_like(radius)
    for low, high in RINGS:
        ring = (radius >= low) & (radius < high)
        if (ring & clean).sum() > 20:
            factor[ring] = max(1.0, np.sqrt((left[ring & clean] ** 2).mean()) / scatter)
    return factor


def correlated_noise(scene, count, rng):
    """Return noise like that of the sky, (count, SIDE, SIDE)."""
    rho = min(scene.neighbours, 0.4)  # of the taps a, 1, a the correlation is 2 a / (1 + 2 a^2)
    tap = (1 - np.sqrt(1 - 2 * rho ** 2)) / (2 * rho) if rho > 0 else 0.0
    white = rng.normal(size=(count, SIDE + 2, SIDE + 2))
    rows = white[:, 1:-1] + tap * (white[:, :-2] + white[:, 2:])
    both = rows[..., 1:-1] + tap * (rows[..., :-2] + rows[..., 2:])
    return both / (1 + 2 * tap ** 2) * scene.scatter * np.nan_to_num(scene.noise)


def matching_stack(folder, scene, count, seed):
    """Simulate lenses like the real one; return the file of their images, noise and numbers."""
    from otrain.workflows.simulate import simulate

    path = folder / f"matching-{count}-{seed}" / "lenses.npz"
    if path.exists():
        return path
    toml = folder / "dataset.toml"
    toml.write_text(DATASET.format(side=SIDE, scale=scene.columns["pixel_scale"]))
    simulate(folder / f"sharp-{count}-{seed}", domain="lenses", toml=str(toml), size=count, seed=seed,
             format="npz", overwrite=True)
    (sharp,) = (folder / f"sharp-{count}-{seed}").rglob("*.npz")
    with np.load(sharp) as found:
        columns = {name: found[name] for name in found.files if name != "images"}
        light = blurred(found["images"], scene.kernel)
    rng = np.random.default_rng([seed, 1])
    # The brightness of a source is no number that is asked for: arcs are drawn as bright as the real ones.
    snr = scene.snr * np.exp(rng.uniform(-1, 1, count) * np.log(BRIGHTER))
    per_level = np.sqrt(np.nansum((light / scene.noise) ** 2, axis=(1, 2)))
    light *= (snr / per_level)[:, None, None]
    known = np.isfinite(scene.noise)
    images = np.where(known, light + correlated_noise(scene, count, rng), np.nan)
    columns |= {"snr": snr} | {name: np.full(count, value) for name, value in scene.columns.items()}
    write_stack(path, images, scene, columns)
    return path


def blurred(images, kernel):
    """Return images as the telescope widens them."""
    return fftconvolve(np.asarray(images, np.float32), kernel[None].astype(np.float32), mode="same",
                       axes=(1, 2))


def write_stack(path, images, scene, columns):
    """Write images with their map of noise, as lenses are read from ``.npz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    both = np.stack([images, np.broadcast_to(scene.noise, images.shape)], axis=-1).astype(np.float32)
    np.savez(path, images=both, **columns)


def trained(folder, scene, args):
    """Return the run directory of a network that learnt from matching lenses; an older cube is taken."""
    from otrain.workflows.convert import convert
    from otrain.workflows.train import train

    start = time.perf_counter()
    stack = matching_stack(folder, scene, args.lenses, args.seed)
    cube = folder / "datacube" / f"{stack.parent.name}.npz"
    if not cube.exists():
        convert(stack, domain="lenses", path_datacube=folder, cube=cube.stem, variables=TARGETS,
                contact_sheet=False, store="npz")
    middle = time.perf_counter()
    done = train(cube, model_path=folder, model_name="euclid",
                 epochs=args.epochs, seed=args.seed, overwrite=True)
    print(f"simulated and converted {args.lenses} lenses in {(middle - start) / 60:.1f} minutes, trained in "
          f"{(time.perf_counter() - middle) / 60:.1f}; on the test subset:")
    report = json.loads((Path(done.path) / "report.json").read_text())["values"]
    part = report.get("test") or next(iter(report.values()))
    for name, row in part["targets"].items():
        print(f"  {name:12s} R2 {row['r2']['value']:.3f} ({row['r2']['low']:.3f} to {row['r2']['high']:.3f})"
              f"   MAE {row['mae']['value']:.4f}", flush=True)
    print("  coverage of all: " + ", ".join(f"{row['level']:.2f}: {row['value']:.3f}"
                                            for row in part["coverage"] if row["level"] in (0.68, 0.95)))
    return done.path


def asked(folder, scene, network, args):
    """Return what the network and the proof say of the real lens, a row, and print it."""
    path = folder / "real" / "lens.npz"
    write_stack(path, scene.arcs[None], scene, {"filename": np.array([args.fits.name])} | {
        name: np.array([value]) for name, value in scene.columns.items()})
    row = table_of(path, network, folder / "real.ecsv", args.seed)[0]
    print("\nthe real lens (value, 68 %, 95 %):")
    tell(row)
    return row


def table_of(path, network, out, seed, **options):
    """Return the table of otrain-infer with the proof."""
    from astropy.table import Table

    from otrain.workflows.infer import infer

    done = infer(path, network, out=out, proof=500, seed=seed, overwrite=True, **options)
    for note in done.notes:
        print(f"  note of otrain-infer: {note}")
    for name, about in done.unseen.items():
        print(f"  never seen in the training: {name}, {about}")
    return Table.read(done.path)


def tell(row):
    for name in TARGETS:
        lines = []
        for first in ("", "refined_"):
            if first + name in row.colnames:
                low, inner, outer, high = (row[f"{first}{name}_{end}"] for end in ENDS)
                lines.append(f"{row[first + name]:+.3f} ({inner:+.3f} to {outer:+.3f}; "
                             f"{low:+.3f} to {high:+.3f})")
        print(f"  {name:12s} network {lines[0]}" + (f"   proof {lines[1]}" if len(lines) > 1 else ""))
    print(f"  proof: chi2 {row['chi2']:.3f}, ess {row['ess']:.3f}, flag {row['flag']}: "
          f"{row['flag_reason'] or 'none'}")
    print(f"  alarm for images unlike the training: {row['ood']:.2f} (5 % of validation are above 1), "
          f"flag {row['ood_flag']}", flush=True)


def drawn_again(folder, scene, row, what):
    """Return the image that follows from an answer, widened and as bright as fits; say how well it does."""
    from astropy.table import Table

    from otrain.workflows.simulate import simulate

    first = "refined_" if what == "proof" else ""
    answer = {name: [float(row[first + name])] for name in TARGETS if first + name in row.colnames}
    answer |= {"filename": [f"{what}.png"], "lens": ["SIE"], "source": ["SersicSphere"],
               "luminosity": [10.0], "pixel_scale": [scene.columns["pixel_scale"]]}
    table = folder / "answers" / f"{what}.csv"  # beside images it would be taken for their truth
    table.parent.mkdir(exist_ok=True)
    Table(answer).write(table, overwrite=True)
    simulate(folder / f"again-{what}", domain="lenses", roulette=str(table), imagesize=SIDE,
             format="npz", overwrite=True)
    (path,) = (folder / f"again-{what}").rglob("*.npz")
    with np.load(path) as found:
        light = blurred(found["images"].reshape(1, SIDE, SIDE), scene.kernel)[0]
    radius = radii((0.0, 0.0))
    ring = np.isfinite(scene.noise) & (radius >= CORE) & (radius < FAR)
    design = np.stack([light[ring], np.ones(ring.sum())], axis=1) / scene.noise[ring][:, None]
    brightness, sky = np.linalg.lstsq(design, scene.arcs[ring] / scene.noise[ring], rcond=None)[0]
    image = brightness * light + sky
    freedom = ring.sum() - len(TARGETS) - 2
    chi2 = float((((scene.arcs - image)[ring] / scene.noise[ring]) ** 2).sum() / freedom)
    empty = float(((scene.arcs[ring] / scene.noise[ring]) ** 2).sum() / freedom)
    print(f"resimulation of the {what}: reduced chi2 {chi2:.3f} at {CORE:.0f} to {FAR:.0f} pixel with the "
          f"noise of the map, {chi2 / scene.scatter ** 2:.2f} in units of the scatter of the sky "
          f"(without any arc: {empty:.3f}, {empty / scene.scatter ** 2:.2f})", flush=True)
    return image


def other_sources(scene, row, seed):
    """Say what the proof finds with the measured point-spread function and other kinds of sources."""
    from otrain.domains.lenses.refinement.fit import Pixels
    from otrain.domains.lenses.refinement.forward import LensForward
    from otrain.domains.lenses.refinement.numbers import fit_draws
    from otrain.domains.lenses.refinement.prior import Prior
    from otrain.domains.lenses.refinement.proof import prove_lens
    from otrain.evaluation.importance import weighted_quantiles

    scale, radius = scene.columns["pixel_scale"], radii((0.0, 0.0))
    weight = np.where(np.isfinite(scene.noise) & (radius < FAR), 1 / np.nan_to_num(scene.noise, nan=1.0), 0.0)
    pixels = Pixels(np.nan_to_num(scene.arcs), weight, sky=True)
    print("\nthe proof with other sources and the measured image of the point-spread function:")
    for profile, elliptical in product(("sersic", "gaussian"), (False, True)):
        forward = LensForward(SIDE, profile, elliptical, shear=True, psf=scene.kernel)
        prior = Prior(forward.names, theta_e=(7, 17), size=(0.5, 5), ratio=(0.5, 0.98), reach=14,
                      nuisance={"n_sersic": (0.5, 5)})
        rng = np.random.default_rng(seed)
        draws = np.stack([rng.normal(row[name], row[f"{name}_std"], 40) for name in TARGETS], axis=1)
        draws = fit_draws(draws, TARGETS, prior, scale, rng)
        proof = prove_lens(forward, pixels, prior, draws, rng, starts=12)
        theta = np.exp(proof.samples.vectors[:, forward.column("log_theta_e")]) * scale
        low, inner, outer, high = weighted_quantiles(theta, proof.samples.weight, [0.025, 0.16, 0.84, 0.975])
        lens = [proof.samples.mean()[forward.column(name)] for name in ("x_lens", "y_lens")]
        print(f"  {'elliptical' if elliptical else 'round'} {profile}: theta_e "
              f"{proof.samples.weight @ theta:.3f} ({inner:.3f} to {outer:.3f}; {low:.3f} to {high:.3f}), "
              f"chi2 {proof.chi2:.3f}, ess {proof.samples.ess:.3f}, mass off the light by {lens[0]:+.2f}, "
              f"{lens[1]:+.2f} pixel; {'; '.join(proof.reasons) or 'no flag'}", flush=True)


def judge(folder, scene, network, args):
    """Prove simulated lenses of another seed, and say how often intervals hold and flags come."""
    stack = matching_stack(folder, scene, args.judged, args.seed + 1000)
    start = time.perf_counter()
    table = table_of(stack, network, folder / "judged.ecsv", args.seed)
    with np.load(stack) as found:
        truth = found["einsteinradius"] * scene.columns["pixel_scale"]
    truth = truth[np.asarray(table["position"])]
    print(f"\n{len(table)} simulated lenses of another seed ({time.perf_counter() - start:.0f} s), "
          f"{np.mean(table['flag']):.0%} flagged by the proof, {np.mean(table['ood_flag']):.0%} by the alarm"
          f"; chi2 {np.quantile(table['chi2'], 0.05):.2f} to {np.quantile(table['chi2'], 0.95):.2f} "
          "(central 90 %)")
    reasons = Counter(reason for text in table["flag_reason"] for reason in str(text).split("; ")
                      if reason not in ("", "--"))
    for reason, count in reasons.most_common():
        print(f"  {count} of {len(table)}: {reason}")
    for first in ("", "refined_"):
        low, inner, outer, high = (np.asarray(table[f"{first}theta_e_{end}"]) for end in ENDS)
        off = np.asarray(table[f"{first}theta_e"]) - truth
        print(f"  theta_e of the {'proof' if first else 'network'}: within 68 % "
              f"{np.mean((inner <= truth) & (truth <= outer)):.2f}, within 95 % "
              f"{np.mean((low <= truth) & (truth <= high)):.2f}, mean absolute error "
              f"{np.nanmean(np.abs(off)):.4f} arcsec")


def ask_raw(folder, network, args):
    """Say what a user is told who gives the file as it is, with the light of the lens galaxy."""
    print("\nthe file as it is, the light of the galaxy in it:")
    tell(table_of(args.fits, network, folder / "raw.ecsv", args.seed, band=args.band)[0])


def picture(path, scene, drawn):
    """Draw image, light, what is left, resimulations and residuals."""
    from matplotlib.figure import Figure

    half, scale = SIDE / 2, scene.columns["pixel_scale"]
    # Pixel (row, column) has its middle at x = column - half, y = half - row.
    extent = [(edge * scale) for edge in (-half - 0.5, half - 0.5, -half + 0.5, half + 0.5)]
    figure = Figure(figsize=(17, 8.6), layout="constrained")
    axes = figure.subplots(2, 4)
    top = np.nanquantile(scene.arcs, 0.998)
    grey = {"cmap": "gray", "vmin": -0.2 * top, "vmax": top}
    shown = [(np.arcsinh(scene.raw / top * 5), "image (asinh)", {"cmap": "gray"}),
             (scene.arcs, "light of the lens galaxy taken away", grey)]
    for name in ("proof", "network"):
        shown += [(drawn[name], f"resimulation: {name}", grey),
                  ((scene.arcs - drawn[name]) / scene.noise, f"residual of the {name} [standard deviations]",
                   {"cmap": "RdBu_r", "vmin": -4, "vmax": 4})]
    shown[4:4] = [(np.arcsinh(scene.light / top * 5), "fitted light (asinh)", {"cmap": "gray"}),
                  (scene.noise, "noise", {"cmap": "gray"})]
    for axis, (values, title, options) in zip(axes.flat, shown, strict=True):
        drawing = axis.imshow(values, extent=extent, **options)
        axis.set_title(title)
        axis.set_xlabel("arcsec")
        if "residual" in title:
            figure.colorbar(drawing, ax=axis, shrink=0.8)
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
