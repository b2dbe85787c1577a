"""The papers are read as the code is: what they say exists, and what exists they say."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripts.generate_docs import render_in, render_pages
from scripts.generated.words import MissingWordsError, read_words

from dreambridge.api.errors import TABLE
from dreambridge.catalog.codes import error_classes
from dreambridge.domain.remedies import ADVICE
from dreambridge.settings import Settings

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
PAGES = tuple(
    file.relative_to(ROOT).as_posix()
    for file in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")])
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def make_commands(page: str) -> list[str]:
    """List the targets that a page tells its reader to make, in blocks of shell and in quoted code."""
    told = [block for language, block in FENCE.findall(page) if language == "sh"]
    told += re.findall(r"`([^`\n]+)`", FENCE.sub("", page))
    return [name for text in told for name in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)]


def anchors(page: str) -> set[str]:
    """Give the anchors that a page's headings make."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(name: str, page: str, root: Path) -> Iterator[str]:
    for link in LINK.findall(FENCE.sub("", page)):
        path, _, anchor = link.partition("#")
        if re.match(r"https?://", link):
            continue
        aim = (root / name).parent / path if path else root / name
        if not aim.exists() or (anchor and anchor not in anchors(aim.read_text(encoding="utf-8"))):
            yield link


def test_generated_pages_are_as_make_docs_would_write_them() -> None:
    pages = render_pages()
    names = [f"docs/{name}" for name in ("configuration", "errors", "models", "sandbox", "images/architecture")]
    ends = {"docs/images/architecture": "svg"}
    both = [f"{name}{zh}.{ends.get(name, 'md')}" for name in names for zh in ("", ".zh")]
    assert sorted(pages) == sorted(["docs/command-line-reference.md", *both])
    stale = [name for name, text in pages.items() if read(name) != text]
    assert stale == [], "run `make docs`"


def test_every_word_of_the_generated_pages_is_there_in_chinese_and_is_used() -> None:
    words = read_words("zh")
    assert list(render_in(words))
    assert set(words.known) - words.used == set()


def test_a_word_without_a_chinese_one_would_be_noticed() -> None:
    words = read_words("zh")
    del words.known["Address to listen on."]
    with pytest.raises(MissingWordsError, match="Address to listen on"):
        list(render_in(words))


@pytest.mark.parametrize("name", ["configuration", "errors", "models", "sandbox"])
def test_a_generated_page_says_as_much_in_chinese_as_in_english(name: str) -> None:
    english, chinese = (read(f"docs/{name}{end}.md").splitlines() for end in ("", ".zh"))
    assert [line.count("|") for line in chinese] == [line.count("|") for line in english]


@pytest.mark.parametrize("name", READMES)
def test_the_readme_begins_with_the_two_commands_and_the_picture(name: str) -> None:
    blocks = FENCE.findall(read(name))
    assert [line.split("#")[0].strip() for line in blocks[0][1].splitlines()] == ["make run", "make test"]
    assert blocks[1][1].startswith("curl http://127.0.0.1:8000/v1/images/generations ")
    assert blocks[1][1].count("\n") == 1, "one line makes the picture"


@pytest.mark.parametrize("name", READMES)
def test_the_readme_s_picture_is_asked_for_where_the_server_listens_by_default(name: str) -> None:
    words = shlex.split(FENCE.findall(read(name))[1][1])
    fields = Settings.model_fields
    assert words[1] == f"http://{fields['host'].default}:{fields['port'].default}/v1/images/generations"
    assert json.loads(words[words.index("-d") + 1]) == {"prompt": "a red fox in snow", "size": "1024x1024", "n": 1}


@pytest.mark.parametrize("name", READMES)
def test_the_readme_s_python_example_compiles_and_names_the_same_server(name: str) -> None:
    (example,) = [block for language, block in FENCE.findall(read(name)) if language == "python"]
    compile(example, name, "exec")
    assert 'base_url="http://127.0.0.1:8000/v1", api_key="sandbox"' in example


@pytest.mark.parametrize("name", PAGES)
def test_every_make_command_in_the_papers_exists(name: str) -> None:
    assert set(make_commands(read(name))) <= targets(read("Makefile"))


def test_the_makefile_s_help_lists_every_target() -> None:
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+)", shown.stdout, re.MULTILINE)) == targets(read("Makefile"))


def test_continuous_integration_runs_the_readme_s_test_command() -> None:
    assert {"make check", "make test"} <= set(read(".ci/run").splitlines())


def test_an_unknown_make_command_would_be_noticed() -> None:
    assert make_commands("Say `make nonsense`.\n\n```sh\nmake odd\n```\n") == ["odd", "nonsense"]


@pytest.mark.parametrize("name", PAGES)
def test_no_link_in_the_papers_is_dead(name: str) -> None:
    assert list(dead_links(name, read(name), ROOT)) == []


def test_a_dead_link_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Here and *there*\n", encoding="utf-8")
    page = "[a](a.md) [b](a.md#here-and-there) [c](gone.md) [d](a.md#nowhere) [e](https://example.com)"
    assert list(dead_links("b.md", page, tmp_path)) == ["gone.md", "a.md#nowhere"]


@pytest.mark.parametrize("name", sorted(error_classes()))
def test_every_error_has_an_answer_an_advice_and_a_section(name: str) -> None:
    kind = error_classes()[name]
    assert kind in TABLE
    assert kind in ADVICE
    assert f"\n## {name}\n" in read("docs/errors.md")
    assert f"\n## {name}\n" in read("docs/errors.zh.md")


@pytest.mark.parametrize("name", sorted(error_classes()))
@pytest.mark.parametrize("page", ["docs/errors.md", "docs/errors.zh.md"])
def test_every_error_is_in_the_drawing_of_the_tree(page: str, name: str) -> None:
    drawing = FENCE.findall(read(page))[1][1]
    assert re.search(rf"\b{name}\b", drawing)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_means_in_a_sentence(name: str) -> None:
    described = Settings.model_fields[name].description or ""
    assert re.fullmatch(r"[A-Z].+\.", described)
    assert f"| `DREAMBRIDGE_{name.upper()}` |" in read("docs/configuration.md")


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_that_the_papers_name_exists(name: str) -> None:
    known = {f"DREAMBRIDGE_{setting.upper()}" for setting in Settings.model_fields}
    # These speak to the scripts and the tests, not to the server.
    known |= {"DREAMBRIDGE_PYTHON", "DREAMBRIDGE_TEST_POSTGRES_URL", "DREAMBRIDGE_"}
    # And these to the commands.
    known |= {f"DREAMBRIDGE_{name}" for name in ("ADMIN_KEY", "KEY", "PREVIEW", "TOKEN", "URL")}
    known |= {f"DREAMBRIDGE_CONFORMANCE_{name}" for name in ("SITE", "SESSION", "BUDGET", "ROWS")}
    assert set(re.findall(r"DREAMBRIDGE_[A-Z_]*", read(name))) <= known


def test_the_architecture_page_places_every_package() -> None:
    page = read("docs/architecture.md")
    package = ROOT / "src" / "dreambridge"
    folders = {
        each.name
        for each in package.iterdir()
        if each.is_dir() and any(each.glob("[!_]*.*")) and each.name != "__pycache__"
    }
    assert {folder for folder in folders if f"| `{folder}/` |" not in page} == set()


def test_the_list_of_decisions_has_every_one() -> None:
    files = {file.name for file in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    assert {link for link in LINK.findall(read("docs/decisions/README.md")) if link[0].isdigit()} == files
    assert len({name[:4] for name in files}) == len(files), "two decisions have one number"


def test_the_changelog_has_the_version_that_is_built_or_is_gathering_it() -> None:
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", read("CHANGELOG.md"), re.MULTILINE)
    sections = set(re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_lock_pins_and_hashes_everything_and_names_no_address() -> None:
    lock = read("requirements.lock")
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in lock.splitlines() if not line.startswith("#")))
    assert len(entries) > 50
    assert [
        entry for entry in entries if not re.match(r"[\w.\-]+(\[[\w,\-]+\])?==\S+.*\\\n\s+--hash=sha256:", entry)
    ] == []
    assert "://" not in lock


def test_the_lock_covers_every_requirement_of_the_project() -> None:
    locked = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^([\w.\-]+)[\[=]", read("requirements.lock"), re.MULTILINE)
    }
    asked = re.findall(r'^(?:requires = \[|  )"([\w.\-]+)(?:\[\w+\])?>=', read("pyproject.toml"), re.MULTILINE)
    assert {"hatchling", "aiohttp", "pytest"} <= set(asked)
    assert {name for name in asked if name.lower().replace("_", "-") not in locked} == set()
