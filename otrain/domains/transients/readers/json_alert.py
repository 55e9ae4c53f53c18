"""Read alerts in JSON, with cutouts in base64 or as lists of pixels: one, a list, or one a line."""

import json
import os

from otrain.data.cubes.folder_store import MANIFEST
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.alert import read_alert
from otrain.domains.transients.readers.packets import is_packet, to_packet

__all__ = ["READER", "JsonAlertReader", "looks_like_json_alerts"]

LARGEST_FILE = 256 << 20  # bytes
_BLANKS = 256  # bytes within which JSON begins
_LISTS = ("alerts", "data", "results", "candidates", "packets")


def looks_like_json_alerts(head):
    """Return whether the first bytes of a file are those of JSON that speaks of cutouts."""
    return _begins_as_json(head) and b"utout" in head


def _begins_as_json(head):
    return head[:_BLANKS].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


class JsonAlertReader:
    """Reader of alert packets in JSON or JSON lines, one or several in a file."""

    name = "json-alert"
    formats = ("json", "gzip", "bzip2", "xz")

    def recognises(self, probe):
        """Return whether the file is JSON and names cutouts."""
        if probe.head is not probe.content_head:
            return _begins_as_json(probe.content_head) and ".json" in probe.suffixes
        # The manifest of a cube folder speaks of cutouts as well.
        return os.path.basename(probe.path) != MANIFEST and looks_like_json_alerts(probe.head)

    def read(self, probe):
        """Yield the alerts of a file; for a faulty one, the exception in its place."""
        records = _records(probe.expanded(LARGEST_FILE))
        for position, record in enumerate(records):
            # A faulty alert must not lose the others: the door says what its fault means.
            try:
                if isinstance(record, Exception):
                    raise record
                if not isinstance(record, dict):
                    raise InputRejected("corrupt", f"a packet must be an object. Received: "
                                                   f"{type(record).__name__}.")
                yield read_alert(to_packet(record), position)
            except (Exception, MemoryError) as error:
                yield error


def _records(data):
    """Return the packets of a JSON text, an exception for a line that cannot be read."""
    try:
        found = json.loads(data)
    except RecursionError:
        raise InputRejected("corrupt", "the JSON nests too many lists.") from None
    except ValueError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith(b"{"):
            raise InputRejected("corrupt", f"no JSON: {error}.") from None
        return [_line(line) for line in lines]
    if isinstance(found, dict) and not is_packet(found):
        inside = [found[key] for key in _LISTS if isinstance(found.get(key), list)]
        found = inside[0] if len(inside) == 1 else found
    return found if isinstance(found, list) else [found]


def _line(line):
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return InputRejected("corrupt", f"a line that is no JSON: {error}.")


READER = JsonAlertReader()
