"""What commands print: progress bars on a terminal, plain lines elsewhere, tables, JSON."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from letspic_desktop.progress import Progress, Step
from letspic_shared.errors import KnownError
from letspic_shared.files import write_atomic

_LINE_SECONDS = 5.0
_PUBLIC_FILE = 0o644
_STANDARD_OUTPUT = "-"
_CLEAR_LINE = "\r\x1b[K"

_json_stream: ContextVar[TextIO | None] = ContextVar("json_stream", default=None)


def say(text: str = "") -> None:
    """Print one line for the person.

    Raises
    ------
    KnownError
        What the output goes to takes no more (a full disk).
    BrokenPipeError
        Nobody reads it any more.
    """
    _print(text, sys.stdout)


def complain(text: str) -> None:
    """Print one line on standard error; where that is gone there is nobody left to tell."""
    # On a terminal a bar may stand in the line; it is drawn again below.
    line = f"{_CLEAR_LINE}{text}" if sys.stderr is not None and sys.stderr.isatty() else text
    with contextlib.suppress(KnownError, BrokenPipeError):
        _print(line, sys.stderr)


@contextlib.contextmanager
def json_apart(file: Path | None) -> Iterator[None]:
    """Keep standard output for the JSON alone where that is where it goes: people then read standard error.

    Parameters
    ----------
    file
        Where the JSON of the command goes: "-" for standard output, None for nowhere.
    """
    if file is None or str(file) != _STANDARD_OUTPUT:
        yield
        return
    token = _json_stream.set(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _json_stream.reset(token)


def write_json(file: Path | None, content: object) -> None:
    """Write JSON to a file, or to standard output where the file is "-"; nothing where there is none."""
    if file is None:
        return
    text = json.dumps(content, indent=2, default=str)
    if str(file) == _STANDARD_OUTPUT:
        _print(text, _json_stream.get() or sys.stdout)
    else:
        write_result(file, (text + "\n").encode())


def write_result(file: Path, data: bytes | memoryview) -> None:
    """Write a file that a person asked for, whole or not at all; a device or a pipe is written to, never replaced.

    Raises
    ------
    KnownError
        It cannot be written.
    """
    if not _is_special(file):
        # Through links: the file that they lead to is meant, not the link.
        write_atomic(file.resolve(), data, mode=_PUBLIC_FILE, durable=False)
        return
    try:
        with file.open("wb") as stream:
            stream.write(data)
    except OSError as error:
        raise KnownError(f"{file} cannot be written ({error.strerror or error})", "Name another file") from error


def require_writable(file: Path | None) -> None:
    """Refuse a place for results before the work begins, not after it.

    Raises
    ------
    KnownError
        It is a folder, its folder does not exist, or nothing can be written there.
    """
    if file is None or str(file) == _STANDARD_OUTPUT:
        return
    if file.is_dir():
        raise KnownError(f"{file} is a folder", "Name a file in it")
    if _is_special(file):
        return
    try:
        with tempfile.TemporaryFile(dir=file.resolve().parent):
            pass
    except OSError as error:
        raise KnownError(f"{file} cannot be written ({error.strerror or error})", "Name another file") from error


def _is_special(file: Path) -> bool:
    return file.exists() and not file.is_file()


def _print(text: str, stream: TextIO | None) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise KnownError(f"The output cannot be written ({error.strerror or error})", "Send it elsewhere") from error


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether a window could be shown to a person."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def table(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Return rows as aligned text; the first row is the head, the first column is flush left, the others right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def megabytes(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"


class Bars:
    """Shows progress on standard error: one bar a stage on a terminal, a line now and then elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.progress = Progress(None if quiet else self._show)
        self._terminal = sys.stderr.isatty()
        self._stage = ""
        self._bar: Any = None
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _show(self, step: Step) -> None:
        if self._terminal:
            self._draw(step)
        elif step.stage != self._stage or time.monotonic() - self._last_line > _LINE_SECONDS:
            of = f" {step.done}/{step.total}" if step.total else ""
            complain(f"{step.stage}{of}{' ' + step.note if step.note else ''}")
            self._stage, self._last_line = step.stage, time.monotonic()

    def _draw(self, step: Step) -> None:
        from tqdm import tqdm

        if self._bar is None or step.stage != self._stage:
            self._close()
            self._stage = step.stage
            self._bar = tqdm(total=step.total, desc=step.stage, unit="", leave=False, dynamic_ncols=True)
        if step.total is not None and self._bar.total != step.total:
            self._bar.total = step.total
        self._bar.update(step.done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
