"""`dreambridge accounts`: the accounts of a running gateway."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dreambridge.cli.account_table import show_accounts
from dreambridge.cli.administration import LOCAL, Admin, AsJson, DataDir, Key, Management, Url, quoted
from dreambridge.cli.answers import GatewayRefused
from dreambridge.cli.completing import offer_sites
from dreambridge.cli.secrets_in import read_secret
from dreambridge.cli.terminal import Exit, fail, note, print_json

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

_PROMPT: Final = (
    "Paste a session id, a Cookie header, a request copied as cURL or a cookie export, then press Enter.\n"
    "Nothing of it is shown."
)
_PATH: Final = "/v1/accounts"
_CONTINUED: Final = re.compile(r"[\\^]\r?\n")
_ASKING: Final = "asking the site"

Names = Annotated[list[str], typer.Argument(help="Names or ids of accounts.", metavar="NAME…")]


@app.callback()
def accounts() -> None:
    """Manage the accounts of a running gateway; they can be used at once, without a restart.

    An account that is not well is exit code 1, too.
    """


@app.command()
def add(  # noqa: PLR0913 - one parameter per option
    source: Annotated[str | None, typer.Argument(help="`-` reads standard input.", metavar="[-]")] = None,
    *,
    name: Annotated[str | None, typer.Option("--name", "-n", help="What to call it; made up when absent.")] = None,
    site: Annotated[
        str | None, typer.Option(help="cn, us, hk, jp or sg; found out when absent.", autocompletion=offer_sites)
    ] = None,
    proxy: Annotated[str | None, typer.Option(help="Reach the site through this (http, https, socks5).")] = None,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add an account: paste its session when asked, or pipe it in.

    Takes a session id, a whole Cookie header, a request copied as cURL (bash or cmd), or a browser's cookie export. A
    session that no site knows is refused. Spends nothing.
    """
    if source not in {None, "-"}:
        fail(
            "a session on the command line can be read by everyone on this machine",
            remedy="Leave it out and paste it when asked, or pipe it in: `dreambridge accounts add - < file`.",
            code=Exit.USAGE,
        )
    admin = Admin.find(url, key, data_dir)
    body = _body(read_secret(_PROMPT), name=name, site=site, proxy=proxy)
    account = admin.run(lambda gateway: gateway.ask("POST", _PATH, body), doing=_ASKING)
    show_accounts([account], as_json=as_json, single=True)


@app.command("import")
def import_(  # noqa: PLR0913 - one parameter per option
    source: Annotated[
        str, typer.Argument(help="A file with a session, Cookie header or cURL line on each line, or `-`.")
    ],
    *,
    site: Annotated[
        str | None, typer.Option(help="The site of all of them; found out when absent.", autocompletion=offer_sites)
    ] = None,
    proxy: Annotated[str | None, typer.Option(help="The proxy of all of them.")] = None,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add many accounts, one a line; empty lines and those that begin with # are left out.

    One that is refused does not keep the others out.
    """
    text = read_secret(_PROMPT) if source == "-" else _read_file(Path(source))
    pastes = _split(text)
    if not pastes:
        fail("there is nothing to add in it", code=Exit.USAGE)
    admin = Admin.find(url, key, data_dir)

    async def add_all(gateway: Management) -> list[dict[str, Any]]:
        outcomes: list[dict[str, Any]] = []
        for number, paste in pastes:
            try:
                made = await gateway.ask("POST", _PATH, _body(paste, site=site, proxy=proxy))
                outcomes.append({"entry": number, "account": made, "error": None})
            except GatewayRefused as error:
                if error.refusal.status in {401, 403}:
                    raise
                refusal = {"code": error.refusal.code, "message": error.refusal.message}
                outcomes.append({"entry": number, "account": None, "error": refusal})
        return outcomes

    outcomes = admin.run(add_all, doing="asking the sites")
    if as_json:
        print_json(outcomes)
    else:
        show_accounts([each["account"] for each in outcomes if each["account"]], as_json=False)
    refused = [each for each in outcomes if each["error"]]
    for each in refused:
        note(f"entry {each['entry']}: {each['error']['message']}")
    if refused:
        raise typer.Exit(Exit.FAILED)


@app.command("list")
def list_(*, url: Url = LOCAL, key: Key = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the accounts with their health, credit and work."""
    admin = Admin.find(url, key, data_dir)
    found = admin.run(lambda gateway: gateway.ask("GET", _PATH), doing="asking the gateway")
    show_accounts(found["data"], as_json=as_json)


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Names or ids; all of them when absent.")] = None,
    *,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask the sites whether accounts are signed in, and for their balance. Spends nothing."""
    admin = Admin.find(url, key, data_dir)

    async def check_all(gateway: Management) -> list[dict[str, Any]]:
        refs = names or [each["id"] for each in (await gateway.ask("GET", _PATH))["data"]]
        return [await gateway.ask("POST", f"{_PATH}/{quoted(ref)}/check") for ref in refs]

    found = admin.run(check_all, doing=_ASKING)
    show_accounts(found, as_json=as_json)
    if any(each["health"] in {"expired", "barred"} for each in found):
        raise typer.Exit(Exit.FAILED)


@app.command()
def pause(
    names: Names, *, url: Url = LOCAL, key: Key = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give accounts no new work, at once; what they have begun goes on."""
    _change(Admin.find(url, key, data_dir), names, {"paused": True}, as_json=as_json)


@app.command()
def resume(
    names: Names, *, url: Url = LOCAL, key: Key = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give paused accounts work again."""
    _change(Admin.find(url, key, data_dir), names, {"paused": False}, as_json=as_json)


@app.command()
def rename(
    old: Annotated[str, typer.Argument(help="Its name or id.")],
    new: Annotated[str, typer.Argument(help="Its new name.")],
    *,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give an account another name."""
    _change(Admin.find(url, key, data_dir), [old], {"name": new}, as_json=as_json)


@app.command()
def remove(  # noqa: PLR0913 - one parameter per option
    names: Names,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also with open jobs: what was paid for is finished.")] = False,
    url: Url = LOCAL,
    key: Key = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase accounts and their sessions from the gateway."""
    if not yes:
        _confirm_removal(names)
    admin = Admin.find(url, key, data_dir)

    async def remove_all(gateway: Management) -> list[dict[str, Any]]:
        query = "?force=true" if force else ""
        return [await gateway.ask("DELETE", f"{_PATH}/{quoted(name)}{query}") for name in names]

    gone = admin.run(remove_all, doing="asking the gateway")
    if as_json:
        print_json(gone)
    else:
        note("removed " + ", ".join(each["name"] for each in gone))


def _confirm_removal(names: list[str]) -> None:
    if not sys.stdin.isatty():
        fail("nobody can be asked here", remedy="Say --yes to remove without a question.", code=Exit.USAGE)
    what = "the account" if len(names) == 1 else f"{len(names)} accounts"
    if not typer.confirm(f"Remove {what} {', '.join(names)} and the session from the gateway?", err=True):
        fail("not removed")


def _change(admin: Admin, names: list[str], change: Mapping[str, Any], *, as_json: bool) -> None:
    async def change_all(gateway: Management) -> list[dict[str, Any]]:
        return [await gateway.ask("PATCH", f"{_PATH}/{quoted(name)}", change) for name in names]

    show_accounts(admin.run(change_all, doing="asking the gateway"), as_json=as_json)


def _body(session: str, **more: str | None) -> dict[str, Any]:
    return {"session": session, **{name: value for name, value in more.items() if value is not None}}


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}", code=Exit.USAGE)


def _split(text: str) -> list[tuple[int, str]]:
    """Split a file into pastes, and number them; an export of cookies is one, a continued line goes on."""
    try:
        json.loads(text)
    except ValueError:
        pass
    else:
        return [(1, text)]
    lines = (line.strip() for line in _CONTINUED.sub(" ", text).splitlines())
    return list(enumerate((line for line in lines if line and not line.startswith("#")), start=1))
