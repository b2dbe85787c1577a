"""The calls of the site but submitting: records, account, configuration."""

from typing import Any

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.record import Record

_DAY = 86400
_CLAIM_AGAIN = 2014  # the code of a second claim on one day has never been published; an access limit is our guess


def _ids(body: dict[str, Any], name: str) -> list[str]:
    ids = body.get(name, [])
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Refusal(1000, f"{name} must be a list of strings")
    return ids


async def history(call: Call) -> Data:
    """Answer records under the kind of id they were asked by; unknown, foreign and unseen ones are left out."""
    world, user, now = call.world, call.user, call.world.clock()
    by_submit, by_record = _ids(call.body, "submit_ids"), _ids(call.body, "history_ids")
    asked = len(by_submit) + len(by_record)
    if not asked:
        raise Refusal(2008 if not call.body else 1000, "neither submit_ids nor history_ids")
    if world.options.history_max_ids is not None and asked > world.options.history_max_ids:
        raise Refusal(1000, f"{asked} ids, at most {world.options.history_max_ids} are taken")
    world.stats.ids_per_history_call[asked] += 1
    scribe = call.scribe
    looked = [(submit_id, world.find(user, submit_id=submit_id)) for submit_id in by_submit]
    looked += [(record_id, world.find(user, record_id=record_id)) for record_id in by_record]
    found = [(key, record) for key, record in looked if record is not None]
    for _, record in found:
        call.meet(record.scenario, record.record_id)
    await call.strike()
    return "{" + ",".join(f"{dump(_key(key, one))}:{scribe.record_text(one, now)}" for key, one in found) + "}"


def _key(asked: str, record: Record) -> str:
    """Return under which id a record is shown: the one it was asked by, or the other one if its scenario says so."""
    if "other_key" not in record.scenario.shape:
        return asked
    return record.record_id if asked == record.wish.submit_id else record.wish.submit_id


async def queue_info(call: Call) -> Data:
    """Answer the places in the queue of records."""
    world, now, scribe = call.world, call.world.clock(), call.scribe
    if "history_ids" not in call.body:
        raise Refusal(1000, "history_ids is missing")
    answer: dict[str, Any] = {}
    for record_id in _ids(call.body, "history_ids"):
        if record := world.find(call.user, record_id=record_id):
            phase = record.phase(now)
            answer[record_id] = {
                "status": 0,
                "queue_info": scribe.queue_info(phase),
                "forecast_cost_time": scribe.forecast(record, phase, now),
            }
    return dump(answer)


async def cancel(call: Call) -> Data:
    """Cancel a record that has not ended; its credits return."""
    record_id = call.body.get("history_id")
    record = call.world.records.get(record_id) if isinstance(record_id, str) else None
    if record is None or record.session != call.user.session:
        raise Refusal(1000, "history_id names no record of this account")
    if record.phase(call.world.clock()).ended:
        raise Refusal(1001, "the record has ended", contract=False)
    call.world.cancel(record, call.user)
    return "{}"


async def remove(call: Call) -> Data:
    """Delete records; foreign ones are left alone."""
    for record_id in [*_ids(call.body, "id_list"), *_ids(call.body, "history_ids")]:
        record = call.world.records.get(record_id)
        if record is not None and record.session == call.user.session:
            call.world.delete(record)
    return "{}"


async def user_credit(call: Call) -> Data:
    """Answer the balance."""
    return dump(call.user.payload(call.world.clock()))


async def credit_receive(call: Call) -> Data:
    """Give the credit of the day, once a day."""
    user = call.user
    if not call.world.claim(user):
        raise Refusal(_CLAIM_AGAIN, "claimed already today", contract=False)
    return dump(
        {"cur_total_credits": user.total, "receive_quota": call.world.options.daily_credit, "is_first_receive": True}
    )


async def credit_history(call: Call) -> Data:
    """Answer the ledger, newest first, in pages; rows of a record come some seconds after its end."""
    user, now = call.user, call.world.clock()
    kind = call.body.get("history_type")
    try:
        start = max(0, int(call.body.get("cursor", "0") or "0"))
        count = max(1, int(call.body.get("count", 20)))
    except (TypeError, ValueError) as error:
        raise Refusal(1000, "count and cursor must be numbers") from error
    rows = [row for row in reversed(user.ledger) if row.visible_at <= now and kind in {None, 0, row.kind}]
    page = [
        {
            "amount": row.amount,
            "create_time": int(row.created_at),
            "title": row.title,
            "history_type": row.kind,
            "submit_id": row.submit_id,
            "status": "Checked",
        }
        for row in rows[start : start + count]
    ]
    end = start + len(page)
    return dump(
        {"total_credit": user.total, "records": page, "new_cursor": str(end), "has_more": end < len(rows)},
    )


async def subscription(call: Call) -> Data:
    """Answer the membership: a month of it, or none."""
    member, now = call.user.member, int(call.world.clock())
    return dump(
        {
            "flag": member,
            "cur_vip_level": "standard" if member else "",
            "start_time": now - 10 * _DAY if member else 0,
            "end_time": now + 20 * _DAY if member else 0,
            "is_cancel_subscribe": False,
            "subscribe_type": "auto" if member else "",
            "subscribe_cycle": 1 if member else 0,
            "cycle_unit": "MONTH" if member else "",
            "product_id": "sandbox_month" if member else "",
        }
    )


async def passport(call: Call) -> Data:
    """Answer who is signed in. Has no `ret`."""
    uid = call.user.uid
    aid = max(call.world.market.aids)
    data = {
        "user_id": int(uid),
        "user_id_str": uid,
        "app_id": aid,
        "sec_user_id": f"MS4w{uid}",
        "screen_name": f"sandbox{uid[-6:]}",
        "name": f"sandbox{uid[-6:]}",
        "avatar_url": "",
        "app_user_info": {},
        "connects": [],
    }
    scenario = call.world.scenario_of(call.user)
    if scenario is not None and "passport_flat" in scenario.shape:
        return dump({**data, "message": "success"})
    return dump({"data": data, "message": "success"})


async def image_by_uri(call: Call) -> Data:
    """Answer fresh addresses for stored images; foreign and unknown ones are left out."""
    now, scribe = call.world.clock(), call.scribe
    if "uris" not in call.body:
        raise Refusal(1000, "uris is missing")
    found: dict[str, Any] = {}
    belongings, form = call.world.belongings(call.user), call.world.options.picture_format
    for uri in _ids(call.body, "uris"):
        size = belongings.picture_size(uri)
        if size is not None:
            address = scribe.address(uri, 0, form, now)
            found[uri] = {"image_url": address, "width": size[0], "height": size[1], "format": form}
    return dump({"uri2image": found})


async def update_settings(call: Call) -> Data:
    """Take the settings of the account; none of them changes what the simulator does."""
    if not isinstance(call.body.get("custom_settings"), dict):
        raise Refusal(1000, "custom_settings is missing")
    return "{}"
