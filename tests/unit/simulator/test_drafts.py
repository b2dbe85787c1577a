import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_wish
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import load_market
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Body = Callable[..., dict[str, Any]]
Draft = Callable[[], dict[str, Any]]
Break = Callable[[dict[str, Any]], Any]
Submit = Callable[..., Awaitable[dict[str, Any]]]


def core_of(draft: dict[str, Any]) -> dict[str, Any]:
    core: dict[str, Any] = draft["component_list"][0]["abilities"]["generate"]["core_param"]
    return core


BREAKS: dict[str, tuple[Break, int]] = {
    "a node without type": (lambda d: core_of(d).pop("type"), 1002),
    "a node without id": (lambda d: core_of(d)["large_image_info"].pop("id"), 1002),
    "an empty id": (lambda d: core_of(d).update(id=""), 1002),
    "an id used twice": (lambda d: core_of(d).update(id=core_of(d)["large_image_info"]["id"]), 1002),
    "a draft without id": (lambda d: d.pop("id"), 1002),
    "gen_option without id": (lambda d: d["component_list"][0]["abilities"]["gen_option"].pop("id"), 1002),
    "a main component that does not exist": (lambda d: d.update(main_component_id="nobody"), 1002),
    "no component": (lambda d: d.update(component_list=[]), 1002),
    "an unknown generate_type": (lambda d: d["component_list"][0].update(generate_type="dream"), 1002),
    "no abilities": (lambda d: d["component_list"][0].pop("abilities"), 1002),
    "no size": (lambda d: core_of(d).pop("large_image_info"), 1002),
    "a size of zero": (lambda d: core_of(d)["large_image_info"].update(width=0), 1000),
    "no prompt": (lambda d: core_of(d).pop("prompt"), 1000),
}


@pytest.mark.parametrize("name", BREAKS)
async def test_a_malformed_draft_is_refused_and_creates_nothing(
    open_site: OpenSite, ask: Ask, body: Body, draft: Draft, name: str
) -> None:
    broken = draft()
    damage, ret = BREAKS[name]
    damage(broken)
    site = await open_site()
    answer = await ask(site, "generate", body(outer={"draft_content": json.dumps(broken)}))
    assert answer["ret"] == str(ret)
    assert not site.world.records
    assert len(site.world.refusals) == 1


async def test_a_draft_sent_as_an_object_is_refused(open_site: OpenSite, ask: Ask, body: Body, draft: Draft) -> None:
    site = await open_site()
    assert (await ask(site, "generate", body(outer={"draft_content": draft()})))["ret"] == "1002"


async def test_gen_option_is_read_beside_generate_and_inside_it(
    open_site: OpenSite, ask: Ask, body: Body, draft: Draft
) -> None:
    site = await open_site()
    for place in ("beside", "inside"):
        document = draft()
        abilities = document["component_list"][0]["abilities"]
        option = abilities.pop("gen_option") | {"gen_count": 3}
        (abilities if place == "beside" else abilities["generate"])["gen_option"] = option
        await ask(site, "generate", body(outer={"draft_content": json.dumps(document)}))
    document = draft()
    del document["component_list"][0]["abilities"]["gen_option"]
    await ask(site, "generate", body(outer={"draft_content": json.dumps(document)}))
    assert [record.wish.count for record in site.world.records.values()] == [3, 3, 4]


@pytest.mark.parametrize(("count", "made"), [(1, 1), (8, 8)])
async def test_the_count_of_the_draft_is_honoured(open_site: OpenSite, submit: Submit, count: int, made: int) -> None:
    site = await open_site()
    await submit(site, gen_count=count)
    assert [record.wish.count for record in site.world.records.values()] == [made]


async def test_a_count_above_the_models_most_is_refused(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site()
    answer = await ask(site, "generate", body(model="high_aes_general_v50p_large", gen_count=5))
    assert answer["ret"] == "1000"


async def test_a_count_below_the_models_least_makes_the_least(open_site: OpenSite, submit: Submit) -> None:
    site = await open_site()
    await submit(site, model="high_aes_general_v30l:general_v3.0_18b", gen_count=1)
    assert [record.wish.count for record in site.world.records.values()] == [4]


async def test_a_series_follows_the_number_in_the_prompt(open_site: OpenSite, submit: Submit) -> None:
    site = await open_site()
    telemetry = {"metrics_extra": json.dumps({"sceneOptions": '[{"scene":"ImageMultiGenerate"}]'})}
    await submit(site, prompt="画6张连续的绘本", outer=telemetry)
    await submit(site, prompt="画6张连续的绘本")
    assert [record.wish.count for record in site.world.records.values()] == [6, 4]


@pytest.mark.parametrize(("cluster", "ret"), [("cn", "2061"), ("us", "0"), ("asia", "0"), ("sandbox", "0")])
async def test_a_model_is_sold_only_where_it_is_sold(
    open_site: OpenSite, ask: Ask, body: Body, cluster: str, ret: str
) -> None:
    site = await open_site(cluster=cluster)
    assert (await ask(site, "generate", body(model="gpt_image_2")))["ret"] == ret


async def test_an_unknown_size_becomes_the_nearest_of_its_shape(open_site: OpenSite, submit: Submit) -> None:
    site = await open_site()
    await submit(site, size=(1000, 560))
    await submit(site, size=(1024, 576), resolution="1k", model="high_aes_general_v40")
    assert [record.wish.size for record in site.world.records.values()] == [(2560, 1440), (1024, 576)]


def test_every_model_of_every_cluster_is_taken_in_every_size_by_strict_rules(body: Body) -> None:
    contract, taken = Contract(), 0
    for cluster in ("cn", "us", "asia", "sandbox"):
        market = load_market(cluster)
        for key, rows in market.models.items():
            for model in rows:
                for resolution in model.resolutions:
                    sizes = model.sizes or market.sizes[resolution].values()
                    for size in sizes:
                        wanted = body(model=key, resolution=resolution, size=size)
                        assert contract.complaint("generate", wanted) is None
                        assert contract.complaint("draft", json.loads(wanted["draft_content"])) is None
                        assert read_wish(wanted, market, strict=True).size == size
                        taken += 1
    assert taken > 500


STRICT_BREAKS: dict[str, Break] = {
    "an unknown field": lambda d: core_of(d).update(style="anime"),
    "a seed of zero": lambda d: core_of(d).update(seed=0),
    "a blank prompt": lambda d: core_of(d).update(prompt="  "),
    "a ratio beside an intelligent one": lambda d: core_of(d).update(intelligent_ratio=True),
    "an unknown size": lambda d: core_of(d)["large_image_info"].update(width=1000),
    "a size of another resolution": lambda d: core_of(d)["large_image_info"].update(width=1328, height=1328),
    "a resolution the model lacks": lambda d: core_of(d)["large_image_info"].update(
        width=1328, height=1328, resolution_type="1k"
    ),
    "an id that is no uuid": lambda d: core_of(d).update(id="core"),
}


@pytest.mark.parametrize("name", STRICT_BREAKS)
def test_strict_rules_refuse_what_no_page_sends(body: Body, draft: Draft, name: str) -> None:
    broken = draft()
    STRICT_BREAKS[name](broken)
    wanted = body(outer={"draft_content": json.dumps(broken)})
    complaint = Contract().complaint("draft", broken)
    if complaint is None:
        with pytest.raises(Refusal):
            read_wish(wanted, load_market("cn"), strict=True)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("generate", {"submit_id": "x"}),
        ("history", {}),
        ("history", {"historyIds": ["1"]}),
        ("credit", {"aid": 1}),
        ("claim", {}),
    ],
)
def test_schemas_refuse_bodies_that_were_never_seen(schema: str, value: Any) -> None:
    assert Contract().complaint(schema, value) is not None
