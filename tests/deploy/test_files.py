"""The compose file, the blueprint and the unit say what they should, and the programs that read them find no fault."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.conftest import ROOT, Tools, need, read_compose, run_compose
from tests.deploy.dockerfile import read_steps

from dreambridge.settings import Settings

UNIT = ROOT / "deploy" / "systemd" / "dreambridge.service"
SETTINGS = {f"DREAMBRIDGE_{name.upper()}": field for name, field in Settings.model_fields.items()}


@pytest.fixture
def with_postgres(tools: Tools, tmp_path: Path) -> dict[str, Any]:
    """Read the compose file with its profile, beside an env file that was made from the example."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    shutil.copy(ROOT / "deploy" / "postgres.env.example", tmp_path / "deploy" / "postgres.env")
    return read_compose(tools, "--profile", "postgres", folder=tmp_path)


def test_compose_starts_one_closed_service_on_the_loopback_of_its_host(tools: Tools) -> None:
    services = read_compose(tools)["services"]
    assert list(services) == ["gateway"]
    service = services["gateway"]
    assert [(port["host_ip"], port["published"], port["target"]) for port in service["ports"]] == [
        ("127.0.0.1", "8000", 8000)
    ]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [(each["type"], each["source"], each["target"]) for each in service["volumes"]] == [
        ("volume", "data", "/data")
    ]
    assert service["environment"]["DREAMBRIDGE_SANDBOX"] == "true"
    assert "privileged" not in service
    assert "user" not in service, "the image's own user"


def test_compose_s_profile_has_a_gateway_that_waits_for_its_postgresql(with_postgres: dict[str, Any]) -> None:
    services = with_postgres["services"]
    assert set(services) == {"gateway", "shared", "postgres"}
    shared, postgres = services["shared"], services["postgres"]
    assert shared["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert "ports" not in postgres
    assert postgres["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    url, password = shared["environment"]["DREAMBRIDGE_DATABASE_URL"], postgres["environment"]["POSTGRES_PASSWORD"]
    assert url == f"postgresql://dreambridge:{password}@postgres:5432/dreambridge"
    assert shared["read_only"]
    published = [port["published"] for each in services.values() for port in each.get("ports", ())]
    assert len(published) == len(set(published))


def test_compose_s_profile_says_which_file_is_missing(tools: Tools, tmp_path: Path) -> None:
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    done = run_compose(tools, "--profile", "postgres", "config", folder=tmp_path)
    assert done.stdout == ""
    assert "deploy/postgres.env not found" in done.stderr


def test_every_setting_that_is_deployed_exists() -> None:
    files = [
        ROOT / "Dockerfile",
        ROOT / "compose.yaml",
        ROOT / "render.yaml",
        *(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
    ]
    named = {name for path in files for name in re.findall(r"DREAMBRIDGE_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert {"DREAMBRIDGE_HOST", "DREAMBRIDGE_DATABASE_URL"} <= named
    assert named - set(SETTINGS) == set()


def test_a_stop_is_given_longer_than_the_gateway_takes_to_drain(tools: Tools) -> None:
    drains = SETTINGS["DREAMBRIDGE_SHUTDOWN_SECONDS"].default
    (unit_waits,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    blueprint = yaml.safe_load((ROOT / "render.yaml").read_text())["services"][0]
    assert int(unit_waits) > drains
    assert blueprint["maxShutdownDelaySeconds"] > drains
    assert int(read_compose(tools)["services"]["gateway"]["stop_grace_period"].removesuffix("s")) > drains


def test_the_blueprint_is_of_the_dockerfile_s_port_and_volume() -> None:
    (service,) = yaml.safe_load((ROOT / "render.yaml").read_text())["services"]
    steps = {step.name: step.text for step in read_steps((ROOT / "Dockerfile").read_text())}
    values = {each["key"]: each for each in service["envVars"]}
    assert values["PORT"]["value"] == steps["EXPOSE"]
    assert f'["{service["disk"]["mountPath"]}"]' == steps["VOLUME"]
    assert service["healthCheckPath"] == "/readyz"
    assert (ROOT / service["dockerfilePath"]).is_file()
    assert values["DREAMBRIDGE_SECRET_KEY"] == {"key": "DREAMBRIDGE_SECRET_KEY", "generateValue": True}
    assert int(values["DREAMBRIDGE_RETENTION_BYTES"]["value"]) < service["disk"]["sizeGB"] * 1000**3
    assert all(isinstance(each.get("value", ""), str) for each in service["envVars"])


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    analyze = need("systemd-analyze", "systemd")
    text = UNIT.read_text()
    command = "/opt/dreambridge/bin/dreambridge"
    assert text.count(f"ExecStart={command} ") == 1
    # It looks whether the program is there.
    (tmp_path / UNIT.name).write_text(text.replace(command, sys.executable))
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / UNIT.name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert UNIT.name not in done.stderr


def test_systemd_calls_the_unit_well_closed(tmp_path: Path) -> None:
    analyze = need("systemd-analyze", "systemd")
    shutil.copy(UNIT, tmp_path)
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=15", "--no-pager", str(tmp_path / UNIT.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


@pytest.mark.parametrize("page", ["deployment.md", "deployment.zh.md"])
def test_the_pages_tell_commands_that_exist_here(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [line.removeprefix("sudo ") for block in blocks for line in block.splitlines()]
    copied = [line.split()[1] for line in commands if line.startswith("cp ")]
    assert len(copied) == 4
    assert [name for name in copied if not (ROOT / name).is_file()] == []
    runs = [step.text for step in read_steps((ROOT / "Dockerfile").read_text()) if step.name == "RUN"]
    installs = [line for line in commands if "/bin/pip install" in line]
    assert installs == [text for text in runs if "/bin/pip install" in text], "as the image is made, which is tested"
    ups = [line for line in commands if line.startswith("docker compose up")]
    assert ups == ["docker compose up --build --wait", "docker compose up --build --wait shared"]


def test_the_pages_tell_the_same_commands_in_both_languages() -> None:
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("deployment.md", "deployment.zh.md")]
    first, second = (re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for text in pages)
    assert first == second
