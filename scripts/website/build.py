"""Build the site: the pages of each language, gathered, configured and handed to Zensical."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from scripts.website.pages import LANGUAGES, Tree

ROOT = Path(__file__).resolve().parents[2]
THEME = Path(__file__).resolve().parent / "theme"
TARGET = ROOT / "build" / "site"


class SiteError(Exception):
    """Say what Zensical complained about."""


def build(target: Path = TARGET, *, root: Path = ROOT) -> None:
    """Build both languages into a folder, which is emptied first: English at its top, Chinese in `zh`.

    Raises `SiteError` for anything that Zensical warns of, and `DeadLinkError` for a link to no file.
    """
    shutil.rmtree(target, ignore_errors=True)
    for language in LANGUAGES:
        work = target.parent / f"{target.name}-{language}"
        shutil.rmtree(work, ignore_errors=True)
        tree = Tree(root, language).gather()
        write(tree, work)
        said = run(work, configure(root, tree))
        if "warning" in said.lower():
            raise SiteError(said)
        shutil.copytree(work / "site", target if language == "en" else target / language, dirs_exist_ok=True)
    # Hosts answer with the one at the top.
    (target / "zh" / "404.html").unlink()


def write(tree: Tree, work: Path) -> None:
    """Write the pages, the pictures and the theme of a language into a folder to work in."""
    for place, text in tree.pages.items():
        page = work / "docs" / place
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for place, file in tree.pictures.items():
        (work / "docs" / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, work / "docs" / place)
    shutil.copytree(THEME, work / "theme")


def run(work: Path, configuration: Mapping[str, Any]) -> str:
    """Let Zensical build, and give what it printed. Raises `SiteError` where it found a fault."""
    file = work / "mkdocs.yml"
    file.write_text(json.dumps(configuration, ensure_ascii=False, indent=1), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(file)]
    # With colours a complaint is unreadable in a log.
    done = subprocess.run(
        command, cwd=work, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"}
    )
    said = done.stdout + done.stderr
    if done.returncode:
        raise SiteError(said)
    return said


def configure(root: Path, tree: Tree) -> dict[str, Any]:
    """Make the configuration of a language from the file that all share."""
    shared: dict[str, Any] = yaml.safe_load((root / "mkdocs.yml").read_text(encoding="utf-8"))
    languages: dict[str, Any] = shared["extra"].pop("languages")
    words: Mapping[str, str] = languages[tree.language].get("words", {})

    def say(text: str) -> str:
        return words[text] if tree.language != "en" else text

    theme = shared["theme"]
    for palette in theme["palette"]:
        palette["toggle"]["name"] = say(palette["toggle"]["name"])
    top = "./" if tree.language == "en" else "../"
    shared["extra"] |= {
        # Not a list: of its entries the theme's script would ask for a map of the site at addresses that have none.
        "alternate": True,
        "top": top,
        "tongues": [
            {"code": code, "name": each["name"], "home": "./" if code == tree.language else f"{top}{_folder(code)}"}
            for code, each in languages.items()
        ],
    }
    return shared | {
        "site_description": say(shared["site_description"]),
        "copyright": say(shared["copyright"]),
        "theme": theme | {"language": tree.language, "custom_dir": "theme"},
        "nav": list(_navigation(shared["nav"], tree, say)),
    }


def _folder(code: str) -> str:
    return "" if code == "en" else f"{code}/"


def _navigation(entries: list[Any], tree: Tree, say: Callable[[str], str]) -> Iterator[Any]:
    """Put all pages of a folder in its place, and leave out a section that has none."""
    for entry in entries:
        if isinstance(entry, str):
            found = [page for page in tree.pages if page.startswith(entry)] if entry.endswith("/") else [entry]
            yield from sorted(found, key=lambda page: (not page.endswith("/index.md"), page))
            continue
        for name, inner in entry.items():
            if isinstance(inner, str):
                yield {say(name): inner}
            elif pages := list(_navigation(inner, tree, say)):
                yield {say(name): pages}
