"""What a caller's text may name of our own: an asset, an artifact, a job; taken as an input here, never fetched."""

import re
from collections.abc import Collection
from typing import Final, TypeGuard

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import InputUnusable, JobNotFound
from dreambridge.domain.generation import InputKind, MediaInput
from dreambridge.engine.credentials import Caller
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.inputs import InputDesk, Source
from dreambridge.store.assets import Assets
from dreambridge.store.jobs import Jobs

# Too short to be a picture in base64, and no picture begins with what these letters stand for there.
_REFERENCE: Final = re.compile(r"(?P<kind>asset|art|job|video)_[A-Za-z0-9]{1,64}")


def is_reference(source: Source) -> TypeGuard[str]:
    """Tell whether a source is the id of something of ours, whether or not there is such a thing."""
    return isinstance(source, str) and _REFERENCE.fullmatch(source) is not None


class References:
    """Resolve ids for the callers who own what they name."""

    def __init__(self, *, assets: Assets, jobs: Jobs, harvest: Harvest, inputs: InputDesk) -> None:
        self._assets = assets
        self._jobs = jobs
        self._harvest = harvest
        self._inputs = inputs

    async def acquire(
        self, name: str, caller: Caller, *, param: str, kinds: Collection[InputKind] = frozenset(InputKind)
    ) -> MediaInput:
        """Give what an id names as an input: an asset as it is kept, an artifact's bytes, a job's first artifact.

        Touches the network for an artifact that is still at the site only. Raises `InputUnusable`, also for what
        belongs to another owner, and `SiteUnreachable` when an artifact's bytes cannot be had now.
        """
        match = _REFERENCE.fullmatch(name)
        kind = match["kind"] if match is not None else None
        if kind == "asset":
            asset = await self._assets.load(name, caller.owners)
            if asset is None:
                raise _unknown(param, "asset", "asset_not_found")
            return self._inputs.reuse(asset.media, param=param, kinds=kinds)
        artifact = await (self._artifact if kind == "art" else self._first_of)(name, caller, param)
        try:
            path = self._harvest.path(await self._harvest.ensure(artifact.id))
        except JobNotFound as error:
            message = f"{param} names an artifact whose bytes are gone."
            raise InputUnusable(message, param=param, code=error.specific_code) from error
        return await self._inputs.acquire(path, param=param, kinds=kinds)

    async def _artifact(self, name: str, caller: Caller, param: str) -> Artifact:
        unknown = _unknown(param, "artifact", "artifact_not_found")
        try:
            artifact = await self._harvest.find(name)
        except JobNotFound as error:
            raise unknown from error
        if artifact.owner in caller.owners or await self._jobs.load(artifact.job_id, owners=caller.owners) is not None:
            return artifact
        raise unknown

    async def _first_of(self, name: str, caller: Caller, param: str) -> Artifact:
        job = await self._jobs.load(name, owners=caller.owners)
        if job is None:
            raise _unknown(param, "job", "job_not_found")
        found = next((each for each in await self._harvest.of_job(name) if each.cover_of is None), None)
        if found is not None:
            return found
        if job.state.ended:
            raise InputUnusable(f"{param} names a job without a result.", param=param, code="artifact_not_found")
        message = f"{param} names a job that has no result yet: wait for its end, or name another."
        raise InputUnusable(message, param=param, code="job_running")


def _unknown(param: str, what: str, code: str) -> InputUnusable:
    return InputUnusable(f"{param} names no {what}, or not one of yours.", param=param, code=code)
