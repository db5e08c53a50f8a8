"""The log file of a program with a window."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.logs import FILE_NAME, logged_to_file
from letspic_shared.errors import KnownError


def test_what_happens_is_in_a_private_file_and_only_while_asked(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    log = logging.getLogger("letspic_desktop.test")
    level = logging.getLogger().level
    with logged_to_file(home):
        log.info("a device went offline")
    log.error("afterwards")
    path = home.logs / FILE_NAME
    assert "a device went offline" in path.read_text()
    assert "afterwards" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert logging.getLogger().level == level


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    (home.logs / FILE_NAME).mkdir()
    with pytest.raises(KnownError, match=FILE_NAME), logged_to_file(home):
        pass
