"""A string that never prints itself."""

from typing import Final

_MASK: Final = "Secret(…)"


class Secret:
    """Hold a credential so that `repr`, `str`, logs and tracebacks cannot show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the credential itself; call it only where it goes on the wire or into encryption."""
        return self._value

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)
