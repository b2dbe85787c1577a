"""Blocks that are programs or commands: carried out as a reader would, by the real interpreters and packages."""

import sys

from tests.clients.packages import HERE, install_node, install_python
from tests.papers.bench import Bench
from tests.papers.blocks import Block


async def run_shell(block: Block, bench: Bench) -> str:
    """Type a block into a shell that stops at the first failure."""
    return await bench.start(["bash", "-euo", "pipefail", "-c", bench.localise(block.text)])


async def run_python(block: Block, bench: Bench) -> str:
    """Run a block as a program, LiteLLM's in the environment that it has of its own."""
    python = str(install_python(HERE / "litellm")) if "litellm" in block.text else sys.executable
    (bench.folder / "snippet.py").write_text(bench.localise(block.text), encoding="utf-8")
    return await bench.start([python, "snippet.py"])


async def run_node(block: Block, bench: Bench) -> str:
    """Run a block as a module of Node, next to the locked packages of others."""
    node = install_node()
    modules = bench.folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(HERE / "node" / "node_modules")
    (bench.folder / "snippet.mjs").write_text(bench.localise(block.text), encoding="utf-8")
    return await bench.start([str(node), "snippet.mjs"])


_PROXY = """
import sys, litellm, yaml

settings = yaml.safe_load(open("config.yaml", encoding="utf-8"))
router = litellm.Router(model_list=settings["model_list"], **settings.get("router_settings", {}))
for model in settings["model_list"]:
    name, info = model["model_name"], model.get("model_info", {})
    if info.get("mode") == "image_generation":
        print(router.image_generation(model=name, prompt="a fox", n=1).model_dump_json())
    elif info.get("mode") == "video_generation":
        raise SystemExit("the runner does not know videos")
    else:
        messages = [{"role": "user", "content": "a fox"}]
        print(router.completion(model=name, messages=messages, n=1).choices[0].message.content)
"""


async def run_litellm(block: Block, bench: Bench) -> str:
    """Have LiteLLM's router, which its proxy stands on, read a configuration and draw with every model in it."""
    (bench.folder / "config.yaml").write_text(bench.localise(block.text), encoding="utf-8")
    return await bench.start([str(install_python(HERE / "litellm")), "-c", _PROXY])
