"""Above the photos of a group that belongs to another desktop: whose it is, and what this desktop does in it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton

from letspic_desktop.library.groups import Group
from letspic_desktop.operations.serving import Serving
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, pill, row, set_tone
from letspic_desktop.ui.texts import counted, number, tr


class JoinedCard(QFrame):
    """The state of this desktop as a member, in words.

    Signals
    -------
    asked
        ``leave`` or ``serve``.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.group: Group | None = None
        self.state, self.owner = pill(), label("", "strong", wrap=True)
        self.photos, self.shared = label("", "", wrap=True), label("", "muted", wrap=True)
        self.buttons: dict[str, QPushButton] = {
            "serve": button(theme, tr("Take part again"), role="primary", on_click=lambda: self.asked.emit("serve")),
            "leave": button(theme, tr("Leave …"), on_click=lambda: self.asked.emit("leave")),
        }
        head = row(self.state, self.owner, spacing=10)
        head.setStretch(1, 1)
        self.setLayout(
            column(
                head, self.photos, self.shared, row(*self.buttons.values(), None), spacing=9, margins=(16, 13, 16, 13)
            )
        )  # fmt: skip

    def show_group(self, group: Group, serving: Serving | None) -> None:
        """Show what this desktop does in a group now."""
        self.group = group
        if serving is not None and not serving.group:
            serving = None
        _say(self.state, member_state(serving))
        set_tone(self.state, _tone(serving))
        desktop = serving.desktop if serving is not None else ""
        _say(self.owner, tr("A group of {name}", name=desktop) if desktop else tr("A group of another desktop"))
        _say(self.photos, _photos(serving))
        text = tr(
            "Your photos stay here: only sums of their features leave. The heads and the fine-tuning of this group"
            " are looked after at the desktop that owns it."
        )
        _say(self.shared, text)
        self.buttons["serve"].setVisible(serving is None)
        self.setAccessibleName(tr("Joined group {name}: {state}", name=group.name, state=self.state.text()))


def member_state(serving: Serving | None) -> str:
    """Return what this desktop does in another one's group, in words."""
    if serving is None:
        return tr("not taking part now")
    if not serving.connected:
        return tr("waiting for its owner")
    if serving.state == "extracting" and serving.total:
        return tr("looking at photos ({done}/{total})", done=number(serving.done), total=number(serving.total))
    if serving.round_of is not None and serving.round_of[0]:
        done, total = serving.round_of
        if total:
            return tr("training, round {n} of {total}", n=number(done), total=number(total))
        return tr("training, round {n}", n=number(done))
    words = {
        "receiving": tr("receiving photos"),
        "extracting": tr("looking at photos"),
        "training": tr("training"),
        "searching": tr("searching"),
        "measuring": tr("measuring its speed"),
    }
    if serving.state in words:
        return words[serving.state]
    return tr("ready for training") if serving.round_of is None else tr("training")


def _photos(serving: Serving | None) -> str:
    if serving is None:
        return tr("While it takes part, the photos of this library help the group to learn.")
    total = number(serving.own)
    own = tr("{n} of {total} photos of this library take part", n=number(serving.labelled), total=total)
    if not serving.labelled:
        own = tr(
            "0 of {total} photos of this library take part so far: the group's owner says which of your albums they"
            " learn from",
            total=total,
        )
    placed = counted(serving.placed, "{n} placed here by its owner", "{n} placed here by its owner")
    return f"{own} · {placed}"


def _tone(serving: Serving | None) -> str:
    if serving is None:
        return "warn"
    if not serving.connected:
        return "plain"
    return "good" if serving.state in ("idle", "pairing") and serving.round_of is None else "accent"


def _say(target: QLabel, text: str) -> None:
    if target.text() != text:
        target.setText(text)
