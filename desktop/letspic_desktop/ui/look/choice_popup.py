"""A small field in which the name of a tag or an album is typed, with those that fit below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from letspic_desktop.library.rows import name_key
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import column, label
from letspic_desktop.ui.texts import tr

_MOST_SHOWN: Final = 8
_ROW: Final = 29
_NAME: Final = Qt.ItemDataRole.UserRole
_TO_LIST: Final = frozenset((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp))


class ChoicePopup(QFrame):
    """Closes when a name is chosen, on Esc, and when the person turns to something else.

    Parameters
    ----------
    icon
        Of each name.
    names, recent
        All that there are, and those to offer while nothing is typed.
    example
        Stands in the empty field.
    new
        What the list offers where a name is new, with ``{name}`` in it.
    take
        Gets the name that was chosen or typed.
    """

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        *,
        title: str,
        icon: str,
        names: Sequence[str],
        recent: Sequence[str],
        example: str,
        new: str,
        take: Callable[[str], object],
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("popup")
        self.setAccessibleName(title)
        self._over, self._theme, self._icon, self._new = parent, theme, icon, new
        self._names, self._recent, self._take = names, recent, take
        self.field = QLineEdit()
        self.field.setPlaceholderText(example)
        self.field.setAccessibleName(title)
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.choices = QListWidget()
        self.choices.setProperty("role", "choices")
        self.choices.setAccessibleName(tr("Names that fit"))
        self.choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices.itemClicked.connect(self._choose)
        self.field.textChanged.connect(lambda _: self._suggest())
        self.field.returnPressed.connect(self._entered)
        self.setLayout(column(label(title, "h2"), self.field, self.choices, spacing=8, margins=(14, 12, 14, 12)))
        self.setFixedWidth(320)
        self._suggest()

    def open_above(self) -> None:
        """Show it in the upper middle of its window."""
        window = self._over.window()
        corner = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 90))
        self.move(corner)
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """The arrows move in the list while the person types."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _TO_LIST:
                self.choices.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Tab and self.choices.currentItem() is not None:
                self.field.setText(self.choices.currentItem().data(_NAME))
                return True
        return super().eventFilter(watched, event)

    def _suggest(self) -> None:
        typed = name_key(self.field.text().strip())
        shown = list(self._recent) or list(self._names)
        if typed:
            # What starts a part of a path comes before what is somewhere in it.
            fitting = [name for name in self._names if typed in name_key(name)]
            shown = sorted(fitting, key=lambda name: not any(p.startswith(typed) for p in _starts(name)))
        self.choices.clear()
        for name in shown[:_MOST_SHOWN]:
            self._offer(name, name, self._icon)
        if typed and typed not in {name_key(name) for name in self._names}:
            self._offer(self._new.format(name=self.field.text().strip()), self.field.text().strip(), "plus")
        if typed and self.choices.count():
            self.choices.setCurrentRow(0)
        exact = next((row for row, name in enumerate(shown[:_MOST_SHOWN]) if name_key(name) == typed), None)
        if exact is not None:
            self.choices.setCurrentRow(exact)
        self.choices.setFixedHeight(max(1, self.choices.count()) * _ROW + 4)
        self.choices.setVisible(self.choices.count() > 0)
        self.adjustSize()

    def _offer(self, text: str, name: str, icon: str) -> None:
        item = QListWidgetItem(self._theme.icon(icon, "muted", 16), text)
        item.setSizeHint(QSize(0, _ROW))
        item.setData(_NAME, name)
        self.choices.addItem(item)

    def _entered(self) -> None:
        item = self.choices.currentItem()
        if item is not None:
            self._choose(item)
        elif self.field.text().strip():
            self._end(self.field.text().strip())

    def _choose(self, item: QListWidgetItem) -> None:
        self._end(str(item.data(_NAME)))

    def _end(self, name: str) -> None:
        self.close()
        self._take(name)


def _starts(name: str) -> list[str]:
    """Return a path's key and the keys of its parts."""
    return [name_key(name), *name_key(name).split("/")]
