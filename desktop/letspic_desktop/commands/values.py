"""Values of options: what is no such value at all is wrong usage (exit code 2), told by argparse."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

# Counts go into 64-bit columns and messages; nobody means more than this.
_MOST = (1 << 31) - 1


def path(text: str) -> Path:
    """Return a file or folder; an empty text (such as a variable that is not set) would silently be this folder."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("the name is empty" if not text else "no file can have this name")
    return Path(text)


def at_least(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` on."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from None
        if not least <= number <= _MOST:
            raise argparse.ArgumentTypeError(
                f"{text} is below {least}" if number < least else f"{text} is above {_MOST}"
            )
        return number

    return read


def above(least: float, *, most: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers above ``least`` and up to ``most``."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
        if not math.isfinite(number) or not least < number <= most:
            upper = "" if math.isinf(most) else f" and at most {most:g}"
            raise argparse.ArgumentTypeError(f"{text} is not above {least:g}{upper}")
        return number

    return read


def address(text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT."""
    # Imported here: this module is read for every --help.
    from letspic_device.cli import parse_address
    from letspic_shared.errors import KnownError

    try:
        return parse_address(text)
    except KnownError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def folder_label(text: str) -> tuple[str, str | None]:
    """Return folder and album of FOLDER=ALBUM; no album of "FOLDER=", which takes a label away."""
    folder, sign, album = text.partition("=")
    if not sign or not folder:
        raise argparse.ArgumentTypeError(f"'{text}' is not FOLDER=ALBUM, such as Hund=Dogs")
    return folder, album or None
