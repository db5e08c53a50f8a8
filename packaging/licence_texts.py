"""Collect the licence texts of everything that a bundle holds: packages, Python, and libraries of the system."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name
from third_party import closure

from letspic_shared.errors import KnownError

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "packaging" / "licences"
# Wheels that bring no licence text, and the texts that their metadata names.
ELSEWHERE = {
    "flatbuffers": [ROOT / "LICENSE"],
    "pyserial": [TEXTS / "pyserial.txt"],
    "pyside6-essentials": [TEXTS / "LGPL-3", TEXTS / "GPL-3"],
    "shiboken6": [TEXTS / "LGPL-3", TEXTS / "GPL-3"],
}
IS_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])")


def collect(out: Path, *, libraries: Iterable[Path]) -> None:
    """Write all licence texts into the new folder `out`.

    `libraries` are files of this system that the bundle holds copies of.
    """
    out.mkdir(parents=True)
    shutil.copy(TEXTS / "README.txt", out)
    for name in ("LICENSE", "THIRD_PARTY.md"):
        shutil.copy(ROOT / name, out)
    for name in sorted(closure("letspic-desktop")):
        copy_texts(texts_of(name), out / "packages" / name)
    copy_texts(python_texts() + texts_of("pyinstaller"), out / "python")
    copy_texts([(ROOT / "desktop/letspic_desktop/ui/fonts/OFL.txt", "OFL.txt")], out / "fonts")
    system_texts(libraries, out / "system")


def texts_of(name: str) -> list[tuple[Path, str]]:
    """Return the licence files of an installed package, each with the name that it gets."""
    found = []
    for file in metadata.distribution(name).files or []:
        folder, *inside = file.parts
        if folder.endswith(".dist-info") and inside and IS_LICENCE.search("/".join(inside)):
            kept = inside[1:] if inside[0] == "licenses" else inside
            found.append((Path(str(file.locate())), "-".join(kept)))
    found += [(text, text.name) for text in ELSEWHERE.get(canonicalize_name(name), [])]
    if not found:
        raise KnownError(f"{name} brings no licence text", f"Put its text into {TEXTS}, and name it in {__file__}")
    return found


def python_texts() -> list[tuple[Path, str]]:
    """Return the licence of this Python, where it is to be found."""
    standard = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    if standard.is_file():
        return [(standard, "Python.txt")]
    package = Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright")
    if package.is_file():
        return [(package, "Python.txt")]
    raise KnownError(f"Python's own licence is not at {standard}", "Put it there; it is part of every Python")


def copy_texts(texts: list[tuple[Path, str]], folder: Path) -> None:
    """Copy files under the names that they get."""
    folder.mkdir(parents=True)
    for source, name in texts:
        shutil.copyfile(source, folder / name)


def system_texts(libraries: Iterable[Path], out: Path) -> None:
    """Copy the copyright files of the Debian packages that the libraries are from, and what those refer to."""
    out.mkdir()
    owners = {library: owner(library) for library in libraries}
    lines = [f"{library.name}  {package or 'unknown package'}" for library, package in sorted(owners.items())]
    (out / "libraries.txt").write_text("\n".join(lines) + "\n")
    for package in sorted({package for package in owners.values() if package}):
        copyright_file = Path("/usr/share/doc", package, "copyright")
        if not copyright_file.is_file():
            raise KnownError(f"There is no {copyright_file}", f"Install {package} again, with its documentation")
        copy_texts([(copyright_file, "copyright")], out / package)
        for name in COMMON.findall(copyright_file.read_text("utf-8", "replace")):
            text = Path("/usr/share/common-licenses", name)
            if text.is_file():
                (out / "common-licenses").mkdir(exist_ok=True)
                shutil.copyfile(text, out / "common-licenses" / name)


def owner(library: Path) -> str:
    """Return the Debian package that a file is from, or nothing where that cannot be told."""
    if shutil.which("dpkg") is None:
        return ""
    # Since /lib became a link to /usr/lib, packages know their files under either name.
    real = library.resolve()
    for name in dict.fromkeys([library, real, Path(str(real).removeprefix("/usr")), Path(f"/usr{library}")]):
        done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return ""
