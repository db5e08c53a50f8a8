"""The history of searches: newest first, bounded, and gone when it is cleared."""

from __future__ import annotations

import os
from pathlib import Path

from letspic_desktop.library.searches import LONGEST, Searches


def test_newest_first_and_each_once(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    assert searches.all() == []
    searches.remember("a" * 64, "a.jpg", "Family")
    searches.remember(tmp_path / "b.jpg", "b.jpg", None)
    searches.remember("a" * 64, "a.jpg", None)
    searches.remember("a" * 64, "a.jpg", "Family")
    found = Searches(tmp_path).all()
    assert [(one.query, one.group) for one in found] == [
        ("a" * 64, "Family"),
        ("a" * 64, None),
        (tmp_path / "b.jpg", None),
    ]
    assert found[0].at > found[1].at > found[2].at


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    for number in range(LONGEST + 5):
        searches.remember(f"{number:064x}", str(number), None)
    names = [one.name for one in searches.all()]
    assert len(names) == LONGEST
    assert (names[0], names[-1]) == (str(LONGEST + 4), "5")


def test_names_that_are_no_text_come_back(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(b"/photos/\xff\xfe \xe2\x80\xaeidol.jpg"))
    searches = Searches(tmp_path)
    searches.remember(odd, odd.name, "“Ünion” & Söhne\n")
    (found,) = searches.all()
    assert (found.query, found.name, found.group) == (odd, odd.name, "“Ünion” & Söhne\n")


def test_a_damaged_file_is_an_empty_history(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    for content in (b"", b"{", b"[]", b'{"searches": [{"name": 1}]}', b"\xff\xfe", b'{"searches": 3}'):
        (tmp_path / "searches.json").write_bytes(content)
        assert searches.all() == []
    searches.remember("a" * 64, "a.jpg", None)
    assert len(searches.all()) == 1


def test_pictures_stay_as_long_as_the_history_names_them(tmp_path: Path) -> None:
    searches = Searches(tmp_path)
    first = searches.keep_picture(b"first", ".png")
    searches.remember(first, "pasted", None)
    second = searches.keep_picture(b"second", ".png")
    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"second")
    third = searches.keep_picture(b"third", ".png")
    assert first.exists()
    assert not second.exists()
    assert searches.keep_picture(b"first", ".png") == first
    searches.clear()
    assert searches.all() == []
    assert not first.exists()
    assert not third.exists()
    searches.clear()
