"""What the text index knows of a name, so that people find it however it is written."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from typing import Final

from letspic_desktop.library.rows import name_key

# Scripts that are written without spaces, and Korean, whose words carry endings: every sign is a word of its own,
# and a query of several is looked up as a phrase. Unlike trigrams that finds words of one and two signs,
# which most Chinese and Korean ones are, and needs no newer SQLite.
_SIGN: Final = re.compile(
    "([\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U000323af])"
)
_LETTER_DIGIT: Final = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_DIGITS: Final = re.compile(r"\d+")
_NUMBER_WIDTH: Final = 12


def words(name: bytes | str) -> str:
    """Return the words of a name, or of the last part of a path, as the index keeps them."""
    spaced = _SIGN.sub(r" \1 ", name_key(_last_part(name)))
    return " ".join(_LETTER_DIGIT.sub(" ", spaced).split())


def sorting_key(path: bytes) -> str:
    """Return the name of a file as people sort it: case does not matter, and 2 comes before 10."""
    return _DIGITS.sub(lambda found: found[0].zfill(_NUMBER_WIDTH), name_key(_last_part(path)))


def match_terms(text: str) -> list[str]:
    """Return one FTS5 expression per word that a person typed; its last sign may be the start of a longer word."""
    expressions = []
    for term in text.split():
        # Quotes are the only thing with a meaning inside quotes.
        known = words(term).replace('"', " ")
        if any(c.isalnum() for c in known):
            expressions.append(f'"{known}" *')
    return expressions


def tag_path(name: str) -> str:
    """Return ``a/b`` for names such as ``/a//b/ ``, that older catalogs may hold."""
    return "/".join(part for part in (" ".join(part.split()) for part in name.split("/")) if part)


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known that the catalog's triggers and migrations call."""
    connection.create_function("letspic_words", 1, words, deterministic=True)
    connection.create_function("letspic_name_key", 1, sorting_key, deterministic=True)
    connection.create_function("letspic_tag_path", 1, tag_path, deterministic=True)


def _last_part(name: bytes | str) -> str:
    if isinstance(name, str):
        return unicodedata.normalize("NFC", name)
    text = os.fsdecode(name.rpartition(b"/")[2])
    # Bytes that are no text become a sign that is in no word.
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode())
