"""The conformance suite as a command: it passes on what is offered, and notices what is wrong."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import SimulatorOptions

RUN = Path(__file__).with_name("run.py")


def conformance(*arguments: str, **environment: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DREAMBRIDGE_")}
    named = {f"DREAMBRIDGE_CONFORMANCE_{name}": value for name, value in environment.items() if name != "CATALOG"}
    if "CATALOG" in environment:
        named["DREAMBRIDGE_CATALOG_DIR"] = environment["CATALOG"]
    command = [sys.executable, str(RUN), *arguments]
    done = subprocess.run(command, env=clean | named, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_every_model_goes_from_request_to_artifact_in_every_mode_on_one_of_its_sites() -> None:
    code, told = conformance("--once")
    assert code == 0, told
    assert " rows went from request to artifact" in told
    for site in ("cn", "us", "hk", "jp", "sg", "sandbox"):
        assert f"went well {site} " in told


def test_the_list_names_every_site_and_mode_with_its_price() -> None:
    code, told = conformance("--list")
    assert code == 0
    rows = [line.split() for line in told.splitlines()[:-1]]
    assert {row[0] for row in rows} == {"cn", "us", "hk", "jp", "sg", "sandbox"}
    modes = {row[1].partition(":")[2] for row in rows}
    assert modes >= {"text", "inputs", "series", "first_frame", "first_last_frames", "multi_frame", "omni_reference"}
    assert ["cn", "jimeng-4.5:text", "4"] in rows


def test_a_model_key_that_the_site_does_not_know_is_noticed(tmp_path: Path) -> None:
    row = '[[model]]\nname = "jimeng-4.5"\nkeys = { us = "high_aes_general_v40_nowhere" }\n'
    (tmp_path / "models.toml").write_text(row)
    (tmp_path / "models.toml").chmod(0o600)
    code, told = conformance("--rows", "jimeng-4.5:text", "--data", str(tmp_path))
    assert code == 1, told
    assert "FAILED    us jimeng-4.5:text" in told
    assert "REFUSED   us refused generate" in told


def test_rows_that_do_not_exist_are_told() -> None:
    code, told = conformance("--rows", "jimeng-4.5:opera")
    assert (code, "no such rows: jimeng-4.5:opera" in told) == (2, True)


def test_a_real_site_is_asked_for_nothing_without_a_session_and_for_nothing_beyond_the_budget() -> None:
    code, told = conformance(SITE="cn", ROWS="jimeng-4.5:text")
    assert (code, "DREAMBRIDGE_CONFORMANCE_SESSION" in told) == (2, True)
    secret = "made-up-session-9f3b"
    code, told = conformance(SITE="cn", SESSION=secret, BUDGET="3", ROWS="jimeng-4.5:text")
    assert code == 1
    assert "left out  cn jimeng-4.5:text: 4 credits are beyond the budget" in told
    assert secret not in told


def test_rows_without_a_price_are_left_out_unless_named() -> None:
    code, told = conformance(SITE="cn", SESSION="made-up", BUDGET="0")
    assert code == 1
    assert "left out  cn jimeng-5.0:text: its price is not known" in told


async def test_at_a_real_site_the_rows_within_the_budget_are_run_with_the_session_of_the_environment(
    tmp_path: Path,
) -> None:
    options = SimulatorOptions(cluster="cn", strict=True, time_scale=0.02, generation="fixed:10", tiny_items=True)
    site = SimulatorServer(options)
    url = await site.start()
    hosts = "".join(f'{host} = "{url}"\n' for host in ("mweb", "commerce", "passport", "imagex", "vod"))
    (tmp_path / "sites.toml").write_text(f"[cn]\n{hosts}")
    (tmp_path / "sites.toml").chmod(0o600)
    secret = "0c" * 16  # made up
    wanted = "jimeng-4.5:text,jimeng-4.1:inputs,jimeng-4.0:text"
    given = {"SITE": "cn", "SESSION": secret, "BUDGET": "9", "ROWS": wanted, "CATALOG": str(tmp_path)}
    try:
        code, told = await asyncio.to_thread(conformance, "--keep", str(tmp_path / "kept"), **given)
        ledger = [(record.session, record.wish.model) for record in site.world.records.values()]
    finally:
        await site.stop()
    assert code == 0, told
    assert "2 of 2 rows went from request to artifact" in told
    assert "left out  cn jimeng-4.0:text: 4 credits are beyond the budget, 8 of 9 being taken" in told
    assert ledger == [(secret, "high_aes_general_v40l"), (secret, "high_aes_general_v41")]
    assert secret not in told
