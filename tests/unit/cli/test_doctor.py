import json
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
SITES = ("cn", "us", "hk", "jp", "sg")


def override(data: Path, urls: dict[str, str]) -> None:
    """Point sites at other hosts, as an operator would."""
    catalog = data / "catalog"
    catalog.mkdir(parents=True, mode=0o700)
    hosts = ("mweb", "commerce", "passport", "imagex", "vod")
    tables = [f"[{site}]\n" + "".join(f'{host} = "{url}"\n' for host in hosts) for site, url in urls.items()]
    (catalog / "sites.toml").write_text("\n".join(tables))
    (catalog / "sites.toml").chmod(0o600)
    data.chmod(0o700)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    return {row["subject"]: (row["verdict"], row["detail"]) for row in json.loads(done.stdout)}


def test_a_fresh_machine_is_in_order(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--offline", "--data-dir", tmp_path / "new")
    assert done.returncode == 0
    assert "✗" not in done.stdout
    assert "made at the first start" in done.stdout
    assert not (tmp_path / "new").exists()


def test_sites_that_answer_are_told_with_their_hosts_and_nothing_is_spent(run: Run, start: Any, data: Path) -> None:
    here, there = start("simulate", "--cluster", "cn", "--port", "0", "--strict"), start("simulate", "--port", "0")
    override(data, {site: here.url if site == "cn" else there.url for site in SITES})
    done = run("doctor", "--json", "--data-dir", data)
    found = findings(done)
    assert done.returncode == 0
    assert found["cn"][0] == "good"
    assert found["us hk jp sg"][0] == "good"  # they share a host and are asked once
    assert found["override of cn"] == ("notice", f"sessions go to {here.url}")


def test_a_session_is_looked_up_and_never_repeated(run: Run, start: Any, data: Path) -> None:
    site = start("simulate", "--port", "0", "--credit", "123")
    override(data, dict.fromkeys(SITES, site.url))
    session = "0123456789ABCDEF" * 2
    done = run("doctor", "--json", "--data-dir", data, "--session", f"us-{session}")
    assert findings(done)["session"] == ("good", "signed in on us, 123 credits")
    assert session not in done.stdout + done.stderr
    listed = start("simulate", "--port", "0", "--sessions", "listed")
    (data / "catalog" / "sites.toml").unlink()
    (data / "catalog").rmdir()
    override(data, dict.fromkeys(SITES, listed.url))
    done = run("doctor", "--data-dir", data, "--session", session)
    assert done.returncode == 1
    assert "✗ session" in done.stdout
    assert "cn: not signed in; us: not signed in; sg: not signed in" in done.stdout


@pytest.mark.parametrize("session", ["nonsense", "", "sandbox"])
def test_what_is_no_session_is_said_without_asking(run: Run, start: Any, data: Path, session: str) -> None:
    site = start("simulate", "--port", "0")
    override(data, dict.fromkeys(SITES, site.url))
    done = run("doctor", "--json", "--data-dir", data, "--session", session)
    assert (done.returncode, findings(done)["session"][0]) == (1, "bad")


def test_a_site_that_is_away_and_one_that_is_something_else_are_told_apart(run: Run, data: Path) -> None:
    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Sign in to this network</html>")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Portal) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        override(data, {site: f"http://127.0.0.1:{server.server_port if site == 'cn' else 9}" for site in SITES})
        done = run("doctor", "--json", "--data-dir", data)
        server.shutdown()
    found = findings(done)
    assert done.returncode == 1
    assert found["cn"][0] == found["us hk jp sg"][0] == "bad"
    assert "not as the site does" in found["cn"][1]
    assert "could not be reached" in found["us hk jp sg"][1]


def test_it_runs_beside_a_gateway(run: Run, start: Any, tmp_path: Path) -> None:
    gateway = start("serve", "--port", "0", "--data-dir", tmp_path / "data")
    done = run("doctor", "--offline", "--json", "--data-dir", tmp_path / "data")
    verdict, detail = findings(done)["database"]
    assert (done.returncode, verdict) == (0, "good")
    assert ", schema " in detail
    assert detail.endswith(", 0 accounts")
    assert gateway.stop()[0] == 0


@pytest.mark.parametrize("name", ["secret.key", "admin.key"])
def test_keys_that_others_can_read_are_wrong(run: Run, data: Path, name: str) -> None:
    (data / name).write_text("k" * 40)
    (data / name).chmod(0o644)
    done = run("doctor", "--offline", "--data-dir", data)
    assert done.returncode == 1
    assert "chmod 600" in done.stdout
    assert "k" * 40 not in done.stdout


def test_a_data_directory_open_to_others_is_noticed(run: Run, data: Path) -> None:
    data.chmod(0o755)
    done = run("doctor", "--offline", "--data-dir", data)
    assert done.returncode == 0
    assert "! data directory" in done.stdout


def test_a_file_in_place_of_the_directory_and_of_the_database_are_wrong(run: Run, tmp_path: Path, data: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run("doctor", "--offline", "--data-dir", tmp_path / "file")
    assert (done.returncode, "cannot be written" in done.stdout) == (1, True)
    (tmp_path / "kept.db").write_text("surely no database")
    done = run("doctor", "--offline", "--data-dir", data, DREAMBRIDGE_DATABASE_URL=f"sqlite:///{tmp_path / 'kept.db'}")
    assert (done.returncode, "is no SQLite database" in done.stdout) == (1, True)


def test_too_little_room_is_wrong(run: Run, data: Path) -> None:
    done = run("doctor", "--offline", "--data-dir", data, DREAMBRIDGE_MIN_FREE_BYTES=str(10**18))
    assert done.returncode == 1
    assert "new jobs are refused" in done.stdout


def test_settings_are_told_with_their_origin_and_strangers_by_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dreambridge.toml").write_text("queue_max = 5\nport = 1\nqueue_mux = 6\n")
    (tmp_path / ".env").write_text("DREAMBRIDGE_PORT=2\n")
    done = run("doctor", "--offline", "--data-dir", tmp_path, DREAMBRIDGE_LOG_LEVEL="debug", DREAMBRIDGE_PROT="9")
    for words in (
        "PORT (.env)",
        "QUEUE_MAX (dreambridge.toml)",
        "LOG_LEVEL (environment)",
        "DATA_DIR (option)",
        "DREAMBRIDGE_PROT is no setting",
        "queue_mux (dreambridge.toml) is no setting",
    ):
        assert words in done.stdout


def test_wrong_settings_are_findings_and_their_secrets_are_not_shown(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--json", DREAMBRIDGE_PORT="many", DREAMBRIDGE_DATABASE_URL="mysql://u:hunter2@db/x")
    assert done.returncode == 1
    assert findings(done)["settings"][0] == "bad"
    done = run("doctor", "--offline", "--data-dir", tmp_path, DREAMBRIDGE_DATABASE_URL="mysql://u:hunter2@db/x")
    assert done.returncode == 1
    assert "hunter2" not in done.stdout + done.stderr
    assert "mysql is not supported" in done.stdout


def test_a_bad_catalogue_row_is_named(run: Run, data: Path) -> None:
    override(data, {"cn": "ftp://example.com"})
    done = run("doctor", "--offline", "--data-dir", data)
    assert done.returncode == 1
    assert "✗ catalogue" in done.stdout
