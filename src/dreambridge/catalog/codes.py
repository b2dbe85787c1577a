"""What a site's codes mean: error class, whether to try again, whether it was charged, as rows of `codes.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from dreambridge.catalog.rows import Row
from dreambridge.domain import errors
from dreambridge.domain.errors import Charged, GatewayError, Retry


@dataclass(frozen=True, slots=True)
class Disputed:
    """Texts that show that a code, whose meaning is disputed, means what another code means."""

    contains: tuple[str, ...]
    same_as: str


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """One code of a site, read.

    `code` is the site's own, or the fragment of text that told. `error` is the class to raise; `retry` and `charged`
    its answers; `param` the field of the request that a caller would change.
    """

    code: str
    error: type[GatewayError]
    retry: Retry
    charged: Charged
    meaning_en: str
    meaning_zh: str
    seen: date
    param: str | None = None
    disputed: tuple[Disputed, ...] = ()

    def to_error(self, *, site_code: str | None = None, log_id: str | None = None) -> GatewayError:
        """Build the error to raise; the message is our words for the code, never the site's text."""
        return self.error(
            self.meaning_en,
            param=self.param,
            retry=self.retry,
            charged=self.charged,
            site_code=site_code or self.code,
            log_id=log_id,
        )


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code we know, by the place in which a site says it.

    `ret` are the answers to a call; `record` the `fail_code` of a record; `fragment` pieces of the keys and texts of a
    failed record; `passport` the session check's `error_code`. `fallback` has a row for each of them but `fragment`.
    """

    ret: Mapping[str, CodeMeaning]
    record: Mapping[str, CodeMeaning]
    fragment: Mapping[str, CodeMeaning]
    passport: Mapping[str, CodeMeaning]
    fallback: Mapping[str, CodeMeaning]

    def for_ret(self, ret: str | int, *texts: str | None) -> CodeMeaning:
        """Read the `ret` of a refused call; `texts` (key, message) decide where a code's meaning is disputed."""
        return self._look_up(self.ret, str(ret), texts) or self.fallback["ret"]

    def for_record(self, fail_code: str | int | None, *texts: str | None) -> CodeMeaning:
        """Read why a record failed: its code, else the fragments its texts contain, else the fallback.

        A code known only as an answer to a call keeps its meaning; whether it was charged is then the fallback's, for
        a refused call costs nothing and a record that failed may have cost something.
        """
        fallback = self.fallback["record"]
        if known := self._look_up(self.record, str(fail_code), texts):
            return known
        if known := self._look_up(self.ret, str(fail_code), texts):
            return replace(known, charged=fallback.charged)
        return self._by_fragment(texts) or fallback

    def for_passport(self, error_code: str | int) -> CodeMeaning:
        """Read the `error_code` of a session check."""
        return self.passport.get(str(error_code)) or self.fallback["passport"]

    def _look_up(
        self, table: Mapping[str, CodeMeaning], code: str, texts: tuple[str | None, ...]
    ) -> CodeMeaning | None:
        row = table.get(code)
        for doubt in row.disputed if row else ():
            if _contain(texts, doubt.contains):
                return table[doubt.same_as]
        return row

    def _by_fragment(self, texts: tuple[str | None, ...]) -> CodeMeaning | None:
        return next((row for fragment, row in self.fragment.items() if _contain(texts, (fragment,))), None)


def _contain(texts: tuple[str | None, ...], fragments: tuple[str, ...]) -> bool:
    return any(fragment.casefold() in text.casefold() for text in texts if text for fragment in fragments)


def error_classes() -> dict[str, type[GatewayError]]:
    """List the error tree's classes by name."""
    found = (value for value in vars(errors).values() if isinstance(value, type))
    return {each.__name__: each for each in found if issubclass(each, GatewayError)}


def read_codes(root: Row) -> Codes:
    """Read `codes.toml`; raise `CatalogError` when it cannot be used."""
    tables = {name: _read_table(root.child(name)) for name in ("ret", "record", "fragment", "passport", "fallback")}
    for name in ("ret", "record", "passport"):
        if name not in tables["fallback"]:
            raise root.fault("fallback", f"{name} is missing; allowed: one row each for ret, record and passport")
    root.close()
    return Codes(**tables)


def _read_table(table: Row) -> Mapping[str, CodeMeaning]:
    rows = {code: _read_code(table.child(code), code) for code in table.names()}
    for code, meaning in rows.items():
        for doubt in meaning.disputed:
            if doubt.same_as not in rows:
                raise table.fault(code, f"same_as {doubt.same_as!r} is no row; allowed: a code of the same table")
    return MappingProxyType(rows)


def _read_code(row: Row, code: str) -> CodeMeaning:
    classes = error_classes()
    meaning = row.child("meaning")
    return CodeMeaning(
        code=code,
        error=classes[row.text("error", tuple(classes))],
        retry=Retry(row.text("retry", tuple(Retry))),
        charged=Charged(row.text("charged", tuple(Charged))),
        meaning_en=meaning.text("en"),
        meaning_zh=meaning.text("zh"),
        seen=row.day("seen"),
        param=row.text_or_none("param"),
        disputed=tuple(Disputed(each.texts("contains"), each.text("same_as")) for each in row.children("disputed")),
    )
