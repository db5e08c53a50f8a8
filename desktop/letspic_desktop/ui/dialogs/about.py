"""What this program is: its version, the paper that it comes from, and the licences of everything in it."""

from __future__ import annotations

from importlib import resources

from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from letspic_desktop import __version__
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.language.markdown import show_markdown
from letspic_desktop.ui.look.theme import Theme
from letspic_desktop.ui.look.widgets import button, column, label, row
from letspic_desktop.ui.texts import tr

PAPER = "Jang, Lee, Lee, Liu: Distributed fine-tuning of CNNs for image retrieval on multiple mobile devices. 2020."


def show_about(parent: QWidget, theme: Theme) -> QDialog:
    """Open the box."""
    dialog = make_dialog(parent, tr("About LetsPic"))
    logo = label()
    logo.setAccessibleName(tr("LetsPic"))
    theme.follow(logo, lambda: logo.setPixmap(theme.pixmap("photos", "accent", 44)))
    name = column(
        label(tr("LetsPic {version}", version=__version__), "h1"),
        label(tr("Finds your group's own photos again, fine-tuned on the group's own devices."), "muted", wrap=True),
        spacing=3,
    )
    head = row(logo, name, spacing=14)
    head.setStretch(1, 1)
    paper = label(tr("It grew out of this paper: {paper}", paper=PAPER), "small", wrap=True)
    licences = QTextBrowser()
    licences.setOpenExternalLinks(True)
    licences.setTabChangesFocus(True)
    licences.setAccessibleName(tr("Licences"))
    theme.follow(licences, lambda: show_markdown(licences, theme, licence_text()))
    licences.setMinimumSize(600, 300)
    close = button(theme, tr("Close"), on_click=dialog.close)
    fill(
        dialog,
        column(head, paper, 4, label(tr("Licences"), "h2"), licences, 6, row(None, close), spacing=8),
    )
    dialog.show()
    close.setFocus()
    return dialog


def licence_text() -> str:
    """Return, in Markdown, under which licences the program and what comes with it are."""
    folder = resources.files("letspic_desktop.ui") / "licences"
    font = (resources.files("letspic_desktop.ui") / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    third, own = ((folder / name).read_text(encoding="utf-8") for name in ("THIRD_PARTY.md", "LICENSE"))
    texts = {"Apache License 2.0 (LetsPic)": own, "SIL Open Font License 1.1 (Inter)": font}
    return third + "".join(f"\n\n## {title}\n\n```\n{text}\n```\n" for title, text in texts.items())
