"""A Response object, whole or in events, with the picture as base64 that is read while it is sent."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.delivery import dump_json
from dreambridge.api.errors import render_error
from dreambridge.api.openai.answers import FORMATS
from dreambridge.api.openai.responses.body import CALL, ITEM_PREFIX, RESPONSE_PREFIX, TOOL
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.job import JobState
from dreambridge.engine.service import ArtifactFile, JobView

# The sites count credits, no tokens; strict clients want every one of these.
USAGE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    }
)
_STATUS: Final = MappingProxyType(
    {
        JobState.QUEUED: "queued",
        JobState.COMPLETED: "completed",
        JobState.FAILED: "failed",
        JobState.CANCELLED: "cancelled",
    }
)


def response_id(job_id: str) -> str:
    """Name the response of a job."""
    return RESPONSE_PREFIX + job_id.partition("_")[2]


def item_id(artifact_id: str) -> str:
    """Name the output item of an artifact."""
    return ITEM_PREFIX + artifact_id.partition("_")[2]


@dataclass(frozen=True, slots=True)
class Splice:
    """Write JSON in which some strings are files, to be read as base64 when they are sent."""

    mark: str = field(default_factory=lambda: f"@{secrets.token_hex(16)}:")
    files: list[Path] = field(default_factory=list)

    def put(self, path: Path) -> str:
        """Give the text that stands for a file."""
        self.files.append(path)
        return f"{self.mark}{len(self.files) - 1}@"

    def parts(self, content: object) -> list[bytes | Path]:
        """Write the content, cut at the files."""
        pieces = dump_json(content).split(self.mark.encode())
        parts: list[bytes | Path] = [pieces[0]]
        for piece in pieces[1:]:
            number, _, rest = piece.partition(b"@")
            parts += [self.files[int(number)], rest]
        return parts


@dataclass(frozen=True, slots=True)
class Answering:
    """What an answer says whatever becomes of the job."""

    model: str
    tool_size: str | None = None
    previous: str | None = None
    background: bool = False

    def response(
        self, view: JobView, output: list[dict[str, Any]], error: GatewayError | None = None
    ) -> dict[str, Any]:
        """Make the response object."""
        job = view.job
        status = _STATUS.get(job.state, "in_progress") if not self._starting(view) else "in_progress"
        told = None if error is None else render_error(error)
        return {
            "id": response_id(job.id),
            "object": "response",
            "created_at": int(job.created_at),
            "status": status,
            "background": self.background,
            "error": None if told is None else {"code": told["code"], "message": told["message"]},
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": False,
            "previous_response_id": self.previous,
            "temperature": None,
            "tool_choice": "auto",
            "tools": [{"type": TOOL, "model": job.request.model}],
            "top_p": None,
            "usage": dict(USAGE) if job.state is JobState.COMPLETED else None,
        }

    def _starting(self, view: JobView) -> bool:
        return view.job.state is JobState.QUEUED and not self.background

    def item(
        self, identifier: str, status: str, file: ArtifactFile | None = None, result: str | None = None
    ) -> dict[str, Any]:
        """Make the output item of the picture; `result` is its base64, or the text that stands for it."""
        size = str(file.dimensions) if file is not None and file.dimensions is not None else self.tool_size
        return {
            "id": identifier,
            "type": CALL,
            "status": status,
            "action": "generate",
            "background": "opaque",
            "output_format": FORMATS.get(file.media_type, "png") if file is not None else "png",
            "quality": "auto",
            **({} if size is None else {"size": size}),
            "result": result,
        }
