"""The texts of one other language: looked up whole, or, where they are filled in already, by the template they fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Final, Protocol

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
# An error may quote another one, and that a third; deeper ones stay English.
_DEEPEST: Final = 3


class Lookup(Protocol):
    """What a language can say."""

    def text(self, english: str) -> str | None:
        """Return a text of the window, its ``{places}`` still in it; None where it has none."""

    def sentence(self, english: str) -> str | None:
        """Return a sentence whose values are filled in already; None where it fits no template."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """A language.

    Attributes
    ----------
    texts
        English text -> translation, with ``{name}`` for values.
    sentences
        The same for the sentences of errors, which come filled in.
    """

    texts: Mapping[str, str]
    sentences: Mapping[str, str]

    def text(self, english: str) -> str | None:
        """Return a text of the window; None where there is none."""
        return self.texts.get(english) or None

    def sentence(self, english: str) -> str | None:
        """Return a filled-in sentence in this language; None where it fits no template."""
        return self._said(english, 0)

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], str]]:
        fields = [one for one in self.sentences if _FIELD.search(one)]
        # The template with most words of its own is the one that was meant.
        fields.sort(key=lambda one: len(_FIELD.sub("", one)), reverse=True)
        return [(_pattern(one), self.sentences[one]) for one in fields]

    def _said(self, english: str, depth: int) -> str | None:
        whole = self.sentences.get(english)
        if whole:
            return whole
        for pattern, translation in self._templates:
            match = pattern.fullmatch(english)
            if match is not None:
                values = match.groupdict()
                if depth < _DEEPEST:
                    values = {name: self._said(value, depth + 1) or value for name, value in values.items()}
                return fill(translation, values)
        return None


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its ``{places}`` filled; one that has no value stays as it is."""
    return _FIELD.sub(lambda match: str(values.get(match[1], match[0])), template)


def fields(template: str) -> Iterable[str]:
    """Return the names of the places in a template."""
    return _FIELD.findall(template)


def load_catalog(language: str) -> Catalog:
    """Read the catalog of a language that comes with the program."""
    file = resources.files("letspic_desktop.ui") / "translations" / f"{language}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return Catalog(texts=content["texts"], sentences=content["sentences"])


def _pattern(template: str) -> re.Pattern[str]:
    parts, at, seen = [], 0, set[str]()
    for match in _FIELD.finditer(template):
        parts.append(re.escape(template[at : match.start()]))
        name, at = match[1], match.end()
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
    return re.compile("".join([*parts, re.escape(template[at:])]), re.DOTALL)
