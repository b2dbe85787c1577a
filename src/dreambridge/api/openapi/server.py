"""Operations that tell of the server itself."""

from typing import Final

from dreambridge.api.openapi.operation import BINARY, TEXT, Answer, Content, Credential, Operation
from dreambridge.api.openapi.server_shapes import Health, Status, Welcome

_BASE: Final = "http://127.0.0.1:8000"

PING: Final = Operation(
    "Server",
    "Ping",
    "Answers `pong`.",
    {200: Answer("It is there.", (Content(TEXT, {"pong": "pong"}, "text/plain"),))},
    credential=Credential.NONE,
)
HEALTH: Final = Operation(
    "Server",
    "Health",
    "Answers while the process runs, in the words of the task gateway.",
    {200: Answer("It lives.", (Content(Health, {"ok": {"status": "ok", "timestamp": 1795518782123}}),))},
    credential=Credential.NONE,
)
METRICS: Final = Operation(
    "Server",
    "Figures",
    "Requests, jobs and accounts in numbers, in Prometheus' text format. Nothing in it names a caller or a job.",
    {200: Answer("The figures.", (Content(TEXT, media_type="text/plain"),))},
    credential=Credential.NONE,
)
LIVE: Final = Operation(
    "Server",
    "Does it live?",
    "Answers while the process runs.",
    {200: Answer("It lives.", (Content(Status, {"ok": {"status": "ok"}}),))},
    credential=Credential.NONE,
)
READY: Final = Operation(
    "Server",
    "Can it work?",
    "Answers 200 when the database answers and a job would be taken.",
    {200: Answer("It can.", (Content(Status, {"ready": {"status": "ready"}}),))},
    errors=(429, 503),
    credential=Credential.NONE,
)
ROOT: Final = Operation(
    "Server",
    "Where to go on",
    "Names the addresses a script wants next; a browser, which asks for HTML, gets the studio.",
    {
        200: Answer(
            "The addresses.",
            (
                Content(
                    Welcome,
                    {
                        "addresses": {
                            "name": "dreambridge",
                            "version": "0.1.0",
                            "base_url": f"{_BASE}/v1",
                            "models": f"{_BASE}/v1/models",
                            "openapi": f"{_BASE}/openapi.json",
                            "docs": f"{_BASE}/docs",
                            "mcp": f"{_BASE}/mcp",
                            "llms": f"{_BASE}/llms.txt",
                        }
                    },
                ),
                Content(TEXT, media_type="text/html"),
            ),
        )
    },
    credential=Credential.NONE,
)
STUDIO_FILE: Final = Operation(
    "Server",
    "A file of the studio",
    "A script, a style sheet, an icon; the page at `/` loads them.",
    {
        200: Answer(
            "The file.",
            tuple(
                Content(BINARY if kind == "image/png" else TEXT, media_type=kind)
                for kind in (
                    "text/javascript",
                    "text/css",
                    "text/plain",
                    "image/svg+xml",
                    "image/png",
                    "application/manifest+json",
                )
            ),
        )
    },
    errors=(404,),
    credential=Credential.NONE,
)
GUIDE: Final = Operation(
    "Server",
    "What agents read first",
    "Says in plain text what this server is, its main calls, the address of its MCP server, and what errors mean; in "
    "the form of llmstxt.org.",
    {200: Answer("The page.", (Content(TEXT, media_type="text/plain"),))},
    credential=Credential.NONE,
)
DOCUMENT: Final = Operation(
    "Server",
    "This document",
    "Describes every operation in OpenAPI 3.1.",
    {200: Answer("The document.", (Content({"type": "object", "required": ["openapi", "paths"]}),))},
    credential=Credential.NONE,
)


PAGE: Final = Operation(
    "Server",
    "This page",
    "Shows this document to people; loads nothing from elsewhere.",
    {200: Answer("The page.", (Content(TEXT, media_type="text/html"),))},
    credential=Credential.NONE,
)
ASSET: Final = Operation(
    "Server",
    "A file of this page",
    "A script or a style sheet.",
    {
        200: Answer(
            "The file.",
            tuple(Content(TEXT, media_type=kind) for kind in ("text/javascript", "text/css")),
        )
    },
    errors=(404,),
    credential=Credential.NONE,
)
