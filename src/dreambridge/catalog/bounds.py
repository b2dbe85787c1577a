"""Refuse numbers and texts outside their bounds, naming the field and what is allowed."""

from dreambridge.domain.errors import InvalidRequest

MAX_PROMPT = 32_000
MAX_SEED = 2**32 - 1


def check_whole(name: str, value: int | None, low: int, high: int) -> None:
    """Refuse a whole number that is not within `low` … `high`; absent is allowed."""
    if value is not None and not low <= value <= high:
        raise InvalidRequest(
            f"{name} is {value}; allowed: a whole number from {low} to {high}.",
            param=name,
            code="integer_below_min_value" if value < low else "integer_above_max_value",
        )


def check_share(name: str, value: float | None) -> None:
    """Refuse a number that is not within 0 … 1; absent is allowed."""
    # Written so that NaN, which no comparison holds for, is refused too.
    if value is not None and not 0 <= value <= 1:
        raise InvalidRequest(
            f"{name} is {value}; allowed: a number from 0 to 1.",
            param=name,
            code="decimal_below_min_value" if value < 0 else "decimal_above_max_value",
        )


def check_length(name: str, text: str, most: int = MAX_PROMPT) -> None:
    """Refuse a text of more than `most` characters."""
    if len(text) > most:
        raise InvalidRequest(
            f"{name} has {len(text)} characters; allowed: at most {most}.",
            param=name,
            code="string_above_max_length",
        )


def check_prompt(text: str, most: int = MAX_PROMPT) -> None:
    """Refuse a prompt that is empty or has more than `most` characters."""
    if not text.strip():
        raise InvalidRequest(
            f"prompt is missing or empty; allowed: 1 to {most} characters.",
            param="prompt",
            code="missing_required_parameter",
        )
    check_length("prompt", text, most)
