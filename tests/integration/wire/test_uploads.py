from collections.abc import Callable
from typing import Any

import pytest

from dreambridge.domain import errors
from dreambridge.domain.generation import Dimensions, InputKind

SITES = ("cn", "us", "hk", "jp", "sg", "sandbox")
Draw = Callable[..., bytes]


@pytest.mark.parametrize("site", SITES)
async def test_all_inputs_of_a_job_come_to_a_site_with_one_token_for_each_way(
    open_bench: Any, draw: Draw, record_sound: Callable[[float], bytes], site: str
) -> None:
    bench = await open_bench(site)
    pictures = [bench.source(draw(number, 60 + number, 40)) for number in range(5)]
    noise = bench.source(record_sound(1.5), InputKind.AUDIO, seconds=1.5)
    found = await bench.uploader.upload(bench.session(), [*pictures, noise, pictures[0]])
    assert list(found) == [each.input.sha256 for each in (*pictures, noise)]
    assert [found[each.input.sha256].dimensions for each in pictures] == [Dimensions(60 + n, 40) for n in range(5)]
    kept = bench.server.world.depot.kept
    assert {each.uri or each.vid for each in found.values()} == set(kept)
    assert found[noise.input.sha256].vid is not None
    assert found[noise.input.sha256].seconds == 1.5
    assert [bench.calls(name) for name in ("token", "apply", "upload", "commit")] == [2, 6, 6, 6]
    assert bench.refusals == []


async def test_a_token_serves_the_next_job_of_its_session_and_no_other_session(open_bench: Any, draw: Draw) -> None:
    bench = await open_bench()
    for name in ("ann", "ann", "bob"):
        await bench.uploader.upload(bench.session(name), [bench.source(draw(1))])
    assert bench.calls("token") == 2


async def test_a_token_is_asked_for_again_shortly_before_it_runs_out(open_bench: Any, draw: Draw) -> None:
    bench = await open_bench(token_seconds=3600)
    for number, tokens in ((0, 1), (1, 1), (2, 2)):
        await bench.uploader.upload(bench.session(), [bench.source(draw(number))])
        assert bench.calls("token") == tokens
        bench.pass_time(1800)
    assert bench.refusals == []


@pytest.mark.parametrize(
    ("scenario", "repeated"),
    [
        ("upload-token-expired", {"token": 2}),
        ("upload-100024-once", {"token": 2, "apply": 4}),
        ("upload-session-key-once", {"apply": 4}),
        ("upload-crc-once", {"apply": 4}),
        ("upload-500-once", {"apply": 4}),
        ("upload-edge-once", {"apply": 4}),
        ("upload-drop-once", {"apply": 4}),
        ("commit-502-once", {"apply": 4}),
    ],
)
async def test_an_upload_that_failed_alone_is_repeated_alone(
    open_bench: Any, draw: Draw, scenario: str, repeated: dict[str, int]
) -> None:
    bench = await open_bench(scenario=scenario)
    sources = [bench.source(draw(number)) for number in range(3)]
    found = await bench.uploader.upload(bench.session(), sources)
    assert len(found) == 3
    assert all(each.uri in bench.server.world.depot.kept for each in found.values())
    assert {name: bench.calls(name) for name in repeated} == repeated
    assert bench.refusals == []


@pytest.mark.parametrize(
    ("scenario", "error", "code"),
    [
        ("upload-token-1015", errors.SessionExpired, "1015"),
        ("upload-signature", errors.SiteRefused, "100010"),
        ("upload-502", errors.SiteUnreachable, "http-502"),
    ],
)
async def test_an_upload_that_nothing_helps_says_why(
    open_bench: Any, draw: Draw, scenario: str, error: type[errors.GatewayError], code: str
) -> None:
    bench = await open_bench(scenario=scenario)
    with pytest.raises(error) as caught:
        await bench.uploader.upload(bench.session(), [bench.source(draw(number)) for number in range(2)])
    assert caught.value.site_code == code
    assert bench.calls("token") == 1
    assert not bench.server.world.depot.kept


async def test_a_file_the_site_cannot_read_is_not_brought_twice(open_bench: Any) -> None:
    bench = await open_bench()
    with pytest.raises(errors.InputUnusable):
        await bench.uploader.upload(bench.session(), [bench.source(b"this is a text")])
    assert bench.calls("commit") == 1


async def test_a_large_file_arrives_whole_though_it_is_never_held(open_bench: Any, record_sound: Any) -> None:
    bench = await open_bench()
    source = bench.source(record_sound(200.0), InputKind.AUDIO)
    assert source.input.bytes > 3_000_000
    found = await bench.uploader.upload(bench.session(), [source])
    assert found[source.input.sha256].seconds == 200.0
    assert bench.refusals == []
