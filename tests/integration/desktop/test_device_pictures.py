"""Photos that live on a real device are found from the desktop, and shown only where the device's owner agreed."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from letspic_desktop.application import Application
from letspic_desktop.operations.device_pictures import FetchDevicePicture, shares_pictures
from letspic_desktop.operations.devices import PairDevice
from letspic_desktop.operations.groups import LeaveGroup
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.reaching import read_inventory
from letspic_desktop.operations.search import SearchPhotos, StartSearch, View
from letspic_desktop.progress import Progress
from letspic_desktop.ui.search.pages import Pages, ReadPages
from letspic_shared.errors import KnownError

from .programs import Board, Desktop

OWN = 4


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory, other_photos: Path) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for photo in sorted((other_photos / "city").iterdir())[:OWN]:
        shutil.copy(photo, folder)
    return folder


def paired(app: Application, board: Board) -> str:
    app.catalog.groups.create("Family")
    address, code = board.offer()
    host, _, port = address.rpartition(":")
    device = PairDevice(group="Family", host=host, port=int(port), code=code).run(app, Progress()).id
    assert list(read_inventory(app, device).values()) == ["own"] * OWN
    return device


@pytest.mark.parametrize("allowed", [False, True])
def test_pictures_of_found_photos(
    make_board: Callable[..., Board],
    make_desktop: Callable[[str], Desktop],
    own_folder: Path,
    sample_albums: Path,
    allowed: bool,
) -> None:
    board = make_board("Kitchen", "--photos", own_folder, *(["--allow-thumbnails"] if allowed else []))
    desktop = make_desktop("shows")
    with Application.open(desktop.home) as app:
        ImportPhotos(sources=(sample_albums / "fruit",)).run(app, Progress())
        device = paired(app, board)
        query = min(own_folder.iterdir())
        report = SearchPhotos(query=query, group="Family", top=100).run(app, Progress())
        assert report.before_total == len(report.before) == 10 + OWN - 1
        (best, *_) = report.before
        assert (best.on_desktop, best.devices) == (False, ("Kitchen",))
        assert shares_pictures(app, device) is allowed
        fetch = FetchDevicePicture(device=device, photo=best.photo)
        if not allowed:
            with pytest.raises(KnownError, match="does not share pictures"):
                fetch.run(app, Progress())
            assert app.device_pictures.kept_bytes == 0
            return
        picture = fetch.run(app, Progress())
        assert max(Image.open(io.BytesIO(picture)).size) <= 256
        board.stop()
        # What was fetched is in memory; what was not cannot be had now, and one sentence says so.
        assert fetch.run(app, Progress()) == picture
        with pytest.raises(KnownError, match="Kitchen"):
            FetchDevicePicture(device=device, photo=report.before[1].photo).run(app, Progress())
        silent = SearchPhotos(query=query, group="Family", top=100).run(app, Progress())
        assert silent.devices_silent == ("Kitchen",)
        assert len(silent.before) == 10
        LeaveGroup(group="Family").run(app, Progress())
        assert app.device_pictures.kept_bytes == 0
        assert not [path for path in desktop.home.rglob("*") if path.is_file() and path.read_bytes() == picture]


def test_reading_on_asks_devices_for_the_rest(
    make_board: Callable[..., Board],
    make_desktop: Callable[[str], Desktop],
    own_folder: Path,
    sample_albums: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device is first asked for its best photos alone; whoever looks at everything sees everything."""
    monkeypatch.setattr("letspic_desktop.operations.search.FIRST_FROM_DEVICE", 2)
    board = make_board("Attic", "--photos", own_folder)
    with Application.open(make_desktop("reads").home) as app:
        ImportPhotos(sources=(sample_albums / "fruit",)).run(app, Progress())
        paired(app, board)
        query = min(own_folder.iterdir())
        search = StartSearch(query=query, group="Family").run(app, Progress())
        first = search.results(app, "before", Progress())
        assert first is not None
        assert (first.devices_cut, len(first.ranking)) == (("Attic",), 10 + 1)
        whole = search.results(app, "before", Progress(), complete=True)
        assert whole is not None
        assert (whole.devices_cut, len(whole.ranking)) == ((), 10 + OWN - 1)
        assert whole.ranking.page(2)[0] == first.ranking.page(2)[0]
        assert search.results(app, "before", Progress()) is whole
        assert search.results(app, "after", Progress()) is None
        # As the window reads them: a first page, and then everything.
        again = StartSearch(query=query, group="Family").run(app, Progress())
        pages: dict[View, Pages] = {
            "before": Pages(again, "before", collapse=False),
            "after": Pages(again, "after", collapse=False),
        }
        for whole, photos in ((False, 10 + 1), (True, 10 + OWN - 1)):
            shown = ReadPages(pages=pages, tiles=24, whole=whole).run(app, Progress())
            assert list(shown) == ["before"]
            assert (shown["before"].shown, shown["before"].total, len(shown["before"].tiles)) == (photos,) * 3
            assert len({tile.row.key for tile in shown["before"].tiles}) == photos
