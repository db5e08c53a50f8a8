"""Report files: what the program knew when it made a mistake, for whoever mends it. Nothing is ever sent anywhere."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import re
import sys
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from letspic_desktop import __version__
from letspic_desktop.home import Home
from letspic_desktop.logs import FILE_NAME as LOG_NAME
from letspic_shared.files import make_private_folder, write_atomic

log = logging.getLogger(__name__)

_LOG_LINES: Final = 200
_KEPT: Final = 20
_HARD_CRASH: Final = "running.txt"
# A path says more about a person than a mistake needs: the last part alone stays, and of photos only their kind.
_QUOTED: Final = re.compile(r"""(?<=["'“‘])/[^"'”’\n]*/([^/"'”’\n]+)(?=["'”’])""")
_PATH: Final = re.compile(r"""(?<![\w/:.…])/(?:[^\s/:"',]+/)*([^\s/:"',]+)""")
_KINDS: Final = "jpe?g|png|heic|heif|avif|webp|gif|tiff?|bmp|dng|cr2|nef|arw"
_PHOTO: Final = re.compile(rf"""(?:/[^\n"'“”‘’:]*|[^/\\"'“”‘’:\n]*)\.({_KINDS})\b""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Reports:
    """The reports of one home."""

    folder: Path
    log_file: Path
    about: str = field(default="")

    @classmethod
    def of(cls, home: Home, about: str = "") -> Reports:
        """Return the reports of a home; ``about`` is one more line that each holds, such as Qt's version."""
        return cls(folder=home.root / "reports", log_file=home.logs / LOG_NAME, about=about)

    def write(self, error: BaseException) -> Path:
        """Write a report about an error and return its file.

        Raises
        ------
        KnownError
            It cannot be written.
        """
        lines = "".join(traceback.format_exception(error))
        return self._write(f"What happened\n{lines}")

    def read(self, file: Path) -> str:
        """Return the text of a report; empty where it cannot be read."""
        try:
            return file.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            log.warning("%s: %s", file, error)
            return ""

    @contextlib.contextmanager
    def watch(self) -> Iterator[Path | None]:
        """Note where the program was should the system end it; gives the report about the last time it did.

        A program that ends by itself leaves nothing behind.
        """
        make_private_folder(self.folder)
        mark = self.folder / _HARD_CRASH
        last = self._of_last_time(mark)
        with mark.open("w", encoding="utf-8") as file:
            mark.chmod(0o600)
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n")
            file.flush()
            used_before = faulthandler.is_enabled()
            faulthandler.enable(file, all_threads=True)
            try:
                yield last
            finally:
                faulthandler.disable()
                if used_before and sys.__stderr__ is not None:
                    faulthandler.enable()
        mark.unlink(missing_ok=True)

    def _of_last_time(self, mark: Path) -> Path | None:
        if not mark.exists():
            return None
        started, _, trace = self.read(mark).partition("\n")
        mark.unlink(missing_ok=True)
        ended = trace.strip() or "The system ended it without a word (power cut, out of memory, or killed)."
        return self._write(f"LetsPic, started {started}, ended unexpectedly\n{ended}\n")

    def _write(self, what: str) -> Path:
        make_private_folder(self.folder)
        now = datetime.now().astimezone()
        parts = [
            f"LetsPic {__version__}, {now.isoformat(timespec='seconds')}",
            f"Python {platform.python_version()}, {platform.platform()}",
            self.about,
            "This file holds no photo, and no name or folder of one. Nothing was sent anywhere.",
            "",
            without_paths(what).rstrip(),
            "",
            f"The last {_LOG_LINES} lines of the log",
            without_paths("\n".join(self._log_lines())),
        ]
        file = self.folder / f"report-{now.strftime('%Y%m%d-%H%M%S-%f')}.txt"
        write_atomic(file, ("\n".join(parts) + "\n").encode("utf-8", "backslashreplace"))
        for old in sorted(self.folder.glob("report-*.txt"))[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
        return file

    def _log_lines(self) -> list[str]:
        try:
            with self.log_file.open(encoding="utf-8", errors="replace") as file:
                return [line.rstrip("\n") for line in deque(file, _LOG_LINES)]
        except OSError:
            return []


def without_paths(text: str) -> str:
    """Return a text in which of each path the last part is left, and of each photo what kind it is."""
    home = os.path.expanduser("~")  # noqa: PTH111 - a text is wanted
    shorter = text.replace(home + os.sep, "/") if home not in ("", os.sep) else text
    for pattern, left in ((_PHOTO, r" (photo).\1"), (_QUOTED, r"…/\1"), (_PATH, r"…/\1")):
        shorter = pattern.sub(left, shorter)
    return shorter
