"""Tell that a table of scores is complete and answers the request: a kill may come after its last step."""

import hashlib

from otrain.data.files.atomic import locked
from otrain.data.files.journal import request_id
from otrain.data.files.marks import marked, read_mark
from otrain.workflows.progress import say
from otrain.workflows.reading.intake import list_source, named_inputs
from otrain.workflows.reading.verified_cube import is_cube, open_verified
from otrain.workflows.scoring.windows import content_of

__all__ = ["marked_table", "restore_finished"]


def marked_table(path, request, account):
    """Return the context in which the table is written: it is marked with the request and its counts.

    Parameters
    ----------
    path : path-like
    request : dict
        What decides the content of the table.
    account : Account
    """
    def mark():
        state = account.state()
        return {"request": request_id(request), "inputs": _short(account.place.source),
                "account": state | {"quarantine": [], "place": state["place"] | {"source": ""}}}

    return marked(path, mark)


def restore_finished(path, log, request, account, source, domain, *, beside=()):
    """Fill the account of a table that is complete and answers the request, from the same inputs.

    Parameters
    ----------
    path : path-like
        The table.
    log : WorkLog
        What a killed process may have left of its work is removed.
    request : dict
    account : Account
        Unchanged if the table is not that of the request. Its rejected inputs are counted, not named.
    source : path-like or list of path-like
    domain : Domain
    beside : iterable of str
        As for `locked`.

    Returns
    -------
    bool
        Whether it is.
    """
    mark = read_mark(path)
    if mark is None or mark.get("request") != request_id(request):
        return False
    if mark.get("inputs") not in map(_short, _contents(source, domain)):
        return False
    with locked(path, beside=beside):  # which removes what else a killed process left
        log.path.unlink(missing_ok=True)
    account.restore([mark["account"]])
    say(f"{path}: is complete already")
    return True


def _contents(source, domain):
    """Yield what may tell the inputs of a source from others."""
    if is_cube(source):
        with open_verified(source, verified=False) as cube:
            yield from (content_of(cube), cube.identity)
    yield named_inputs(list_source(domain, source, None, None).inputs)


def _short(text):
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
