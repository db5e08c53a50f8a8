"""Search with a part of the photo: the frame is chosen on the canvas, the part is cut out beside the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import percent, tr
from letspic_desktop.ui.viewer.canvas import Canvas
from letspic_desktop.ui.viewer.pictures import CutOut, Version
from letspic_desktop.ui.viewer.tools import Hint, Tools
from letspic_shared.errors import KnownError


class PartSearch(QObject):
    """From the first frame to the part that is searched with.

    Parameters
    ----------
    shown
        Returns the photo that is on the canvas.
    complain
        Told what went wrong.

    Signals
    -------
    cut
        The part as a picture.
    ended
        No part is chosen any more.
    """

    cut = Signal(QImage)
    ended = Signal()

    def __init__(
        self,
        services: Services,
        canvas: Canvas,
        tools: Tools,
        shown: Callable[[], Version | None],
        complain: Callable[[KnownError], None],
    ) -> None:
        super().__init__(canvas)
        self._services = services
        self._canvas = canvas
        self._tools = tools
        self._shown = shown
        self._complain = complain
        self._open = True
        self.hint = Hint(canvas)
        canvas.region_tool.changed.connect(self._show)
        canvas.region_tool.taken.connect(self._cut)

    def toggle(self) -> None:
        """Let the person choose a part, or give that up."""
        if self._canvas.region is not None:
            self._canvas.region_tool.end()
        elif self._shown() is not None:
            self._canvas.choose_region()
        self._tools.buttons["part"].setChecked(self._canvas.region is not None)

    def close(self) -> None:
        """What is still being cut out is for nobody."""
        self._open = False

    def _show(self) -> None:
        region = self._canvas.region
        chosen = region is not None
        if chosen == self.hint.isHidden():
            self._tools.buttons["part"].setChecked(chosen)
            self._tools.hold(chosen)
            words = tr("Drag a frame, or use the arrow keys (Shift resizes it). Enter searches, Escape gives up.")
            self.hint.say(words if chosen else "")
        if region is None:
            self.ended.emit()
            return
        left, top, right, bottom = (percent(share) for share in (region.left, region.top, region.right, region.bottom))
        self._canvas.setAccessibleName(
            tr(
                "Part of the photo: {left} to {right} across, {top} to {bottom} down",
                left=left,
                right=right,
                top=top,
                bottom=bottom,
            )
        )

    def _cut(self) -> None:
        region, version = self._canvas.region, self._shown()
        if region is not None and version is not None:
            self.hint.say(tr("Cutting it out …"))
            operation = CutOut(version=version, region=region.sides)
            self._services.runner.start(operation, done=self._done, failed=self._failed)

    def _done(self, part: QImage) -> None:
        if self._open:
            self.cut.emit(part)

    def _failed(self, error: KnownError) -> None:
        if self._open:
            self._canvas.region_tool.end()
            self._complain(error)
