"""A language that nobody speaks: it shows which texts do not pass through ``tr``, and where longer ones do not fit."""

from __future__ import annotations

import re
from typing import Final

OPEN: Final = "⟦"
CLOSE: Final = "⟧"
_FIELD: Final = re.compile(r"(\{[^{}]*\})")
_ACCENTED: Final = str.maketrans("aceghijklnorsuwyzACDEGHIJKLNORSTUWYZ", "äçéğĥïĵķļñöŕşüŵÿžÅÇĎÉĞĤÏĴĶĻÑÖŔŞŤÜŴÝŽ")
_LONGER: Final = 0.4


class Pseudo:
    """Accents, two fifths more letters, and brackets around every text."""

    def text(self, english: str) -> str:
        """Return a text that still has its places for values."""
        parts = _FIELD.split(english)
        accented = "".join(part if _FIELD.fullmatch(part) else part.translate(_ACCENTED) for part in parts)
        letters = sum(len(part) for part in parts if not _FIELD.fullmatch(part))
        return f"{OPEN}{accented}{'~' * round(_LONGER * letters)}{CLOSE}"

    def sentence(self, english: str) -> str:
        """Return a filled-in sentence."""
        return self.text(english.replace("{", "(").replace("}", ")"))
