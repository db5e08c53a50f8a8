"""Make the pictures of the guide and of the README: the real window, over sample photos and real device processes.

Nothing is staged but the size of the window: photos are rendered, devices are paired, and the run that the picture
of fine-tuning shows is one, with more rounds than usual. It works without a display, and takes a minute or two.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LETSPIC_LANGUAGE"] = "en"

from PIL import Image
from PySide6.QtCore import QPoint, QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from letspic_desktop.application import Application
from letspic_desktop.demo import DemoOptions, running_demo
from letspic_desktop.fleet.discovery import Discovery
from letspic_desktop.fleet.run_config import RunConfig
from letspic_desktop.library.groups import Group
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.samples import render_samples
from letspic_desktop.ui.app import make_qt, open_window
from letspic_desktop.ui.main_window import MainWindow
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_device.announce import LOOPBACK

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "desktop/letspic_desktop/ui/guide"
SIZE = (1440, 900)
VIEWER = (1120, 660)
LARGEST = 300_000
SECONDS = 120.0
LOOKS = ("light", "dark")
PER_ALBUM = 24
DEVICES = 4
# Long enough to be seen at work.
CONFIG = RunConfig(method="standard", rounds=400)
SEEN_ROUNDS = 110
QUERY = "snow_mountains_001"
OPENED = "sunflowers_003"
AROUND = 10
WINDOW_COLORS, GROUNDS = 104, 16
SIDEBAR, PANEL = 236, 348


def until(true: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    end = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("The window did not get there")
        QTest.qWait(30)


def shoot(
    window: MainWindow,
    widget: QWidget,
    name: str,
    part: QWidget | None = None,
    wake: Callable[[], object] = lambda: None,
) -> None:
    """Save a picture of the window, or of another one, in both looks.

    ``part`` is all of it that is wanted; ``wake`` brings out what hides while nobody moves.
    """
    for look in LOOKS:
        window.services.theme.choose(look)
        QTest.qWait(400)
        wake()
        save(widget, GUIDE / f"{name}-{look}.png", framed=widget is window and part is None, part=part)


def save(widget: QWidget, file: Path, *, framed: bool, part: QWidget | None) -> None:
    """Save what a widget shows, with as many colours as fit into a small file."""
    QApplication.processEvents()
    shown = widget.rect()
    if part is not None:
        shown = QRect(part.mapTo(widget, QPoint()), part.size()).adjusted(-AROUND, -AROUND, AROUND, AROUND)
    widget.grab(shown).save(str(file))
    picture = Image.open(file).convert("RGB")
    for colors in (256, 200, 150):
        palette = palette_of(picture, colors, framed=framed)
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size <= LARGEST:
            return
    raise ValueError(f"{file} is larger than {LARGEST} bytes")


def palette_of(picture: Image.Image, colors: int, *, framed: bool) -> Image.Image:
    """Return a palette for the photos and one for the window around them, which the many of the photos would crowd out.

    Each part of the picture has its share: the sidebar and the panel of the window that frame it hold no photo.
    """
    sides = photos = picture
    if framed:
        right = picture.width - PANEL
        sides = Image.new("RGB", (SIDEBAR + PANEL, picture.height))
        sides.paste(picture.crop((0, 0, SIDEBAR, picture.height)), (0, 0))
        sides.paste(picture.crop((right, 0, picture.width, picture.height)), (SIDEBAR, 0))
        photos = picture.crop((SIDEBAR, 0, right, picture.height))
    # The grounds come first, and exactly.
    often = sorted(sides.getcolors(sides.width * sides.height) or [], reverse=True)[:GROUNDS]
    levels = [level for _, color in often for level in color]
    for part, count, how in (
        (sides, WINDOW_COLORS - GROUNDS, Image.Quantize.MAXCOVERAGE),
        (photos, colors - WINDOW_COLORS, Image.Quantize.MEDIANCUT),
    ):
        levels += (part.quantize(count, how).getpalette() or [])[: 3 * count]
    palette = Image.new("P", (1, 1))
    palette.putpalette(levels)
    return palette


def take_all(app: Application) -> None:
    """Open the window and go to everything that the guide shows."""
    with open_window(app, make_qt(), make_finder=lambda change: Discovery(change, interfaces=LOOPBACK)) as window:
        window.resize(*SIZE)
        window.show()
        window.open_first()
        until(lambda: window.overview is not None and bool(window.page.grid.photos.rows))
        until(lambda: bool(window.devices.views) and all(one.online for one in window.devices.views.values()))
        group = app.catalog.groups.all()[0]
        window.go(Place(kind="group", key=group.id))
        until(lambda: window.finetuning.group is not None and bool(window.page.grid.photos.rows))
        settle(window)
        rows = window.page.grid.photos.rows
        window.search(next((row for row in rows if row.name.startswith(QUERY)), rows[0]))
        until(lambda: not window.searching.busy)
        window.page.strip.choose("both")
        settle(window)
        shoot(window, window, "search")
        window.search_commands.close_results()
        window.go(ALL_PHOTOS)
        until(lambda: window.windowTitle().startswith("All photos"))
        settle(window)
        shoot(window, window, "window")
        window.go(Place(kind="group", key=group.id))
        until(lambda: window.windowTitle().startswith(group.name))
        settle(window)
        take_viewer(window)
        take_group(window, group)
        window.finetuning.start(CONFIG)
        until(lambda: window.finetuning.running and window.finetuning._state.number >= SEEN_ROUNDS)
        shoot(window, window, "finetune")
        if window.finetuning.running:
            window.panel.stop_button.click()
            until(lambda: not window.finetuning.running)
        until(lambda: not window.services.runner.busy)


def take_viewer(window: MainWindow) -> None:
    """Open a photo in full with its details, and say something about it as a person would."""
    rows = window.page.grid.photos.rows
    window.open_photos(rows, next((n for n, row in enumerate(rows) if row.name.startswith(OPENED)), 0))
    viewer = window.viewing.viewer
    if viewer is None:
        raise RuntimeError("No photo was opened")
    viewer.resize(*VIEWER)
    viewer.toggle_details()
    until(lambda: viewer.shows_picture)
    viewer.deeds.rate(4)
    viewer.deeds.tag("Summer/Garden")
    until(lambda: not window.services.runner.busy and bool(window.overview and window.overview.tags))
    settle(window)
    shoot(window, viewer, "viewer", wake=viewer.tools.wake)
    window.viewing.close()


def take_group(window: MainWindow, group: Group) -> None:
    """Show what stands above a group's photos, and the dialogs that it opens."""
    groups = window.devices.groups
    until(lambda: groups.card.page is not None and groups.card.isVisible())
    shoot(window, window, "group", part=groups.card)
    for name, show in (("files", lambda: groups.map(group.name)), ("changed", window.finetuning.show_changes)):
        show()
        until(lambda: any(dialog.isVisible() for dialog in window.findChildren(QDialog)))
        settle(window)
        dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())
        shoot(window, dialog, name)
        dialog.close()
        QTest.qWait(50)


def settle(window: MainWindow) -> None:
    """Wait until the pictures on the screen are there."""
    for _ in range(4):
        QTest.qWait(400)
        until(lambda: not window.services.thumbnails._asked)


def main() -> int:
    """Make them all; return the exit code."""
    GUIDE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="letspic-") as folder:
        photos = Path(folder, "Pictures")
        render_samples(photos, per_album=PER_ALBUM, seed=7)
        with (
            Application.open(Path(folder, "home")) as app,
            running_demo(app, DemoOptions(photos=photos, devices=DEVICES), Progress()),
        ):
            take_all(app)
    (ROOT / "docs" / "window.png").write_bytes((GUIDE / "search-light.png").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
