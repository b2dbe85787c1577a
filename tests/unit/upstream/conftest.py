import json
from pathlib import Path
from typing import Any

import pytest

from dreambridge.catalog import Catalog, load_catalog
from dreambridge.domain.account import Session
from dreambridge.domain.generation import Dimensions, ImageRequest
from dreambridge.domain.secret import Secret

# The session id below is made up.
SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def session() -> Session:
    return Session("us", Secret("0123456789abcdef0123456789abcdef"), "7" * 19, "ab" * 16)


@pytest.fixture
def fox() -> ImageRequest:
    return ImageRequest(
        prompt="a red fox, 雪",
        model="jimeng-4.5",
        asked_model="jimeng-4.5",
        count=4,
        parts=(4,),
        ratio="16:9",
        resolution="2k",
        native=Dimensions(2560, 1440),
    )


@pytest.fixture(scope="session")
def accepted() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLES / "accepted.json").read_text(encoding="utf-8"))
    return document
