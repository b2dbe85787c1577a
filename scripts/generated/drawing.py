"""Draw the picture of the architecture, as an SVG that is readable on light and on dark pages, in both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1040, 410

WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "How a request goes through Dreambridge", "zh": "请求如何经过 Dreambridge"},
    "clients": {
        "en": "OpenAI clients\nscripts, agents\nstudio\ncommand line",
        "zh": "OpenAI 客户端\n脚本、智能体\n工作室\n命令行",
    },
    "process": {"en": "one process", "zh": "一个进程"},
    "doors": {"en": "HTTP and MCP in", "zh": "HTTP 与 MCP 入口"},
    "engine": {"en": "durable jobs,\naccounts, pacing", "zh": "持久任务、\n账号、节奏"},
    "catalog": {"en": "sites, models, sizes, codes: data", "zh": "站点、模型、尺寸、代码：数据"},
    "upstream": {"en": "the sites' protocol", "zh": "站点协议"},
    "media": {"en": "results, inputs", "zh": "结果、输入"},
    "store": {"en": "rows", "zh": "数据行"},
    "site": {"en": "A site,\nor the sandbox", "zh": "站点\n或沙盒"},
    "files": {"en": "Artifacts on disk", "zh": "磁盘上的作品"},
    "database": {"en": "SQLite\nor PostgreSQL", "zh": "SQLite\n或 PostgreSQL"},
    "paid": {"en": "paid call, history", "zh": "付费调用、查询"},
    "fetch": {"en": "fetches results", "zh": "取回结果"},
}

STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans SC", "PingFang SC", sans-serif; }
.page { fill: #fcfcfb; stroke: #e6e7ea; }
.process { fill: none; stroke: #b9bdc6; stroke-dasharray: 5 4; }
.box { fill: #ffffff; stroke: #9aa0ab; }
.outside { fill: #f1f2f4; stroke: #c9ccd3; }
.name { fill: #16181d; font-weight: 600; }
.said { fill: #555b66; font-size: 12.5px; }
.arrow { stroke: #6b717d; fill: none; stroke-width: 1.5; }
.paid { stroke: #d8452a; }
.reads { stroke-dasharray: 3 4; }
.head { fill: #6b717d; }
.paid-head { fill: #d8452a; }
@media (prefers-color-scheme: dark) {
  .page { fill: #14171c; stroke: #2a2e36; }
  .process { stroke: #4a505b; }
  .box { fill: #1c2027; stroke: #5b616d; }
  .outside { fill: #23272f; stroke: #3d434d; }
  .name { fill: #e8eaee; }
  .said { fill: #a5abb6; }
  .arrow { stroke: #8b919d; }
  .paid { stroke: #ff7a5c; }
  .head { fill: #8b919d; }
  .paid-head { fill: #ff7a5c; }
}
""".strip()


@dataclass(frozen=True, slots=True)
class Box:
    """A box: where it is, the folder it stands for if it does, and its words."""

    left: int
    top: int
    width: int
    height: int
    words: str
    folder: str = ""

    @property
    def outside(self) -> bool:
        """Tell whether it stands outside the process."""
        return not self.folder

    def draw(self, language: str) -> str:
        """Draw it with its name and its words in the middle."""
        lines = WORDS[self.words][language].split("\n")
        named = [(self.folder, "name")] if self.folder else []
        said = [*named, *((line, "said" if self.folder else "name") for line in lines)]
        middle = self.left + self.width / 2
        first = self.top + self.height / 2 - 10 * (len(said) - 1) + 5
        return "\n".join(
            [
                (
                    f'<rect class="{"outside" if self.outside else "box"}" x="{self.left}" y="{self.top}" '
                    f'width="{self.width}" height="{self.height}" rx="8"/>'
                ),
                *(text(middle, first + 20 * row, line, kind) for row, (line, kind) in enumerate(said)),
            ]
        )


BOXES: Sequence[Box] = (
    Box(24, 190, 140, 124, "clients"),
    Box(226, 62, 482, 48, "catalog", "catalog/"),
    Box(226, 142, 136, 238, "doors", "api/, mcp/"),
    Box(400, 142, 136, 238, "engine", "engine/"),
    Box(574, 142, 134, 60, "upstream", "upstream/"),
    Box(574, 222, 134, 78, "media", "media/"),
    Box(574, 320, 134, 60, "store", "store/"),
    Box(870, 134, 150, 118, "site"),
    Box(870, 266, 150, 40, "files"),
    Box(870, 320, 150, 60, "database"),
)
# From, to, and whether money goes along.
ARROWS = (
    (164, 252, 226, 252, ""),
    (362, 252, 400, 252, ""),
    (536, 172, 574, 172, ""),
    (536, 261, 574, 261, ""),
    (536, 350, 574, 350, ""),
    (708, 172, 870, 172, " paid"),
    (708, 236, 870, 236, ""),
    (708, 286, 870, 286, ""),
    (708, 350, 870, 350, ""),
)
READS = ((294, 142), (468, 142), (641, 142))


def text(middle: float, base: float, words: str, kind: str) -> str:
    """Draw a line of text around its middle."""
    return f'<text class="{kind}" x="{middle:g}" y="{base:g}" text-anchor="middle">{escape(words)}</text>'


def arrow(left: int, top: int, right: int, bottom: int, kind: str) -> str:
    """Draw an arrow to the right."""
    head = "paid-head" if kind else "head"
    return (
        f'<path class="arrow{kind}" d="M{left} {top}L{right - 8} {bottom}"/>'
        f'<path class="{head}" d="M{right - 2} {bottom}l-9 -5v10z"/>'
    )


def draw_architecture(language: str) -> str:
    """Draw the whole picture."""
    title = WORDS["title"][language]
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img" aria-labelledby="title">'
        ),
        f'<title id="title">{escape(title)}</title>',
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="12"/>',
        '<rect class="process" x="202" y="28" width="530" height="366" rx="12"/>',
        text(467, 49, WORDS["process"][language], "said"),
        *(arrow(*each) for each in ARROWS),
        *(f'<path class="arrow reads" d="M{left} {top}V110"/>' for left, top in READS),
        text(800, 164, WORDS["paid"][language], "said"),
        text(800, 228, WORDS["fetch"][language], "said"),
        *(box.draw(language) for box in BOXES),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
