"""Names mean the right model on the right site."""

import pytest

from dreambridge.catalog import Catalog, CatalogError, ModelStatus, load_catalog
from dreambridge.domain.errors import UnknownModel, UnsupportedOption

SITES = ("cn", "us", "hk", "jp", "sg", "sandbox")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_the_six_sites_are_there_in_order(catalog: Catalog) -> None:
    assert tuple(catalog.sites) == SITES
    assert {name: catalog.site(name).web_id for name in SITES if catalog.site(name).web_id} == {
        "cn": True,
        "sandbox": True,
    }


@pytest.mark.parametrize(
    ("name", "site", "model"),
    [
        ("jimeng-4.5", "cn", "jimeng-4.5"),
        ("JiMeng-4.5", "cn", "jimeng-4.5"),
        (" dreamina-4.5 ", "us", "jimeng-4.5"),
        ("Seedream 4.0", "sg", "jimeng-4.0"),
        ("jimeng-nano-banana", "us", "nanobanana"),
        ("nanobananapro", "jp", "nanobananapro"),
        ("jimeng-5.0-preview", "hk", "jimeng-5.0"),
        ("jimeng-xl-pro", "cn", "jimeng-xl-pro"),
        ("dall-e-3", "us", "jimeng-4.5"),
        ("chatgpt-image-latest", "cn", "jimeng-4.5"),
        ("gpt-image-2", "cn", "jimeng-4.5"),
        ("gpt-image-2", "us", "gpt-image-2"),
        ("gpt-image-2", "sg", "gpt-image-2"),
        ("GPT-Image-2", "sandbox", "gpt-image-2"),
    ],
)
def test_a_name_means_a_model(catalog: Catalog, name: str, site: str, model: str) -> None:
    assert catalog.resolve(name, site).name == model


def test_an_unknown_model_names_the_nearest_three(catalog: Catalog) -> None:
    with pytest.raises(UnknownModel) as caught:
        catalog.resolve("jimeng-4.55", "cn")
    assert caught.value.param == "model"
    assert "nearest names here: jimeng-4.5, jimeng-4.7, jimeng-4.6." in str(caught.value)


def test_an_unknown_model_like_nothing_we_have_still_says_where_to_look(catalog: Catalog) -> None:
    with pytest.raises(UnknownModel, match=r"^No model is named 'ωωω'\. GET /v1/models"):
        catalog.resolve("ωωω", "cn")


def test_a_model_the_site_lacks_names_the_sites_that_have_it(catalog: Catalog) -> None:
    with pytest.raises(UnsupportedOption, match="Sites that have it: cn, sandbox") as caught:
        catalog.resolve("mj82", "us")
    assert caught.value.param == "model"
    with pytest.raises(UnsupportedOption, match="Sites that have it: us, hk, jp, sg, sandbox"):
        catalog.resolve("nanobanana", "cn")


def test_a_retired_model_answers_and_is_not_listed(catalog: Catalog) -> None:
    assert catalog.resolve("jimeng-2.1", "cn").status is ModelStatus.RETIRED
    assert "jimeng-2.1" not in {entry.id for entry in catalog.listed(SITES)}


def test_a_model_known_by_name_only_answers_and_is_not_listed(catalog: Catalog) -> None:
    assert not catalog.resolve("dreamina-lib-img-20260423", "us").offered
    assert "dreamina-lib-img-20260423" not in {entry.id for entry in catalog.listed(SITES)}


def test_the_list_holds_names_aliases_and_built_in_names_once_each(catalog: Catalog) -> None:
    listed = {entry.id: entry for entry in catalog.listed(["cn", "us"])}
    assert len(listed) == len(catalog.listed(["cn", "us"]))
    assert listed["jimeng-4.5"].alias_of is None
    assert listed["jimeng-4.5"].sites == ("cn", "us")
    assert listed["dreamina-4.5"].alias_of == "jimeng-4.5"
    assert listed["dall-e-3"].alias_of == "jimeng-4.5"
    assert listed["mj82"].sites == ("cn",)
    assert (listed["gpt-image-2"].spec.name, listed["gpt-image-2"].sites) == ("gpt-image-2", ("us",))


def test_a_site_without_the_model_lists_the_built_in_name_as_alias(catalog: Catalog) -> None:
    listed = {entry.id: entry for entry in catalog.listed(["cn"])}
    assert listed["gpt-image-2"].alias_of == "jimeng-4.5"
    assert "nanobanana" not in listed


@pytest.mark.parametrize("site", SITES)
def test_everything_listed_resolves_to_what_the_list_says(catalog: Catalog, site: str) -> None:
    for entry in catalog.listed([site]):
        assert catalog.resolve(entry.id, site) is entry.spec
        assert entry.spec.key_on(catalog.site(site))


def test_a_models_key_differs_by_site(catalog: Catalog) -> None:
    spec = catalog.resolve("jimeng-3.1", "cn")
    assert spec.key_on(catalog.site("cn")) == "high_aes_general_v30l_art_fangzhou:general_v3.0_18b"
    assert spec.key_on(catalog.site("jp")) == "high_aes_general_v30l_art:general_v3.0_18b"
    assert catalog.models["mj82"].key_on(catalog.site("us")) is None


def test_the_sandbox_has_every_model(catalog: Catalog) -> None:
    assert all("sandbox" in catalog.sites_of(spec) for spec in catalog.models.values())


def test_a_sites_hosts_can_be_moved_to_loopback(catalog: Catalog) -> None:
    moved = catalog.with_base("sandbox", "http://127.0.0.1:4321/")
    site = moved.site("sandbox")
    assert {site.mweb, site.commerce, site.passport, site.imagex, site.vod, site.origin} == {"http://127.0.0.1:4321"}
    assert site.referer == "http://127.0.0.1:4321/"
    assert moved.site("cn") == catalog.site("cn")
    assert catalog.site("sandbox").mweb == "http://127.0.0.1"
    with pytest.raises(CatalogError, match=r"sandbox.*clear text"):
        catalog.with_base("sandbox", "http://example.com")


def test_prices_are_forecast_only_where_they_are_known(catalog: Catalog) -> None:
    assert catalog.models["jimeng-4.5"].credits_for("2k", 4) == 16
    assert catalog.models["jimeng-4.5"].credits_for("4k", 4) is None
