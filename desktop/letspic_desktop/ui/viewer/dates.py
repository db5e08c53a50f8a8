"""Small windows that correct when photos were taken: one date, or the same shift for several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QDateTimeEdit, QDialog, QSpinBox, QWidget

from letspic_desktop.library.photos import Photo
from letspic_desktop.operations.edits import SetDate, ShiftDate
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, tr

# Photography began then; no photo is older.
_FIRST: Final = QDateTime(1826, 1, 1, 0, 0, 0)
_MOST_DAYS: Final = 36_500


def ask_date(parent: QWidget, services: Services, photo: Photo) -> QDialog:
    """Ask when one photo was taken."""
    title = tr("When was it taken?")
    dialog = make_dialog(parent, title)
    field = QDateTimeEdit(_shown(photo.shown_at))
    field.setMinimumDateTime(_FIRST)
    field.setCalendarPopup(True)
    field.setDisplayFormat(_with_seconds())
    field.setAccessibleName(tr("Date and time, as clocks there showed it"))
    photos = (photo.sha256,)

    def keep() -> None:
        # The zone is not asked for: it is the time of the place where the photo was taken.
        wanted = field.dateTime()
        day, time = wanted.date(), wanted.time()
        taken = datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), time.second())
        services.changes.make(SetDate(photos=photos, taken=taken))

    def go_back() -> None:
        services.changes.make(SetDate(photos=photos, taken=None))
        dialog.reject()

    set_it = button(services.theme, tr("Set the date"), role="primary", on_click=dialog.accept)
    set_it.setDefault(True)
    original = button(services.theme, tr("As the file says"), role="link", on_click=go_back)
    original.setVisible(photo.taken_user is not None)
    cancel = button(services.theme, tr("Cancel"), on_click=dialog.reject)
    words = label(tr("The file stays as it is; only the library knows the new date."), "muted", wrap=True)
    words.setMinimumWidth(340)
    fill(dialog, column(label(title, "h2"), words, 4, field, 8, row(original, None, cancel, set_it), spacing=8))
    dialog.accepted.connect(keep)
    dialog.show()
    return dialog


def ask_shift(parent: QWidget, services: Services, photos: Sequence[str]) -> QDialog:
    """Ask by how much the clock of the camera was wrong that took some photos."""
    title = tr("Correct the clock")
    dialog = make_dialog(parent, title)
    fields = [
        _number(tr("Days"), -_MOST_DAYS, _MOST_DAYS),
        _number(tr("Hours"), -23, 23),
        _number(tr("Minutes"), -59, 59),
    ]
    some = tuple(photos)

    def keep() -> None:
        days, hours, minutes = (field.value() for field in fields)
        by = timedelta(days=days, hours=hours, minutes=minutes)
        if by:
            services.changes.make(ShiftDate(photos=some, by=by))

    go = button(services.theme, tr("Shift the dates"), role="primary", on_click=dialog.accept)
    go.setDefault(True)
    cancel = button(services.theme, tr("Cancel"), on_click=dialog.reject)
    text = counted(len(some), "The date of {n} photo is shifted", "The dates of {n} photos are shifted")
    about = tr("{text} by this much; a minus goes back in time. Their files stay as they are.", text=text)
    words = label(about, "muted", wrap=True)
    words.setMinimumWidth(360)
    named = row(*(column(label(field.accessibleName(), "small"), field, spacing=3) for field in fields), spacing=10)
    fill(dialog, column(label(title, "h2"), words, 4, named, 8, row(None, cancel, go), spacing=8))
    dialog.accepted.connect(keep)
    dialog.show()
    return dialog


def _number(name: str, low: int, high: int) -> QSpinBox:
    field = QSpinBox()
    field.setRange(low, high)
    field.setAccessibleName(name)
    return field


def _shown(at: datetime) -> QDateTime:
    return QDateTime(at.year, at.month, at.day, at.hour, at.minute, at.second)


def _with_seconds() -> str:
    """Return the person's own short format with a full year and seconds."""
    own = QLocale()
    day = own.dateFormat(QLocale.FormatType.ShortFormat)
    if "yyyy" not in day:
        day = day.replace("yy", "yyyy")
    time = own.timeFormat(QLocale.FormatType.ShortFormat)
    return f"{day}  {time if 'ss' in time else time.replace('mm', 'mm:ss')}"
