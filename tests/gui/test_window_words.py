"""The search field: words in the names of files, tags and albums, and the path of a photo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from letspic_desktop.application import Application
from letspic_desktop.operations.groups import CreateGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import CreateAlbum
from letspic_desktop.progress import Progress
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.search.drops import named_file


@pytest.fixture
def library(app: Application, samples: Path) -> Application:
    """Three photos each of two albums, of which a group has one; no file is called like the third album."""
    ImportPhotos(sources=(samples / "city", samples / "forest"), albums_from_folders=False).run(app, Progress())
    photos = {app.catalog.photos.paths([one])[one].parent.name: one for one in app.catalog.photos.all()}
    CreateAlbum(name="Pizza evenings", photos=(photos["city"], photos["forest"])).run(app, Progress())
    CreateAlbum(name="Woods", photos=(photos["forest"],)).run(app, Progress())
    CreateGroup(name="Club", albums=("Woods",)).run(app, Progress())
    return app


def look(window: MainWindow, qtbot: QtBot, text: str) -> list[str]:
    """Type words, and return what the window shows then."""
    window.page.search_field.clear()
    qtbot.keyClicks(window.page.search_field, text)
    qtbot.waitUntil(lambda: not window.page._words.busy, timeout=5000)
    return sorted({one.name.partition("_")[0] for one in window.page.grid.photos.rows})


def test_name_of_an_album_finds_its_photos(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    assert look(window, qtbot, "pizza") == ["city", "forest"]
    assert window.page._about.text() == "2 photos found"
    assert look(window, qtbot, "woods") == ["forest"]
    assert look(window, qtbot, "pizza city") == ["city"]
    look(window, qtbot, "nowhere")
    assert not window.page.grid.isVisible()
    assert window.page._nothing._text.text().startswith("No photo has these words in its name, its tags")
    window.page.search_field.clear()
    assert len(window.page.grid.photos.rows) == 6


def test_words_that_a_group_does_not_have_are_looked_for_everywhere(
    library: Application, open_it: object, qtbot: QtBot
) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    group = library.catalog.groups.by_name("Club")
    window.go(Place(kind="group", key=group.id))
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 1, timeout=5000)
    assert look(window, qtbot, "pizza") == ["forest"]
    assert window.page._about.text() == "1 photo found"
    assert look(window, qtbot, "city") == ["city"]
    assert window.page._about.text() == "3 photos found in the whole library, none here"


def test_an_album_keeps_to_itself(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    album = next(one for one in library.catalog.albums.all() if one.name == "Woods")
    window.go(Place(kind="album", key=str(album.id)))
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 1, timeout=5000)
    look(window, qtbot, "city")
    assert window.page._nothing._text.text().startswith("No photo here has these words")


def test_words_stay_looked_for_when_the_library_changes(
    library: Application, open_it: object, qtbot: QtBot, samples: Path
) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    assert look(window, qtbot, "fruit") == []
    ImportPhotos(sources=(samples / "fruit",)).run(library, Progress())
    qtbot.waitUntil(lambda: len(window.page.grid.photos.rows) == 3, timeout=5000)
    assert window.page.search_field.text() == "fruit"


def test_typed_path_and_enter_search_with_that_file(
    library: Application, open_it: object, qtbot: QtBot, samples: Path
) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    given: list[Path] = []
    field = window.page.search_field
    field.photo_given.disconnect()
    field.photo_given.connect(given.append)
    photo = samples / "fruit" / "fruit_001.jpg"
    look(window, qtbot, str(photo))
    assert window.page._nothing._text.text() == "Press Enter to search with this photo."
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert given == [photo]
    assert not field.text()
    for text in (str(photo.with_name("gone.jpg")), "city", str(samples)):
        look(window, qtbot, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert field.text() == text
    assert given == [photo]


def test_only_paths_of_files_are_files(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = samples / "city" / "city_000.jpg"
    monkeypatch.chdir(photo.parent)
    monkeypatch.setenv("HOME", str(samples))
    for text in (str(photo), f" '{photo}' ", f"file://{photo}", "./city_000.jpg"):
        assert named_file(text) is not None
    assert named_file("~/city/city_000.jpg") == photo
    for text in ("", "/", "city_000.jpg", "/" + 5000 * "x", "/\0", "~nobody-of-this-name/x", f"{photo}x"):
        assert named_file(text) is None


def test_words_typed_at_the_duplicates_lead_to_all_photos(library: Application, open_it: object, qtbot: QtBot) -> None:
    window: MainWindow = open_it(library)  # type: ignore[operator]
    window.go(Place(kind="duplicates"))
    qtbot.waitUntil(lambda: not window.page.grid.isVisible(), timeout=5000)
    assert look(window, qtbot, "woods") == ["forest"]
    qtbot.waitUntil(window.page.grid.isVisible, timeout=5000)
    assert window.place == ALL_PHOTOS
    assert window.page.search_field.text() == "woods"
