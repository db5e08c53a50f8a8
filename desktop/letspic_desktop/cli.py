"""``letspic``: the command line of the desktop. Without a command it opens the app."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

# One BLAS thread: the same bits on every run. NumPy reads these at its first import, which comes with the commands.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from letspic_desktop import __version__  # noqa: E402 - see above
from letspic_desktop.commands import arguments  # noqa: E402
from letspic_desktop.console import complain, json_apart, require_writable  # noqa: E402
from letspic_desktop.progress import Cancelled  # noqa: E402
from letspic_shared.errors import KnownError  # noqa: E402

_FAILED = 1
# By then the window is there, also on a slow machine.
_START_SECONDS = 5.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 1 the work failed, 2 wrong usage)."""
    options = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    _show_any_name()
    file = getattr(options, "json", None)
    try:
        with json_apart(file), _ended_by_signals():
            require_writable(file)
            return int(options.run(options) or 0)
    except KnownError as error:
        complain(f"letspic: {error}")
    except (KeyboardInterrupt, Cancelled):
        complain("letspic: Stopped. What was finished is kept.")
    except BrokenPipeError:
        # The reader of our output went away (as `| head` does); there is nobody left to tell.
        return _FAILED
    return _FAILED


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let Ctrl-C, a closed terminal and a request to end all stop the work as one, and its clearing up as none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # What is ignored from the start stays so: `nohup` means that a closed terminal shall not end the work.
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    before = {number: signal.getsignal(number) for number in heeded}
    stopped = False

    def stop(*_: object) -> None:
        # People press Ctrl-C again while children are being ended; those must not be left behind.
        nonlocal stopped
        stopped = True
        for number in heeded:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        # Once stopped, the interpreter still waits for its threads: that is clearing up, too.
        for number in () if stopped else heeded:
            signal.signal(number, before[number])


def _show_any_name() -> None:
    """Have names that the terminal cannot show (file names need not be valid text) shown with escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="letspic",
        description="Find a group's own photos again. Without a command it opens the app.",
        parents=[arguments.common()],
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"letspic {__version__}")
    top.set_defaults(run=_open_window, home=None, verbose=False)
    arguments.add_all(top.add_subparsers(metavar="COMMAND", dest="command"))
    return top


def _open_window(options: argparse.Namespace) -> int:
    with _collected_later():
        from letspic_desktop.commands.window import open_window

        return open_window(options)


@contextlib.contextmanager
def _collected_later() -> Iterator[None]:
    """Let Python look for garbage only once the window is there.

    What is loaded for the window stays to its end; to go through it over and over takes a tenth of the start, and
    later a tenth of a second at a time.
    """
    gc.disable()
    timer = threading.Timer(_START_SECONDS, _collect)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        gc.enable()


def _collect() -> None:
    gc.freeze()
    gc.enable()
