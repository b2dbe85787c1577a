"""What the operator says of a gateway key, read strictly: a limit that is misspelt would be no limit."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dreambridge.api.fields import list_names, read_body_fields
from dreambridge.api.reader import Body
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.key import ImagesMode, KeyLimits


class Limits(BaseModel):
    """What a key may do; null, or absent, sets no limit."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    models: list[str] | None = Field(
        None, description="Names from GET /v1/models; each stands for its model under all its names."
    )
    concurrency: int | None = Field(None, ge=1, description="Jobs that may be under way at once.")
    rpm: int | None = Field(None, ge=1, description="Jobs that may be made within a minute.")
    credits_per_day: int | None = Field(
        None,
        ge=0,
        description="Credits of a day (UTC): as forecast when a job is accepted, as paid once that is known.",
    )
    images_mode: ImagesMode | None = Field(
        None,
        strict=False,
        description="Whether image calls wait or answer with a task; null is as the server's setting.",
    )


class KeyBody(BaseModel):
    """The body of `POST /v1/keys`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    name: str = Field(description="What the key is called, 1–64 visible characters; no two keys share one.")
    limits: Limits = Field(default_factory=lambda: Limits.model_validate({}), description="Absent is without limits.")
    admin: bool = Field(False, description="Whether the key may also look after accounts and keys.")


class KeyChange(BaseModel):
    """The body of `PATCH /v1/keys/{key_id}`: what is absent stays as it is; a limit of null is lifted."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    name: str | None = Field(None, description="Another name.")
    limits: Limits | None = Field(None, description="The limits that change.")


_LIMITS: Final = frozenset(Limits.model_fields)


def read_key_body(body: Body) -> KeyBody:
    """Check the body of a new key. Raises InvalidRequest."""
    asked = read_body_fields(KeyBody, body)
    _refuse_unknown(asked.model_extra or {}, KeyBody.model_fields, "")
    _refuse_unknown(asked.limits.model_extra or {}, _LIMITS, "limits.")
    return asked


def read_key_change(body: Body) -> KeyChange:
    """Check the body of a change. Raises InvalidRequest."""
    asked = read_body_fields(KeyChange, body)
    _refuse_unknown(asked.model_extra or {}, KeyChange.model_fields, "")
    if asked.limits is not None:
        _refuse_unknown(asked.limits.model_extra or {}, _LIMITS, "limits.")
    if asked.name is None and asked.limits is None:
        raise InvalidRequest("There is nothing to change: send name or limits.", param="limits")
    return asked


def apply_limits(asked: Limits, before: KeyLimits) -> KeyLimits:
    """Put the limits that were named in the place of those before."""
    said: dict[str, Any] = {name: getattr(asked, name) for name in asked.model_fields_set & _LIMITS}
    if said.get("models") is not None:
        said["models"] = tuple(said["models"])
    return replace(before, **said)


def _refuse_unknown(extra: dict[str, Any], known: Collection[str], place: str) -> None:
    if extra:
        name = place + list_names(list(extra)[:1])
        raise InvalidRequest(
            f"There is no field {name}; known are {', '.join(sorted(known))}.", param=name, code="unknown_parameter"
        )
