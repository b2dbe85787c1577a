"""What varies between sites and models, as data, and a wish checked against it."""

from dreambridge.catalog.catalog import Catalog, ListedModel
from dreambridge.catalog.codes import CodeMeaning, Codes
from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.loader import load_catalog
from dreambridge.catalog.model import Alias, Counts, Forced, ModelSpec, ModelStatus
from dreambridge.catalog.planning import plan_image
from dreambridge.catalog.rows import CatalogError
from dreambridge.catalog.site import Site

__all__ = [
    "Alias",
    "Catalog",
    "CatalogError",
    "CodeMeaning",
    "Codes",
    "Counts",
    "Forced",
    "Geometry",
    "ListedModel",
    "ModelSpec",
    "ModelStatus",
    "Site",
    "load_catalog",
    "plan_image",
]
