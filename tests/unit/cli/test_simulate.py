import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(("cluster", "shown"), [("cn", "cn"), ("jp", "asia"), ("sandbox", "sandbox")])
def test_a_site_answers_on_its_port_until_it_is_stopped(start: Any, cluster: str, shown: str) -> None:
    site = start("simulate", "--cluster", cluster, "--port", "0", "--strict", "--time-scale", "0.01")
    assert site.first_line.startswith(f"simulated site {shown} on http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"{site.url}/nowhere", timeout=10)  # noqa: S310 - loopback
    answer.value.close()
    assert answer.value.code == 404
    code, _, err = site.stop()
    assert (code, err) == (0, "")


@pytest.mark.parametrize("options", [("--cluster", "mars"), ("--time-scale", "-1"), ("--generation", "soon")])
def test_an_impossible_option_is_wrong_usage(run: Run, options: tuple[str, str]) -> None:
    done = run("simulate", "--port", "0", *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(run: Run, start: Any) -> None:
    port = start("simulate", "--port", "0").url.rpartition(":")[2]
    done = run("simulate", "--port", port)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
