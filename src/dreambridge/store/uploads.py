"""What each account has on its site already, by content, so that nothing is sent twice."""

import json
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import delete, select

from dreambridge.domain.submission import UploadedInput
from dreambridge.store.database import Database
from dreambridge.store.documents import Reader
from dreambridge.store.rows import Row, Values, dimensions_text
from dreambridge.store.statements import build_upsert
from dreambridge.store.tables import UPLOADS

_UPLOADED: Final = Reader(UploadedInput)
_REMEMBER: Final = build_upsert(UPLOADS)
_ROW: Final = UPLOADS.c


class Uploads:
    """Remember uploads; times are epoch seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, account_id: str, sha256s: Collection[str], *, since: float) -> dict[str, UploadedInput]:
        """Give those of the contents that the account has uploaded since then."""
        mine = (_ROW.account_id == account_id, _ROW.sha256.in_(sha256s), _ROW.at >= since)
        statement = select(UPLOADS).where(*mine)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return {row["sha256"]: _uploaded_from(row) for row in rows}

    async def remember(self, account_id: str, uploads: Iterable[UploadedInput], at: float) -> None:
        """Note what an account has uploaded, in place of what was noted of the same contents."""
        rows = [_upload_values(account_id, each, at) for each in uploads]
        if rows:
            await self._database.write(lambda c: c.execute(_REMEMBER, rows).rowcount)

    async def forget(self, account_id: str, sha256s: Collection[str]) -> None:
        """Drop contents that the site no longer knows."""
        statement = delete(UPLOADS).where(_ROW.account_id == account_id, _ROW.sha256.in_(sha256s))
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def prune(self, before: float) -> int:
        """Drop what was uploaded before then, and count it."""
        statement = delete(UPLOADS).where(_ROW.at < before)
        return await self._database.write(lambda c: c.execute(statement).rowcount)


def _upload_values(account_id: str, upload: UploadedInput, at: float) -> Values:
    return {
        "account_id": account_id,
        "sha256": upload.sha256,
        "uri": upload.uri,
        "vid": upload.vid,
        "dimensions": dimensions_text(upload.dimensions),
        "seconds": upload.seconds,
        "at": at,
    }


def _uploaded_from(row: Row) -> UploadedInput:
    size = row["dimensions"]
    return _UPLOADED.read({**row, "dimensions": None if size is None else json.loads(size)})
