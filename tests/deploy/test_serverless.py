"""On a host that ends the process between requests, tasks go on when they are asked for, and nothing is lost."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.conftest import ROOT, Processes, free_port, plain_environment, until

from dreambridge.domain.key import ImagesMode
from dreambridge.settings import ResultUrls, Settings
from dreambridge.wiring import StartRefused
from dreambridge.wiring.serverless import read_settings

TOKEN = "cn-" + "c2" * 16


@dataclass
class Host:
    """A host that runs the application when it is told to; each process finds an empty disk."""

    processes: Processes
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    started: int = 0

    def begin(self) -> subprocess.Popen[bytes]:
        self.started += 1
        disk = self.processes.folder / f"disk-{self.port}-{self.started}"
        disk.mkdir()
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "deploy" / "serverless")]
        command += ["--lifespan", "on", "--port", str(self.port), "app:app"]
        own = {"TMPDIR": str(disk), "HOME": str(disk)}
        process = self.processes.start("host", command, {**self.environment, **own}, cwd=disk)
        self.processes.ready("host", process, f"http://127.0.0.1:{self.port}/readyz")
        return process

    def ask(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def completed(self, task: str) -> bool:
        found = self.ask(f"/v1/images/tasks/{task}")
        assert found["status"] != "failed", found
        return bool(found["status"] == "completed")


@pytest.fixture
def host(site: str, catalog: Path, postgres_url: str, processes: Processes) -> Host:
    settings = {
        "database_url": postgres_url,
        "secret_key": "k" * 48,
        "allow_session_tokens": "true",
        "send_window_seconds": "1",
        "catalog_dir": str(catalog),
        "min_free_bytes": "0",
        "submit_gap_ms": "0",
    }
    return Host(processes, plain_environment(**settings))


def told(site: str, what: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{site}/_simulator/{what}", data=data, timeout=30) as answer:
        return json.load(answer)


def test_a_task_is_answered_at_once_and_followed_when_it_is_asked_for(
    host: Host, site: str, processes: Processes
) -> None:
    process = host.begin()
    told(site, "hold", {"where": "before"})
    task = host.ask("/v1/images/generations", {"prompt": "a red fox in snow", "n": 1})
    assert task["status"] == "pending"
    told(site, "release", {})
    until(lambda: host.completed(task["task_id"]), "a look finds the task completed")
    found = host.ask(f"/v1/images/tasks/{task['task_id']}")
    assert all(url.startswith(site) for url in found["images"]), "the site's own addresses: no disk is needed"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) in {0, -signal.SIGTERM}, processes.log("host")[-3000:]


def test_a_process_that_is_ended_leaves_its_task_to_the_next_which_pays_nothing_twice(host: Host, site: str) -> None:
    first = host.begin()
    told(site, "hold", {"where": "after"})
    task = host.ask("/v1/images/generations", {"prompt": "a blue fox in snow", "n": 1})
    until(lambda: told(site, "stats")["held"]["after"] == 1, "the paid call was accepted, unanswered")
    first.kill()
    first.wait(10)
    told(site, "release", {})
    host.begin()
    until(lambda: host.completed(task["task_id"]), "the next process completes the task")
    assert [line["prompt"] for line in told(site, "ledger")].count("a blue fox in snow") == 1


def test_without_a_database_server_the_host_does_not_start(host: Host) -> None:
    kept = {name: value for name, value in host.environment.items() if name != "DREAMBRIDGE_DATABASE_URL"}
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "deploy" / "serverless")]
    command += ["--lifespan", "on", "--port", "0", "app:app"]
    done = subprocess.run(
        command, env=kept, cwd=host.processes.folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "DREAMBRIDGE_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", [None, "sqlite:////data/dreambridge.db"])
def test_a_file_as_database_is_refused(url: str | None) -> None:
    given: dict[str, Any] = {"_env_file": None, "database_url": url}
    with pytest.raises(StartRefused, match="DREAMBRIDGE_DATABASE_URL"):
        read_settings(Settings(**given))


def test_what_the_operator_set_stays_but_for_the_mode_and_the_rules_of_an_open_address(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "_env_file": None,
        "database_url": "postgresql://db/x",
        "sync_wait_images": 50,
        "data_dir": tmp_path,
        "images_mode": "wait",
        "host": "127.0.0.1",
    }
    settings = read_settings(Settings(**given))
    assert (settings.sync_wait_images, settings.data_dir) == (50, tmp_path)
    assert (settings.images_mode, settings.result_urls) == (ImagesMode.TASK, ResultUrls.SITE)
    assert settings.exposed
    assert not settings.sandbox_on
