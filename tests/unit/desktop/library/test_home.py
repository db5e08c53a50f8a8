from __future__ import annotations

import stat
from pathlib import Path

import pytest

from letspic_desktop.home import Home
from letspic_shared.errors import KnownError


def test_a_home_and_all_in_it_belong_to_its_owner_alone(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "deep" / "home")
    folders = [home.root, home.thumbnails, home.backbones, home.runs, home.identity, home.logs, home.exports]
    for folder in folders:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert home.catalog.parent == home.root
    assert Home.open(home.root) == home


def test_the_option_goes_before_the_variable_before_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETSPIC_HOME", str(tmp_path / "variable"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Home.open(tmp_path / "option").root == tmp_path / "option"
    assert Home.open().root == tmp_path / "variable"
    monkeypatch.delenv("LETSPIC_HOME")
    assert Home.open().root == tmp_path / "data" / "letspic"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    assert Home.open().root == tmp_path / "person" / ".local" / "share" / "letspic"


def test_a_home_that_cannot_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for impossible in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/letspic-home")):
        with pytest.raises(KnownError) as caught:
            Home.open(impossible)
        assert str(impossible) in caught.value.reason
        assert caught.value.action
