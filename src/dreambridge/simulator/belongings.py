"""What an account has on the site: its uploads and its own results, which drafts may refer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dreambridge.simulator.record import Record, read_item_uri
from dreambridge.simulator.uploads.depot import KeptFile

_VID_HEAD = "v02870g1"


@dataclass(frozen=True, slots=True)
class Belongings:
    """The files and records of one session. Everything foreign is unknown."""

    session: str = ""
    files: Mapping[str, KeptFile] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)

    def file(self, name: str) -> KeptFile | None:
        """Return an upload by its storage uri or vid."""
        file = self.files.get(name)
        return file if file is not None and file.session == self.session else None

    def record(self, record_id: str) -> Record | None:
        """Return an own record that was not deleted."""
        record = self.records.get(record_id)
        return record if record is not None and record.session == self.session and not record.deleted else None

    def item(self, name: str) -> tuple[Record, int] | None:
        """Return the own record and the index of a result, by its storage uri or vid."""
        place = read_item_uri(f"/{name.removeprefix(_VID_HEAD)}" if name.startswith(_VID_HEAD) else name)
        record = self.record(place[0]) if place else None
        if place is None or record is None or place[1] >= record.wish.count:
            return None
        return record, place[1]

    def picture_size(self, uri: str) -> tuple[int, int] | None:
        """Return width and height of an own picture, uploaded or made; None for anything else."""
        file = self.file(uri)
        if file is not None:
            return (file.width, file.height) if file.kind == "image" else None
        made = self.item(uri)
        return made[0].wish.size if made and made[0].wish.clip is None else None


def item_vid(uri: str) -> str:
    """Return the vid of a made video, from its storage uri."""
    return _VID_HEAD + uri.rpartition("/")[2]
