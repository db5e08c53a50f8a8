"""What people install: the wheels, the bundle that needs no Python, and the Debian package, each started for real.

The bundle and the package are built once for all tests here; what cannot be built or run on this machine is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
import tomllib
import venv
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

from letspic_desktop.ui.app import DESKTOP_FILE

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
LINUX = PACKAGING / "linux"
METAINFO = LINUX / "org.letspic.letspic.metainfo.xml"
WHEELS = {"shared": "letspic_shared", "device_runtime": "letspic_device", "desktop": "letspic_desktop"}
DEVICES = 2
BOUND = 60.0
LONGEST = 300.0
SETTLED = 1.0
# Mounts of its own, a network of its own with nothing but itself in it, and no process left behind.
INSIDE = """
set -e
mount -t proc proc "$1/proc"
mkdir -p "$1/dev/shm"
mount -t tmpfs tmpfs "$1/dev/shm"
ip link set lo up
root=$1; shift
exec chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 "$@"
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def version() -> str:
    return str(tomllib.loads((ROOT / "desktop" / "pyproject.toml").read_text())["project"]["version"])


def succeed(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Run a command that has to succeed and return what it printed."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bare(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which no Python can be found."""
    return {"HOME": str(home), "PATH": str(home / "nothing-here"), "LANG": "C.UTF-8", **more}


# Built once


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("wheels")
    built = succeed(sys.executable, PACKAGING / "build_wheels.py", "--out", out, cwd=out).splitlines()
    return dict(zip(WHEELS, map(Path, built), strict=True))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("PyInstaller") is None:
        pytest.skip("no PyInstaller: the bundle is not built")
    for tool in ("objcopy", "objdump"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}: the bundle is not built")
    out = tmp_path_factory.mktemp("bundle of LetsPic")
    return Path(succeed(sys.executable, PACKAGING / "build_bundle.py", "--out", out, cwd=out).strip())


@pytest.fixture(scope="module")
def package(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("no dpkg-deb: the Debian package is not built")
    out = tmp_path_factory.mktemp("deb")
    command = (sys.executable, PACKAGING / "build_deb.py", "--uncompressed", "--bundle", bundle, "--out", out)
    return Path(succeed(*command, cwd=out).strip())


@pytest.fixture(scope="module")
def contents(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which the Debian package was unpacked."""
    out = tmp_path_factory.mktemp("unpacked")
    succeed("dpkg-deb", "--extract", package, out, cwd=out)
    return out


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small folder of sample photos, of more than one process's work."""
    from letspic_desktop.retrieval.samples import render_samples

    folder = tmp_path_factory.mktemp("photos")
    render_samples(folder, per_album=8, seed=1)
    return folder


# Wheels


@pytest.mark.parametrize("folder", WHEELS)
def test_wheel_holds_every_file_of_its_package(wheels: dict[str, Path], folder: str) -> None:
    source = ROOT / folder
    files = {path.relative_to(source).as_posix() for path in (source / WHEELS[folder]).rglob("*") if path.is_file()}
    with ZipFile(wheels[folder]) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
        licences = [name for name in wheel.namelist() if name.endswith("LICENSE")]
    assert held == {name for name in files if "__pycache__" not in name}
    assert licences


def test_wheels_start_without_the_checkout(wheels: dict[str, Path], tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    succeed(python, "-m", "pip", "install", "--quiet", "--no-deps", *wheels.values(), cwd=tmp_path)
    # What they depend on is here already. A folder on the path brings no editable install: those are .pth files in it.
    site = succeed(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = succeed(python, "-c", "import letspic_desktop; print(letspic_desktop.__file__)", cwd=tmp_path)
    assert where.startswith(site)
    assert succeed(python.parent / "letspic", "--version", cwd=tmp_path) == f"letspic {version()}\n"
    assert succeed(python.parent / "letspic-device", "--version", cwd=tmp_path).startswith("letspic-device ")
    built = succeed(python.parent / "letspic", "backbone", "build", "efficientnet-lite0", "--home", "h", cwd=tmp_path)
    assert "1280 numbers" in built


# The bundle


@pytest.mark.parametrize("program", ["letspic", "letspic-device"])
def test_bundle_says_its_version(bundle: Path, tmp_path: Path, program: str) -> None:
    told = succeed(bundle / program, "--version", cwd=tmp_path, environment=bare(tmp_path))
    assert told == f"{program} {version()}\n"


def test_bundle_builds_the_default_backbone_and_tries_it(bundle: Path, tmp_path: Path) -> None:
    def letspic(*arguments: str) -> str:
        return succeed(bundle / "letspic", *arguments, cwd=tmp_path, environment=bare(tmp_path))

    assert "None is built yet" in letspic("backbone", "list")
    assert "1280 numbers" in letspic("backbone", "build", "efficientnet-lite0")
    (model, *_) = (tmp_path / ".local/share/letspic").rglob("*.tflite")
    # A foreign model is tried in a process of its own, which is this program again.
    added = letspic("backbone", "add", str(shutil.copy(model, tmp_path / "mine.tflite")), "--home", "other")
    assert "1280 numbers" in added


def demo_command(photos: str, out: str) -> list[str]:
    files = ["--json", f"{out}/demo.json", "--sheet", f"{out}/sheet.png"]
    return ["demo", "--headless", "--devices", str(DEVICES), "--photos", photos, *files]


def assert_demo_done(out: Path) -> None:
    told = json.loads((out / "demo.json").read_text())
    assert len(set(told["config"]["device_pids"])) == DEVICES
    assert told["mean"]["map_after"] > told["mean"]["map_before"] > 0
    assert (out / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_bundle_does_the_whole_job_with_device_processes(bundle: Path, photos: Path, tmp_path: Path) -> None:
    command = demo_command(str(photos), str(tmp_path))
    succeed(bundle / "letspic", *command, cwd=tmp_path, environment=bare(tmp_path))
    assert_demo_done(tmp_path)
    told = json.loads((tmp_path / "demo.json").read_text())
    assert not [pid for pid in told["config"]["device_pids"] if Path(f"/proc/{pid}").exists()]


@contextmanager
def open_window(command: Sequence[str | Path], environment: dict[str, str] | None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        list(map(str, command)), env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_bundle_opens_its_window_and_ends_when_asked(bundle: Path, tmp_path: Path) -> None:
    from psutil import Process, wait_procs

    environment = bare(tmp_path, QT_QPA_PLATFORM="offscreen")
    with open_window([bundle / "letspic"], environment) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(SETTLED)
        libraries = Path(f"/proc/{process.pid}/maps").read_text()
        assert "libqoffscreen.so" in libraries, "there is no window"
        # All that it loads is its own, or a library of the system's C and graphics.
        outside = {
            line.split("/", 1)[1] for line in libraries.splitlines() if ".so" in line and str(bundle) not in line
        }
        assert not [name for name in outside if "python" in name.lower() or "Qt6" in name]
        children = Process(process.pid).children(recursive=True)
        process.terminate()
        _, said = process.communicate(timeout=BOUND)
        assert process.returncode == 0, said.decode()
        assert b"Traceback" not in said
        assert not wait_procs(children, timeout=BOUND)[1]


def test_bundle_brings_the_licence_of_everything(bundle: Path) -> None:
    licences = bundle / "licences"
    table = (ROOT / "THIRD_PARTY.md").read_text().partition("<!-- table")[2].partition("<!-- end")[0]
    names = {re.sub(r"[-_.]+", "-", row.split("|")[1].strip()).lower() for row in table.splitlines()[3:] if "|" in row}
    assert names == {folder.name for folder in (licences / "packages").iterdir()}
    assert all(
        file.stat().st_size > 100 for file in licences.rglob("*") if file.is_file() and "system" not in file.parts
    )
    for name in ("LICENSE", "THIRD_PARTY.md", "README.txt", "python/Python.txt", "python/COPYING.txt", "fonts/OFL.txt"):
        assert (licences / name).is_file()


def test_bundle_names_the_origin_of_every_library_of_the_system(bundle: Path) -> None:
    if shutil.which("dpkg") is None:
        pytest.skip("no dpkg: the packages of the system's libraries are not known")
    lines = (bundle / "licences/system/libraries.txt").read_text().splitlines()
    origins = dict(line.split("  ", 1) for line in lines)
    assert "libstdc++.so.6" in origins
    assert not [library for library, package in origins.items() if package == "unknown package"]
    assert all((bundle / "licences/system" / package / "copyright").is_file() for package in origins.values())
    # GPL without an exception: it would make the whole bundle GPL.
    assert not [path for path in bundle.rglob("*readline*") if ".so" in path.name]


@pytest.mark.parametrize("left_out", ["pytest", "psutil", "tkinter", "PyInstaller", "libgtk", "libQt6Qml", "libqeglfs"])
def test_bundle_holds_nothing_that_it_does_not_need(bundle: Path, left_out: str) -> None:
    assert not list(bundle.rglob(f"{left_out}*"))


# The Debian package


def field(package: Path, name: str) -> str:
    return succeed("dpkg-deb", "--field", package, name, cwd=package.parent).strip()


def test_package_says_what_it_is(package: Path) -> None:
    architecture = succeed("dpkg", "--print-architecture", cwd=package.parent).strip()
    assert package.name == f"letspic_{version()}_{architecture}.deb"
    assert field(package, "Package") == "letspic"
    assert field(package, "Version") == version()
    assert field(package, "Architecture") == architecture
    needed = field(package, "Depends").split(", ")
    assert re.fullmatch(r"libc6 \(>= 2\.\d+\)", needed[0])
    assert {"libgl1", "libegl1", "libxcb1"} <= set(needed)
    assert not [name for name in needed if "python" in name or "qt" in name.lower()]


def test_package_holds_program_menu_entry_icons_and_texts(contents: Path) -> None:
    for program in ("letspic", "letspic-device"):
        assert (contents / "usr/bin" / program).resolve() == contents / "usr/lib/letspic" / program
        assert os.access(contents / "usr/bin" / program, os.X_OK)
    share = contents / "usr/share"
    for file in ("applications/letspic.desktop", f"metainfo/{METAINFO.name}", "doc/letspic/copyright"):
        assert (share / file).is_file()
    icons = sorted((share / "icons/hicolor").rglob("letspic.png"))
    assert len(icons) == 8
    for icon in icons:
        size = struct.unpack(">II", icon.read_bytes()[16:24])
        assert f"{size[0]}x{size[1]}" == icon.parts[-3]
    assert (share / "icons/hicolor/scalable/apps/letspic.svg").is_file()


def test_package_belongs_to_root_and_may_be_read_by_all(package: Path, contents: Path) -> None:
    lines = succeed("dpkg-deb", "--contents", package, cwd=contents).splitlines()
    assert {line.split()[1] for line in lines} == {"root/root"}
    assert {line.split()[0] for line in lines} == {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--", "lrwxrwxrwx"}


def test_package_knows_when_a_file_is_damaged(package: Path, contents: Path) -> None:
    succeed("dpkg-deb", "--control", package, contents / "control", cwd=contents)
    succeed("md5sum", "--check", "--quiet", contents / "control" / "md5sums", cwd=contents)


# What desktops read


def test_menu_entry_is_valid() -> None:
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("no desktop-file-validate (package desktop-file-utils)")
    assert succeed("desktop-file-validate", LINUX / "letspic.desktop", cwd=LINUX) == ""


def test_description_is_valid() -> None:
    if shutil.which("appstreamcli") is None:
        pytest.skip("no appstreamcli (package appstream)")
    succeed("appstreamcli", "validate", "--no-net", "--strict", METAINFO, cwd=LINUX)


def test_names_agree() -> None:
    component = ET.parse(METAINFO).getroot()
    releases = [release.get("version") for release in component.iter("release")]
    assert releases[0] == version()
    assert component.findtext("launchable") == "letspic.desktop"
    entry = (LINUX / "letspic.desktop").read_text().splitlines()
    assert {"Exec=letspic", "Icon=letspic", "StartupWMClass=letspic"} <= set(entry)
    assert DESKTOP_FILE == "letspic"


# An empty Debian without Python


def mirror() -> tuple[str, str]:
    """Return the codename of this Debian and where it takes packages from."""
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    if system.get("ID") != "debian":
        pytest.skip("not a Debian: the empty root is not made")
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(path.read_text() for path in lists if path.is_file())
    found = re.search(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+/debian/?)(?:\s|$)", text, re.MULTILINE)
    if found is None:
        pytest.skip("no Debian mirror in /etc/apt: the empty root is not made")
    return system["VERSION_CODENAME"], found.group(1)


def inside(root: Path, *command: str) -> list[str | Path]:
    alone = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"]
    return [*alone, "sh", "-c", INSIDE, "sh", root, *command]


@pytest.fixture(scope="module")
def empty_debian(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a Debian with nothing but its package manager, and ours installed with it."""
    if os.geteuid() != 0:
        pytest.skip("not root: the empty root is not made")
    for tool in ("mmdebstrap", "unshare", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}: the empty root is not made")
    codename, address = mirror()
    folder = tmp_path_factory.mktemp("debian")
    folder.chmod(0o755)
    root = folder / "root"
    keep_lists = ["--mode=root", "--variant=apt", "--skip=cleanup/apt"]
    command = ["mmdebstrap", *keep_lists, codename, str(root), f"deb {address} {codename} main"]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"mmdebstrap cannot make a root here: {made.stderr.strip().splitlines()[-1]}")
    shutil.copy(package, root / "tmp" / "letspic.deb")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "/tmp/letspic.deb"]
    succeed("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", *install, cwd=folder)
    return root


def test_package_needs_no_python(empty_debian: Path) -> None:
    assert not list((empty_debian / "usr/bin").glob("python*"))
    told = succeed(*inside(empty_debian, "letspic", "--version"), cwd=empty_debian)
    assert told == f"letspic {version()}\n"
    assert succeed(*inside(empty_debian, "letspic", "backbone", "list"), cwd=empty_debian)


def test_package_does_the_whole_job_in_an_empty_debian_without_a_network(empty_debian: Path, photos: Path) -> None:
    shutil.copytree(photos, empty_debian / "srv/photos")
    (empty_debian / "srv/out").mkdir()
    succeed(*inside(empty_debian, "letspic", *demo_command("/srv/photos", "/srv/out")), cwd=empty_debian)
    assert_demo_done(empty_debian / "srv/out")


def test_package_opens_its_window_in_an_empty_debian(empty_debian: Path) -> None:
    command = inside(empty_debian, "QT_QPA_PLATFORM=offscreen", "timeout", "--preserve-status", "3", "letspic")
    with open_window(command, None) as process:
        _, said = process.communicate(timeout=BOUND)
    # `timeout` asks it to end: its own clean exit code says that there was a window, which was then closed.
    assert process.returncode == 0, said.decode()
    assert said == b""


def test_package_goes_as_it_came(empty_debian: Path) -> None:
    succeed("chroot", empty_debian, "dpkg", "--verify", "letspic", cwd=empty_debian)
    succeed("chroot", empty_debian, "dpkg", "--purge", "letspic", cwd=empty_debian)
    assert not (empty_debian / "usr/lib/letspic").exists()
    assert not list((empty_debian / "usr/share").rglob("letspic*"))
