"""Gather the pages of the site in one language: which text stands where, and where its links lead there.

In the repository the pages link each other as a code host wants it, to files. On the site they are pages of one
language, and some live outside `docs`; so every link is looked up here, and one that leads nowhere is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

LANGUAGES = ("en", "zh")
# Pages of the site that are kept elsewhere in the repository.
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "deploy/serverless/README.md": "serverless.md",
}
MARK = "images/mark.svg"  # the studio's, as mkdocs.yml names it
# Files that a page may show; a link to any other file of the source is plain text on the site.
SHOWN = ("LICENSE", "compose.yaml", "deploy/", "render.yaml")
# What the theme leaves out of a page: a list of its neighbours, where it has none; its contents, where tables are wide.
HIDDEN = {"index.md": "navigation", "models.md": "toc", "configuration.md": "toc"}
ONLY_ENGLISH = "> 本页目前只有英文版。"
KINDS = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".service": "ini", ".conf": "nginx"}

_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
# The end of a line inside a Chinese sentence, which a browser would show as a space.
_BETWEEN_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n *(?=[\u3000-\u9fff\uff00-\uffef])")
_ELSEWHERE = re.compile(r"[a-z]+:")


class DeadLinkError(Exception):
    """Name the page and the link in it that leads to nothing."""


@dataclass
class Tree:
    """The pages of one language: their texts by their place on the site, in Markdown, and the pictures beside them."""

    root: Path
    language: str
    pages: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    english_only: set[str] = field(default_factory=set)

    def gather(self) -> "Tree":
        """Read every page and picture of `docs`, and the pages that are kept elsewhere."""
        docs = self.root / "docs"
        for file in sorted(docs.rglob("*")):
            place = file.relative_to(docs).as_posix()
            if file.suffix == ".md" and not _is_chinese(file):
                self._add(file, place_of_page(place))
            elif file.is_file() and file.suffix not in {".md", ".toml"}:
                self.pictures[place] = file
        self.pictures[MARK] = self.root / "src" / "dreambridge" / "studio" / "icon.svg"
        for name, place in ELSEWHERE.items():
            if name != "README.md":
                self._add(self.root / name, place)
        return self

    def _add(self, file: Path, place: str) -> None:
        twin = file.with_suffix(".zh.md")
        chosen = twin if self.language == "zh" and twin.exists() else file
        text = "".join(self._linked(chosen, place, chosen.read_text(encoding="utf-8")))
        if self.language == "zh" and chosen == file:
            self.english_only.add(place)
            title, _, rest = text.partition("\n")
            text = f"{title}\n\n{ONLY_ENGLISH}\n{rest}"
        if part := HIDDEN.get(place):
            text = f"---\nhide:\n  - {part}\n---\n\n{text}"
        self.pages[place] = text

    def _linked(self, file: Path, place: str, text: str) -> Iterator[str]:
        """Give the text in parts, with its links as the site needs them; code stays as it is."""
        twins = {file.with_suffix(".zh.md").name, file.name.replace(".zh.md", ".md")} - {file.name}
        switch = re.compile(rf"^\[[^\]]*\]\((?:{'|'.join(map(re.escape, twins))})\)\n\n?", re.MULTILINE)
        for part in _FENCE.split(switch.sub("", text, count=1)):
            if part.startswith("```"):
                yield part
            else:
                yield _LINK.sub(lambda found: self._link(file, place, found), _BETWEEN_CHINESE.sub("", part))

    def _link(self, file: Path, place: str, found: "re.Match[str]") -> str:
        words, (path, mark, anchor) = found[1], found[2].partition("#")
        if not path or _ELSEWHERE.match(path):
            return found[0]
        aim = normpath((file.parent / path).relative_to(self.root).as_posix()) if path else ""
        if not (self.root / aim).exists():
            raise DeadLinkError(f"{file.relative_to(self.root)}: {found[2]}")
        target = self._place(aim)
        return (
            words if target is None else f"[{words}]({relpath(target, str(PurePosixPath(place).parent))}{mark}{anchor})"
        )

    def _place(self, aim: str) -> str | None:
        """Give the place on the site of a file of the repository; none for a file that the site does not show."""
        if (page := aim.replace(".zh.md", ".md")) in ELSEWHERE:
            return ELSEWHERE[page]
        index = next((name for name in ("README.md", "index.md") if (self.root / aim / name).exists()), None)
        if index is not None:
            aim += f"/{index}"
        if aim.startswith("docs/"):
            return place_of_page(aim.removeprefix("docs/"))
        if aim.startswith(SHOWN):
            return self._show(aim)
        return None

    def _show(self, aim: str) -> str:
        """Make a page of a file, with its text as code."""
        name, place = PurePosixPath(aim), f"files/{aim}.md"
        text = (self.root / aim).read_text(encoding="utf-8").rstrip()
        # It would only be in the way of those who search.
        head = "---\nsearch:\n  exclude: true\n---\n\n"
        self.pages[place] = f"{head}# {name.name}\n\n````{KINDS.get(name.suffix, 'text')}\n{text}\n````\n"
        return place


def place_of_page(name: str) -> str:
    """Give the place on the site of a file in `docs`: both languages in one, a folder's README as its index."""
    return re.sub(r"(^|/)README\.md$", r"\1index.md", name.replace(".zh.md", ".md"))


def _is_chinese(file: Path) -> bool:
    return file.name.endswith(".zh.md")
