"""Ask for records by submit id, and read what the site says of them."""

from collections.abc import Mapping
from typing import Final

from dreambridge.catalog.codes import Codes
from dreambridge.domain.errors import AnswerUnreadable, Charged, ContentRefused, GatewayError
from dreambridge.domain.submission import HistoryRecord, RecordStatus
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.items import parse_items
from dreambridge.upstream.wire.reading import (
    Document,
    as_dict,
    as_float,
    as_int,
    as_list,
    as_text,
    first_text,
    objects,
)

_UNKNOWN: Final = -1
_INIT: Final = 0
_REJECTED_INPUT: Final = 10
_SUBMITTED: Final = 20
_FAILED: Final = 30
_REJECTED_OUTPUT: Final = 40
_SUCCESS: Final = 50
_DELETED: Final = 100
# 60, 70 and 80 are failures to one client, 100 is a deleted record in the site's own table.
_ENDS_BADLY: Final = frozenset({_FAILED, _REJECTED_OUTPUT, 60, 70, 80, _DELETED})
_REJECTED: Final = frozenset({_REJECTED_INPUT, _REJECTED_OUTPUT})
_WAITING: Final = frozenset({_UNKNOWN, _INIT, _SUBMITTED})
_GENERATING: Final = 2  # queue_status
_LISTS: Final = ("history_list", "history_record_list", "histories", "records_list")
_NO_REASON: Final = frozenset({"", "0", "success"})
# By one of these a record is known among the values of a map.
_MARKS: Final = frozenset({"status", "item_list", "history_record_id", "task"})
_CODE_KEPT: Final = 120
_MESSAGE_KEPT: Final = 400


def build_history_request(submit_ids: tuple[str, ...]) -> SiteRequest:
    """Build one question for several records; the sites' browser asks by submit id, and so with nothing else."""
    return SiteRequest(Service.MWEB, "/mweb/v1/get_history_by_ids", {"submit_ids": list(submit_ids)})


def parse_history(envelope: Envelope, wanted: Mapping[str, int]) -> dict[str, HistoryRecord]:
    """Read the records of the wanted submit ids; `wanted` gives the number of items each should have.

    An id that the site does not name (or calls null) is absent. An answer that may hold a wanted record in a place we
    do not know is `AnswerUnreadable`: taking it for "not there" could send a paid call a second time.
    """
    data = envelope.data
    if data is None or data == {}:
        return {}
    entries = _entries(data, wanted) if isinstance(data, dict) else None
    if entries is None:
        raise AnswerUnreadable("The site's history has an unknown shape.", log_id=envelope.log_id)
    found: dict[str, HistoryRecord] = {}
    strays: list[Document] = []
    for key, value in entries:
        submit_id = key if key in wanted else _submit_id(value)
        if submit_id in wanted:
            found[submit_id] = parse_record(value, wanted[submit_id], submit_id=submit_id, key=key)
        elif not submit_id:
            strays.append(value)
    missing = [each for each in wanted if each not in found]
    if strays and missing:
        if len(missing) != 1 or len(strays) != 1:
            raise AnswerUnreadable("The site's history has records that name no submit id.", log_id=envelope.log_id)
        found[missing[0]] = parse_record(strays[0], wanted[missing[0]], submit_id=missing[0])
    return found


def _entries(data: Document, wanted: Mapping[str, int]) -> list[tuple[str, Document]] | None:
    """List the records of a map, or of the lists that older servers sent; `None` when nothing in it is known."""
    entries: list[tuple[str, Document]] = []
    known = False
    for key, value in data.items():
        if isinstance(value, dict) and (key in wanted or not _MARKS.isdisjoint(value)):
            entries.append((key, value))
        elif key in _LISTS:
            known = True
            entries.extend(("", each) for each in objects(value))
        elif value is None:
            known = True
        elif key in wanted:
            return None
    return entries if entries or known else None


def parse_record(value: Document, expected: int, *, submit_id: str | None = None, key: str = "") -> HistoryRecord:
    """Read one record of which `expected` items were asked; `record_id` is empty when the site does not name it."""
    task = as_dict(value.get("task"))
    queue = as_dict(value.get("queue_info"))
    status, task_status = as_int(value.get("status")), as_int(task.get("status"))
    site_status = next((each for each in (status, task_status) if each is not None), _UNKNOWN)
    items = tuple(parse_items(value))
    finished_at = as_float(value.get("finish_time")) or as_float(task.get("finish_time")) or None
    fail_code, fail_message = _reason(value, task)
    refused = finished_at is not None and (fail_code is not None or task_status in _REJECTED)
    return HistoryRecord(
        submit_id=submit_id or _submit_id(value) or None,
        record_id=_record_id(value, task) or (key if key.isdecimal() else ""),
        status=_end(site_status, value, len(items), expected, refused=refused) or _stage(site_status, queue),
        site_status=site_status,
        task_status=task_status,
        items=items,
        expected=as_int(value.get("total_image_count")) or None,
        finished=as_int(value.get("finished_image_count")),
        created_at=as_float(value.get("created_time")) or None,
        finished_at=finished_at,
        fail_code=fail_code,
        fail_message=fail_message,
        queue_position=as_int(queue.get("queue_idx")),
        queue_length=as_int(queue.get("queue_length")),
        forecast_queue=as_float(value.get("forecast_queue_cost")),
        forecast_generate=as_float(value.get("forecast_generate_cost")),
        poll_interval=as_float(as_dict(queue.get("polling_config")).get("interval_seconds")),
    )


def _end(site_status: int, value: Document, items: int, expected: int, *, refused: bool) -> RecordStatus | None:
    """Decide whether a record has ended, and how; `None` while it has not.

    Items may all be there while the status still says 45; a first item is never the end. Of a series the site may
    announce more items than were expected, and of what an agent ordered only the site knows how many there will be
    (`expected` is 0). `refused` is a reason together with a finish time: the US site says so before it changes the
    status. 10 meant success to old gateways and a refused prompt to the site's own table, so there the items, the
    reason and the finish time decide.
    """
    if 0 < max(expected, as_int(value.get("total_image_count")) or 0) <= items:
        return RecordStatus.DONE
    if site_status in _ENDS_BADLY or refused:
        return RecordStatus.DONE if items else RecordStatus.FAILED
    if site_status == _SUCCESS:
        if items:
            return RecordStatus.DONE
        # Items that are listed and have no address yet will have one at the next look.
        return None if as_list(value.get("item_list")) else RecordStatus.FAILED
    if site_status == _REJECTED_INPUT and (value.get("finish_time") or as_dict(value.get("task")).get("finish_time")):
        return RecordStatus.DONE if items else RecordStatus.FAILED
    return None


def _stage(site_status: int, queue: Document) -> RecordStatus:
    if site_status in _WAITING and as_int(queue.get("queue_status")) != _GENERATING:
        return RecordStatus.QUEUED
    return RecordStatus.RUNNING


def failure_of(record: HistoryRecord, codes: Codes) -> GatewayError:
    """Build the error that says why a record failed, from all the places in which it gave a reason."""
    meaning = codes.for_record(record.fail_code, record.fail_code, record.fail_message)
    unknown = meaning == codes.fallback["record"]
    if unknown and record.task_status in _REJECTED:
        what = "prompt or an input" if record.task_status == _REJECTED_INPUT else "result"
        return ContentRefused(
            f"The site refused the {what} without a reason we know.",
            site_code=record.fail_code,
            charged=Charged.UNKNOWN,
        )
    return meaning.to_error(site_code=record.fail_code)


def _reason(value: Document, task: Document) -> tuple[str | None, str | None]:
    """Find why a record failed: the first telling place, and the texts of all of them."""
    places = (
        value.get("fail_code"),
        value.get("fail_starling_key"),
        value.get("fail_starling_message"),
        value.get("fail_msg"),
        as_dict(task.get("resp_ret")).get("errmsg"),
        as_dict(value.get("gen_result_data")).get("result_msg"),
    )
    telling = [text for text in map(as_text, places) if text.casefold() not in _NO_REASON]
    if not telling:
        return None, None
    return telling[0][:_CODE_KEPT], "; ".join(dict.fromkeys(telling))[:_MESSAGE_KEPT]


def _submit_id(record: Document) -> str:
    return first_text(record.get("submit_id"), as_dict(record.get("task")).get("submit_id"))


def _record_id(value: Document, task: Document) -> str:
    return first_text(value.get("history_record_id"), task.get("history_id"), task.get("task_id"))
