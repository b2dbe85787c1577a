"""Write docs/sandbox.md from the table of the simulator's scenarios."""

from collections import defaultdict
from collections.abc import Sequence

from scripts.generated.markdown import code, page, table
from scripts.generated.words import Words

from dreambridge.simulator.scenarios import Scenario, load_scenarios

GROUPS = {
    "": "Nothing goes wrong",
    "account": "Accounts",
    "agent": "The agent",
    "code": "Other refusals of a submission",
    "content": "Content",
    "history": "Asking for results",
    "models": "Models",
    "rate": "Rates",
    "result": "Results",
    "submission": "Submitting",
    "upload": "Uploads",
    "video": "Videos",
}
EXAMPLES = (
    '```sh\ncurl http://127.0.0.1:8000/v1/images/generations -H "Authorization: Bearer sandbox-no-credit" '
    '-H "Content-Type: application/json" -d \'{"prompt":"a red fox"}\'\n'
    'curl http://127.0.0.1:8000/v1/images/generations -H "Authorization: Bearer sandbox" '
    '-H "Content-Type: application/json" -d \'{"prompt":"a red fox [sim:refused]"}\'\n```'
)


def render_sandbox(words: Words) -> str:
    """Render the scenarios of the simulated site, and how one is chosen."""
    groups: dict[str, list[Scenario]] = defaultdict(list)
    for row in load_scenarios().rows.values():
        groups[row.group].append(row)
    return page(
        words,
        "sandbox",
        "The sandbox and its scenarios",
        "`src/dreambridge/simulator/data/scenarios.toml`",
        words.say(
            "The sandbox is a pretend site that `dreambridge serve` offers under the site name `sandbox`. It takes any "
            "session, costs nothing, and can fail in every way that the real sites are known to fail, so that you can "
            "see what each failure looks like here."
        ),
        words.say(
            "**By prompt**: put `[sim:name]` anywhere in it. **By token**: `sandbox-name`, or `sandbox-anything.name` "
            "for an account of its own. **For every call** of `dreambridge simulate`: `--scenario name`. A prompt wins "
            "over a token, a token over the option."
        ),
        EXAMPLES,
        *(part for name, rows in groups.items() for part in _group(words, name, rows)),
    )


def _group(words: Words, name: str, rows: Sequence[Scenario]) -> tuple[str, str]:
    header = (words.say("Name"), words.say("What happens"))
    listed = table(header, [(code(row.name), row.zh if words.chinese else row.en) for row in rows])
    return f"## {words.say(GROUPS[name])}", listed
