"""What the simulated site sells: models, sizes, limits, prices (`data/market.toml`)."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Model:
    """One image model of one cluster. `price` is credits for one image, by resolution, `*` for any other."""

    key: str
    name: str
    resolutions: tuple[str, ...]
    least: int
    most: int
    default: int
    inputs: int
    price: dict[str, int]
    sizes: frozenset[Size]
    intelligent: bool
    series: bool
    retired: bool
    coming: bool
    leaving: bool

    def price_of(self, resolution: str, count: int) -> int:
        """Return the credits that `count` images cost."""
        return self.price.get(resolution, self.price["*"]) * count


@dataclass(frozen=True, slots=True)
class Store:
    """Where the uploads of one cluster go, and for which regions they are signed."""

    service: str
    space: str
    region: str
    vod_region: str


@dataclass(frozen=True, slots=True)
class Market:
    """Everything one cluster offers."""

    cluster: str
    aids: frozenset[int]
    origins: tuple[str, ...]
    regions: frozenset[str]
    bucket: str
    language: str
    store: Store
    ratios: dict[str, int]
    sizes: dict[str, dict[str, Size]]
    older_sizes: dict[str, frozenset[Size]]
    models: dict[str, tuple[Model, ...]]

    def model(self, key: str, resolution: str) -> Model | None:
        """Return the model with this key, preferring the row that has the resolution; None when not sold here."""
        rows = self.models.get(key)
        if not rows:
            return None
        return next((row for row in rows if resolution in row.resolutions), rows[0])

    def knows_size(self, model: Model, resolution: str, size: Size) -> bool:
        """Tell whether the site generates exactly this size."""
        if model.sizes:
            # The sandbox sells the union of all clusters, so a row with fixed sizes may share its key with a free one.
            return size in model.sizes or (len(self.models[model.key]) > 1 and self._listed(resolution, size))
        return self._listed(resolution, size)

    def nearest_size(self, resolution: str, size: Size) -> Size:
        """Return the site's own size of the nearest shape, as the site does for sizes it does not know."""
        table = self.sizes.get(resolution) or self.sizes["2k"]
        wanted = size[0] / size[1]
        return min(table.values(), key=lambda own: abs(own[0] / own[1] - wanted))

    def _listed(self, resolution: str, size: Size) -> bool:
        return size in self.sizes.get(resolution, {}).values() or size in self.older_sizes.get(resolution, ())


def load_market(cluster: str) -> Market:
    """Read what a cluster offers; the sandbox offers what any cluster offers."""
    text = (resources.files(__package__) / "data" / "market.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    place = data["cluster"][cluster]
    models: dict[str, tuple[Model, ...]] = {}
    for row in data["model"]:
        if cluster == "sandbox" or cluster in row["clusters"]:
            models[row["key"]] = (*models.get(row["key"], ()), _model(row))
    return Market(
        cluster=cluster,
        aids=frozenset(place["aid"]),
        origins=tuple(place["site"]),
        regions=frozenset(place["regions"]),
        bucket=place["bucket"],
        language=place["language"],
        store=Store(**place["store"]),
        ratios=dict(data["ratio"]),
        sizes={name: {r: (v[0], v[1]) for r, v in rows.items() if r != "also"} for name, rows in data["size"].items()},
        older_sizes={name: frozenset((w, h) for w, h in rows["also"]) for name, rows in data["size"].items()},
        models=models,
    )


def _model(row: dict[str, Any]) -> Model:
    least, most, default = row["count"]
    return Model(
        key=row["key"],
        name=row["name"],
        resolutions=tuple(row["resolutions"]),
        least=least,
        most=most,
        default=default,
        inputs=row.get("inputs", 0),
        price=dict(row["price"]),
        sizes=frozenset((w, h) for w, h in row.get("sizes", ())),
        intelligent=row.get("intelligent", False),
        series=row.get("series", False),
        retired=row.get("retired", False),
        coming=row.get("coming", False),
        leaving=row.get("leaving", False),
    )
