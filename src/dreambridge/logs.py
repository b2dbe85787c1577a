"""The format of log lines, and a last-resort redaction of what should never have reached them."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_GONE: Final = "…"
# Values of these keys are replaced whatever they look like.
_SECRET_KEYS: Final = frozenset(
    {
        "api_key",
        "authorization",
        "cookie",
        "cookies",
        "negative_prompt",
        "password",
        "prompt",
        "proxy",
        "proxy-authorization",
        "secret",
        "secret_key",
        "sessionid",
        "set-cookie",
        "token",
    }
)
_NAMES: Final = (
    r"(?:sessionid(?:_ss)?|sid_tt|sid_guard|uid_tt(?:_ss)?|ms_?token|passport_csrf_token|(?:access_|refresh_)?token"
    r"|api_?key|secret(?:_?key)?|password|x-signature|x-amz-signature|x-amz-security-token)"
)
# In this order: what is cut as a whole comes before what is cut in parts.
_PATTERNS: Final = (
    (re.compile(r"(?i)\b((?:set-)?cookie)\b(['\"]?\s*[:=]\s*)[^\r\n]+"), rf"\1\2{_GONE}"),
    (re.compile(r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*)[^\r\n]+"), rf"\1{_GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), rf"\1 {_GONE}"),
    (re.compile(r"\b([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@\"'<>]+@"), rf"\1{_GONE}@"),
    (re.compile(r"\b(https?://[^\s\"'<>?]+)\?[^\s\"'<>]+"), rf"\1?{_GONE}"),
    (re.compile(rf"(?i)\b({_NAMES}['\"]?\s*[=:]\s*['\"]?)[^;&,\s\"'}}]+"), rf"\1{_GONE}"),
    (re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])"), _GONE),
    (re.compile(r"\bart_[a-z2-7]{26}"), f"art_{_GONE}"),  # who knows the id of an artifact may read it
    (re.compile(r"\bdb-[A-Za-z0-9_-]{8,}"), f"db-{_GONE}"),
)
# They tell their own machinery at these levels, not ours.
_QUIET: Final = ("PIL", "aiohttp", "alembic", "asyncio", "concurrent", "sqlalchemy", "stamina", "uvicorn")


def redact(text: str) -> str:
    """Cut credentials out of a text: session ids, headers, cookies, signed queries, proxy passwords, artifact ids."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut credentials out of every value of a log event; the last processor before a line is rendered."""
    return {key: _clean(key, value) for key, value in event.items()}


def configure_logs(level: str, fmt: str, *, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging, once per process; lines go to `stream` (standard error).

    `level` is debug, info, warning or error; `fmt` console or json. What uvicorn, Alembic and others log goes through
    the same processors, from warnings up.
    """
    out = stream if stream is not None else sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Processor
    if fmt == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=28)
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Plain text, so that it can be redacted: richer tracebacks show the values of variables.
                structlog.processors.format_exc_info,
                redact_event,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _clean(key: object, value: Any) -> Any:
    if isinstance(key, str) and key.lower() in _SECRET_KEYS and value is not None:
        return _GONE
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {name: _clean(name, each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(None, each) for each in value]
    return redact(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
