"""The language of the window: the system's or a chosen one, with Qt's own texts in it too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, Literal, cast, get_args

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from letspic_desktop.ui.language.catalog import Lookup, load_catalog
from letspic_desktop.ui.language.pseudo import Pseudo
from letspic_desktop.ui.texts import CONTEXT, SAID

Language = Literal["en", "ko", "pseudo"]
ENVIRONMENT_VARIABLE: Final = "LETSPIC_LANGUAGE"


class Translations:
    """What is installed in Qt for a language; ``close`` takes it out again."""

    def __init__(self, application: QCoreApplication, language: Language) -> None:
        self.language = language
        self._application = application
        self._locale = QLocale()
        self._installed: list[QTranslator] = []
        if language == "pseudo":
            self._install(_Translator(Pseudo()))
        elif language != "en":
            QLocale.setDefault(QLocale(language))
            qts = QTranslator()
            # Menus of text fields, file dialogs: Qt brings these along.
            if qts.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                self._install(qts)
            self._install(_Translator(load_catalog(language)))

    def close(self) -> None:
        """Speak English again."""
        for one in self._installed:
            self._application.removeTranslator(one)
        self._installed.clear()
        QLocale.setDefault(self._locale)

    def _install(self, translator: QTranslator) -> None:
        self._application.installTranslator(translator)
        self._installed.append(translator)


def chosen_language(wish: str, system: Sequence[str] | None = None) -> Language:
    """Return the language to show: the environment's, the wished one, or the first of the system's that there is.

    Parameters
    ----------
    wish
        ``system`` or a language.
    system
        The system's languages, most wanted first; asked of Qt where not given.
    """
    forced = os.environ.get(ENVIRONMENT_VARIABLE, "")
    known = get_args(Language)
    if forced in known:
        return cast(Language, forced)
    if wish in known:
        return cast(Language, wish)
    for name in QLocale.system().uiLanguages() if system is None else system:
        code = name.replace("_", "-").split("-")[0].lower()
        if code in ("en", "ko"):
            return cast(Language, code)
    return "en"


class _Translator(QTranslator):
    """Answers for the texts of this program alone; the rest is for the translators behind it."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__()
        self._lookup = lookup

    # None lets Qt ask the next one.
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        """Return the translation of a text, None where this is not the one to ask."""
        del disambiguation, n
        if context == CONTEXT:
            return self._lookup.text(text)
        return self._lookup.sentence(text) if context == SAID else None

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        """Qt leaves out translators that know nothing."""
        return False
