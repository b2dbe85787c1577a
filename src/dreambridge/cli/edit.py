"""`dreambridge edit`: make pictures from pictures through a running gateway."""

from pathlib import Path
from typing import Annotated

import typer

from dreambridge.cli.connection import LOCAL, AsJson, Target, Token, Url
from dreambridge.cli.generate import Count, Format, Negative, Resolution, Size
from dreambridge.cli.inputs import read_input
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
from dreambridge.cli.terminal import SANDBOX

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def edit(  # noqa: PLR0913 - one parameter per option
    prompt: Annotated[str, typer.Argument(help="What to make of them; may hold flags such as -ra 16:9 and -re 2k.")],
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE...", help="One to ten files, http(s) addresses, or ids of assets and results."),
    ],
    *,
    strength: Annotated[
        float | None, typer.Option(min=0, max=1, help="How much the given pictures count, 0 to 1.")
    ] = None,
    model: Model = None,
    ratio: Ratio = None,
    resolution: Resolution = None,
    size: Size = None,
    count: Count = None,
    negative: Negative = None,
    seed: Seed = None,
    output_format: Format = None,
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
    """Make pictures from pictures and save them.

    Each is saved as it lands; the names of the files are printed. Files are handed to the gateway first, each once,
    and refused there before anything is spent. Ctrl-C stops waiting, not the job.
    """
    fields = {
        "prompt": prompt,
        "model": model,
        "ratio": ratio,
        "resolution": resolution,
        "size": size,
        "n": count,
        "negative_prompt": negative,
        "strength": strength,
        "seed": seed,
        "output_format": output_format,
    }
    inputs = [read_input("IMAGE", "image", each) for each in images]
    manner = Manner(folder, key, wait, dry_run, max_credits, as_json, preview)
    make(Order("/v1/images/edits", fields, inputs), Target(url, token), manner)
