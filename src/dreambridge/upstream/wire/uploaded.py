"""What the sites' storage answers: an opening, a receipt for bytes, what became of a file."""

from typing import Final

from dreambridge.catalog.site import Site
from dreambridge.domain.errors import AnswerUnreadable, InputUnusable, SiteRefused
from dreambridge.domain.generation import Dimensions, MediaInput
from dreambridge.domain.secret import Secret
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.call import Answer
from dreambridge.upstream.wire.reading import (
    Document,
    as_dict,
    as_float,
    as_int,
    as_list,
    as_text,
    first_text,
    objects,
    read_document,
    read_object,
)
from dreambridge.upstream.wire.upload import IMAGES, Grant, Opening, read_addresses, route_of

_RECEIVED: Final = 2000
_EMPTY_HERE: Final = 204
# The storage no longer knows the credentials; new ones may do.
DEAD_GRANT: Final = "100024"


def parse_apply(answer: Answer, grant: Grant, site: Site) -> Opening:
    """Read where the bytes of a file go.

    Raises `SiteRefused` for what the storage refuses, `AnswerUnreadable` also for a host that files must not go to.
    """
    result = _open_storage(answer)
    if grant.route is IMAGES:
        place = as_dict(result.get("UploadAddress"))
        hosts = [as_text(host) for host in as_list(place.get("UploadHosts"))]
    else:
        nodes = objects(as_dict(result.get("InnerUploadAddress")).get("UploadNodes"))
        place = next(nodes, {})
        hosts = [as_text(place.get("UploadHost"))]
    store: Document = next(objects(place.get("StoreInfos")), {})
    auth, key = as_text(store.get("Auth")), as_text(place.get("SessionKey"))
    addresses = read_addresses(site, grant.route, hosts, as_text(store.get("StoreUri")))
    if not (auth and key and addresses):
        raise AnswerUnreadable("The site's storage names no place for an upload that we may use.")
    return Opening(addresses, Secret(auth), Secret(key))


def parse_bytes(answer: Answer, crc: int) -> bool:
    """Read whether the bytes have come; false when this host is only an edge, and the next one is to be asked.

    Raises `SiteRefused` for what the host refuses, and for bytes that changed on their way.
    """
    if answer.status == _EMPTY_HERE:
        return False
    document = _read_any(answer)
    code = as_int(document.get("code"))
    if code != _RECEIVED or answer.status >= 400:
        raise SiteRefused("The site's storage did not take the bytes of an upload.", site_code=f"upload-{code}")
    told = as_text(as_dict(document.get("data")).get("crc32"))
    if told and told.casefold() != f"{crc:08x}":
        raise SiteRefused("The bytes of an upload changed on their way.", site_code="upload-crc")
    return True


def parse_commit(answer: Answer, source: MediaInput) -> UploadedInput:
    """Read what became of a file; raise `InputUnusable` when the site could not read it."""
    result = _open_storage(answer)
    row: Document = next(objects(result.get("Results")), {})
    if route_of(source.kind) is IMAGES:
        return _parse_image(result, row, source)
    vid, meta = as_text(row.get("Vid")), as_dict(row.get("VideoMeta"))
    if not vid:
        raise AnswerUnreadable("The site's storage does not name an upload.")
    seconds = as_float(meta.get("Duration"))
    return UploadedInput(
        source.sha256,
        vid=vid,
        dimensions=_dimensions(meta, "Width", "Height") or source.dimensions,
        # It is left out of sounds at times.
        seconds=seconds if seconds and seconds > 0 else source.seconds,
    )


def _parse_image(result: Document, row: Document, source: MediaInput) -> UploadedInput:
    plugin: Document = next(objects(result.get("PluginResult")), {})
    status = as_int(row.get("UriStatus"))
    uri = first_text(plugin.get("ImageUri"), row.get("Uri") if status in {None, _RECEIVED} else None)
    if not uri:
        if status is None:
            raise AnswerUnreadable("The site's storage does not name an upload.")
        raise InputUnusable(
            "The site could not read this picture.", param="image", code="invalid_image", site_code=f"uri-{status}"
        )
    size = _dimensions(plugin, "ImageWidth", "ImageHeight") or source.dimensions
    return UploadedInput(source.sha256, uri=uri, dimensions=size)


def _dimensions(facts: Document, width: str, height: str) -> Dimensions | None:
    wide, high = as_int(facts.get(width)), as_int(facts.get(height))
    return Dimensions(wide, high) if wide and high and wide > 0 and high > 0 else None


def _open_storage(answer: Answer) -> Document:
    """Open an answer of ImageX or VOD, whose errors come under any HTTP status."""
    document = _read_any(answer)
    error = as_dict(as_dict(document.get("ResponseMetadata")).get("Error"))
    if error:
        code = first_text(error.get("CodeN"), error.get("Code"))
        raise SiteRefused("The site's storage refused an upload.", site_code=code or None)
    if answer.status >= 400:
        return read_document(answer)
    return as_dict(document.get("Result"))


def _read_any(answer: Answer) -> Document:
    """Read the JSON object of an answer, also of a refusal; without one the HTTP status says what happened."""
    if 400 <= answer.status < 500 and answer.status != 429:
        try:
            return read_object(answer.body)
        except AnswerUnreadable:
            return read_document(answer)
    return read_document(answer)
