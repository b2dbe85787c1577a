"""Write docs/errors.md from the tree of errors, their remedies, their answers, and the sites' codes."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.generated.markdown import code, page, table
from scripts.generated.words import Words

from dreambridge.api.errors import row_for
from dreambridge.catalog import Catalog, CodeMeaning
from dreambridge.catalog.codes import error_classes
from dreambridge.domain import errors
from dreambridge.domain.errors import Fixer, GatewayError, Retry
from dreambridge.domain.remedies import advice_for

ROOT = Path(__file__).resolve().parents[2]
FIXERS = {
    Fixer.CALLER: "the caller",
    Fixer.OPERATOR: "the operator, or the account's owner",
    Fixer.SITE: "the site",
    Fixer.US: "the gateway's maintainers",
}
RETRIES = {
    Retry.NEVER: "no",
    Retry.SAME: "yes, on the same account",
    Retry.OTHER: "on another account",
    Retry.LATER: "later",
}
PLACES = {
    "ret": "`ret` of an answer to a call",
    "record": "`fail_code` of a record that failed",
    "fragment": "A piece of a failed record's key or text",
    "passport": "`error_code` of the session check",
    "fallback": "Anything of that place without a row",
}
SITE_CODES = "What the sites' codes become"
BRANCH = re.compile(r"(?P<name>[│├└─ ]*\w+ +)(?P<said>.+)")


def render_errors(words: Words, catalog: Catalog) -> str:
    """Render one section per class of error, then what each code of the sites becomes."""
    extra = specific_codes()
    return page(
        words,
        "errors",
        "Errors",
        "`src/dreambridge/domain/errors.py`, `domain/remedies.py`, `api/errors.py`, `catalog/data/codes.toml`",
        words.say("A failure is never answered with a 2xx status. The body is always one object:"),
        '```json\n{"error": {"message": "…", "type": "…", "param": null, "code": "…", "retryable": false,\n'
        '           "charged": "no", "site_code": null, "log_id": null, "remedy": "…"}}\n```',
        words.say(
            "`retryable` says whether the same request may be sent again, `charged` whether the account paid (`no`, "
            "`yes`, `refunded`, `unknown`); `site_code` and `log_id` are the site's own. `remedy` comes in English or "
            "Chinese, as `Accept-Language` asks. The headers `x-should-retry` and, where waiting helps, `Retry-After` "
            "say the same to client libraries; `x-request-id` is on every answer, `x-job-id` where there is a job. The "
            "values below are those of a class; a single error may know better, for instance from the site's code."
        ),
        f"```text\n{_tree(words)}\n```",
        *(_section(words, each, sorted(extra.get(each.__name__, ()))) for each in error_classes().values()),
        f"## {words.say(SITE_CODES)}",
        *_site_codes(words, catalog),
    )


def _tree(words: Words) -> str:
    """Give the drawing of the tree, as the source has it, with its words in this language."""
    drawing = (errors.__doc__ or "").split("\n\n")[1]
    lines = ((line, BRANCH.fullmatch(line)) for line in drawing.splitlines())
    return "\n".join(f"{found['name']}{words.say(found['said'])}" if found else line for line, found in lines)


def specific_codes() -> Mapping[str, set[str]]:
    """Find, in the source, the codes that are given to single errors in place of their class's own."""
    names = error_classes()
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in names:
                given = (word.value for word in node.keywords if word.arg == "code")
                found[name] |= {str(value.value) for value in given if isinstance(value, ast.Constant) and value.value}
    return found


def _section(words: Words, kind: type[GatewayError], extra: list[str]) -> str:
    row, advice = row_for(kind), advice_for(kind)
    said = f"{advice.cause_zh}{advice.remedy_zh}" if words.chinese else f"{advice.cause} {advice.remedy}"
    status = str(row.status)
    if row.from_request is not None:
        status = words.say(
            "{status}; {own} when the session came with the request", status=row.status, own=row.from_request
        )
    codes = code(kind.code)
    if extra:
        codes = words.say("{own}; more specific: {extra}", own=codes, extra=code(*extra))
    facts = [
        (words.say("Code"), codes),
        (words.say("Status"), status),
        (words.say("Type"), code(row.type)),
        (words.say("Who can fix it"), words.say(FIXERS[kind.fixer])),
        (words.say("Try again"), words.say(RETRIES[kind.retry])),
        (words.say("Charged"), code(kind.charged.value)),
    ]
    if row.pause is not None:
        facts.append(("`Retry-After`", words.say("{seconds} s, unless the error knows better", seconds=row.pause)))
    return "\n\n".join([f"## {kind.__name__}", said, table(("", ""), facts)])


def _site_codes(words: Words, catalog: Catalog) -> Iterator[str]:
    header = tuple(map(words.say, ("Code", "Error", "Try again", "Charged", "Meaning", "Last seen")))
    for place, title in PLACES.items():
        meanings: Mapping[str, CodeMeaning] = getattr(catalog.codes, place)
        rows = [
            (
                code(each),
                f"[{m.error.__name__}](#{m.error.__name__.lower()})",
                words.say(RETRIES[m.retry]),
                code(m.charged.value),
                m.meaning_zh if words.chinese else m.meaning_en,
                str(m.seen),
            )
            for each, m in meanings.items()
        ]
        yield f"### {words.say(title)}"
        yield table(header, rows)
