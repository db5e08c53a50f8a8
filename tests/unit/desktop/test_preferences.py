"""What a person chose is kept, typed, and never lost without a word."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from letspic_desktop.preferences import FILE_NAME, VERSION, Preferences, PreferenceStore
from letspic_shared.errors import KnownError


def test_choices_are_kept_for_the_owner_alone(tmp_path: Path) -> None:
    store = PreferenceStore(tmp_path)
    assert store.now == Preferences()
    assert not store.now.share_thumbnails
    told: list[Preferences] = []
    stop = store.subscribe(told.append)
    store.change(look="dark", watch_minutes=0)
    store.change(look="dark")
    stop()
    store.change(language="ko")
    assert [(one.look, one.watch_minutes) for one in told] == [("dark", 0)]
    file = tmp_path / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["version"] == VERSION
    again = PreferenceStore(tmp_path)
    assert again.now == Preferences(look="dark", watch_minutes=0, language="ko")
    assert again.complaint is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", "null", '{"version": "1"}', '{"version": 0}', "\x00\xff", "[" * 9999]
)
def test_damaged_file_is_kept_aside_and_said_once(tmp_path: Path, content: str) -> None:
    file = tmp_path / FILE_NAME
    file.write_text(content, encoding="latin-1")
    store = PreferenceStore(tmp_path)
    assert store.now == Preferences()
    assert store.complaint is not None
    assert "damaged" in store.complaint.reason
    assert (tmp_path / "preferences.kept-1.json").read_text(encoding="latin-1") == content
    assert PreferenceStore(tmp_path).complaint is None


def test_newer_file_is_never_overwritten(tmp_path: Path) -> None:
    newer = json.dumps({"version": VERSION + 1, "look": "sepia"})
    for number in (1, 2):
        (tmp_path / FILE_NAME).write_text(newer)
        store = PreferenceStore(tmp_path)
        assert store.complaint is not None
        assert "newer" in store.complaint.reason
        store.change(look="light")
        assert (tmp_path / f"preferences.kept-{number}.json").read_text() == newer


def test_value_of_the_wrong_kind_is_as_usual_and_the_rest_holds(tmp_path: Path) -> None:
    wrong = {"look": "sepia", "watch_minutes": True, "notifications": 1, "language": None, "sections": ["month"]}
    content = {"version": VERSION, **wrong, "text_size": "large", "of a later day": 1}
    (tmp_path / FILE_NAME).write_text(json.dumps(content))
    store = PreferenceStore(tmp_path)
    assert store.now == Preferences(text_size="large")
    assert store.complaint is None


def test_choice_holds_although_it_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    store = PreferenceStore(home)
    home.rmdir()
    with pytest.raises(KnownError):
        store.change(look="dark")
    assert store.now.look == "dark"
