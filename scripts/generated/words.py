"""The words of the generated pages: written in English where they are used, and looked up for the other language."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("words.zh.toml")


class MissingWordsError(LookupError):
    """Name the English words that have no Chinese ones in `words.zh.toml`."""


@dataclass
class Words:
    """One language of the generated pages, and which of its words were used."""

    language: str
    known: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def chinese(self) -> bool:
        """Tell whether this is Chinese."""
        return self.language == "zh"

    def say(self, english: str, **values: object) -> str:
        """Give the words in this language, with values put in. Raises `MissingWordsError`."""
        if not self.chinese:
            return english.format(**values) if values else english
        if english not in self.known:
            raise MissingWordsError(english)
        self.used.add(english)
        return self.known[english].format(**values) if values else self.known[english]

    def file(self, name: str) -> str:
        """Name a page, or another file that is there in both languages, as this language's."""
        stem, _, end = name.rpartition(".")
        return f"{stem}.zh.{end}" if self.chinese else name


def read_words(language: str) -> Words:
    """Read the words of a language."""
    if language != "zh":
        return Words(language)
    document = tomllib.loads(FILE.read_text(encoding="utf-8"))
    # The first line of a text is set in, too.
    long = {each["en"].strip(): each["zh"].strip() for each in document["text"]}
    return Words(language, document["words"] | long)
