"""How clients read an error."""

from collections.abc import Mapping

from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer


def _check_object(answer: Answer) -> None:
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-request-id"]
    error = answer.json["error"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert isinstance(error["type"], str)
    assert error.get("code") is None or isinstance(error["code"], str)


async def caller_error(answer: Answer) -> None:
    """Show `error.message`; do not try again."""
    assert answer.status in {400, 404}, answer.status
    _check_object(answer)


async def bad_key(answer: Answer) -> None:
    """Take 401 for a key that is wrong."""
    assert answer.status == 401
    _check_object(answer)
    assert answer.json["error"]["code"] == "invalid_api_key"


async def missing(answer: Answer) -> None:
    """Take 404 for a route that is not there."""
    assert answer.status == 404
    _check_object(answer)


READINGS: Mapping[str, Reading] = {
    "refused: message": caller_error,
    "refused: key": bad_key,
    "refused: not there": missing,
}
