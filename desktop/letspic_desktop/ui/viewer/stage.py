"""Puts the best picture that is there on the canvas, and says what is wrong where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject

from letspic_desktop.ui.services import Services
from letspic_desktop.ui.texts import sentence
from letspic_desktop.ui.viewer.canvas import Canvas
from letspic_desktop.ui.viewer.facts import Facts
from letspic_desktop.ui.viewer.pictures import Version
from letspic_desktop.ui.viewer.shelf import Shelf
from letspic_desktop.ui.viewer.words import elsewhere_words, too_large_words
from letspic_shared.errors import KnownError

# Zoomed beyond the picture by more than rounding.
_BEYOND: Final = 1.02


class Stage(QObject):
    """One photo at a time: its thumbnail at once, its picture for the screen, and all its pixels when zoomed in.

    The picture of the photo before stays until there is any of the new one.
    """

    def __init__(self, services: Services, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._services = services
        self._canvas = canvas
        self._wanted: Version | None = None
        self._shown: Version | None = None
        self._facts: Facts | None = None
        self._where = ""
        self.shelf = Shelf(services.runner, self)
        self.shelf.changed.connect(self._show)
        canvas.view_changed.connect(self._look_closer)
        services.thumbnails.arrived.connect(self._show_stand_in)

    @property
    def shown(self) -> Version | None:
        """What is on the canvas; None while it is still that of the photo before."""
        return self._shown if self._shown == self._wanted and self._canvas.picture is not None else None

    @property
    def failed(self) -> bool:
        """Whether the photo cannot be decoded."""
        return self._wanted is not None and self.shelf.problem(self._wanted) is not None

    def show(self, wanted: Sequence[Version], facts: Facts | None, where: str) -> None:
        """Show the first of some photos; the others come next.

        Parameters
        ----------
        facts
            What is known of the first one.
        where
            Where it lives, as its list says; empty for a photo of this library.
        """
        self._wanted, self._facts, self._where = wanted[0], facts, where
        self.shelf.want(*wanted)
        self._show()

    def close(self) -> None:
        """Late pictures are for nobody."""
        self._wanted = None
        self.shelf.close()

    def _show(self) -> None:
        version = self._wanted
        if version is None:
            return
        picture = self.shelf.picture(version)
        if picture is not None and (picture is not self._canvas.picture or self._shown != version):
            same = self._shown == version
            self._shown = version
            self._canvas.show_picture(picture, same=same)
        if picture is not None:
            self._say(version)
        elif self.failed:
            self._shown = version
            self._show_stand_in()

    def _show_stand_in(self) -> None:
        """Where a photo cannot be decoded here, show what the grid has of it, and say why."""
        version = self._wanted
        problem = self.shelf.problem(version) if version is not None else None
        if version is not None and problem is not None and self.shelf.picture(version) is None:
            self._canvas.show_nothing(self._why(problem), self._services.thumbnails.pixmap(*version))

    def _say(self, version: Version) -> None:
        """Say on the photo what is wrong with it, or why it is not sharper."""
        problem, picture = self.shelf.problem(version), self._canvas.picture
        if problem is not None:
            self._canvas.say(self._why(problem))
        elif picture is not None and picture.final and not picture.sharp and self._beyond():
            self._canvas.say(too_large_words(picture.width, picture.height))
        else:
            self._canvas.say("")

    def _why(self, problem: KnownError) -> str:
        facts = self._facts
        if facts is None or facts.file is not None:
            return sentence(problem)
        return elsewhere_words(facts, self._where)

    def _beyond(self) -> bool:
        """Whether the screen has more pixels for the photo than its picture."""
        picture = self._canvas.picture
        return picture is not None and self._canvas.view.zoomed * picture.width > _BEYOND * picture.levels[0].width()

    def _look_closer(self) -> None:
        """Get all pixels of a photo that is zoomed beyond its picture."""
        picture, version = self._canvas.picture, self.shown
        if picture is None or version is None or not self.shelf.ready(version):
            return
        if not picture.final and self._beyond():
            self.shelf.want_full(version)
        self._say(version)
