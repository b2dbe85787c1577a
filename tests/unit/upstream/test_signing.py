import json
from pathlib import Path

import pytest

from dreambridge.upstream.wire.signing import build_sign

ROWS = json.loads((Path(__file__).parent / "samples" / "signatures.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize(("path", "device_time", "appvr", "sign"), ROWS)
def test_signature_is_the_one_the_browser_sent(path: str, device_time: int, appvr: str, sign: str) -> None:
    assert build_sign(path, pf="7", appvr=appvr, device_time=device_time) == sign
