"""The guide speaks of buttons and keys that the window has, by the names that they have there, in each language."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from letspic_desktop.ui.dialogs.guide import guide_text
from letspic_desktop.ui.main_window import MainWindow

NAMED = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)|\*\*\*([^*\n]+)\*")
KEY = re.compile(r"\*\*((?:Ctrl|Alt|Shift)\+[^*\s]+|F\d+)\*\*")
# What the guide has in italics besides.
EXAMPLES = {
    "en": {"Summer hikes", "Market food", "Travel/Jeju", "Travel", "Jeju", "+2", "head"},
    "ko": {"여름 등산", "시장 음식", "여행/제주", "여행", "제주", "+2"},
}
KEYS_IN_KOREAN = {
    "Alt+왼쪽": "Alt+Left",
    "Alt+오른쪽": "Alt+Right",
    "Alt+아래": "Alt+Down",
    "Ctrl+Enter": "Ctrl+Return",
}


def korean() -> dict[str, str]:
    """Return the texts of the window with their Korean."""
    file = resources.files("letspic_desktop.ui") / "translations" / "ko.json"
    texts: dict[str, str] = json.loads(file.read_text("utf-8"))["texts"]
    return texts


def bare(text: str) -> str:
    """Return a text without what stands for names and numbers."""
    text = re.sub(r"\{[^}]+\}(와\(과\)|이\(가\)|개)?", "…", text)
    return re.sub(r"\s*\(.*?\)", "", text).strip(" …")


def named(language: str) -> set[str]:
    """Return what the guide calls by name."""
    found = {first or second for first, second in NAMED.findall(guide_text(language))}
    return {bare(one) for one in found - EXAMPLES[language]}


def test_guide_names_what_is_in_the_window() -> None:
    known = {bare(text) for text in korean()}
    assert len(named("en")) > 50
    assert named("en") - known == set()


def test_korean_guide_uses_the_names_of_the_korean_window() -> None:
    translated: dict[str, set[str]] = {}
    for text, said in korean().items():
        translated.setdefault(bare(text), set()).add(bare(said))
    wanted = {name: translated[name] for name in named("en")}
    there = named("ko")
    assert {name: said for name, said in wanted.items() if not said & there} == {}
    assert there - set().union(*wanted.values()) == set()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_keys_of_the_guide_do_something(window: MainWindow, language: str) -> None:
    actions = [action for section in window.actions_book.sections().values() for action in section]
    known = {key.toString() for action in actions for key in action.shortcuts()}
    # The sidebar's own, and what stands for redo on some systems.
    known |= {"F2", "Ctrl+Shift+Z"}
    keys = {KEYS_IN_KOREAN.get(key, key) for key in KEY.findall(guide_text(language))}
    assert len(keys) > 20
    assert keys - known == set()
