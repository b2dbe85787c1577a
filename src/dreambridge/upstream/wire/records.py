"""Small calls about records and stored pictures: cancel one, sign addresses anew."""

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import as_dict, as_text


def build_cancel(record_id: str) -> SiteRequest:
    """Build the request that stops a record; the site gives its credits back."""
    return SiteRequest(Service.MWEB, "/mweb/v1/aigc_draft/cancel_generate", {"history_id": record_id})


def build_image_urls(uris: tuple[str, ...]) -> SiteRequest:
    """Build the request for fresh addresses of stored pictures; a singular key is refused with 1000."""
    return SiteRequest(Service.MWEB, "/mweb/v1/get_image_by_uri", {"uris": list(uris)})


def parse_image_urls(envelope: Envelope) -> dict[str, str]:
    """Read the fresh address of each storage uri the site still has."""
    found = as_dict(envelope.data).get("uri2image")
    if not isinstance(found, dict):
        raise AnswerUnreadable("The site's answer holds no picture addresses.", log_id=envelope.log_id)
    return {uri: url for uri, value in found.items() if (url := as_text(as_dict(value).get("image_url")))}
