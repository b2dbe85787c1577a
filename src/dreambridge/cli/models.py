"""`dreambridge models`: what can be asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dreambridge.catalog import Catalog, CatalogError, ListedModel, load_catalog
from dreambridge.catalog.agent_planning import AGENT_NAME
from dreambridge.cli.completing import offer_sites
from dreambridge.cli.connection import AsJson, Target, Token
from dreambridge.cli.gateway import Gateway
from dreambridge.cli.terminal import SANDBOX, Exit, fail, print_json, print_table, write_amount
from dreambridge.cli.usage import suggest
from dreambridge.domain.generation import Kind

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One name, as it is shown; prices are credits for one picture, by resolution."""

    model: str
    kind: str
    sites: tuple[str, ...]
    resolutions: tuple[str, ...]
    ratios: tuple[str, ...]
    counts: str
    price: Mapping[str, float]
    alias_of: str | None


@app.command()
def models(
    *,
    site: Annotated[
        str | None,
        typer.Option(help="Only what this site has: cn, us, hk, jp, sg, sandbox.", autocompletion=offer_sites),
    ] = None,
    aliases: Annotated[bool, typer.Option("--all", help="Other names of the same models, too.")] = False,
    url: Annotated[str | None, typer.Option(help="Ask a gateway instead of the catalogue in this package.")] = None,
    token: Token = SANDBOX,
    catalog_dir: Annotated[Path | None, typer.Option(help="Lay the files of this directory over it.")] = None,
    as_json: AsJson = False,
) -> None:
    """List models: sites, resolutions, ratios, pictures in one call, credits for a picture.

    Without --url nothing is asked: the list is the catalogue of this version, with the overrides of --catalog-dir.
    """
    rows = _fetch_rows(url, token) if url else _read_rows(_load(catalog_dir))
    known = list(dict.fromkeys(name for row in rows for name in row.sites))
    if site is not None and site not in known:
        there = f"Sites: {', '.join(known)}."
        fail(f"there is no site {site!r}.{suggest(site, known)}", remedy=there, code=Exit.USAGE)
    wanted = [row for row in rows if (aliases or row.alias_of is None) and (site is None or site in row.sites)]
    if as_json:
        print_json([asdict(row) for row in wanted])
    elif wanted:
        _print_table(wanted)
    else:
        fail("no model matches", remedy="Leave --site out to see all of them.")


def _load(catalog_dir: Path | None) -> Catalog:
    try:
        return load_catalog(catalog_dir)
    except CatalogError as error:
        fail(str(error))


def _read_rows(catalog: Catalog) -> list[ModelRow]:
    return [*(_read_row(catalog, entry) for entry in catalog.listed(tuple(catalog.sites))), _agent_row(catalog)]


def _read_row(catalog: Catalog, entry: ListedModel) -> ModelRow:
    spec, sites = entry.spec, [catalog.site(name) for name in entry.sites]
    return ModelRow(
        model=entry.id,
        kind=spec.kind.value,
        sites=entry.sites,
        resolutions=tuple(dict.fromkeys(tier for site in sites for tier in spec.resolutions_on(site))),
        ratios=tuple(dict.fromkeys(ratio for site in sites for ratio in spec.ratios_on(site))),
        counts=_span(spec.counts.minimum, spec.counts.maximum) if spec.counts else "",
        price=dict(spec.price),
        alias_of=entry.alias_of,
    )


def _agent_row(catalog: Catalog) -> ModelRow:
    return ModelRow(
        model=AGENT_NAME,
        kind=Kind.AGENT.value,
        sites=tuple(catalog.sites),
        resolutions=catalog.geometry.tiers,
        ratios=catalog.geometry.ratios,
        counts="",
        price={},
        alias_of=None,
    )


def _fetch_rows(url: str, token: str) -> list[ModelRow]:
    async def fetch(gateway: Gateway) -> dict[str, Any]:
        return (await gateway.models()).document

    listed = Target(url, token).run(fetch, doing="asking the gateway").get("data")
    details = [(each["id"], each["dreambridge"]) for each in listed or () if isinstance(each.get("dreambridge"), dict)]
    return [
        ModelRow(
            model=name,
            kind=detail["kind"],
            sites=tuple(detail["sites"]),
            resolutions=tuple(detail["resolutions"]),
            ratios=tuple(detail["ratios"]),
            counts=_span(detail["counts"]["min"], detail["counts"]["max"]) if detail.get("counts") else "",
            price=detail.get("credits_per_picture") or {},
            alias_of=detail.get("alias_of"),
        )
        for name, detail in details
    ]


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _print_table(rows: Iterable[ModelRow]) -> None:
    print_table(
        ("model", "sites", "resolutions", "ratios", "pictures", "credits each"),
        (
            (
                row.model if row.alias_of is None else f"{row.model} → {row.alias_of}",
                " ".join(row.sites),
                " ".join(row.resolutions),
                " ".join(row.ratios),
                row.counts,
                _price(row.price),
            )
            for row in rows
        ),
        whole=("model", "pictures"),
    )


def _price(price: Mapping[str, float]) -> str:
    if not price:
        return "unknown"
    values = {write_amount(value) for value in price.values()}
    return (
        values.pop() if len(values) == 1 else " ".join(f"{tier}:{write_amount(value)}" for tier, value in price.items())
    )
