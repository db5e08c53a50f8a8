"""Which formats need an optional package that this machine does not have."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from letspic_shared.photo_raw import SUFFIXES as RAW_SUFFIXES

_HEIC_SUFFIXES: Final = frozenset((".heic", ".heif", ".hif"))
_PACKAGES: Final = {"HEIC": ("pi_heif", "pillow_heif"), "RAW": ("rawpy",)}
_INSTALL: Final = {"HEIC": "pi-heif", "RAW": "rawpy"}


def install_command(kind: str) -> str:
    """Return the command that adds the package of a format to this installation; empty where none can.

    A program without pip, such as the one that is downloaded whole, brings its packages or does not.
    """
    if getattr(sys, "frozen", False) or find_spec("pip") is None:
        return ""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {_INSTALL[kind]}"


def missing_extra(file: Path) -> str:
    """Return ``HEIC`` or ``RAW`` where a file needs a package that is not installed, else nothing."""
    suffix = file.suffix.lower()
    kind = "HEIC" if suffix in _HEIC_SUFFIXES else "RAW" if suffix in RAW_SUFFIXES else ""
    return kind if kind and not any(find_spec(name) for name in _PACKAGES[kind]) else ""


def missing_extras(files: Iterable[Path]) -> dict[str, list[Path]]:
    """Return the files that need a package which is not installed, by format."""
    found: dict[str, list[Path]] = {}
    for file in files:
        kind = missing_extra(file)
        if kind:
            found.setdefault(kind, []).append(file)
    return found
