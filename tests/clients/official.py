"""The official client for Python in its two forms, so that one test can ask both."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openai


@dataclass(frozen=True)
class Official:
    """The synchronous client, run in a thread, or the asynchronous one; both unmodified."""

    url: str
    synchronous: bool

    async def ask(self, token: str, call: Callable[[Any], Any], **options: Any) -> Any:
        """Give what `call` gets from a client; of a stream, everything in it."""
        options = {"base_url": f"{self.url}/v1", "api_key": token, "max_retries": 0, **options}
        if self.synchronous:
            return await asyncio.to_thread(self._ask, call, options)
        async with openai.AsyncOpenAI(**options) as client:
            answer = call(client)
            if hasattr(answer, "__aiter__"):
                return [item async for item in answer]
            answer = await answer
            return [item async for item in answer] if isinstance(answer, openai.AsyncStream) else answer

    @staticmethod
    def _ask(call: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        with openai.OpenAI(**options) as client:
            answer = call(client)
            return list(answer) if isinstance(answer, openai.Stream) else answer
