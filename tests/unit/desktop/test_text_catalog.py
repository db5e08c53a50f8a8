"""Filled-in sentences find the template that they were made from, and pseudo texts keep their places."""

from __future__ import annotations

import pytest

from letspic_desktop.ui.language.catalog import Catalog, load_catalog
from letspic_desktop.ui.language.pseudo import CLOSE, OPEN, Pseudo

CATALOG = Catalog(
    texts={"{n} photos": "사진 {n}장"},
    sentences={
        "{path} is damaged": "{path} 손상",
        "The backbone {name} is damaged": "백본 {name} 손상",
        "{name} is out: {why}": "{name} 제외: {why}",
        "The file is empty": "빈 파일",
        "{one} and {one}": "{one}와 {one}",
    },
)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("The file is empty", "빈 파일"),
        ("/a/b.json is damaged", "/a/b.json 손상"),
        ("The backbone x.y (2) is damaged", "백본 x.y (2) 손상"),
        ("pi is out: The file is empty", "pi 제외: 빈 파일"),
        ("{n} is damaged", "{n} 손상"),
        ("a and a", "a와 a"),
        ("a and b", None),
        ("Nobody said this", None),
    ],
)
def test_sentence_is_translated_by_its_template(english: str, korean: str | None) -> None:
    assert CATALOG.sentence(english) == korean


def test_shipped_catalog_can_be_read() -> None:
    catalog = load_catalog("ko")
    assert catalog.text("Add device")
    assert catalog.text("no such text") is None


def test_pseudo_text_is_longer_and_keeps_its_places() -> None:
    text = Pseudo().text("{n} photos of {name}")
    assert text.startswith(OPEN)
    assert text.endswith(CLOSE)
    assert text.format(n=3, name="x")
    # Two fifths of the twelve letters and spaces that are its own, and the brackets.
    assert len(text) == len("{n} photos of {name}") + 4 + 2
