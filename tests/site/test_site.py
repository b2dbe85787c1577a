"""The site of the documentation: it builds without a complaint, and nothing in it is dead or foreign."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from scripts.website.build import ROOT, SiteError, build
from scripts.website.pages import ONLY_ENGLISH, DeadLinkError, Tree, place_of_page
from tests.site.checking import Page, dead_links, foreign_loads, pages, read_page
from tests.test_docs import FENCE, anchors

# Pages that a reader of Chinese gets in English, and is told so: they are for those who work on the project, or show
# what speaks English, as the command line does.
ONLY_IN_ENGLISH = {
    "changelog",
    "command-line-reference",
    "contributing",
    "decisions",
    "performance",
    "performance-first-picture",
    "performance-studio",
    "upstream",
}


@pytest.fixture(scope="module")
def english() -> Tree:
    return Tree(ROOT, "en").gather()


@pytest.fixture(scope="module")
def chinese() -> Tree:
    return Tree(ROOT, "zh").gather()


def test_no_link_and_no_anchor_of_the_site_is_dead(site: Path) -> None:
    assert len(pages(site)) > 50
    assert list(dead_links(site)) == []


def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    assert list(foreign_loads(site)) == []


def test_both_languages_have_the_same_pages(site: Path) -> None:
    found = {file.relative_to(site).as_posix() for file in pages(site)}
    assert {f"zh/{name}" for name in found if not name.startswith("zh/") and name != "404.html"} == {
        name for name in found if name.startswith("zh/")
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_headings_have_the_anchors_that_code_hosts_give_them(site: Path, language: str) -> None:
    tree = Tree(ROOT, language).gather()
    top = site if language == "en" else site / "zh"
    for place, text in tree.pages.items():
        file = top / re.sub(r"(?:(^|/)index)?\.md$", r"\1", place) / "index.html"
        own = {re.sub(r"_\d+$", "", each) for each in read_page(file).headings}
        assert own == anchors(re.sub(r"^---\n.*?\n---\n", "", text, flags=re.DOTALL).replace("````", "```")), place


def test_every_page_is_in_the_navigation(english: Tree) -> None:
    def entries(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        inner = part.values() if isinstance(part, dict) else part
        assert isinstance(inner, list | type({}.values()))
        return [name for each in inner for name in entries(each)]

    told = tuple(entries(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    folders = tuple(each for each in told if each.endswith("/"))
    left = {place for place in english.pages if place not in told and not place.startswith((*folders, "files/"))}
    assert left == set()


def test_every_page_that_users_read_is_there_in_chinese(chinese: Tree) -> None:
    assert {place.partition("/")[0].removesuffix(".md") for place in chinese.english_only} <= ONLY_IN_ENGLISH


def test_a_page_that_is_only_there_in_english_says_so_in_chinese(chinese: Tree) -> None:
    marked = {place for place, text in chinese.pages.items() if ONLY_ENGLISH in text}
    assert marked == chinese.english_only
    assert "upstream/signing.md" in marked


def test_chinese_pages_link_the_chinese_pages_where_there_are_any() -> None:
    strays = [
        f"{file.relative_to(ROOT)}: {link}"
        for file in sorted((ROOT / "docs").rglob("*.zh.md"))
        for link in re.findall(r"(?<!\[English)\]\(([^)#\s]+\.md)", FENCE.sub("", file.read_text(encoding="utf-8")))
        if (file.parent / link.replace(".md", ".zh.md")).exists()
    ]
    assert strays == []


@pytest.mark.parametrize("name", ["upstream/README.md", "deployment.zh.md", "index.md"])
def test_a_page_has_one_place_in_both_languages(name: str) -> None:
    places = {"upstream/README.md": "upstream/index.md", "deployment.zh.md": "deployment.md", "index.md": "index.md"}
    assert place_of_page(name) == places[name]


def test_links_and_lines_become_what_the_site_needs(tmp_path: Path) -> None:
    page = (
        "# 题\n\n[English](index.md)\n\n第一，\n第二[词](glossary.zh.md#甲)和[码](../src/dreambridge/studio/icon.svg)。"
    )
    root = small_project(tmp_path, "# A\n")
    (root / "docs" / "glossary.zh.md").write_text("# 甲\n", encoding="utf-8")
    (root / "docs" / "index.zh.md").write_text(f"{page}\n\n```text\n甲\n[乙](丙)\n```\n", encoding="utf-8")
    text = Tree(root, "zh").gather().pages["index.md"].partition("# 题")[2]
    assert text == "\n\n第一，第二[词](glossary.md#甲)和码。\n\n```text\n甲\n[乙](丙)\n```\n"


@pytest.mark.parametrize("name", ["index", "quick-start"])
def test_the_first_pictures_of_the_site_are_those_of_the_readme(name: str) -> None:
    wanted = next(line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "curl" in line)
    for page in (f"docs/{name}.md", f"docs/{name}.zh.md"):
        # A command may go on over lines that end in a backslash.
        shown = (ROOT / page).read_text(encoding="utf-8").replace(" \\\n  ", " ")
        assert wanted in shown.splitlines(), page


def small_project(root: Path, page: str) -> Path:
    """Make a project that has one page besides what the builder takes along."""
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "deploy/serverless/README.md", "docs/glossary.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("# Title\n", encoding="utf-8")
    icon = root / "src" / "dreambridge" / "studio" / "icon.svg"
    icon.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "src/dreambridge/studio/icon.svg", icon)
    (root / "docs" / "index.md").write_text(page, encoding="utf-8")
    configuration = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    (root / "mkdocs.yml").write_text(yaml.safe_dump(configuration | {"nav": ["index.md"]}), encoding="utf-8")
    return root


def test_what_zensical_warns_of_ends_the_build(site: Path, tmp_path: Path) -> None:
    root = small_project(tmp_path / "project", "# A\n\n[gone](glossary.md#nowhere)\n")
    with pytest.raises(SiteError, match="anchor does not exist"):
        build(tmp_path / "built", root=root)


def test_a_link_to_no_file_ends_the_build(tmp_path: Path) -> None:
    root = small_project(tmp_path / "project", "# A\n\n[gone](../nowhere.yaml)\n")
    with pytest.raises(DeadLinkError, match=r"docs/index\.md: \.\./nowhere\.yaml"):
        build(tmp_path / "built", root=root)


def test_a_dead_link_in_the_built_site_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text('<h1 id="有">A</h1><a href="a/#%E6%9C%89">b</a>', encoding="utf-8")
    page = '<p id="有"><a href="../gone/">c</a><a href="../#无">d</a><a href="#有">e</a><img src="no.png">'
    (tmp_path / "a" / "index.html").write_text(page, encoding="utf-8")
    assert list(dead_links(tmp_path)) == [f"a/index.html: {link}" for link in ("../gone/", "../#无", "no.png")]


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.com/a.css">',
        '<link rel="preconnect" href="https://fonts.example.com">',
        '<img srcset="a.png 1x, https://example.com/b.png 2x">',
        "<style>@import 'https://example.com/a.css'; p { color: red }</style>",
        '<p style="background: url(https://example.com/a.png)">',
        '<svg><image href="http://example.com/a.png"/></svg>',
    ],
)
def test_something_foreign_would_be_noticed(tmp_path: Path, html: str) -> None:
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    assert len(list(foreign_loads(tmp_path))) == 1


def test_a_link_for_the_reader_is_nothing_that_is_loaded() -> None:
    assert Page('<a href="https://example.com/">elsewhere</a><img src="data:,x">').loaded == ["data:,x"]
