"""`dreambridge keys`: gateway keys for callers, through a running gateway."""

import asyncio
import csv
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer

from dreambridge.cli.administration import LOCAL, Admin, AsJson, DataDir, Key, Management, Url
from dreambridge.cli.configuration import load_settings
from dreambridge.cli.terminal import fail, note, print_json, print_table, write_amount
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.key import ImagesMode, KeyLimits

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

_PATH: Final = "/v1/keys"
_ASKING: Final = "asking the gateway"

NameArgument = Annotated[str, typer.Argument(help="Its name or its id.")]


class Format(StrEnum):
    """How usage is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.callback()
def keys() -> None:
    """Make, list and revoke the keys that callers use in place of sessions, and see what was made with each."""


@app.command()
def create(  # noqa: PLR0913 - one parameter per option
    name: Annotated[str, typer.Argument(help="What the key is called.")],
    *,
    models: Annotated[str | None, typer.Option(help="Models it may use, separated by commas; default all.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Jobs at once.")] = None,
    rpm: Annotated[int | None, typer.Option(min=1, help="Jobs a minute.")] = None,
    credits_per_day: Annotated[int | None, typer.Option(min=0, help="Credits a day (UTC).")] = None,
    images_mode: Annotated[ImagesMode | None, typer.Option(help="Wait for pictures, or answer with a task.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="It may look after accounts and keys, too.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Write to the data directory; no gateway may run.")
    ] = False,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it: once, for only a digest of it is kept."""
    limits: dict[str, Any] = {
        "models": None if models is None else [each.strip() for each in models.split(",") if each.strip()],
        "concurrency": concurrency,
        "rpm": rpm,
        "credits_per_day": credits_per_day,
        "images_mode": None if images_mode is None else images_mode.value,
    }
    body = {"name": name, "limits": limits, "admin": admin}
    if offline:
        made = _create_offline(body, data_dir)
    else:
        admin_of = Admin.find(url, key, data_dir)
        # Not sent again: the key of an answer that was lost could not be had any more.
        made = admin_of.run(lambda gateway: gateway.ask("POST", _PATH, body, again=False), doing=_ASKING)
    if as_json:
        print_json(made)
        return
    print(made["key"])
    note(f"the key {name} ({made['id']}); it is shown this once")


@app.command("list")
def list_keys(
    *,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List keys, revoked ones among them."""
    found = Admin.find(url, key, data_dir).run(lambda gateway: gateway.ask("GET", _PATH), doing=_ASKING)
    listed = found["data"]
    if as_json:
        print_json(listed)
        return
    print_table(("name", "id", "ends in", "limits", "made", "last used", "state"), map(_row, listed))


@app.command()
def revoke(
    name: NameArgument,
    *,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a key from now on; its jobs go on."""

    async def work(gateway: Management) -> dict[str, Any]:
        return await gateway.ask("DELETE", f"{_PATH}/{await _find(gateway, name)}")

    revoked = Admin.find(url, key, data_dir).run(work, doing=_ASKING)
    if as_json:
        print_json(revoked)
    else:
        note(f"the key {revoked['name']} is revoked")


@app.command()
def usage(  # noqa: PLR0913 - one parameter per option
    name: NameArgument,
    *,
    first: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day; default today.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what was made with a key by day of UTC."""
    days = {word: day for word, day in (("from", first), ("to", last)) if day}
    query = f"?{urlencode(days)}" if days else ""

    async def work(gateway: Management) -> dict[str, Any]:
        return await gateway.ask("GET", f"{_PATH}/{await _find(gateway, name)}/usage{query}")

    found = Admin.find(url, key, data_dir).run(work, doing=_ASKING)
    columns = ("day", "requests", "images", "videos", "credits")
    rows = [
        [write_amount(day[name]) if name == "credits" else str(day[name]) for name in columns] for day in found["data"]
    ]
    if as_json or form is Format.JSON:
        print_json(found)
    elif form is Format.CSV:
        csv.writer(sys.stdout).writerows([columns, *rows])
    else:
        print_table(columns, rows)


async def _find(gateway: Management, name: str) -> str:
    listed = (await gateway.ask("GET", _PATH))["data"]
    found = next((key["id"] for key in listed if name in {key["name"], key["id"]}), None)
    if found is None:
        fail(f"there is no key {name!r}", remedy="`dreambridge keys list` lists them.")
    return str(found)


def _row(key: Mapping[str, Any]) -> list[str]:
    limits = [
        f"{name} {','.join(value) if isinstance(value, list) else value}"
        for name, value in key["limits"].items()
        if value is not None
    ]
    state = "revoked" if key["revoked_at"] else "admin" if key["admin"] else "valid"
    moments = (_day(key["created_at"]), _day(key["last_used_at"]))
    return [key["name"], key["id"], key["hint"], "; ".join(limits) or "none", *moments, state]


def _day(moment: float | None) -> str:
    return "never" if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()


def _create_offline(body: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any]:
    # Imported here: commands that speak to a gateway do without.
    from dreambridge.catalog import CatalogError  # noqa: PLC0415
    from dreambridge.wiring import StartRefused, StoreError, open_key_desk  # noqa: PLC0415

    said = body["limits"]
    models = None if said["models"] is None else tuple(said["models"])
    mode = None if said["images_mode"] is None else ImagesMode(said["images_mode"])
    limits = KeyLimits(**{**said, "models": models, "images_mode": mode})
    settings = load_settings({"data_dir": data_dir})

    async def make() -> dict[str, Any]:
        async with open_key_desk(settings) as desk:
            key, text = await desk.create(body["name"], limits, admin=body["admin"])
            return {"id": key.id, "name": key.name, "admin": key.admin, "limits": said, "key": text.reveal()}

    try:
        return asyncio.run(make())
    except GatewayError as error:
        fail(error.message)
    except (StartRefused, StoreError, CatalogError) as error:
        fail(str(error), remedy="While a gateway runs, leave --offline out.")
