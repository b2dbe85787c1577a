"""What varies between sites and models, as data, and a wish checked against it."""

from dreambridge.catalog.catalog import Catalog, ListedModel
from dreambridge.catalog.codes import CodeMeaning, Codes
from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.loader import load_catalog
from dreambridge.catalog.model import Alias, Counts, Forced, ModelSpec, ModelStatus
from dreambridge.catalog.planning import plan_image
from dreambridge.catalog.references import wants_series
from dreambridge.catalog.rows import CatalogError
from dreambridge.catalog.site import Site
from dreambridge.catalog.tools import ToolSpec
from dreambridge.catalog.video import DraftRule, VideoSpec, billed_seconds
from dreambridge.catalog.video_planning import plan_video

__all__ = [
    "Alias",
    "Catalog",
    "CatalogError",
    "CodeMeaning",
    "Codes",
    "Counts",
    "DraftRule",
    "Forced",
    "Geometry",
    "ListedModel",
    "ModelSpec",
    "ModelStatus",
    "Site",
    "ToolSpec",
    "VideoSpec",
    "billed_seconds",
    "load_catalog",
    "plan_image",
    "plan_video",
    "wants_series",
]
