"""One window a home: a second start asks the first window to come to the front, over a socket in the home."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from letspic_desktop.home import Home
from letspic_device.control import ControlServer, request
from letspic_shared.errors import KnownError

log = logging.getLogger(__name__)

_FOLDER: Final = "window"
_RAISE: Final = "raise"
_SECONDS: Final = 5.0
# What a desktop gives a program that a person has just started; with it, another one may take the front.
_TOKENS: Final = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


@contextmanager
def one_window(home: Home, on_raise: Callable[[dict[str, str]], object]) -> Iterator[None]:
    """Answer later starts for a while.

    Parameters
    ----------
    on_raise
        Called in some thread, with what the desktop gave the other start to let a window come to the front.
    """

    def asked(message: dict[str, object]) -> dict[str, object]:
        on_raise({name: str(message[name]) for name in _TOKENS if message.get(name)})
        return {}

    server = ControlServer(home.root / _FOLDER, {_RAISE: asked})
    try:
        server.start()
    except KnownError as error:
        # A window that a second start cannot call is still a window.
        log.warning("later starts cannot be answered: %s", error)
    try:
        yield
    finally:
        server.close()


def raise_other(home: Home) -> bool:
    """Ask the window that is open in a home to come to the front; return whether there is one."""
    tokens = {name: os.environ[name] for name in _TOKENS if os.environ.get(name)}
    try:
        request(home.root / _FOLDER, _RAISE, timeout=_SECONDS, **tokens)
    except KnownError as error:
        log.info("no window answers: %s", error)
        return False
    return True
