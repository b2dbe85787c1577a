"""A chat answer as it comes: progress as thinking, the agent's words, each result when it exists."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from dreambridge.api.calls import Call, error_of
from dreambridge.api.client_hints import read_language
from dreambridge.api.errors import render_error
from dreambridge.api.following import follow_job
from dreambridge.api.openai.chat.rendering import DONE, Completion
from dreambridge.api.sse import Ending, Events, format_event
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState
from dreambridge.domain.progress import describe_progress
from dreambridge.domain.remedies import Language
from dreambridge.engine.service import Creation, JobView


@dataclass(frozen=True, slots=True)
class ChatStream:
    """The stream of one chat call, at most `longest` seconds."""

    call: Call
    creation: Creation
    completion: Completion
    longest: float

    async def events(self) -> Events:
        """Give the chunks. Raises what the job ended with."""
        job = self.creation.view.job
        yield self.completion.begin()
        spoke = False
        if job.kind is Kind.AGENT:
            # While it speaks, its words are the progress.
            yield self.completion.think(f"{describe_progress(job, read_language(self.call.request.headers))}\n")
            async with aclosing(self.call.context.service.follow_text(job.id)) as said:
                async for piece in said:
                    spoke = True
                    yield self.completion.say(piece)
        async with aclosing(self._results(job.id, spoke=spoke)) as chunks:
            async for chunk in chunks:
                yield chunk
        yield self.completion.end()

    async def _results(self, job_id: str, *, spoke: bool) -> AsyncGenerator[bytes]:
        language = read_language(self.call.request.headers)
        told: set[str] = set()
        sentence = ""
        async with aclosing(follow_job(self.call, job_id, seconds=self.longest)) as views:
            async for view in views:
                for chunk in self._new(view, told, spoke=spoke):
                    yield chunk
                now = describe_progress(view.job, language)
                if now not in {sentence, ""}:
                    sentence = now
                    yield self.completion.think(f"{now}\n")
                if view.job.state.ended and view.job.state is not JobState.COMPLETED:
                    raise error_of(view)
                if view.job.partial and view.job.state.ended and view.job.request.count:
                    yield self.completion.think(f"{len(view.artifacts)} / {view.job.request.count}\n")

    def _new(self, view: JobView, told: set[str], *, spoke: bool) -> list[bytes]:
        chunks = []
        for artifact in view.artifacts:
            if artifact.id not in told:
                if spoke and not told:
                    chunks.append(self.completion.say("\n\n"))
                url = self.call.context.result_url(self.call.request, artifact)
                chunks.append(self.completion.show(artifact, url, number=len(told)))
                told.add(artifact.id)
        return chunks

    def ending(self) -> Ending:
        """Tell an error in the stream, and end it as every chat stream ends."""

        async def fail(error: GatewayError) -> bytes:
            await self.call.settle(self.creation.view, error, joined=self.creation.joined)
            return write_error(error, read_language(self.call.request.headers))

        return Ending(self.call.receipt(self.creation.view.job.id), fail)


def write_error(error: GatewayError, language: Language) -> bytes:
    """Write an error and the end, as chat clients read them."""
    return format_event({"error": render_error(error, language)}) + DONE
