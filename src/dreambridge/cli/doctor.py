"""`dreambridge doctor`: is everything in order, and if not, what."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dreambridge.cli.configuration import explain, find_origins, find_strangers
from dreambridge.cli.terminal import Exit, paint, print_json
from dreambridge.domain.secret import Secret
from dreambridge.settings import Settings

if TYPE_CHECKING:
    from dreambridge.wiring.diagnosis import Finding

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_MARKS: Final = MappingProxyType({"good": ("✓", "green"), "notice": ("!", "yellow"), "bad": ("✗", "red")})
_WIDEST: Final = 16


@app.command()
def doctor(
    *,
    data_dir: Annotated[Path | None, typer.Option(help="Look at this data directory.")] = None,
    session: Annotated[str | None, typer.Option(help="Ask whether this session is signed in, and its balance.")] = None,
    proxy: Annotated[str | None, typer.Option(help="Reach the sites through this proxy (http, https, socks5).")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Leave the sites out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check configuration, disk, database, catalogue and sites.

    Reads only: changes nothing, spends nothing, and can run beside a gateway. Each site is asked one question without a
    credential.

    Something that is wrong is exit code 1.
    """
    options: dict[str, Any] = {"data_dir": data_dir} if data_dir else {}
    findings: list[Finding] = []
    for each in _examine(options, session, proxy, offline=offline):
        findings.append(each)
        if not as_json:
            _print(each)
    if as_json:
        print_json([{"subject": f.subject, "verdict": f.verdict.value, "detail": f.detail} for f in findings])
    if any(each.verdict.value == "bad" for each in findings):
        raise typer.Exit(Exit.FAILED)


def _examine(options: dict[str, Any], session: str | None, proxy: str | None, *, offline: bool) -> Iterator["Finding"]:
    # Imported here: the help of this program does without a gateway's parts.
    from dreambridge.wiring import diagnosis as look  # noqa: PLC0415
    from dreambridge.wiring.key_diagnosis import inspect_keys  # noqa: PLC0415

    try:
        settings = Settings(**options)
    except (OSError, ValueError) as error:
        yield from (look.Finding("settings", look.Verdict.BAD, line) for line in explain(error))
        return
    yield from _inspect_configuration(settings, options)
    yield from look.inspect_data_dir(settings)
    yield from asyncio.run(look.inspect_database(settings))
    yield from asyncio.run(inspect_keys(settings))
    found, catalog = look.inspect_catalog(settings)
    yield from found
    if catalog is None or offline:
        return
    yield from asyncio.run(look.inspect_sites(catalog, proxy=Secret(proxy) if proxy else None))
    if session is not None:
        yield from asyncio.run(look.inspect_session(settings, catalog, session))


def _inspect_configuration(settings: Settings, options: dict[str, Any]) -> Iterator["Finding"]:
    from dreambridge.wiring.diagnosis import Finding, Verdict, inspect_settings  # noqa: PLC0415 - as above

    yield from inspect_settings(settings)
    origins = find_origins(options)
    said = ", ".join(f"{name.upper()} ({origin})" for name, origin in origins.items())
    yield Finding("set", Verdict.GOOD, said or "nothing; every setting has its default")
    for name in find_strangers():
        yield Finding("set", Verdict.NOTICE, f"{name} is no setting of ours and has no effect")


def _print(finding: "Finding") -> None:
    mark, colour = _MARKS[finding.verdict.value]
    typer.echo(f"{paint(mark, colour, sys.stdout)} {finding.subject:<{_WIDEST}} {finding.detail}")
