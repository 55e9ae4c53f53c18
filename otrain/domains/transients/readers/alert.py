"""Read Avro alerts of ZTF, LSST, PGIR, WINTER, DECam and ATLAS."""

import io

from otrain.data.example import Example
from otrain.data.quarantine import InputRejected
from otrain.domains.transients.readers.fits import expand, read_hdus
from otrain.domains.transients.readers.images import TRIPLET, join_channels, squeeze
from otrain.errors import MissingExtraError

__all__ = ["READER", "AlertReader"]

LARGEST_FILE = 256 << 20  # bytes


class AlertReader:
    """Reader of alert packets, one or several in a file."""

    name = "alert"

    def recognises(self, probe):
        """Return whether the file is an Avro container."""
        return probe.head.startswith(b"Obj\x01")

    def read(self, probe):
        """Yield the alerts of a file; a faulty one as the rejection that stands in its place."""
        try:
            import fastavro
        except ImportError:
            raise MissingExtraError("fastavro", "alerts") from None
        for position, alert in enumerate(fastavro.reader(io.BytesIO(probe.read(LARGEST_FILE)))):
            try:
                yield _example(alert, position)
            except InputRejected as error:
                yield error


def _example(alert, position):
    """Return one alert as an example."""
    planes = {}
    for role in TRIPLET:
        value = alert.get(f"cutout{role.capitalize()}") or alert.get(f"cutout_{role}")
        if isinstance(value, dict):
            value = value.get("stampData")
        if value:
            planes[role] = squeeze(read_hdus(expand(value))[0].pixels)
    if not planes:
        raise InputRejected("no-image", "the alert has no cutout.")
    candidate = alert.get("candidate") or alert.get("diaSource") or {}
    columns = {"candid": str(alert.get("candid", "")), "ra": candidate.get("ra"), "dec": candidate.get("dec")}
    return Example(join_channels(list(planes.values()), list(planes)), tuple(planes), columns,
                   position=position)


READER = AlertReader()
