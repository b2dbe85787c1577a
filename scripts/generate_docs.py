"""Write the generated pages and pictures of docs from what the program itself reads, in English and in Chinese.

`render_pages` gives them without writing, so that a test can tell when one is stale.
"""

from collections.abc import Iterator
from pathlib import Path

from scripts.generated.commands_page import render_commands
from scripts.generated.configuration_page import render_configuration
from scripts.generated.drawing import draw_architecture
from scripts.generated.errors_page import render_errors
from scripts.generated.models_page import render_models
from scripts.generated.sandbox_page import render_sandbox
from scripts.generated.words import Words, read_words

from dreambridge.catalog import load_catalog

ROOT = Path(__file__).resolve().parents[1]


def render_pages() -> dict[str, str]:
    """Give every generated file by its path from the root of the project."""
    return {name: text for language in ("en", "zh") for name, text in render_in(read_words(language))}


def render_in(words: Words) -> Iterator[tuple[str, str]]:
    """Give the files of one language."""
    catalog = load_catalog()
    if not words.chinese:  # the command line speaks English only
        yield "docs/command-line-reference.md", render_commands()
    yield words.file("docs/configuration.md"), render_configuration(words)
    yield words.file("docs/errors.md"), render_errors(words, catalog)
    yield words.file("docs/models.md"), render_models(words, catalog)
    yield words.file("docs/sandbox.md"), render_sandbox(words)
    yield words.file("docs/images/architecture.svg"), draw_architecture(words.language)


def main() -> None:
    """Write the files that changed."""
    for name, text in render_pages().items():
        file = ROOT / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"Wrote {name}")


if __name__ == "__main__":
    main()
