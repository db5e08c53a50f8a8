"""The filters above the grid: one chip for each, lit where it is in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QPushButton

from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.ui.grid.headings import span, square
from letspic_desktop.ui.look.date_popup import DatePopup
from letspic_desktop.ui.look.flow_layout import FlowLayout
from letspic_desktop.ui.look.widgets import button, plain_tip, set_tone
from letspic_desktop.ui.page.filter_choices import Choice, FilterChoices, ReadFilterChoices
from letspic_desktop.ui.places import ALL_PHOTOS, Place
from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import counted, number, tr

_LONGEST: Final = 28


class FilterBar(QFrame):
    """Chips that open menus; what they say together is one query.

    Signals
    -------
    changed
        The photos are to have something else: a ``PhotoQuery``.
    """

    changed = Signal(PhotoQuery)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._place = ALL_PHOTOS
        self._choices = FilterChoices()
        self._spot = ""
        self._reading = self._wanted = False
        self.filters = PhotoQuery()
        self._dates = DatePopup(services.theme, self)
        self._dates.chosen.connect(lambda begin, end: self._set(taken_from=begin, taken_to=end))
        self.chips: dict[str, QPushButton] = {
            "album": self._chip(lambda: self._pick(tr("Any album"), self._choices.albums, "album")),
            "tag": self._chip(lambda: self._pick(tr("Any tag"), self._choices.tags, "tag")),
            "rating": self._chip(self._pick_rating),
            "favourites": self._chip(lambda: self._set(favourites=not self.filters.favourites)),
            "date": self._chip(self._pick_date),
            "camera": self._chip(lambda: self._pick(tr("Any camera"), self._choices.cameras, "camera")),
            "spot": self._chip(self._pick_spot),
            "device": self._chip(lambda: self._pick(tr("Any device"), self._choices.devices, "device")),
            "unalbumed": self._chip(lambda: self._set(unalbumed=not self.filters.unalbumed)),
            "untagged": self._chip(lambda: self._set(untagged=not self.filters.untagged)),
            "missing": self._chip(lambda: self._set(missing=None if self.filters.missing else True)),
        }
        self._flow = FlowLayout(*self.chips.values())
        self.setLayout(self._flow)
        self.setAccessibleName(tr("Filters"))
        self._show()
        self.hide()

    def show_place(self, place: Place) -> None:
        """Offer what makes sense in a place."""
        self._place = place
        self._show()

    def set_open(self, is_open: bool) -> None:
        """Show the chips, with what there is to choose from now, or hide them; filters in use stay in use."""
        self.setVisible(is_open)
        if is_open:
            self.read_choices()

    def read_choices(self) -> None:
        """Read what there is to choose from; once more where it is asked for while that is under way."""
        self._wanted = True
        if not self._reading:
            self._read_on()

    def _read_on(self) -> None:
        self._reading, self._wanted = self._wanted, False
        if self._reading:
            self._services.runner.start(ReadFilterChoices(), done=self._take, ended=self._read_on)

    def clear(self, *, quietly: bool = False) -> None:
        """Use no filter."""
        self.filters, self._spot = PhotoQuery(), ""
        self._show()
        if not quietly:
            self.changed.emit(self.filters)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Have room for all lines, also where the window is small."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(self._flow.heightForWidth(self.width()))

    def _take(self, choices: FilterChoices) -> None:
        self._choices = choices
        self._show()

    def _set(self, **values: Any) -> None:
        self.filters = replace(self.filters, **values)
        self._show()
        self.changed.emit(self.filters)

    def _chip(self, call: Callable[[], object]) -> QPushButton:
        return button(self._services.theme, "", role="chip", on_click=call)

    def _show(self) -> None:
        wanted, choices, kind = self.filters, self._choices, self._place.kind
        self._say("album", tr("Album"), _text(choices.albums, wanted.album), hidden=kind == "album")
        self._say("tag", tr("Tag"), wanted.tag or "", hidden=kind == "tag")
        stars = "★" * wanted.minimum_rating
        self._say("rating", tr("Rating"), tr("{stars} or more", stars=stars) if stars else "")
        self._say("favourites", tr("Favourites"), on=wanted.favourites, hidden=kind == "favourites")
        dated = wanted.taken_from is not None or wanted.taken_to is not None
        self._say("date", tr("Date"), span(wanted.taken_from, wanted.taken_to) if dated else "")
        self._say("camera", tr("Camera"), wanted.camera or "")
        self._say("spot", tr("Place"), _text(choices.spots, self._spot or None))
        self._say("device", tr("Device"), _text(choices.devices, wanted.device), hidden=kind == "device")
        self._say("unalbumed", tr("No album"), on=wanted.unalbumed, hidden=kind in ("album", "group"))
        self._say("untagged", tr("No tag"), on=wanted.untagged, hidden=kind == "tag")
        self._say("missing", tr("File missing"), on=bool(wanted.missing))
        self._fit()

    def _say(self, name: str, text: str, value: str = "", *, on: bool = False, hidden: bool = False) -> None:
        chip, lit = self.chips[name], on or bool(value)
        short = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
        words = tr("{filter}: {value}", filter=text, value=short) if value else text
        chip.setText(words.replace("&", "&&"))
        chip.setAccessibleName(tr("{filter}: {value}", filter=text, value=value or (tr("on") if lit else tr("any"))))
        chip.setToolTip(plain_tip(value) if short != value else "")
        chip.setVisible(not hidden)
        set_tone(chip, "on" if lit else "off")

    def _menu(self, chip: str, entries: Sequence[tuple[str, Callable[[], object]]]) -> QMenu:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for text, call in entries:
            menu.addAction(text.replace("&", "&&")).triggered.connect(lambda _=False, call=call: call())
        if len(entries) == 1:
            menu.addAction(tr("There is none yet")).setEnabled(False)
        menu.popup(self.chips[chip].mapToGlobal(self.chips[chip].rect().bottomLeft()))
        return menu

    def _pick(self, nothing: str, choices: Sequence[Choice], field: str) -> None:
        entries: list[tuple[str, Callable[[], object]]] = [(nothing, lambda: self._set(**{field: None}))]
        entries += [(_entry(one), lambda one=one: self._set(**{field: one.value})) for one in choices]  # type: ignore[misc]
        self._menu(field, entries)

    def _pick_rating(self) -> None:
        entries: list[tuple[str, Callable[[], object]]] = [(tr("Any rating"), lambda: self._set(minimum_rating=0))]
        entries += [
            (_at_least(stars), lambda stars=stars: self._set(minimum_rating=stars))  # type: ignore[misc]
            for stars in range(1, 6)
        ]
        self._menu("rating", entries)

    def _pick_spot(self) -> None:
        def near(key: str) -> None:
            self._spot = key
            self._set(place=square(key) if key else None)

        entries: list[tuple[str, Callable[[], object]]] = [(tr("Any place"), lambda: near(""))]
        entries += [(_entry(one), lambda key=str(one.value): near(key)) for one in self._choices.spots]  # type: ignore[misc]
        self._menu("spot", entries)

    def _pick_date(self) -> None:
        def whole(year: int) -> None:
            self._set(taken_from=date(year, 1, 1), taken_to=date(year, 12, 31))

        entries: list[tuple[str, Callable[[], object]]] = [
            (tr("Any date"), lambda: self._set(taken_from=None, taken_to=None)),
            (tr("From and to …"), self._choose_days),
        ]
        years = [one for one in self._choices.years if isinstance(one.value, int) and one.value > 0]
        entries += [(_entry(one), lambda one=one: whole(one.value)) for one in years]  # type: ignore[misc]
        self._menu("date", entries)

    def _choose_days(self) -> None:
        chip = self.chips["date"]
        self._dates.open(self.filters.taken_from, self.filters.taken_to, chip.mapToGlobal(chip.rect().bottomLeft()))


def _text(choices: Sequence[Choice], value: object) -> str:
    if value is None:
        return ""
    return next((one.text for one in choices if one.value == value), tr("one that is gone"))


def _entry(choice: Choice) -> str:
    return tr("{name}  ({n})", name=choice.text, n=number(choice.photos)) if choice.photos else choice.text


def _at_least(stars: int) -> str:
    return tr("{stars} or more", stars=counted(stars, "{n} star", "{n} stars")) if stars < 5 else tr("5 stars")
