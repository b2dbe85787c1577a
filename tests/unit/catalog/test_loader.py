"""The loader reads good rows and refuses every kind of bad one, saying where it is."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dreambridge.catalog import CatalogError, load_catalog
from dreambridge.catalog.files import load_ours
from dreambridge.catalog.loader import build_catalog

Tables = dict[str, dict[str, Any]]


def rows(tables: Tables, kind: str, name: str) -> dict[str, Any]:
    row = next(row for row in tables["models.toml"][kind] if row["name"] == name)
    assert isinstance(row, dict)
    return row


def model(tables: Tables, name: str) -> dict[str, Any]:
    return rows(tables, "model", name)


def change(file: str, *path: str, to: object) -> Callable[[Tables], None]:
    def apply(tables: Tables) -> None:
        table = tables[file]
        for step in path[:-1]:
            table = table[step]
        table[path[-1]] = to

    return apply


def change_model(name: str, field: str, to: object) -> Callable[[Tables], None]:
    return lambda tables: model(tables, name).update({field: to})


def change_video(field: str, to: object) -> Callable[[Tables], None]:
    return lambda tables: model(tables, "wan-3.0")["video"].update({field: to})


def change_alias(name: str, field: str, to: object) -> Callable[[Tables], None]:
    return lambda tables: rows(tables, "alias", name).update({field: to})


def change_tool(name: str, field: str, to: object) -> Callable[[Tables], None]:
    return lambda tables: rows(tables, "tool", name).update({field: to})


def drop(file: str, *path: str) -> Callable[[Tables], None]:
    def apply(tables: Tables) -> None:
        table = tables[file]
        for step in path[:-1]:
            table = table[step]
        del table[path[-1]]

    return apply


def add_row(kind: str, row: dict[str, Any]) -> Callable[[Tables], None]:
    return lambda tables: tables["models.toml"][kind].append(row)


BAD_ROWS = {
    "http on a public host": (change("sites.toml", "us", "mweb", to="http://example.com"), ["us", "mweb", "loopback"]),
    "http on a look-alike host": (
        change("sites.toml", "us", "imagex", to="http://127.0.0.1.example.com"),
        ["us", "imagex", "loopback"],
    ),
    "a user in a base URL": (change("sites.toml", "cn", "vod", to="https://u:p@example.com"), ["cn", "vod", "user"]),
    "a base URL with an impossible port": (change("sites.toml", "cn", "vod", to="https://e.com:99999"), ["cn", "vod"]),
    "no URL at all": (change("sites.toml", "cn", "commerce", to="ftp://example.com"), ["cn", "commerce", "https://"]),
    "a missing field": (drop("sites.toml", "jp", "aid"), ["sites.toml", "jp", "aid", "missing"]),
    "a field nobody knows": (change("sites.toml", "jp", "adi", to=1), ["jp", "adi", "allowed"]),
    "a number out of range": (change("sites.toml", "jp", "aid", to=0), ["jp", "aid", "from 1"]),
    "a truth value for a number": (change("sites.toml", "jp", "aid", to=True), ["jp", "aid"]),
    "a text for a truth value": (change("sites.toml", "jp", "web_id", to="no"), ["jp", "web_id", "true, false"]),
    "an empty text": (change("sites.toml", "jp", "lan", to=" "), ["jp", "lan", "non-empty"]),
    "a quoted date": (change("sites.toml", "jp", "seen", to="2026-10-03"), ["jp", "seen", "YYYY-MM-DD"]),
    "a site without model keys": (change("sites.toml", "jp", "model_keys", to=[]), ["jp", "model_keys"]),
    "a site that is no table": (change("sites.toml", "jp", to="x"), ["jp", "not a table"]),
    "a ratio that is none": (change("geometry.toml", "ratio", "wide", to={"code": 99}), ["wide", "16:9"]),
    "a code twice": (change("geometry.toml", "ratio", "3:4", "code", to=1), ["3:4", "code", "another ratio"]),
    "an impossible size": (change("geometry.toml", "ratio", "3:4", "2k", to=[0, 4]), ["3:4", "2k"]),
    "a size with three numbers": (change("geometry.toml", "ratio", "3:4", "2k", to=[3, 4, 5]), ["3:4", "2k"]),
    "a size of another shape": (change("geometry.toml", "ratio", "3:4", "2k", to=[2304, 1728]), ["3:4", "2k", "shape"]),
    "sizes that shrink": (change("geometry.toml", "ratio", "1:1", "4k", to=[1000, 1000]), ["1:1", "grow"]),
    "a tier twice": (change("geometry.toml", "tiers", to=["1k", "1k"]), ["tiers", "distinct"]),
    "a key for no site": (change_model("mj82", "keys", {"mars": "x"}), ["mj82", "mars", "cn, us, asia"]),
    "no key": (change_model("mj82", "keys", {}), ["mj82", "keys", "at least one"]),
    "a key twice": (change_model("mj82", "keys", {"cn": "high_aes_general_v40l"}), ["mj82", "jimeng-4.5", "keys"]),
    "an unknown resolution": (change_model("mj82", "resolutions", ["3k"]), ["mj82", "resolutions", "1.5k"]),
    "resolutions out of order": (change_model("mj82", "resolutions", ["2k", "1k"]), ["mj82", "small to large"]),
    "an unknown ratio": (change_model("mj82", "ratios", ["5:4"]), ["mj82", "ratios", "16:9"]),
    "a default the model lacks": (change_model("mj82", "default_resolution", "4k"), ["mj82", "1k, 2k"]),
    "a price for nothing": (change_model("mj82", "price", {"4k": 2}), ["mj82", "price", "4k"]),
    "a price below zero": (change_model("mj82", "price", {"1k": -2}), ["mj82", "price", "above 0"]),
    "a default count out of range": (
        change_model("mj82", "count", {"min": 2, "max": 4, "default": 1}),
        ["mj82", "count", "min ≤ default ≤ max"],
    ),
    "an offered model without counts": (lambda tables: model(tables, "mj82").pop("count"), ["mj82", "count"]),
    "an offered model without ratios": (change_model("mj82", "ratios", []), ["mj82", "ratios", "offered"]),
    "an unknown kind": (change_model("mj82", "kind", "smell"), ["mj82", "kind", "image, video, audio"]),
    "an unknown status": (change_model("mj82", "status", "new"), ["mj82", "status", "retired"]),
    "an alias of another model": (change_model("mj82", "aliases", ["JIMENG-4.5"]), ["mj82", "jimeng-4.5", "aliases"]),
    "a title of another model": (change_model("mj82", "title", "seedream 4.5"), ["mj82", "jimeng-4.5"]),
    "aliases that are no list": (change_model("mj82", "aliases", "x"), ["mj82", "aliases", "list"]),
    "a model twice": (lambda t: t["models.toml"]["model"].append(model(t, "mj82")), ["mj82", "twice"]),
    "a model without a name": (add_row("model", {"kind": "image"}), ["models.toml", "model 52", "name"]),
    "models that are no list": (change("models.toml", "model", to={}), ["models.toml", "[[model]]"]),
    "a third kind of row": (change("models.toml", "modle", to=[]), ["modle", "model, alias, mode, tool"]),
    "a video's ratio without a size": (
        drop("geometry.toml", "video", "4:5", "720p"),
        ["happyhorse-1.1", "4:5", "720p"],
    ),
    "a video's shape that is none": (change("geometry.toml", "video", "tall", to={}), ["tall", "16:9"]),
    "a mode nobody knows": (change("models.toml", "mode", "dance", to={}), ["mode", "dance", "omni_reference"]),
    "a mode without a row": (drop("models.toml", "mode", "omni_reference"), ["seedance-2.5", "omni_reference"]),
    "a mode without its version": (drop("models.toml", "mode", "text", "min_version"), ["text", "min_version"]),
    "a mode with a version of words": (change("models.toml", "mode", "text", "version", to="new"), ["text", "3.3.9"]),
    "a video of no mode": (change_video("modes", []), ["wan-3.0", "modes", "at least one"]),
    "limits without their mode": (change_video("modes", ["text"]), ["wan-3.0", "omni", "mode"]),
    "a mode without its limits": (
        change_video("modes", ["text", "omni_reference", "multi_frame"]),
        ["wan-3.0", "multi_frame"],
    ),
    "lengths out of order": (change_video("seconds", {"any_of": [9, 5], "default": 5}), ["wan-3.0", "any_of"]),
    "no length": (change_video("seconds", {"range": [9, 5], "default": 5}), ["wan-3.0", "range"]),
    "a length of no whole number": (change_video("seconds", {"any_of": [5.5], "default": 5}), ["wan-3.0", "any_of"]),
    "a default length that is none": (change_video("seconds", {"any_of": [4], "default": 5}), ["wan-3.0", "default"]),
    "a request without a benefit": (
        change_video("benefit", [{"name": "x", "modes": ["text"]}]),
        ["wan-3.0", "benefit", "first_frame at 720p on cn"],
    ),
    "a benefit with an unknown mark": (change_video("benefit", [{"name": "x_<res>"}]), ["wan-3.0", "<resolution>"]),
    "a benefit for no site of its model": (
        change_video("benefit", [{"name": "x", "groups": ["us"]}]),
        ["wan-3.0", "groups", "cn"],
    ),
    "a price at a resolution without a name": (change_video("price", {"3k": 1}), ["wan-3.0", "price", "3k"]),
    "a limit the wrong way round": (
        change_video("omni", {"total": 2, "video": {"seconds": [9, 2]}}),
        ["wan-3.0", "seconds", "in order"],
    ),
    "key frames the wrong way round": (
        lambda t: model(t, "jimeng-video-3.0")["video"]["multi_frame"].update(frames=[10, 2]),
        ["jimeng-video-3.0", "frames"],
    ),
    "a video with a price for pictures": (change_model("wan-3.0", "price", {"720p": 1}), ["wan-3.0", "price", "video"]),
    "a picture that lasts": (change_model("mj82", "video", {}), ["mj82"]),
    "an offered video without its part": (lambda t: model(t, "wan-3.0").pop("video"), ["wan-3.0", "video", "offered"]),
    "sound on offer": (change_model("seed-tts", "offered", to=True), ["seed-tts", "offered = false"]),
    "resolutions on a site without a key": (
        change_model("wan-3.0", "resolutions_by", {"us": ["720p"]}),
        ["wan-3.0", "resolutions_by", "us"],
    ),
    "resolutions somewhere without the default": (
        change_model("wan-3.0", "resolutions_by", {"cn": ["1080p"]}),
        ["wan-3.0", "resolutions_by", "720p"],
    ),
    "inputs on a site without a key": (change_model("mj82", "max_inputs_by", {"us": 1}), ["mj82", "us", "cn"]),
    "a built-in name for a length nobody makes": (change_alias("sora-2", "seconds", {"4": 4}), ["sora-2", "5, 10, 12"]),
    "a built-in name for a length of words": (change_alias("sora-2", "seconds", {"four": 5}), ["sora-2", "four"]),
    "a built-in name with a strange default": (change_alias("sora-2", "default_seconds", 5), ["sora-2", "4, 8, 12"]),
    "a built-in name for two videos": (change_alias("sora-2", "count", 2), ["sora-2", "count"]),
    "a tool for sounds": (change_tool("image-hd", "kind", "audio"), ["image-hd", "kind", "image, video"]),
    "a tool on no site": (change_tool("image-hd", "groups", ["mars"]), ["image-hd", "groups", "cn"]),
    "a tool for videos that nothing bills": (
        lambda t: rows(t, "tool", "video-upscale").pop("benefit"),
        ["video-upscale", "benefit"],
    ),
    "a tool without its number": (lambda t: rows(t, "tool", "image-hd").pop("generate_type"), ["image-hd"]),
    "a forced size without a ratio": (
        change_model("nanobanana", "forced", {"us": {"resolution": "2k", "size": [9, 9]}}),
        ["nanobanana", "forced", "ratio"],
    ),
    "an unknown class": (change("codes.toml", "ret", "1015", "error", to="Boom"), ["1015", "Boom", "SessionExpired"]),
    "an unknown retry": (change("codes.toml", "ret", "1015", "retry", to="soon"), ["1015", "retry", "other_account"]),
    "an unknown charge": (change("codes.toml", "record", "4011", "charged", to="half"), ["4011", "refunded"]),
    "a meaning in one language": (drop("codes.toml", "ret", "1015", "meaning", "zh"), ["1015", "meaning", "zh"]),
    "a doubt that leads nowhere": (
        change("codes.toml", "ret", "4001", "disputed", to=[{"contains": ["x"], "same_as": "9"}]),
        ["4001", "same_as"],
    ),
    "doubts that are no list": (change("codes.toml", "ret", "4001", "disputed", to="x"), ["4001", "disputed"]),
    "no fallback": (drop("codes.toml", "fallback", "record"), ["codes.toml", "fallback", "record"]),
    "a ratio without a size": (drop("geometry.toml", "ratio", "1:1", "4k"), ["jimeng-5.0-pro", "ratios", "4k"]),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_stops_the_start_and_is_named(name: str) -> None:
    spoil, words = BAD_ROWS[name]
    tables = copy.deepcopy(load_ours())
    spoil(tables)
    with pytest.raises(CatalogError) as caught:
        build_catalog(tables)
    for word in words:
        assert word in str(caught.value)


def test_an_alias_must_lead_to_a_model() -> None:
    tables = load_ours()
    tables["models.toml"]["alias"][0]["target"] = "jimeng-9"
    with pytest.raises(CatalogError, match=r'alias "gpt-image-1": field "target": .jimeng-9. is not a model'):
        build_catalog(tables)


def test_an_alias_may_not_come_twice_in_two_spellings() -> None:
    tables = load_ours()
    tables["models.toml"]["alias"].append({**tables["models.toml"]["alias"][0], "name": "GPT-Image-1"})
    with pytest.raises(CatalogError, match=r"GPT-Image-1.*twice"):
        build_catalog(tables)


def write(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return folder


def test_an_override_lays_a_site_over_ours_field_by_field(tmp_path: Path) -> None:
    ours = load_catalog()
    theirs = load_catalog(write(tmp_path, "sites.toml", '[us]\nmweb = "http://localhost:8080/"\n'))
    assert theirs.site("us").mweb == "http://localhost:8080"
    assert theirs.site("us").commerce == ours.site("us").commerce
    assert theirs.site("cn") == ours.site("cn")
    assert (ours.overridden_sites, theirs.overridden_sites) == ((), ("us",))


def test_an_override_changes_one_model_and_adds_another(tmp_path: Path) -> None:
    text = """
        [[model]]
        name = "jimeng-4.5"
        keys = { us = "newer" }
        [[model]]
        name = "jimeng-6.0"
        aliases = ["six"]
        kind = "image"
        keys = { cn = "high_six" }
        resolutions = ["2k"]
        default_resolution = "2k"
        ratios = ["1:1"]
        max_inputs = 1
        count = { min = 1, max = 2, default = 1 }
        status = "current"
        offered = true
        seen = 2026-11-01
        [[alias]]
        name = "dall-e-3"
        target = "jimeng-6.0"
        count = 2
        seen = 2026-11-01
    """
    catalog = load_catalog(write(tmp_path, "models.toml", text))
    assert catalog.models["jimeng-4.5"].keys["us"] == "newer"
    assert catalog.models["jimeng-4.5"].keys["cn"] == "high_aes_general_v40l"
    assert catalog.resolve("six", "cn").name == "jimeng-6.0"
    assert catalog.resolve("dall-e-3", "cn").name == "jimeng-6.0"
    assert catalog.resolve("dall-e-2", "cn").name == "jimeng-4.5"


def test_an_override_replaces_an_alias_row_whole(tmp_path: Path) -> None:
    folder = write(tmp_path, "models.toml", '[[alias]]\nname = "dall-e-3"\ntarget = "jimeng-4.0"\n')
    with pytest.raises(CatalogError, match=r'dall-e-3.*"count": is missing'):
        load_catalog(folder)


def test_overrides_reach_sizes_and_codes(tmp_path: Path) -> None:
    write(tmp_path, "geometry.toml", '[ratio."1:1"]\n"2k" = [2000, 2000]\n')
    row = 'error = "SiteBusy"\nretry = "later"\ncharged = "no"\nseen = 2026-11-01\nmeaning = { en = "a", zh = "b" }\n'
    write(tmp_path, "codes.toml", f'[ret.1015]\nretry = "never"\n[ret.777]\n{row}')
    catalog = load_catalog(tmp_path)
    assert catalog.geometry.native("1:1", "2k").width == 2000
    assert catalog.codes.for_ret("1015").retry == "never"
    assert catalog.codes.for_ret("777").error.__name__ == "SiteBusy"


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_override_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = write(tmp_path, "sites.toml", '[us]\nlan = "de"\n', mode)
    with pytest.raises(CatalogError, match=r"sites\.toml.*chmod go-w"):
        load_catalog(folder)


def test_a_misnamed_override_a_broken_one_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not a folder"):
        load_catalog(tmp_path / "nowhere")
    with pytest.raises(CatalogError, match=r"site\.toml.*allowed: sites\.toml"):
        load_catalog(write(tmp_path, "site.toml", ""))
    (tmp_path / "site.toml").unlink()
    with pytest.raises(CatalogError, match="cannot be read as TOML"):
        load_catalog(write(tmp_path, "sites.toml", "[us]\n[us]\n"))


def test_an_override_may_not_send_a_session_in_clear_text(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="clear text"):
        load_catalog(write(tmp_path, "sites.toml", '[us]\nmweb = "http://10.0.0.1"\n'))
