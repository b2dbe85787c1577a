import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_catalogue_is_listed_without_a_gateway(run: Run) -> None:
    done = run("models", "--json")
    models = {row["model"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 0
    assert models["jimeng-4.5"]["resolutions"] == ["2k", "4k"]
    assert "16:9" in models["jimeng-4.5"]["ratios"]
    assert set(models["jimeng-4.5"]["sites"]) == {"cn", "us", "hk", "jp", "sg", "sandbox"}
    assert models["nanobanana"]["sites"] == ["us", "hk", "jp", "sg", "sandbox"]
    assert all(row["alias_of"] is None for row in models.values())


def test_the_table_has_a_line_for_each_model(run: Run) -> None:
    done = run("models")
    names = [row["model"] for row in json.loads(run("models", "--json").stdout)]
    lines = [line.split()[0] for line in done.stdout.splitlines() if line.split()]
    assert [line for line in lines if line in names] == names


def test_a_site_narrows_the_list_and_an_unknown_one_is_wrong_usage(run: Run) -> None:
    names = [row["model"] for row in json.loads(run("models", "--site", "cn", "--json").stdout)]
    assert "jimeng-4.5" in names
    assert "nanobanana" not in names
    done = run("models", "--site", "mars")
    assert done.returncode == 2
    assert "cn, us, hk" in done.stderr


def test_other_names_are_listed_on_request(run: Run) -> None:
    rows = {row["model"]: row for row in json.loads(run("models", "--all", "--json").stdout)}
    assert rows["dall-e-3"]["alias_of"] in rows


def test_a_gateway_lists_the_same(run: Run, gateway: Any) -> None:
    offline = json.loads(run("models", "--all", "--site", "sandbox", "--json").stdout)
    asked = json.loads(run("models", "--all", "--json", "--url", gateway.url).stdout)
    assert [row["model"] for row in asked] == [row["model"] for row in offline]
    assert {row["model"]: row["price"] for row in asked} == {row["model"]: row["price"] for row in offline}


def test_a_gateway_that_refuses_or_is_not_there_is_told_apart(run: Run, gateway: Any) -> None:
    assert run("models", "--url", gateway.url, "--token", "unknown").returncode == 1
    assert run("models", "--url", "http://127.0.0.1:9").returncode == 3


def test_a_broken_override_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "sites.toml").write_text("[cn]\nmweb = 5\n")
    done = run("models", "--catalog-dir", tmp_path / "overrides")
    assert done.returncode == 1
    assert "mweb" in done.stderr
