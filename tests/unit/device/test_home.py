import stat
from pathlib import Path

import pytest

from letspic_device.home import DeviceHome
from letspic_device.identity import load_or_create
from letspic_device.owner_state import forget_owner, load_owner, save_owner
from letspic_device.pairing import Owner
from letspic_shared.errors import KnownError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = DeviceHome(tmp_path / "deep" / "home")
    home.write("a.json", {"x": 1})
    for folder in (home.root, home.placed, home.backbones, home.cache, home.identity):
        assert mode(folder) == 0o700
    assert mode(home.root / "a.json") == 0o600


def test_a_home_that_others_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    assert mode(DeviceHome(tmp_path / "home").root) == 0o700


@pytest.mark.parametrize("place", ["file", "file/inside", "/proc/letspic"])
def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KnownError, match="cannot be written"):
        DeviceHome(tmp_path / place)
    assert (tmp_path / "file").read_text() == "x"


def test_state_comes_back(tmp_path: Path) -> None:
    home = DeviceHome(tmp_path)
    assert home.read("a.json") == {}
    home.write("a.json", {"ü": [1, None]})
    assert DeviceHome(tmp_path).read("a.json") == {"ü": [1, None]}
    home.remove("a.json")
    home.remove("a.json")
    assert home.read("a.json") == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'"x"'])
def test_damaged_state_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    home = DeviceHome(tmp_path)
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(KnownError, match="Move it away"):
        home.read("a.json")
    assert (tmp_path / "a.json").read_bytes() == content


def test_where_home_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETSPIC_HOME", "/somewhere")
    assert DeviceHome.choose(Path("/given")) == Path("/given")
    assert DeviceHome.choose(None) == Path("/somewhere")
    monkeypatch.delenv("LETSPIC_HOME")
    assert DeviceHome.choose(None) == Path("~/.local/share/letspic-device")


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    desktop = load_or_create(tmp_path / "desktop", "desktop")
    return Owner(
        certificate_pem=desktop.certificate_pem,
        fingerprint=desktop.fingerprint,
        desktop_name="Küche",
        group_id="g",
        group_name="Family",
    )


def test_the_owner_is_remembered_until_forgotten(tmp_path: Path, owner: Owner) -> None:
    home = DeviceHome(tmp_path / "home")
    assert load_owner(home) is None
    save_owner(home, owner)
    assert load_owner(DeviceHome(tmp_path / "home")) == owner
    forget_owner(home)
    forget_owner(home)
    assert load_owner(home) is None


@pytest.mark.parametrize(
    "change",
    [{"fingerprint": "0" * 64}, {"certificate_pem": "x"}, {"group_id": 1}, {"link": None}, {"extra": "x"}, "less"],
    ids=str,
)
def test_a_damaged_owner_lets_nobody_in(tmp_path: Path, owner: Owner, change: dict[str, object] | str) -> None:
    home = DeviceHome(tmp_path / "home")
    save_owner(home, owner)
    state = home.read("owner.json")
    if isinstance(change, str):
        del state["fingerprint"]
    else:
        state |= change
    home.write("owner.json", state)
    with pytest.raises(KnownError, match="damaged"):
        load_owner(home)
