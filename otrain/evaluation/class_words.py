"""The names of classes in sentences: one example of a class, and many."""

__all__ = ["USUAL", "capital", "many", "two_sides"]

USUAL = ("bogus", "real")  # where nobody gives other names
_OWN = {"the rest": "others", "real": "reals", "bogus": "bogus"}  # as astronomers say it of many


def many(name):
    """Return the words for many examples of a class.

    Examples
    --------
    >>> many("real"), many("bogus"), many("glitch")
    ('reals', 'bogus', 'glitch examples')
    """
    return _OWN.get(name, f"{name} examples")


def capital(words):
    """Return words as they open a sentence."""
    return words[:1].upper() + words[1:]


def two_sides(classes):
    """Return the names of what stands against each other: the first and the second of two classes.

    Of more than two it is the rest, and the second class.

    Examples
    --------
    >>> two_sides(("quiet", "glitch")), two_sides(("quiet", "glitch", "line"))
    (('quiet', 'glitch'), ('the rest', 'glitch'))
    """
    classes = tuple(classes) or USUAL
    return (classes[0] if len(classes) == 2 else "the rest", classes[1])
