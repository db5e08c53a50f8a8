"""A second start calls the first window, of the same home alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_desktop.one_window import one_window, raise_other


def test_second_start_calls_the_window_of_its_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, other = Home.open(tmp_path / "one"), Home.open(tmp_path / "two")
    called: list[dict[str, str]] = []
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "from the desktop")
    monkeypatch.delenv("DESKTOP_STARTUP_ID", raising=False)
    assert not raise_other(home)
    with one_window(home, called.append):
        assert raise_other(home)
        assert not raise_other(other)
        (socket,) = (home.root / "window").iterdir()
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert called == [{"XDG_ACTIVATION_TOKEN": "from the desktop"}]
    assert not raise_other(home)


def test_socket_of_a_killed_window_is_replaced(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with one_window(home, lambda _: None):
        (left,) = (home.root / "window").iterdir()
        left.rename(tmp_path / "stale")
    (tmp_path / "stale").rename(left)
    assert not raise_other(home)
    called: list[dict[str, str]] = []
    with one_window(home, called.append):
        assert raise_other(home)
    assert len(called) == 1
