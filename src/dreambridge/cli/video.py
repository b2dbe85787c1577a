"""`dreambridge video`: make videos through a running gateway."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from dreambridge.cli.completing import offer_video_resolutions
from dreambridge.cli.connection import LOCAL, AsJson, Target, Token, Url
from dreambridge.cli.inputs import ANY, Input, read_input
from dreambridge.cli.making import (
    DryRun,
    Folder,
    IdempotencyKey,
    Manner,
    MaxCredits,
    Model,
    Order,
    Ratio,
    Seed,
    Wait,
    make,
)
from dreambridge.cli.preview import Preview, PreviewOption
from dreambridge.cli.terminal import SANDBOX, Exit, fail

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

Resolution: TypeAlias = Annotated[
    str | None, typer.Option(help="Such as 720p or 1080p.", autocompletion=offer_video_resolutions)
]
_SINGLE: Final = frozenset({"first_frame_image", "end_frame_image"})


@app.command()
def video(  # noqa: PLR0913 - one parameter per option
    prompt: Annotated[str, typer.Argument(help="What to show; may hold flags such as -ra 16:9, -re 720p and -d 5.")],
    *,
    first: Annotated[str | None, typer.Option(metavar="FILE|URL|ID", help="The picture it begins with.")] = None,
    last: Annotated[str | None, typer.Option(metavar="FILE|URL|ID", help="The picture it ends with.")] = None,
    references: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            "-r",
            metavar="FILE|URL|ID",
            help="A picture, video or sound to go by; may be repeated, and named in the prompt as @1, @2.",
        ),
    ] = None,
    seconds: Annotated[int | None, typer.Option("--seconds", "-d", min=1, help="Length in whole seconds.")] = None,
    ratio: Ratio = None,
    resolution: Resolution = None,
    model: Model = None,
    mode: Annotated[
        str | None,
        typer.Option(help="text, first_frame, first_last_frames, omni_reference …; the pictures decide when absent."),
    ] = None,
    seed: Seed = None,
    folder: Folder = Path(),
    url: Url = LOCAL,
    token: Token = SANDBOX,
    key: IdempotencyKey = None,
    dry_run: DryRun = False,
    max_credits: MaxCredits = None,
    preview: PreviewOption = Preview.AUTO,
    as_json: AsJson = False,
    wait: Wait = True,
) -> None:
    """Make a video from words, frames or references and save it.

    The name of the file is printed. Files are handed to the gateway first, each once, and refused there before
    anything is spent. Ctrl-C stops waiting, not the job.
    """
    inputs = _read_inputs(first, last, references or [])
    fields = {
        "prompt": prompt,
        "model": model,
        "mode": mode or ("omni_reference" if references else None),
        "seconds": seconds,
        "ratio": ratio,
        "resolution": resolution,
        "seed": seed,
    }
    manner = Manner(folder, key, wait, dry_run, max_credits, as_json, preview)
    make(Order("/v1/videos/generations", fields, inputs, _SINGLE), Target(url, token), manner)


def _read_inputs(first: str | None, last: str | None, references: list[str]) -> list[Input]:
    if references and (first is not None or last is not None):
        remedy = "Give the frames, or all of them with --reference, and say in the prompt what each is for."
        fail("--reference does not go with --first or --last", remedy=remedy, code=Exit.USAGE)
    if last is not None and first is None:
        fail("--last goes with --first", remedy="Name the picture that the video begins with.", code=Exit.USAGE)
    frames = (("--first", "first_frame_image", first), ("--last", "end_frame_image", last))
    return [
        *(read_input(option, name, said) for option, name, said in frames if said is not None),
        *(read_input("--reference", "file_paths", said, ANY) for said in references),
    ]
