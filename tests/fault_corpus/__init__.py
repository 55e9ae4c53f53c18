"""Files of every domain as bad nights leave them: any number of mutated ones, from a seed.

``write_corpus``, ``write_curves`` and ``write_lenses`` write them, ``fault_corpus.verdict`` says what a
command made of them. Used by the tests and by ``python -m benchmarks faults``.
"""

import dataclasses
import re

import numpy as np

from fault_corpus.mutators import DAMAGE, ODDITIES
from fault_corpus.places import NAMES, write_passed_over, write_places
from fault_corpus.seeds import FLAVOURS, cards, encode, pixels

__all__ = ["DAMAGE", "FLAVOURS", "NOTHING", "ODDITIES", "Case", "Corpus", "changed", "outer", "write_corpus"]

NOTHING = "nothing happened"  # the mutator of good files

VARIANTS = 4  # good files per flavour and kind of checksum


@dataclasses.dataclass(frozen=True)
class Case:
    """One file of the corpus.

    Parameters
    ----------
    name : str
        Relative to the folder.
    flavour, mutator : str
    seed : int
        Which of the good files it was.
    checked : bool
        Whether a checksum in the file covers its pixels.
    damaged : bool
        Whether its pixels must come out as the good file's, or not at all.
    examples : int
        At least so many are in it where it is sound.
    """

    name: str
    flavour: str
    mutator: str
    seed: int
    checked: bool
    damaged: bool
    examples: int = 1

    @property
    def good(self):
        """Whether it must be kept."""
        return self.mutator == NOTHING and self.flavour != "table"  # whose column says not which image it is


@dataclasses.dataclass(frozen=True)
class Corpus:
    """The files of a corpus, the good ones that they were made of, and what else lies there.

    Parameters
    ----------
    domain : str
    cases : list of Case
    seeds : list of (str, str, bytes)
        Flavour, ending and content of the good files.
    places : dict of str to set of str
        Pipes, links and the like, and the reasons that they may be quarantined for.
    passed : dict of str to str
        What is no input, and the reason why it is skipped.
    """

    domain: str
    cases: list
    seeds: list
    places: dict
    passed: dict

    @property
    def names(self):
        """Every input, which must be accounted for."""
        return [case.name for case in self.cases] + list(self.places)

    @property
    def good(self):
        """The names of sound files, which must be kept."""
        return [case.name for case in self.cases if case.good]


def write_corpus(folder, count=500, seed=0, *, mutators=None, checksum=None, places=True):
    """Write mutated files under ``true/`` and ``false/``.

    Parameters
    ----------
    folder : Path
    count : int
    seed : int
    mutators : collection of str, optional
        Names in `DAMAGE` and `ODDITIES`, or `NOTHING`; all by default, in turn.
    checksum : bool, optional
        Whether files carry checksums; by default every second one.
    places : bool
        Whether pipes, links and the like are written too.

    Returns
    -------
    Corpus
    """
    rng = np.random.default_rng(seed)
    for label in ("true", "false"):
        (folder / label).mkdir(parents=True)
    originals = [(flavour, bool(sum_) if checksum is None else checksum, pixels(rng), cards(rng))
                 for flavour in FLAVOURS for sum_ in (0, 1) for _ in range(VARIANTS)]
    good = [encode(flavour, image, header, checksum=sum_) for flavour, sum_, image, header in originals]
    names = list(mutators or [*DAMAGE, *ODDITIES, NOTHING])
    cases, beside = [], {}
    for i in range(count):
        # Steps without a common divisor: each mutator meets each flavour.
        which, mutator = int(rng.integers(len(originals))), names[i % len(names)]
        data, checked = _mutated(mutator, originals[which], good[which], rng)
        flavour = originals[which][0]
        stem = NAMES[i % len(NAMES)] if i < 5 * len(NAMES) else "f"
        # A good file has one label, so that its pixels are in no conflict with themselves.
        name = f"{('true', 'false')[which % 2]}/{stem}{i:06d}{flavour.suffix}"
        (folder / name).write_bytes(data)
        cases.append(Case(name, flavour.name, mutator, which, checked, mutator in DAMAGE))
        if flavour.beside is not None:
            table, text = flavour.beside(name.removesuffix(flavour.suffix))
            (folder / table).write_text(text)
            beside[table] = "side-table"
    found = write_places(folder, encode(FLAVOURS[0], pixels(rng), cards(rng))) if places else {}
    passed = write_passed_over(folder) if places else {}
    return Corpus("transients", cases, [(original[0].name, original[0].suffix, data)
                          for original, data in zip(originals, good, strict=True)], found, passed | beside)


def _mutated(mutator, original, good, rng):
    """Return the bytes of a mutated file, and whether a checksum covers its pixels."""
    flavour, checksum, image, header = original
    if mutator == NOTHING:
        return good, flavour.is_checked(checksum)
    if mutator in ODDITIES:
        image, header = ODDITIES[mutator](image, header, rng)
        try:
            return encode(flavour, image, header, checksum=checksum), flavour.is_checked(checksum)
        except (ValueError, KeyError, TypeError):  # this flavour cannot hold it
            return encode(FLAVOURS[0], image, header, checksum=checksum), checksum
    damage = DAMAGE[mutator]
    if flavour.name in ("gz", "alert", "alerts", "alert-plain") and rng.random() < 0.5:
        # A broken image in a sound container.
        inside = encode(flavour, image, header, checksum=checksum, damage=lambda data: damage(data, rng))
        return inside, checksum
    return damage(good, rng), flavour.is_checked(checksum)


def outer(name):
    """Return the file that a name lies in: of a member of an archive the archive."""
    return re.sub(r"(\.tar(\.gz)?)/.*", r"\1", name, count=1, flags=re.DOTALL)


def changed(corpus, read, files, images):
    """Return the cases whose pixels came out changed, without a word.

    Parameters
    ----------
    read : callable
        ``read(suffix, data) -> list of images``: how the good files are read.
    files : sequence of str
        Name of the file of each image.
    images : iterable of (H, W, C) ndarray
        As they came out.
    """
    cases = {case.name: case for case in corpus.cases}
    expected, found = {}, {}
    for file, image in zip(files, images, strict=True):
        case = cases.get(outer(file))
        if case is None or not case.damaged:
            continue
        if case.seed not in expected:
            _, suffix, data = corpus.seeds[case.seed]
            expected[case.seed] = {good.tobytes() for good in read(suffix, data)}
        if np.asarray(image).tobytes() not in expected[case.seed]:
            found[file] = case
    return list(found.values())
