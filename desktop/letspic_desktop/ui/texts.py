"""Words and figures as people read them; every text of the window passes through ``tr``."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from letspic_shared.errors import KnownError

CONTEXT: Final = "LetsPic"
SAID: Final = "LetsPic, said"
_MINUTE: Final = 60.0
_LONG_MINUTES: Final = 90.0


def tr(text: str, /, **values: object) -> str:
    """Return a text in the person's language, with ``{name}`` replaced by ``values``."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated


def said(sentence: str) -> str:
    """Return, in the person's language, an English sentence that has its values in it already.

    That is how the parts without a window speak: the reason of an error, the state of a device.
    """
    return QCoreApplication.translate(SAID, sentence) if sentence else ""


def counted(count: int, one: str, many: str) -> str:
    """Return the text for one thing or for several; ``{n}`` stands for the number."""
    return tr(one if count == 1 else many, n=number(count))


def number(value: int) -> str:
    """Return a whole number with the separators of the person's country."""
    return QLocale().toString(value)


def percent(share: float) -> str:
    """Return a share (0..1) as whole per cent."""
    return tr("{n} %", n=round(100 * share))


def points(before: float, after: float) -> str:
    """Return how many percentage points lie between two shares as ``percent`` shows them, with the sign."""
    value = round(100 * after) - round(100 * before)
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return tr("{signed} points", signed=f"{sign}{abs(value)}")


def duration(seconds: float) -> str:
    """Return a time span, roughly where it is long."""
    if seconds < 1:
        return tr("{n} ms", n=max(1, round(1000 * seconds)))
    if seconds < 10:
        return tr("{n} s", n=f"{seconds:.1f}")
    if seconds < _LONG_MINUTES:
        return tr("{n} s", n=round(seconds))
    return tr("{n} min", n=round(seconds / _MINUTE))


def time_left(seconds: float) -> str:
    """Return how long something will still take."""
    return tr("about {time} left", time=duration(seconds)) if seconds >= 1 else tr("nearly done")


def size(count: int) -> str:
    """Return a number of bytes in the unit that fits."""
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def sentence(error: KnownError) -> str:
    """Return what the window says about an error.

    An action that names a command is meant for the terminal; the window offers its own buttons instead.
    """
    reason, action = said(error.reason), said(error.action)
    if not error.action or "letspic " in error.action or "--" in error.action:
        return tr("{reason}.", reason=reason)
    return tr("{reason}. {action}.", reason=reason, action=action)
