"""Two days to choose from: the first and the last one of the photos that are wanted."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QFrame, QWidget

from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import tr

# No photo is older; as the smallest date it stands for none.
_NONE: Final = QDate(1826, 1, 1)


class DatePopup(QFrame):
    """Opens beside a chip and closes with a click elsewhere.

    Signals
    -------
    chosen
        The first and the last day, each None for any.
    """

    chosen = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "message")
        self.setAccessibleName(tr("First and last day"))
        self.begin, self.end = _edit(tr("First day")), _edit(tr("Last day"))
        use = button(theme, tr("Show"), role="primary", on_click=self._use)
        self.setLayout(
            column(
                row(label(tr("From"), "muted"), None, self.begin),
                row(label(tr("To"), "muted"), None, self.end),
                row(None, use),
                spacing=8,
                margins=(14, 12, 14, 12),
            )
        )

    def open(self, begin: date | None, end: date | None, at: QPoint) -> None:
        """Ask for the days, beginning with those in use; where there are none, with this year."""
        today = date.today()
        self.begin.setDate(_qt(begin) if begin or end else QDate(today.year, 1, 1))
        self.end.setDate(_qt(end) if begin or end else _qt(today))
        self.adjustSize()
        self.move(at + QPoint(0, 4))
        self.show()
        self.begin.setFocus()

    def _use(self) -> None:
        self.hide()
        begin, end = _day(self.begin), _day(self.end)
        if begin is not None and end is not None and begin > end:
            begin, end = end, begin
        self.chosen.emit(begin, end)


def _edit(name: str) -> QDateEdit:
    edit = QDateEdit()
    edit.setAccessibleName(name)
    edit.setMinimumDate(_NONE)
    edit.setSpecialValueText(tr("any"))
    edit.setButtonSymbols(QDateEdit.ButtonSymbols.NoButtons)
    edit.setMinimumWidth(120)
    return edit


def _qt(day: date | None) -> QDate:
    return _NONE if day is None else QDate(day.year, day.month, day.day)


def _day(edit: QDateEdit) -> date | None:
    shown = edit.date()
    return None if shown == _NONE else date(shown.year(), shown.month(), shown.day())
