"""Make a Debian package of the one-folder bundle, with menu entry, icons and AppStream description."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from letspic_shared.errors import KnownError

ROOT = Path(__file__).resolve().parents[1]
LINUX = ROOT / "packaging" / "linux"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
PROGRAMS = ("letspic", "letspic-device")

# What the bundle leaves to the system, and the packages that have it: the same names on Debian and Ubuntu.
C_LIBRARY = "libc6"
PACKAGES = {
    **dict.fromkeys(("libc", "libm", "libdl", "librt", "libpthread", "libresolv", "libutil"), C_LIBRARY),
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libxcb": "libxcb1",
    "libwayland-client": "libwayland-client0",
    "libwayland-cursor": "libwayland-cursor0",
    "libwayland-egl": "libwayland-egl1",
}
FONTS = "fontconfig-config"  # says where the system's fonts are, for names that the app's own font cannot write
LOADER = re.compile(r"ld-linux.*")
CONTROL = """\
Package: letspic
Version: {version}
Architecture: {architecture}
Maintainer: LetsPic maintainers <maintainers@letspic.invalid>
Section: graphics
Priority: optional
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: fonts-dejavu-core | fonts-noto-core, fonts-noto-cjk | fonts-nanum,
 xdg-desktop-portal
Description: find the photos of a group again, fine-tuned on its own devices
 LetsPic finds the photos of a group of people again: the ones like this one.
 Photos get albums, and the albums are what the group wants to find. The
 computers of the group fine-tune the last layer of a small neural network
 together, each on the photos that it has; their own photos never leave them.
 .
 This package holds all it needs, Python and Qt too: the app (letspic) and the
 program of a device (letspic-device).
"""
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: LetsPic
Comment: The licences of everything else in /usr/lib/letspic are in /usr/lib/letspic/licences.

Files: *
Copyright: the LetsPic maintainers
License: Apache-2.0

License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.
"""


def project_version() -> str:
    """Return the version of the desktop distribution."""
    with (ROOT / "desktop" / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def render_icons(hicolor: Path) -> None:
    """Draw the icon in the sizes that menus ask for, into an icon theme's folder."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    picture = QSvgRenderer(str(LINUX / "letspic.svg"))
    for size in ICON_SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        picture.render(painter, QRectF(0, 0, size, size))
        painter.end()
        file = hicolor / f"{size}x{size}" / "apps" / "letspic.png"
        file.parent.mkdir(parents=True)
        if not image.save(str(file)):
            raise KnownError(f"{file} cannot be written", "Free some space")
    scalable = hicolor / "scalable" / "apps"
    scalable.mkdir(parents=True)
    shutil.copyfile(LINUX / "letspic.svg", scalable / "letspic.svg")


def stage(bundle: Path, root: Path) -> None:
    """Lay out all files of the package below `root`."""
    shutil.copytree(bundle, root / "usr/lib/letspic", symlinks=True)
    (root / "usr/bin").mkdir()
    for program in PROGRAMS:
        (root / "usr/bin" / program).symlink_to(f"../lib/letspic/{program}")
    share = root / "usr/share"
    render_icons(share / "icons/hicolor")
    for file, folder in (("letspic.desktop", "applications"), ("org.letspic.letspic.metainfo.xml", "metainfo")):
        (share / folder).mkdir()
        shutil.copyfile(LINUX / file, share / folder / file)
    (share / "doc/letspic").mkdir(parents=True)
    (share / "doc/letspic/copyright").write_text(COPYRIGHT)
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def dependencies(bundle: Path) -> list[str]:
    """Return the packages of the libraries that the bundle's files load and the bundle does not hold."""
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    binaries = [path for path in files if ".so" in path.name or path.name in PROGRAMS]
    done = subprocess.run(["objdump", "-p", *binaries], capture_output=True, text=True, check=True)
    present = {path.name for path in bundle.rglob("*.so*")}
    needed = set(re.findall(r"NEEDED\s+(\S+)", done.stdout)) - present
    packages = {package_of(name) for name in needed if not LOADER.fullmatch(name)} - {C_LIBRARY}
    newest = max(re.findall(r"GLIBC_(\d+)\.(\d+)", done.stdout), key=lambda found: tuple(map(int, found)))
    return [f"{C_LIBRARY} (>= {'.'.join(newest)})", *sorted(packages | {FONTS})]


def package_of(library: str) -> str:
    """Return the package that a library comes with."""
    try:
        return PACKAGES[library.partition(".so")[0]]
    except KeyError:
        raise KnownError(
            f"The bundle needs {library}, and no package of it is known",
            f"Install it and build the bundle again, or name its package in {__file__}",
        ) from None


def write_control(root: Path, bundle: Path) -> tuple[str, str]:
    """Write what dpkg reads about the package; return its version and architecture."""
    asked = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    version, architecture = project_version(), asked.stdout.strip()
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    control = CONTROL.format(
        version=version,
        architecture=architecture,
        kilobytes=sum(-(-path.stat().st_size // 1024) for path in files),
        depends=", ".join(dependencies(bundle)),
    )
    sums = [f"{md5(path)}  {path.relative_to(root)}\n" for path in files]
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(control)
    (folder / "md5sums").write_text("".join(sums))
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return version, architecture


def md5(path: Path) -> str:
    """Return the checksum by which dpkg notices damaged files."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def build(bundle: Path, out: Path, *, compress: bool = True) -> Path:
    """Build the package of a bundle into `out` and return its path."""
    for tool in ("dpkg-deb", "objdump"):
        if shutil.which(tool) is None:
            raise KnownError(f"{tool} is missing", "Build the Debian package on Debian or Ubuntu")
    if not (bundle / "letspic").is_file():
        raise KnownError(f"{bundle} is no bundle", "Build it with packaging/build_bundle.py")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".deb-") as scratch:
        root = Path(scratch, "root")
        root.mkdir()
        stage(bundle, root)
        version, architecture = write_control(root, bundle)
        made = Path(scratch, f"letspic_{version}_{architecture}.deb")
        # Level 1 of xz: a tenth larger than the usual level 6, in a fraction of its time.
        compression = ["-Zxz", "-z1"] if compress else ["-Znone"]
        command = ["dpkg-deb", "--root-owner-group", *compression, "--build", str(root), str(made)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return made.rename(out / made.name)


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True, help="folder that packaging/build_bundle.py made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the package")
    parser.add_argument("--uncompressed", action="store_true", help="three times as large, in a moment: to try it")
    options = parser.parse_args()
    try:
        print(build(options.bundle.absolute(), options.out.absolute(), compress=not options.uncompressed))
    except KnownError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        print(f"{failure.cmd[0]} failed with code {failure.returncode}: see its message above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
