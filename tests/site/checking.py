"""Read the built site as a browser would: what each page has, where its links lead, what it loads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

# A made-up origin: whatever leaves it is foreign.
ORIGIN = "http://site.invalid"
_LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "input": ("src",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_LOADING_RELATIONS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload"}
_LOADING_RELATIONS |= {"manifest", "apple-touch-icon"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_IN_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass
class Page(HTMLParser):
    """One page: the anchors it has, the links it makes, what it loads, and the anchors of its headings."""

    html: str
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        own = {name: value or "" for name, value in attrs}
        self.anchors |= {own[name] for name in ("id", "name") if own.get(name)}
        if tag in _HEADINGS and "id" in own:
            self.headings.append(own["id"])
        if tag == "a" and "href" in own:
            self.links.append(own["href"])
        if tag == "link" and _LOADING_RELATIONS & set(own.get("rel", "").split()):
            self.loaded.append(own["href"])
        self.loaded += [own[name] for name in _LOADED.get(tag, ()) if own.get(name)]
        self.loaded += [part.split()[0] for part in own.get("srcset", "").split(",") if part.strip()]
        self.loaded += _addresses_in(own.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note what a style sheet inside the page loads."""
        if self.lasttag == "style":
            self.loaded += _addresses_in(data)


def _addresses_in(style: str) -> list[str]:
    return [first or second for first, second in _IN_STYLE.findall(style)]


@cache
def read_page(file: Path) -> Page:
    """Read a page once."""
    return Page(file.read_text(encoding="utf-8"))


def pages(site: Path) -> list[Path]:
    """List the pages of a built site."""
    return sorted(site.rglob("*.html"))


def _address(site: Path, file: Path) -> str:
    return f"{ORIGIN}/{file.relative_to(site).as_posix()}"


def dead_links(site: Path) -> Iterator[str]:
    """Name each link, and each thing loaded, that leads to no page, file or anchor of the site."""
    for file in pages(site):
        page = read_page(file)
        for link in [*page.links, *page.loaded]:
            full = urlsplit(urljoin(_address(site, file), link))
            if f"{full.scheme}://{full.netloc}" != ORIGIN:
                continue
            aim = site / unquote(full.path).lstrip("/")
            aim = aim / "index.html" if aim.is_dir() else aim
            anchor = unquote(full.fragment)
            if not aim.is_file() or (anchor and aim.suffix == ".html" and anchor not in read_page(aim).anchors):
                yield f"{file.relative_to(site)}: {link}"


def foreign_loads(site: Path) -> Iterator[str]:
    """Name whatever a page or a style sheet of the site loads from another host."""
    for file in pages(site):
        yield from _foreign(site, file, read_page(file).loaded)
    for file in sorted([*site.rglob("*.css"), *site.rglob("*.svg")]):
        yield from _foreign(site, file, _addresses_in(file.read_text(encoding="utf-8")))


def _foreign(site: Path, file: Path, loaded: list[str]) -> Iterator[str]:
    for each in loaded:
        full = urlsplit(urljoin(_address(site, file), each))
        if full.scheme != "data" and f"{full.scheme}://{full.netloc}" != ORIGIN:
            yield f"{file.relative_to(site)}: {each}"
