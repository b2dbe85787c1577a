"""What the routes need to know of the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """The settings of the routes, as plain values.

    `public_url` is the address clients reach us at, without a trailing slash. `allowed_hosts` are host names beyond
    loopback and the public URL's own; `*` is any, a leading dot any subdomain. `allowed_origins` are the origins whose
    pages may call the API, `*` any. `sync_wait_images` and `sync_wait_videos` are in seconds, `max_body_bytes` and
    `max_upload_bytes` (of calls that may carry files) in bytes. `task_answers` makes the task shape the answer of image
    calls that do not ask for another; `site_urls` puts the site's own addresses into answers.
    """

    public_url: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    sync_wait_images: float = 900.0
    sync_wait_videos: float = 3600.0
    max_body_bytes: int = 1024 * 1024
    max_upload_bytes: int = 256 * 1024 * 1024
    default_image_model: str = "jimeng-4.5"
    default_video_model: str = "jimeng-video-3.5-pro"
    task_answers: bool = False
    site_urls: bool = False
