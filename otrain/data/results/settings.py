"""What the settings of all answers share: plain types that are checked, and an identity of what they hold."""

import hashlib
import json

from otrain.errors import IntegrityError

__all__ = ["canonical_json", "identity_of", "is_share", "require_settings", "sha256_of"]


def canonical_json(value):
    """Return JSON text that is the same for equal values: sorted keys, no NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def sha256_of(content):
    """Return the SHA-256 of bytes or text, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def identity_of(value):
    """Return the SHA-256 of plain types, the same for equal values."""
    return sha256_of(canonical_json(value))


def is_share(value):
    """Return whether a value is a number from 0 to 1."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def require_settings(values, kind, checks):
    """Refuse settings of an answer that are not complete, or of which a value cannot be.

    Parameters
    ----------
    values : object
        As it was read.
    kind : str
        The answer that they have to be of.
    checks : dict of str to callable or None
        By the name of a setting, what tells whether its value can be; None: told elsewhere.

    Raises
    ------
    IntegrityError
    """
    fine = (isinstance(values, dict) and values.keys() == {"kind", *checks} and values["kind"] == kind
            and all(check is None or check(values[name]) for name, check in checks.items()))
    if not fine:
        raise IntegrityError(f"the settings of the {kind} cannot be used. Received: {values!r:.200}")
