"""What docs/upstream/changing.md tells a maintainer to write is laid over the catalogue and used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dreambridge.catalog import Catalog, load_catalog, plan_image
from dreambridge.domain.errors import Charged, SiteBusy
from dreambridge.domain.generation import Dimensions, ImageWish

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```toml\n# (\w+\.toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> dict[str, str]:
    page = (ROOT / "docs" / "upstream" / "changing.md").read_text(encoding="utf-8")
    return dict(BLOCK.findall(page))


def laid_over(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.write_text(blocks()[name], encoding="utf-8")
        file.chmod(0o600)
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return load_catalog(laid_over(tmp_path, *blocks()))


def test_there_is_an_example_for_every_file() -> None:
    assert sorted(blocks()) == ["codes.toml", "geometry.toml", "models.toml", "sites.toml"]


def test_the_model_is_found_by_its_names_on_every_site_and_priced(catalog: Catalog) -> None:
    request = plan_image(catalog, ImageWish("a fox", model="Jimeng-Image-6.0-Sandbox", count=2), "jp")
    assert (request.model, request.native) == ("jimeng-6.0-sandbox", Dimensions(2048, 2048))
    assert catalog.models[request.model].forecast(request) == 10


def test_the_ratio_is_made_in_its_size(catalog: Catalog) -> None:
    request = plan_image(catalog, ImageWish("a fox", model="jimeng-6.0-sandbox", ratio="5:4"), "us")
    assert request.native == Dimensions(2280, 1824)
    assert catalog.geometry.codes["5:4"] == 9


def test_the_code_becomes_its_error(catalog: Catalog) -> None:
    error = catalog.codes.for_ret(4999).to_error(site_code="4999", log_id=None)
    assert isinstance(error, SiteBusy)
    assert error.charged is Charged.NO


def test_the_site_has_the_models_of_its_group(catalog: Catalog) -> None:
    assert plan_image(catalog, ImageWish("a fox", model="jimeng-4.5"), "ca").model == "jimeng-4.5"
    assert "ca" in catalog.sites_of(catalog.models["jimeng-4.5"])


def test_the_model_is_usable_against_the_simulated_sites(tmp_path: Path) -> None:
    folder = laid_over(tmp_path, "models.toml", "geometry.toml")
    command = [sys.executable, str(ROOT / "tests" / "conformance" / "run.py"), "--data", str(folder)]
    command += ["--rows", "jimeng-6.0-sandbox:text", "jimeng-6.0-sandbox:inputs"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for site in ("cn", "us", "hk", "jp", "sg", "sandbox"):
        assert f"went well {site} jimeng-6.0-sandbox:inputs" in done.stdout
