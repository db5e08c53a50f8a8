"""The ways to reach a device, of which one is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton

from letspic_desktop.ui.look.widgets import row
from letspic_desktop.ui.texts import tr


class WaySwitch(QFrame):
    """Three segments, one of them pressed.

    Signals
    -------
    chosen
        ``network``, ``address`` or ``cable``.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        self.setAccessibleName(tr("How the device is reached"))
        texts = {"network": tr("On the network"), "address": tr("By address"), "cable": tr("By USB cable")}
        self.buttons = {way: QPushButton(text) for way, text in texts.items()}
        self._group = QButtonGroup(self)
        for way, one in self.buttons.items():
            one.setCheckable(True)
            one.setAutoDefault(False)
            one.setProperty("role", "segment")
            one.setCursor(Qt.CursorShape.PointingHandCursor)
            one.clicked.connect(lambda _=False, way=way: self.chosen.emit(way))
            self._group.addButton(one)
        self.buttons["network"].setChecked(True)
        self.setLayout(row(*self.buttons.values(), spacing=2, margins=(3, 3, 3, 3)))
