"""What is asked of the simulator of lenses: a checked request, and the places where its pieces go."""

import math
from importlib import import_module
from pathlib import Path

from otrain.domains.domain import Output
from otrain.domains.lenses.simulate_flags import IN_TABLE, SIMULATE
from otrain.domains.lenses.simulators.dataset_toml import check_table, load_table
from otrain.domains.lenses.simulators.settings import settings_of
from otrain.errors import KeywordError, UsageError
from otrain.registry import nearest

__all__ = ["AMPLITUDES", "IMAGES", "PARAMETERS", "check", "engine_of", "outputs", "table_of", "way_of"]

PARAMETERS, AMPLITUDES, IMAGES = "dataset.csv", "roulette.csv", "images"
_PLAIN = {"toml", "folder", "seed", "unlabelled", *(flag.target for flag in SIMULATE)}
_SINGLE_NAME = "test.png"
_ENGINES = "otrain.domains.lenses.simulators.engines"


def check(**request):
    """Return a request with its defaults.

    Parameters
    ----------
    toml : path-like or dict, optional
        Distributions of a set, in the words of CosmoSim 2 or 3; as ``[simulator]``, ``[lens]`` and so on.
    folder : path-like, optional
        Where pictures of sources lie that the TOML names; by default where the TOML lies.
    csvfile, outfile, directory : path-like, optional
        Tables and images, if not all goes into one folder. Without `toml` the table of parameters is read.
    roulette : path-like, optional
        A table of amplitudes, or of predicted parameters, of which the images are made again.
    seed : int, optional
        By default that of the TOML, else 0. Lens `i` depends on the seed and on `i` alone.
    unlabelled : bool
        The images alone in the folder, and the table of parameters as ``truth.csv``.
    **request
        Every flag of ``otrain-simulate lenses``, by its name.

    Returns
    -------
    dict
        Plain values; giving it again is the same request.

    Raises
    ------
    KeywordError
        If there is no such flag.
    UsageError
        If a value is not usable, or two do not go together.
    """
    for name in request.keys() - _PLAIN:
        raise KeywordError(
            f"unknown keyword {name!r}.{nearest(name, _PLAIN)} Known: {', '.join(sorted(_PLAIN))}."
        )
    request = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in request.items()
        if value is not None
    }
    toml = request.get("toml")
    if isinstance(toml, str):
        request.setdefault("folder", str(Path(toml).parent))
        request["toml"] = load_table(toml)
    way = way_of(request)
    table = table_of(request)
    settings = settings_of(table, format=request.get("format", "png"), bits=request.get("bits", 8))
    if way in ("draw", "single"):
        request["seed"] = _seed(table, request)
    _require_together(request, way, settings)
    engine_of(settings).require()
    return request


def engine_of(settings):
    """Return the module of the engine that makes the images."""
    return import_module(f"{_ENGINES}.{settings.engine}")


def way_of(request):
    """Return what is done: ``"draw"``, ``"rows"``, ``"again"`` or ``"single"``."""
    if request.get("roulette") is not None:
        return "again"
    if request.get("rnd", "toml" in request):
        if "toml" not in request:
            raise UsageError("--rnd draws from a TOML file: give --toml.")
        return "draw"
    return "rows" if request.get("csvfile") is not None else "single"


def table_of(request):
    """Return the checked tables of a request's TOML, changed by its flags.

    Raises
    ------
    UsageError
        See `check_table`.
    """
    table = check_table(request.get("toml", {}))
    for name, (section, key) in IN_TABLE.items():
        if request.get(name) is not None:
            flag = f"--{name.replace('_', '-')}"
            changed = check_table({section: {key: request[name]}}, flag)
            content = table.setdefault(section, {})
            for old in [
                old
                for old in content
                if old.removesuffix("-min").removesuffix("-max").removesuffix("-lambda") == key
            ]:
                del content[old]
            content.update(changed[section])
    return table


def _seed(table, request):
    seed = request.get("seed", table.get("simulator", {}).get("seed", 0))
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise UsageError(f"`seed` must be a whole number from 0. Received: {seed!r}.")
    return seed


def _require_together(request, way, settings):
    if request.get("maskscale", 1) <= 0 or not math.isfinite(request.get("maskscale", 1)):
        raise UsageError(f"--maskscale must be above 0. Received: {request['maskscale']!r}.")
    if request.get("unlabelled") and _is_scattered(request, way):
        raise UsageError(
            "--unlabelled needs --out: the images go there alone, and the truth beside them as truth.csv."
        )
    if way == "again" and request.get("outfile") is not None:
        raise UsageError("--outfile: --roulette reads a table of amplitudes, and writes none.")
    if way == "draw" and settings.side < 4:
        raise UsageError(f"images must have 4 pixel along a side at least. Received: {settings.side}.")


def _is_scattered(request, way):
    """Return whether pieces are asked for one by one."""
    return any(request.get(name) is not None for name in ("outfile", "directory")) or (
        way == "draw" and request.get("csvfile") is not None
    )


def outputs(request):
    """Return where the pieces of a request go that has no folder for all, by their names in such a folder.

    Raises
    ------
    UsageError
        If a set is to be drawn and nothing says where it goes.
    """
    way, table = way_of(request), table_of(request)
    directory = table.get("dataset", {}).get("directory")
    if way == "draw" and not (directory or _is_scattered(request, way)):
        raise UsageError(
            "nothing says where the lenses go: give --out DIR, or --csvfile, --outfile and --directory."
        )
    pieces = {}
    if way == "draw" and request.get("csvfile") is not None:
        pieces[PARAMETERS] = Output(Path(request["csvfile"]))
    if request.get("outfile") is not None:
        pieces[AMPLITUDES] = Output(Path(request["outfile"]))
    if way == "single":
        folder = Path(directory or ".")
        return pieces | {f"{IMAGES}/{name}": Output(folder / name) for name in single_names(request)}
    images = Path(directory or IMAGES)
    if request.get("format") == "npz":
        return pieces | {f"{IMAGES}.npz": Output(images.with_name(f"{images.name}.npz"))}
    return pieces | {IMAGES: Output(images, folder=True)}


def single_names(request):
    """Return the names of the files of a single image, the image first."""
    from otrain.domains.lenses.simulators.extras import extra_names

    table = table_of(request)
    settings = settings_of(table, format=request.get("format", "png"), bits=request.get("bits", 8))
    stem = Path(table.get("management", {}).get("filename", _SINGLE_NAME)).name
    stem = stem.removesuffix(Path(stem).suffix) if Path(stem).suffix in (".png", ".fits") else stem
    name = f"{stem}.{settings.format}"
    return [name, *extra_names(name, settings)]
