"""The site's own calls around uploads: credentials for the storage services, and checks of what was brought."""

import time
from typing import Any

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.uploads.depot import KeptFile

_SCENES = (1, 2, 3)
_PASS, _REFUSE = 1, 2


async def upload_token(call: Call) -> Data:
    """Hand out credentials: scene 1 for videos and sounds (VOD), 2 for pictures and 3 for other files (ImageX)."""
    world, user = call.world, call.user
    scene = call.body.get("scene")
    if scene not in _SCENES or isinstance(scene, bool):
        raise Refusal(1000, f"scene {scene!r} is none of 1, 2, 3")
    now, store = world.clock(), world.market.store
    lasts = world.options.token_seconds
    if call.fault is not None and call.fault.kind == "expired_token":
        lasts = -1.0
    token = world.depot.issue(user.session, "vod" if scene == 1 else "imagex", now + lasts)
    answer: dict[str, Any] = {
        "access_key_id": token.access_key,
        "secret_access_key": token.secret,
        "session_token": token.session_token,
        "space_name": store.space if scene == 1 else store.service,
        "upload_domain": call.host,
        "region": store.vod_region if scene == 1 else store.region,
        "current_time": _moment(now),
        "expired_time": _moment(now + world.options.token_seconds),
    }
    if scene != 1 and world.market.language == "zh":
        answer["service_id"] = store.service
    return dump(answer)


async def algo_proxy(call: Call) -> Data:
    """Check the content of uploaded pictures; a scenario refuses them (2003)."""
    files = call.body.get("file_list")
    if not isinstance(files, list) or not files:
        raise Refusal(1000, "file_list is missing")
    for entry in files:
        _known(call, entry.get("file_uri") if isinstance(entry, dict) else None)
    return "{}"


async def submit_audit_job(call: Call) -> Data:
    """Take uploaded pictures for a later audit."""
    uris = call.body.get("uri_list")
    if not isinstance(uris, list) or not uris:
        raise Refusal(1000, "uri_list is missing")
    for uri in uris:
        _known(call, uri)
    return "{}"


async def generate_audit(call: Call) -> Data:
    """Decide on references before a generation; the scenario `audit-refused` refuses them all."""
    materials = call.body.get("material_list")
    if not isinstance(materials, list) or not materials:
        raise Refusal(1000, "material_list is missing")
    for material in materials:
        if not isinstance(material, dict) or material.get("material_type") not in {1, 2, 3, 4}:
            raise Refusal(1000, "material_type must be 1, 2, 3 or 4")
        if material["material_type"] != 4:  # saved characters are not kept here
            _known(call, material.get("uri") if material["material_type"] == 1 else material.get("vid"))
    scenario = call.world.scenario_of(call.account)
    refused = scenario is not None and "audit_refused" in scenario.shape
    return dump({"result_list": [{"audit_decision": _REFUSE if refused else _PASS} for _ in materials]})


def _known(call: Call, name: Any) -> KeptFile:
    kept = call.world.file_of(call.user, name) if isinstance(name, str) else None
    if kept is None:
        raise Refusal(1000, f"{name!r} names no file of this account")
    return kept


def _moment(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
