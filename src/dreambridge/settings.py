"""Every setting, declared once: name, default, one line of help. The only reader of the environment."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dreambridge.domain.key import ImagesMode


class Unconfirmed(StrEnum):
    """What to do with a paid call that stayed unconfirmed."""

    RESEND = "resend"
    FAIL = "fail"


class ClaimDailyCredit(StrEnum):
    """When to claim an account's own daily gift."""

    WHEN_EMPTY = "when_empty"
    NEVER = "never"


class ResultUrls(StrEnum):
    """Whose addresses an answer carries."""

    GATEWAY = "gateway"
    SITE = "site"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


CommaList = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Hold the settings of one server, read once at start.

    Precedence: arguments of the command, environment (`DREAMBRIDGE_…`), `.env`, `dreambridge.toml`, default.
    """

    model_config = SettingsConfigDict(
        env_prefix="DREAMBRIDGE_",
        env_file=".env",
        toml_file="dreambridge.toml",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        Path("~/.local/share/dreambridge"),
        description="Where the database, keys and artifacts lie (created, mode 0700).",
    )
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the database; default is SQLite in the data directory."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Key that seals sessions and names owners (32+ characters); default: a file in the data directory.",
    )
    public_url: str | None = Field(None, description="Address clients reach us at, used in result URLs.")
    allowed_hosts: CommaList = Field((), description="Host names accepted beyond loopback and the public URL's own.")
    allowed_origins: CommaList = Field(
        (),
        description="Origins of pages and desktop programs that may call the API from a browser's engine, such as "
        "`https://chat.example.com`, `file://`, `null` or `*`; answered with CORS headers.",
    )
    trusted_proxies: CommaList = Field((), description="Addresses of reverse proxies whose forwarding headers count.")
    allow_session_tokens: bool = Field(
        False, description="Accept session tokens from callers when listening beyond loopback."
    )
    require_gateway_key: bool = Field(
        False, description="Take gateway keys only, on loopback as well: no session tokens, no sandbox tokens."
    )
    sandbox: bool | None = Field(None, description="Offer the sandbox site; default is yes on loopback only.")
    sandbox_speed: float = Field(
        0.35, gt=0, le=10, description="How long sandbox generations take, as a multiple of a real site's time."
    )
    detect_sites: CommaList = Field(("cn", "us", "sg"), description="Sites asked, in order, whose a bare session is.")
    session_pattern: str = Field(r"[0-9a-fA-F]{32}", description="Regular expression of a bare session id.")
    catalog_dir: Path | None = Field(None, description="Directory of catalogue overrides; default <data-dir>/catalog.")
    account_concurrency: PositiveInt = Field(8, description="Generations at once on one account.")
    submit_gap_ms: int = Field(250, ge=0, description="Shortest time between two submissions of one account (ms).")
    account_daily_credits: int = Field(
        0, ge=0, description="Credits that each account added to the server may spend a day (UTC); 0 sets no ceiling."
    )
    account_low_credits: int = Field(
        10, ge=0, description="Balance below which a notice says that an account runs low; 0 gives none."
    )
    history_batch: PositiveInt = Field(10, description="Records asked for in one history call.")
    confirm_seconds: float = Field(
        180, ge=0, description="How long an unclear submission is looked for before it is taken as never made."
    )
    unconfirmed: Unconfirmed = Field(
        Unconfirmed.RESEND, description="What follows then: send once more under the same submit id, or fail."
    )
    send_window_seconds: float = Field(
        10, gt=0, le=60, description="How long after its intent was written a paid call may still leave."
    )
    claim_daily_credit: ClaimDailyCredit = Field(
        ClaimDailyCredit.WHEN_EMPTY, description="When to claim an account's own daily credit."
    )
    images_mode: ImagesMode = Field(ImagesMode.WAIT, description="Whether image calls wait or answer with a task.")
    result_urls: ResultUrls = Field(ResultUrls.GATEWAY, description="Whose addresses answers carry.")
    series_words: bool = Field(
        False,
        description="Take 连续, 绘本, 故事 or `N张` in a prompt as a wish for a series, where the model makes series.",
    )
    default_image_model: str = Field("jimeng-4.5", description="Model of image calls that name none.")
    default_video_model: str = Field("jimeng-video-3.5-pro", description="Model of video calls that name none.")
    sync_wait_images: float = Field(900, gt=0, description="Longest wait of an image call (s).")
    sync_wait_videos: float = Field(3600, gt=0, description="Longest wait of a video call (s).")
    image_timeout: float = Field(1800, gt=0, description="When an image job that never ends is given up (s).")
    video_timeout: float = Field(86_400, gt=0, description="When a video job that never ends is given up (s).")
    queue_max: PositiveInt = Field(10_000, description="Open jobs above which new ones are refused.")
    min_free_bytes: int = Field(
        256 * 1024**2, ge=0, description="Free disk space below which new jobs are refused (bytes)."
    )
    retention_days: float = Field(30, ge=0, description="Age at which stored artifacts are removed; 0 keeps them.")
    retention_bytes: int = Field(
        20 * 1024**3, ge=0, description="Total size of artifacts above which the oldest are removed; 0 keeps them."
    )
    allow_private_inputs: bool = Field(False, description="Fetch input URLs from private networks (laboratories).")
    token_proxies: str = Field(
        "auto", pattern="^(auto|off|public)$", description="Proxies in tokens: auto (loopback only), off, public."
    )
    max_body_bytes: PositiveInt = Field(
        1024 * 1024, description="Largest body of calls that carry no pictures, videos or sounds (bytes)."
    )
    max_upload_bytes: PositiveInt = Field(
        256 * 1024**2, description="Largest body of calls that may carry pictures, videos or sounds (bytes)."
    )
    shutdown_seconds: float = Field(10, ge=0, description="How long a stop waits for answers under way (s).")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level that is logged.")
    log_format: LogFormat = Field(LogFormat.CONSOLE, description="How log lines look.")

    @field_validator("allowed_hosts", "allowed_origins", "trusted_proxies", "detect_sites", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Read a comma list as the environment writes it."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("data_dir", "catalog_dir", mode="after")
    @classmethod
    def _expand(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value is not None else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file behind the environment."""
        return (
            init_settings,
            env_settings,
            dotenv_settings,
            TomlConfigSettingsSource(settings_cls),
            file_secret_settings,
        )

    @property
    def exposed(self) -> bool:
        """Tell whether the server listens beyond loopback."""
        return self.host not in {"127.0.0.1", "::1", "localhost"}

    @property
    def sandbox_on(self) -> bool:
        """Tell whether the sandbox site is offered."""
        return self.sandbox if self.sandbox is not None else not self.exposed
