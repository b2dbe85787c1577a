"""What `generate`, `edit` and `video` have in common: their options, the order, and its job."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

import typer

from dreambridge.cli.answers import GatewayRefused, Refusal
from dreambridge.cli.completing import offer_models, offer_ratios
from dreambridge.cli.connection import Target, fail_refused
from dreambridge.cli.following import ProgressView
from dreambridge.cli.gateway import Gateway
from dreambridge.cli.inputs import Input, bring_inputs
from dreambridge.cli.preview import Preview
from dreambridge.cli.results import Work, attend, check_folder, conclude, see_through
from dreambridge.cli.terminal import note, print_json, write_amount

Model: TypeAlias = Annotated[
    str | None, typer.Option("--model", "-m", help="See `dreambridge models`.", autocompletion=offer_models)
]
Ratio: TypeAlias = Annotated[str | None, typer.Option(help="Shape, such as 16:9.", autocompletion=offer_ratios)]
Seed: TypeAlias = Annotated[int | None, typer.Option(help="1 to 4294967295; the same seed makes alike.")]
Folder: TypeAlias = Annotated[Path, typer.Option("-o", "--output", help="Folder to save in; made when absent.")]
IdempotencyKey: TypeAlias = Annotated[
    str | None, typer.Option("--idempotency-key", help="Join an earlier request of this key, which pays once.")
]
Wait: TypeAlias = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the result, or only start.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Tell account and price; make nothing.")]
MaxCredits: TypeAlias = Annotated[
    float | None, typer.Option("--max-credits", min=0, help="Refuse what would cost more credits than this.")
]
# Where the body has another word than the command line.
_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "n": "--count",
        "duration": "--seconds",
        "negative_prompt": "--negative",
        "output_format": "--format",
        "functionMode": "--mode",
        "images": "IMAGE",
        **{
            name: f"--{name.replace('_', '-')}"
            for name in ("model", "ratio", "resolution", "size", "seed", "seconds", "mode", "strength", "max_credits")
        },
    }
)


@dataclass(slots=True)
class Manner:
    """How an order is carried out."""

    folder: Path = field(default_factory=Path)
    key: str | None = None
    wait: bool = True
    dry_run: bool = False
    max_credits: float | None = None
    as_json: bool = False
    preview: Preview = Preview.AUTO


@dataclass(slots=True)
class Order:
    """What is asked for: the route, its fields as far as they were given, and inputs."""

    path: str
    fields: Mapping[str, Any]
    inputs: Sequence[Input] = ()
    single: frozenset[str] = frozenset()

    async def body(self, gateway: Gateway, view: ProgressView) -> dict[str, Any]:
        """Put the body together; files go up on the way, which spends nothing."""
        brought = await bring_inputs(gateway, self.inputs, view) if self.inputs else {}
        inputs = {name: said[0] if name in self.single else said for name, said in brought.items()}
        return {**{name: value for name, value in self.fields.items() if value is not None}, **inputs}

    def option(self, param: str | None) -> str | None:
        """Name the option that a field of the body stands for."""
        match = re.match(r"(\w+)(?:\[(\d+)\])?", param or "")
        if match is None:
            return None
        given = [each for each in self.inputs if each.field == match[1]]
        number = int(match[2] or 0)
        return given[number].label if number < len(given) else _OPTIONS.get(match[1])


def make(order: Order, target: Target, manner: Manner) -> None:
    """Have an order made, which SPENDS CREDIT, wait for it and save what it gives, as its manner says."""
    order = replace(order, fields={**order.fields, "max_credits": manner.max_credits})
    key = manner.key or str(uuid.uuid4())
    work = Work(target, manner.folder, manner.as_json, quiet=not manner.wait, key=key, preview=manner.preview)
    if manner.dry_run:
        _preview(order, work)
        return
    if manner.wait:
        check_folder(manner.folder)

    async def act(gateway: Gateway, view: ProgressView) -> None:
        body = await order.body(gateway, view)
        try:
            work.job = (await gateway.create(order.path, body, key=str(work.key))).document
            _tell_ignored(order, work, work.job)
        except GatewayRefused as error:
            fail_refused(error.refusal, option=order.option(error.refusal.param))
        if manner.wait:
            await see_through(work, gateway, view)

    attend(work, act)
    if manner.wait:
        conclude(work)
    else:
        _tell_started(work)


def _tell_ignored(order: Order, work: Work, made: Mapping[str, Any]) -> None:
    """Name the options that were given in vain, unless a program reads of them."""
    names = dict.fromkeys(order.option(name) or name for name in made["request"].get("ignored") or ())
    if names and not work.as_json:
        note(f"ignored: {', '.join(names)} (no effect beside the other options or with this model)")


def _tell_started(work: Work) -> None:
    if work.as_json:
        print_json(work.known())
        return
    print(work.job_id)
    note(f"started: {work.address}\n  To take it up: {work.command('follow')}")


def _preview(order: Order, work: Work) -> None:
    """Tell what would be made, by which account and at what price."""
    plan: dict[str, Any] = {}

    async def act(gateway: Gateway, view: ProgressView) -> None:
        body = {**await order.body(gateway, view), "dry_run": True}
        try:
            plan.update((await gateway.ask("POST", order.path, json=body)).document)
        except GatewayRefused as error:
            fail_refused(error.refusal, option=order.option(error.refusal.param))

    attend(work, act)
    _tell_ignored(order, work, plan)
    _print_plan(plan, as_json=work.as_json)


def _print_plan(plan: Mapping[str, Any], *, as_json: bool) -> None:
    obstacle = plan.get("obstacle")
    if not as_json:
        for name, value in _plan_lines(plan):
            print(f"{name:<11}{value}")
    if obstacle is not None:
        fail_refused(Refusal.read(obstacle), beside=plan)
    if as_json:
        print_json(plan)


def _plan_lines(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    wish, cost, balance = plan["request"], plan.get("cost"), plan.get("balance")
    shape = " ".join(str(wish[name]) for name in ("ratio", "resolution", "size", "mode") if wish.get(name))
    length = f" {wish['seconds']} s" if wish.get("seconds") else ""
    lines = [
        ("model", plan["model_used"]),
        ("site", plan["site"]),
        ("account", plan["account"] or "none is ready"),
        ("makes", f"{wish['n']} × {shape}{length}"),
        ("inputs", str(len(wish["inputs"])) if wish["inputs"] else ""),
        ("cost", "not known before" if cost is None else f"{write_amount(cost)} credits"),
        ("balance", "unknown" if balance is None else f"{write_amount(balance)} credits"),
    ]
    return [(name, str(value)) for name, value in lines if value]
