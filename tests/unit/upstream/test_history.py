import json
from pathlib import Path
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.generation import Dimensions
from dreambridge.upstream.wire.envelope import Envelope, parse_envelope
from dreambridge.upstream.wire.history import failure_of, parse_history, parse_record

SAMPLE = json.loads((Path(__file__).parent / "samples" / "records.json").read_text(encoding="utf-8"))
ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"


def wrapped(data: object) -> Envelope:
    return parse_envelope({"ret": "0", "data": data})


def record_of(case: dict[str, Any]) -> dict[str, Any]:
    return {"history_record_id": "7897777067020", "item_list": [SAMPLE["item"]] * case["items"], **case["record"]}


@pytest.mark.parametrize("case", SAMPLE["cases"], ids=lambda case: case["name"])
def test_four_wanted_items_are_judged_as_the_sites_mean_it(case: dict[str, Any], catalog: Catalog) -> None:
    record = parse_record(record_of(case), 4, submit_id=ONE)
    assert record.status == case["status"]
    assert len(record.items) == case["items"]
    if "fail_code" in case:
        assert record.fail_code == case["fail_code"]
    if "error" in case:
        assert type(failure_of(record, catalog.codes)).__name__ == case["error"]


def test_every_field_of_a_queued_record_is_read() -> None:
    record = parse_record(record_of(SAMPLE["cases"][0]), 4, submit_id=ONE)
    assert (record.queue_position, record.queue_length) == (37, 412)
    assert (record.forecast_queue, record.forecast_generate) == (1800, 90)
    assert record.record_id == "7897777067020"
    assert (record.site_status, record.task_status) == (20, 20)
    assert record.expected is None


def test_a_record_names_its_items_with_address_size_and_format() -> None:
    (item,) = parse_record({"item_list": [SAMPLE["item"]]}, 1).items
    assert item.url == "https://media.invalid/large"
    assert item.item_id == "7593926374448975155"
    assert item.dimensions == Dimensions(2048, 2048)
    assert item.format == "png"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ({"image": {"large_images": [{"image_url": ""}, {"image_url": "https://b"}]}}, "https://b"),
        ({"common_attr": {"cover_url": "https://c"}, "image": None}, "https://c"),
        ({"common_attr": {"item_urls": ["", "https://d"]}}, "https://d"),
    ],
)
def test_an_items_address_is_found_wherever_it_lies(item: dict[str, object], url: str) -> None:
    assert [each.url for each in parse_record({"item_list": [None, "x", item]}, 1).items] == [url]


def test_a_record_is_found_by_either_id_and_a_missing_one_is_absent() -> None:
    by_submit = {ONE: {"status": 45, "history_record_id": "123"}}
    by_history = {"7897777067020": {"status": 45, "task": {"submit_id": ONE}}}
    wanted = {ONE: 4, TWO: 1}
    assert parse_history(wrapped(by_submit), wanted)[ONE].record_id == "123"
    found = parse_history(wrapped(by_history), wanted)
    assert list(found) == [ONE]
    assert found[ONE].record_id == "7897777067020"


@pytest.mark.parametrize("key", ["history_list", "history_record_list", "histories"])
def test_lists_of_older_servers_are_read(key: str) -> None:
    record = {"status": 50, "submit_id": ONE, "history_record_id": "1", "item_list": [SAMPLE["item"]]}
    assert parse_history(wrapped({key: [record]}), {ONE: 1})[ONE].status == "done"
    assert parse_history(wrapped({key: []}), {ONE: 1}) == {}


def test_each_record_is_judged_by_its_own_count() -> None:
    data = {each: {"status": 45, "item_list": [SAMPLE["item"]]} for each in (ONE, TWO)}
    found = parse_history(wrapped(data), {ONE: 1, TWO: 2})
    assert {each: record.status.value for each, record in found.items()} == {ONE: "done", TWO: "running"}


@pytest.mark.parametrize("data", [None, {}, {ONE: None}])
def test_an_answer_that_names_nothing_means_not_visible(data: object) -> None:
    assert parse_history(wrapped(data), {ONE: 4}) == {}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"status": 45, "total_image_count": 4}, "running"),
        ({"status": 45, "total_image_count": 1}, "done"),
        ({"status": 45}, "running"),
        ({"status": 50}, "done"),
        ({"status": 30}, "done"),
    ],
    ids=str,
)
def test_where_nobody_said_how_many_only_the_site_knows_when_all_are_there(
    facts: dict[str, object], status: str
) -> None:
    items = [{"common_attr": {"id": "1", "cover_url": "https://media.example/1"}}]
    assert parse_record({**facts, "item_list": items}, 0).status == status


def test_foreign_records_are_ignored() -> None:
    data = {TWO: {"status": 50, "submit_id": TWO}}
    assert parse_history(wrapped(data), {ONE: 4}) == {}


@pytest.mark.parametrize(
    "data",
    [
        "text",
        [{"status": 45}],
        {ONE: "text"},
        {ONE: [1]},
        {"records": {ONE: {"status": 45}}},
        {"123456789012": {"status": 45}, "123456789013": {"status": 45}},
    ],
)
def test_an_answer_that_may_hide_a_record_is_never_taken_for_absence(data: object) -> None:
    with pytest.raises(AnswerUnreadable):
        parse_history(wrapped(data), {ONE: 4})


def test_a_single_record_without_any_submit_id_belongs_to_the_single_question() -> None:
    found = parse_history(wrapped({"7897777067020": {"status": 45}}), {ONE: 4})
    assert found[ONE].status == "running"


def test_a_reason_shows_no_text_of_the_site_to_the_caller(catalog: Catalog) -> None:
    record = parse_record({"status": 30, "fail_code": "2038", "fail_starling_message": "your prompt: FOX"}, 4)
    assert "FOX" not in failure_of(record, catalog.codes).message
    assert "FOX" in (record.fail_message or "")


def test_reading_many_records_leaves_the_answer_as_it_was() -> None:
    data = {f"{number:036d}": record_of(SAMPLE["cases"][0]) for number in range(10)}
    before = json.dumps(data)
    found = parse_history(wrapped(data), dict.fromkeys(data, 4))
    assert len(found) == 10
    assert json.dumps(data) == before
