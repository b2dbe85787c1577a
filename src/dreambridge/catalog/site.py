"""A site: one deployment of the service, as a row of `sites.toml`."""

from dataclasses import dataclass
from datetime import date

from dreambridge.catalog.rows import Row


@dataclass(frozen=True, slots=True)
class Site:
    """What is particular to one site.

    `mweb`, `commerce`, `passport`, `imagex` and `vod` are base URLs without a last slash. `aid` is the app id; `region`
    a query value; `lan`, `loc`, `origin` and `referer` are header values. `web_id` says whether the site's browser
    sends `webId`. `upload_service` is the field of an upload token that names the room in the image storage,
    `image_service_id` the room to take without it; `upload_platform` says whether calls to that storage name their
    platform. `model_keys` are the groups of model keys that hold here, the first that a model has is used.
    `content_check` says whether its page has every uploaded picture checked before it is used.
    `appvr`, `web_version`, `da_version` and `draft_version` are the versions we say we are. `seen` is the day the row
    was last known to be true.
    """

    name: str
    title_en: str
    title_zh: str
    mweb: str
    commerce: str
    passport: str
    imagex: str
    vod: str
    aid: int
    region: str
    lan: str
    loc: str
    origin: str
    referer: str
    web_id: bool
    signing_region: str
    image_service_id: str
    upload_service: str
    upload_platform: bool
    model_keys: tuple[str, ...]
    content_check: bool
    appvr: str
    web_version: str
    da_version: str
    draft_version: str
    seen: date


def read_site(row: Row, name: str) -> Site:
    """Read one table of `sites.toml`; raise `CatalogError` when it cannot be used."""
    title = row.child("title")
    site = Site(
        name=name,
        title_en=title.text("en"),
        title_zh=title.text("zh"),
        mweb=row.base_url("mweb"),
        commerce=row.base_url("commerce"),
        passport=row.base_url("passport"),
        imagex=row.base_url("imagex"),
        vod=row.base_url("vod"),
        aid=row.whole("aid", 1, 10**9),
        region=row.text("region"),
        lan=row.text("lan"),
        loc=row.text("loc"),
        origin=row.base_url("origin"),
        referer=row.text("referer"),
        web_id=row.flag("web_id"),
        signing_region=row.text("signing_region"),
        image_service_id=row.text("image_service_id"),
        upload_service=row.text("upload_service", ("service_id", "space_name")),
        upload_platform=row.flag("upload_platform"),
        model_keys=row.texts("model_keys"),
        content_check=row.flag("content_check", default=False),
        appvr=row.text("appvr"),
        web_version=row.text("web_version"),
        da_version=row.text("da_version"),
        draft_version=row.text("draft_version"),
        seen=row.day("seen"),
    )
    if not site.model_keys:
        raise row.fault("model_keys", "is empty; allowed: at least one group of model keys")
    row.close()
    return site
