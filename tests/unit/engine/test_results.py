"""Artifacts of records: one for each item, in order, and the same again for what had landed before."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job
from dreambridge.domain.submission import HistoryRecord, RecordItem, RecordStatus, Submission
from dreambridge.engine.results import build_artifacts, leave_room


@pytest.fixture
def job(make_job: Callable[..., Job]) -> Job:
    """Make a job for six pictures in two submissions."""
    made = make_job(submissions=(Submission(0, 4, submit_id="s0"), Submission(1, 2, submit_id="s1")))
    return replace(made, request=replace(made.request, count=6, parts=(4, 2)))


def record(part: int, *names: str, kind: Kind = Kind.IMAGE) -> HistoryRecord:
    items = tuple(
        RecordItem(name, f"https://media.example/{name}", None, None, kind, cover_url=f"https://media.example/{name}c")
        for name in names
    )
    return HistoryRecord(f"s{part}", str(part), RecordStatus.RUNNING, 45, items=items)


def places(artifacts: tuple[Artifact, ...]) -> dict[str | None, int]:
    return {each.item_id: each.index for each in artifacts if each.cover_of is None}


def test_what_landed_keeps_id_and_bytes_and_goes_where_the_record_has_it(job: Job) -> None:
    (second,) = build_artifacts(job, [record(0, "b")], 1.0)
    stored = replace(second, state=FetchState.STORED, bytes=7, file="x")
    made = build_artifacts(job, [record(1, "e"), record(0, "a", "b", "c")], 2.0, landed=[stored])
    assert places(made) == {"a": 0, "b": 1, "c": 2, "e": 3}
    assert made[1] == replace(stored, index=1)
    assert len({each.id for each in made}) == 4


def test_room_is_left_for_the_parts_that_have_shown_less_than_was_asked(job: Job) -> None:
    made = build_artifacts(job, [record(0, "a"), record(1, "e", "f")], 1.0)
    assert places(leave_room(job, made)) == {"a": 0, "e": 4, "f": 5}


def test_what_the_record_shows_no_more_stays_behind_the_rest(job: Job) -> None:
    landed = build_artifacts(job, [record(0, "a", "b")], 1.0)
    made = build_artifacts(job, [record(0, "b", "c")], 2.0, landed=landed)
    assert places(made) == {"b": 0, "c": 1, "a": 2}
    assert {landed[0].id, landed[1].id} < {each.id for each in made}


def test_a_better_address_has_the_bytes_of_a_video_fetched_anew_but_not_its_still(job: Job) -> None:
    clip, fine = record(0, "v", kind=Kind.VIDEO), "https://media.example/fine"
    landed = [replace(each, state=FetchState.STORED, attempts=3) for each in build_artifacts(job, [clip], 1.0)]
    same = build_artifacts(job, [clip], 2.0, landed=landed)
    video, still = build_artifacts(job, [clip], 2.0, {"v": fine}, landed)
    assert list(same) == landed
    assert video == replace(landed[0], source_url=fine, state=FetchState.PENDING, attempts=0)
    assert (still, still.cover_of) == (landed[1], video.id)
