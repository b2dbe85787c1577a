"""Read one table of a catalogue file strictly: every value typed, every range kept, no field unread."""

from collections.abc import Collection, Mapping
from datetime import date
from ipaddress import ip_address
from urllib.parse import urlsplit


class CatalogError(ValueError):
    """Report a catalogue file that cannot be used; the message names file, row, field and what is allowed."""


def is_loopback(host: str) -> bool:
    """Say whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_base_url(url: str) -> str | None:
    """Name what is wrong with a base URL, or return `None`: https, or http for loopback, and nothing but a path."""
    allowed = "allowed: https://host[:port][/path], or http:// for a loopback host"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return f"{url!r} is not a URL; {allowed}"
    if parts.scheme not in {"http", "https"} or not host:
        return f"{url!r} is not a web address; {allowed}"
    if parts.scheme == "http" and not is_loopback(host):
        return f"{url!r} would send a session in clear text; {allowed}"
    if parts.username is not None or parts.query or parts.fragment:
        return f"{url!r} carries a user, a query or a fragment; {allowed}"
    return None


class Row:
    """One table being read. Every reader raises `CatalogError`; `close` refuses what nobody read."""

    def __init__(self, file: str, name: str, table: Mapping[str, object]) -> None:
        self.file = file
        self.name = name
        self._table = table
        self._read: set[str] = set()
        self._children: list[Row] = []

    def __contains__(self, field: str) -> bool:
        return field in self._table

    def fault(self, field: str, problem: str) -> CatalogError:
        """Describe what is wrong with a field."""
        return CatalogError(f'{self.file}: {self.name}: field "{field}": {problem}')

    def _take(self, field: str) -> object:
        self._read.add(field)
        if field not in self._table:
            raise self.fault(field, "is missing")
        return self._table[field]

    def text(self, field: str, allowed: Collection[str] | None = None) -> str:
        """Read a non-empty string, one of `allowed` when that is given."""
        return self._word(field, self._take(field), allowed)

    def text_or_none(self, field: str, allowed: Collection[str] | None = None) -> str | None:
        """Read a string that may be absent."""
        return self.text(field, allowed) if field in self else None

    def _word(self, field: str, value: object, allowed: Collection[str] | None) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fault(field, f"{value!r} is not a text; allowed: a non-empty string")
        if allowed is not None and value not in allowed:
            raise self.fault(field, f"{value!r} is not known; allowed: {', '.join(allowed)}")
        return value

    def texts(self, field: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """Read a list of distinct strings, which may be empty."""
        value = self._take(field)
        if not isinstance(value, list):
            raise self.fault(field, f"{value!r} is not a list; allowed: a list of strings")
        words = tuple(self._word(field, each, allowed) for each in value)
        if len(set(words)) != len(words):
            raise self.fault(field, "names the same thing twice; allowed: distinct values")
        return words

    def texts_or_none(self, field: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """Read a list of distinct strings; absent means none."""
        return self.texts(field, allowed) if field in self else ()

    def whole(self, field: str, low: int, high: int) -> int:
        """Read a whole number within `low` … `high`."""
        value = self._take(field)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fault(field, f"{value!r} is impossible; allowed: a whole number from {low} to {high}")
        return value

    def amount(self, field: str, high: float) -> float:
        """Read a number above 0 and at most `high`."""
        value = self._take(field)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= high:
            raise self.fault(field, f"{value!r} is impossible; allowed: a number above 0, at most {high:g}")
        return float(value)

    def wholes(self, field: str, low: int, high: int) -> tuple[int, ...]:
        """Read a list of whole numbers within `low` … `high`."""
        value = self._take(field)
        if isinstance(value, list) and all(type(each) is int and low <= each <= high for each in value):
            return tuple(value)
        raise self.fault(field, f"{value!r} is impossible; allowed: whole numbers from {low} to {high}")

    def span(self, field: str, high: float) -> tuple[float, float]:
        """Read two numbers above 0 and at most `high`, the smaller one first."""
        value = self._take(field)
        if isinstance(value, list) and len(value) == 2 and all(type(each) in {int, float} for each in value):
            first, second = float(value[0]), float(value[1])
            if 0 < first <= second <= high:
                return first, second
        raise self.fault(field, f"{value!r} is impossible; allowed: two numbers above 0, at most {high:g}, in order")

    def pair(self, field: str, low: int, high: int) -> tuple[int, int]:
        """Read two whole numbers within `low` … `high`."""
        value = self._take(field)
        if isinstance(value, list) and len(value) == 2:
            first, second = value
            if type(first) is int and type(second) is int and low <= min(first, second) <= max(first, second) <= high:
                return first, second
        raise self.fault(field, f"{value!r} is impossible; allowed: two whole numbers from {low} to {high}")

    def flag(self, field: str, *, default: bool | None = None) -> bool:
        """Read true or false; absent means `default` when there is one."""
        if default is not None and field not in self:
            return default
        value = self._take(field)
        if not isinstance(value, bool):
            raise self.fault(field, f"{value!r} is not a truth value; allowed: true, false")
        return value

    def day(self, field: str) -> date:
        """Read a date, written without quotes."""
        value = self._take(field)
        if type(value) is not date:
            raise self.fault(field, f"{value!r} is not a date; allowed: YYYY-MM-DD without quotes")
        return value

    def base_url(self, field: str) -> str:
        """Read a base URL, without its last slash."""
        url = self.text(field)
        if problem := check_base_url(url):
            raise self.fault(field, problem)
        return url.rstrip("/")

    def child(self, field: str) -> "Row":
        """Read a table inside this one; it is closed together with this one."""
        value = self._take(field)
        if not isinstance(value, dict):
            raise self.fault(field, f"{value!r} is not a table; allowed: {{ name = value, … }}")
        row = Row(self.file, f"{self.name}: {field}", value)
        self._children.append(row)
        return row

    def children(self, field: str) -> "tuple[Row, ...]":
        """Read a list of tables inside this one, in order; absent means none."""
        if field not in self:
            return ()
        value = self._take(field)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault(field, f"{value!r} is not a list of tables")
        rows = tuple(Row(self.file, f"{self.name}: {field} {n}", each) for n, each in enumerate(value, 1))
        self._children.extend(rows)
        return rows

    def names(self, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """List the names in this table, each one of `allowed` when that is given."""
        for name in self._table:
            if allowed is not None and name not in allowed:
                raise self.fault(name, f"is not known; allowed: {', '.join(allowed)}")
        return tuple(self._table)

    def close(self) -> None:
        """Refuse fields that nothing read: a misspelt name must not pass for an absent one."""
        for field in self._table:
            if field not in self._read:
                known = ", ".join(sorted(self._read))
                raise self.fault(field, f"is not a field of this table; allowed: {known}")
        for row in self._children:
            row.close()
