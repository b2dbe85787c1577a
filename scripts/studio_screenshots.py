"""Take the pictures of the studio that the documentation shows, from a running studio, into docs/images."""

import asyncio
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import async_playwright, expect
from tests.running import serve_gateway
from tests.studio.visiting import Visit, Visits, launch, visiting

ROOT: Final = Path(__file__).resolve().parents[1]
IMAGES: Final = ROOT / "docs" / "images"
MOST_BYTES: Final = 200_000
PROMPTS: Final = {
    "en": (
        "Terraced fields at dawn, seen from the air",
        "A ceramic bowl with three figs, soft window light",
        "A lighthouse keeper reading by a green lamp",
        "A paper boat in a gutter after rain",
    ),
    "zh": ("清晨的梯田，航拍", "青瓷碗里三颗无花果，窗边柔光", "守塔人在绿灯下读书", "雨后水沟里的纸船"),
}


def shrink(png: bytes, target: Path) -> None:
    """Write a picture with as many colours as keep it small."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        # Covers rare colours, of which the accent is one; dithered, for pictures of skies.
        palette = picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
        picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(target, "PNG", optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            break
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


async def keep(here: Visit, name: str) -> None:
    """Wait until everything is drawn, and keep what is seen."""
    await here.page.wait_for_load_state("networkidle")
    await here.page.wait_for_function("""() => document.getAnimations().every((each) => each.playState !== "running")
        && [...document.querySelectorAll(".tile img, .example img, .thumbnail img")].every((each) => each.complete)""")
    shrink(await here.page.screenshot(animations="disabled", scale="css"), IMAGES / f"{name}.png")


async def fill(here: Visit, token: str, language: str) -> None:
    """Come in, and make a few pictures in several shapes."""
    await here.begin(token)
    for prompt, shape in zip(PROMPTS[language], ("1664×2496", "2560×1440", "2048×2048", "2560×1440"), strict=True):
        await here.choose({"en": "Shape", "zh": "画幅"}[language], shape)
        await here.make_four(prompt)
    await here.page.mouse.move(0, 0)


async def desktop(visit: Visits) -> None:
    """Keep the screen of a computer: both looks, both languages, details and the large view."""
    welcome = await visit()
    await welcome.page.goto(welcome.url)
    await expect(welcome.page.locator(".example-picture img.there")).to_have_count(3)
    await keep(welcome, "studio-welcome")
    for name, language, dark in (("light", "en", False), ("dark", "en", True), ("zh", "zh", False)):
        here = await visit(language=language, dark=dark)
        await fill(here, f"sandbox-pictures-{name}.plain", language)
        await keep(here, f"studio-{name}")
        if name == "light":
            await here.stage.locator(".face").nth(1).click()
            await expect(here.page.get_by_role("complementary")).to_be_visible()
            await keep(here, "studio-inspector")
            await here.page.get_by_role("button", name="Open large").click()
            await expect(here.page.get_by_role("dialog").locator("img.there")).to_be_visible()
            await keep(here, "studio-viewer")


async def others(visit: Visits) -> None:
    """Keep a telephone's screen, and a video."""
    phone = await visit(phone=True, language="zh")
    await fill(phone, "sandbox-pictures-phone.plain", "zh")
    await keep(phone, "studio-phone")
    video = await visit()
    await video.begin("sandbox-pictures-video.plain")
    await video.page.locator(".model-menu > button").click()
    await video.page.get_by_role("group", name="Videos").get_by_role("menuitemradio").first.click()
    await video.make("Waves against the rocks below the lighthouse")
    await expect(video.stage.locator(".tile.done")).to_have_count(1)
    await keep(video, "studio-video")


async def main() -> None:
    """Take every picture anew."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with serve_gateway(Path(folder)) as running, async_playwright() as playwright:
            browser = await launch(playwright)
            async with visiting(browser, running.url) as visit:
                await desktop(visit)
                await others(visit)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
