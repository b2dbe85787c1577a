"""`dreambridge generate`: make pictures through a running gateway."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dreambridge.cli.completing import offer_formats, offer_resolutions
from dreambridge.cli.connection import LOCAL, AsJson, Target, Token, Url
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

Resolution: TypeAlias = Annotated[
    str | None, typer.Option(help="1k, 1.5k, 2k or 4k.", autocompletion=offer_resolutions)
]
Size: TypeAlias = Annotated[str | None, typer.Option(help="Exact pixels, such as 1536x1024.")]
Count: TypeAlias = Annotated[int | None, typer.Option("-n", "--count", help="Number of pictures, 1 to 10.")]
Negative: TypeAlias = Annotated[str | None, typer.Option(help="What not to draw.")]
Format: TypeAlias = Annotated[
    str | None, typer.Option("--format", help="png, jpeg or webp.", autocompletion=offer_formats)
]


@app.command()
def generate(  # noqa: PLR0913 - one parameter per option
    prompt: Annotated[str, typer.Argument(help="What to draw; may hold flags such as -ra 16:9 and -re 2k.")],
    *,
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
    """Make pictures and save them.

    Each is saved as it lands; the names of the files are printed. A broken connection is mended by asking again
    under the same idempotency key, which never pays twice. Ctrl-C stops waiting, not the job.
    """
    fields = {
        "prompt": prompt,
        "model": model,
        "ratio": ratio,
        "resolution": resolution,
        "size": size,
        "n": count,
        "negative_prompt": negative,
        "seed": seed,
        "output_format": output_format,
    }
    manner = Manner(folder, key, wait, dry_run, max_credits, as_json, preview)
    make(Order("/v1/images/generations", fields), Target(url, token), manner)
