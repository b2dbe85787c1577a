"""The tools, each a row: what it is called, what agents are told of it, what it takes, and who does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from mcp import types

from dreambridge.mcp.arguments import (
    Arguments,
    GalleryArguments,
    GenerateImageArguments,
    GenerateVideoArguments,
    JobArguments,
    ModelsArguments,
    NoArguments,
    SubmitArguments,
    WaitArguments,
)
from dreambridge.mcp.desk import Visit
from dreambridge.mcp.looking import balance, cancel_job, get_job, list_models, search_gallery, wait_job
from dreambridge.mcp.making import generate_image, generate_video, submit

_GOES_ON: Final = (
    "Cancelling this call, or losing the connection, stops the waiting only: the job goes on and is paid for once; "
    "cancel_job stops it. The same call repeated within 15 minutes is given the job whose answer was lost."
)


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool; `changes` tells that it is no mere look, `destroys` that it ends something."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    work: Callable[[Visit, Any], Awaitable[types.CallToolResult]]
    changes: bool = False
    destroys: bool = False

    def describe(self) -> types.Tool:
        """Make the entry of the list that clients read."""
        schema = self.arguments.model_json_schema()
        for part in (schema, *schema["properties"].values()):
            part.pop("title", None)
        # The docstring is for readers of the code; unknown arguments are tolerated, not invited.
        schema.pop("description", None)
        schema.pop("additionalProperties", None)
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema={"type": "object", "properties": {}, **schema},
            annotations=types.ToolAnnotations(
                read_only_hint=not self.changes,
                destructive_hint=self.destroys,
                idempotent_hint=self.destroys or not self.changes,
                open_world_hint=self.changes and not self.destroys,
            ),
        )


TOOLS: Final = (
    Tool(
        "list_models",
        "List models",
        "List the models your accounts can use, with ratios, resolutions, lengths, inputs and known prices.",
        ModelsArguments,
        list_models,
    ),
    Tool(
        "generate_image",
        "Generate pictures",
        "Make pictures from a prompt, or from reference pictures and a prompt, and wait for them. Spends credits of "
        "the account. Answers with addresses, links and small versions, and reports progress while it waits (place in "
        f"the queue, percent, pictures that are there). {_GOES_ON}",
        GenerateImageArguments,
        generate_image,
        changes=True,
    ),
    Tool(
        "generate_video",
        "Generate a video",
        "Make one video from a prompt, from a first and last frame, or from references, and wait for it, which takes "
        f"minutes; use submit where your calls are cut short. Spends credits of the account. {_GOES_ON}",
        GenerateVideoArguments,
        generate_video,
        changes=True,
    ),
    Tool(
        "submit",
        "Start a job",
        "Start pictures or a video and answer at once with the job's id; wait_job or get_job give the results. Spends "
        "credits of the account.",
        SubmitArguments,
        submit,
        changes=True,
    ),
    Tool(
        "get_job",
        "Look at a job",
        "Tell how a job stands now: state, place in the queue, percent; its results or its error once it has ended.",
        JobArguments,
        get_job,
    ),
    Tool(
        "wait_job",
        "Wait for a job",
        "Wait for a job's end, with progress, and answer with its results. Cancelling this call stops the waiting.",
        WaitArguments,
        wait_job,
    ),
    Tool(
        "cancel_job",
        "Cancel a job",
        "Stop a job of yours. Before the site has it nothing is paid; afterwards the site is asked to stop and may "
        "give the credits back. A job that has ended stays as it is.",
        JobArguments,
        cancel_job,
        changes=True,
        destroys=True,
    ),
    Tool(
        "search_gallery",
        "Search what was made",
        "Find finished pictures and videos of yours by words of their prompts, kind and date, the newest first.",
        GalleryArguments,
        search_gallery,
    ),
    Tool(
        "balance",
        "Read the balance",
        "Tell how many credits each of your accounts can spend.",
        NoArguments,
        balance,
    ),
)
