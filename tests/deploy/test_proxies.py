"""Behind the real nginx and the real Caddy, with our snippets and TLS, everything is as in front of them."""

import datetime as dt
import http.client
import io
import json
import re
import socket
import ssl
import sys
import urllib.request
import wave
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.deploy.conftest import ROOT, Processes, free_port, need, plain_environment, until
from tests.deploy.dockerfile import User

NAME = "gateway.example.com"
TOKEN = "cn-" + "b1" * 16
# Longer than anything here should take: what waits that long waits for ever.
PATIENCE = 60
NGINX = """daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/dreambridge.conf;
}}
"""
CADDY = """{
	admin off
	auto_https disable_redirects
	default_bind 127.0.0.1
	servers {
		protocols h1
	}
}

"""


def swap(text: str, **changes: str) -> str:
    """Put this test's addresses into a snippet; each must be there once."""
    for old, new in ((old.replace("__", " "), new) for old, new in changes.items()):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def make_certificate(folder: Path) -> None:
    """Write a certificate for the name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)


def write_nginx(folder: Path, port: int, behind: str) -> list[str]:
    program = need("nginx", "nginx-light")
    certificate = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
    snippet = (ROOT / "deploy" / "nginx" / "dreambridge.conf").read_text()
    changes = {
        "listen__80;": f"listen 127.0.0.1:{port} ssl; {certificate}",
        "server__127.0.0.1:8000;": f"server {behind};",
    }
    (folder / "dreambridge.conf").write_text(swap(snippet, **changes))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    return [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def write_caddy(folder: Path, port: int, behind: str) -> list[str]:
    program = need("caddy", "caddy")
    snippet = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    changes = {
        f"\n{NAME}__{{": f"\nhttps://{NAME}:{port} {{\n\ttls {folder}/cert.pem {folder}/key.pem",
        "reverse_proxy__127.0.0.1:8000": f"reverse_proxy {behind}",
    }
    (folder / "Caddyfile").write_text(CADDY + swap(snippet, **changes))
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = {"nginx": write_nginx, "caddy": write_caddy}


@dataclass(frozen=True)
class Front:
    """A proxy before a gateway before a site."""

    port: int
    trust: ssl.SSLContext
    site: str

    @property
    def base(self) -> str:
        return f"https://{NAME}:{self.port}"

    def connect(self) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.trust.wrap_socket(raw, server_hostname=NAME)

    def open(self) -> http.client.HTTPConnection:
        """Open a connection to the proxy, which it may keep."""
        connection = http.client.HTTPConnection(NAME, self.port, timeout=PATIENCE)
        connection.sock = self.connect()
        return connection

    @contextmanager
    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Send a request and give the answer when its head is there."""
        kind = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
        sent = {"Authorization": f"Bearer {TOKEN}", **kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        with closing(self.open()) as connection:
            connection.request(method, path, body=data, headers=sent)  # type: ignore[arg-type]
            with connection.getresponse() as answer:
                yield answer

    def tell_site(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        """Steer the simulated site, or read it."""
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.site}/_simulator/{what}", data=data, timeout=PATIENCE) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def gateway(catalog: Path, processes: Processes) -> str:
    """Start a gateway that trusts a proxy on this machine, and give its address without the scheme."""
    port = free_port()
    settings = {
        "port": str(port),
        "data_dir": str(processes.folder / "data"),
        "catalog_dir": str(catalog),
        "sandbox": "false",
        "submit_gap_ms": "0",
        "min_free_bytes": "0",
        "trusted_proxies": "127.0.0.1",
        "allowed_hosts": NAME,
    }
    command = [sys.executable, "-m", "dreambridge", "serve"]
    process = processes.start("gateway", command, plain_environment(**settings), cwd=processes.folder)
    processes.ready("gateway", process, f"http://127.0.0.1:{port}/readyz")
    return f"127.0.0.1:{port}"


@pytest.fixture(scope="module", params=sorted(PROXIES))
def front(
    request: pytest.FixtureRequest, site: str, gateway: str, processes: Processes, open_folder: Path, ordinary: User
) -> Iterator[Front]:
    """Start one of the proxies before the gateway, as an ordinary user, with settings and folders of its own."""
    port, folder = free_port(), open_folder / request.param
    folder.mkdir()
    make_certificate(folder)
    command = PROXIES[request.param](folder, port, gateway)
    ordinary.own(folder)
    own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    options = {"cwd": folder, **ordinary.options}
    proxy = processes.start(request.param, command, {"PATH": "/usr/bin:/bin", **own}, **options)
    trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    found = Front(port, trust, site)

    def listening() -> bool:
        assert proxy.poll() is None, processes.log(request.param)[-3000:]
        try:
            found.connect().close()
        except ConnectionRefusedError:
            return False
        return True

    until(listening, f"{request.param} listens")
    yield found
    assert "Traceback" not in processes.log("gateway")


def events(answer: http.client.HTTPResponse) -> Iterator[str]:
    """Give a stream's events as they arrive, and comments too."""
    lines: list[str] = []
    for line in iter(answer.readline, b""):
        if line == b"\n":
            yield "\n".join(lines)
            lines = []
        else:
            lines.append(line.decode().rstrip("\n"))
    assert lines == [], "the stream ended inside an event"


def test_a_stream_s_first_events_arrive_while_the_site_still_holds_the_paid_call(front: Front) -> None:
    front.tell_site("hold", {"where": "before"})
    body = {"model": "jimeng-4.5", "stream": True, "messages": [{"role": "user", "content": "a red fox in snow"}]}
    with front.ask("POST", "/v1/chat/completions", body) as answer:
        assert answer.status == 200
        assert answer.headers.get_content_type() == "text/event-stream"
        job = answer.headers["x-job-id"]
        stream = events(answer)
        first = next(event for event in stream if event.startswith("data: "))
        assert json.loads(first.removeprefix("data: "))["choices"][0]["delta"]["role"] == "assistant"
        until(lambda: front.tell_site("stats")["held"]["before"] == 1, "the site holds the paid call")
        with front.ask("GET", f"/v1/jobs/{job}") as look:
            assert json.load(look)["state"] not in {"completed", "failed"}
        front.tell_site("release", {})
        rest = list(stream)
    assert rest[-1] == "data: [DONE]"
    assert re.search(rf"!\[[^\]]*\]\({front.base}/v1/artifacts/art_", "\n".join(rest))


def test_thirty_megabytes_go_in_and_a_part_of_them_comes_out(front: Front) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as writer:
        writer.setparams((2, 2, 48_000, 0, "NONE", ""))
        writer.writeframes(bytes(range(256)) * (30 * 1024 * 4))
    content = sound.getvalue()
    assert len(content) > 30 * 1024**2
    with front.ask("POST", "/v1/assets", content, Content_Type="audio/wav") as answer:
        asset = json.load(answer)
        assert (answer.status, asset["bytes"]) == (201, len(content))
        assert re.fullmatch(r"req_[a-z2-7]+", answer.headers["x-request-id"])
        assert len(answer.headers.get_all("x-request-id", [])) == 1
    # By the name and the scheme under which the client knows us.
    path = asset["url"].removeprefix(front.base)
    assert path.startswith("/v1/assets/")
    with front.ask("GET", path, Range="bytes=1000-1999") as answer:
        assert (answer.status, answer.read()) == (206, content[1000:2000])
        assert answer.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    with front.ask("GET", path) as answer:
        assert answer.read() == content


def test_what_is_announced_too_large_is_refused_by_the_gateway_in_its_own_words(front: Front) -> None:
    announced = f"POST /v1/assets HTTP/1.1\r\nHost: {NAME}:{front.port}\r\nContent-Length: {300 * 1024**2}\r\n"
    heard = b""
    with front.connect() as connection:
        connection.settimeout(0.05)
        connection.sendall(f"{announced}Authorization: Bearer {TOKEN}\r\nContent-Type: audio/wav\r\n\r\n".encode())
        sent = 0
        while b"\r\n\r\n" not in heard:
            try:
                heard += connection.recv(65_536)
            except TimeoutError:
                connection.sendall(bytes(65_536))
                sent += 1
            assert sent < PATIENCE / 0.05, "no answer before the body"
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"content-type: application/json" in head.lower()
    assert b"x-request-id: req_" in head.lower()
    assert b"<html" not in body.lower()


def test_another_host_s_name_is_refused_by_the_gateway_or_unknown_to_the_proxy(front: Front) -> None:
    with front.ask("GET", "/v1/models", Host="rebound.example.net") as answer:
        # nginx gives its only server to every name; Caddy answers names that it does not know with nothing.
        body = answer.read()
        assert (answer.status, b"host_not_allowed" in body) == (403, True) or (answer.status, body) == (200, b"")
