"""Copies of photos' files for other programs and people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(kw_only=True)
class CopiesReport:
    """The copies that were made, and the photos (SHA-256) whose files are gone."""

    made: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class SaveCopies:
    """Copy the files of photos (SHA-256) into a folder, byte for byte; nothing there is overwritten."""

    photos: tuple[str, ...]
    folder: Path

    def run(self, app: Application, progress: Progress) -> CopiesReport:
        """Copy them.

        Raises
        ------
        KnownError
            The folder cannot be written to, or its disk is full; what was copied by then is there.
        """
        report = CopiesReport()
        for number, photo in enumerate(self.photos):
            progress.report("copy", number, len(self.photos))
            try:
                file = app.catalog.photos.source(photo)
            except KnownError:
                report.missing.append(photo)
                continue
            report.made.append(self._copy(file))
        return report

    def _copy(self, file: Path) -> Path:
        for number in count(1):
            name = file.name if number == 1 else f"{file.stem} ({number}){file.suffix}"
            target = self.folder / name
            try:
                # Exclusive: a file that is there already is never touched, whoever makes it meanwhile.
                target.touch(exist_ok=False)
            except FileExistsError:
                continue
            except OSError as error:
                raise _refused(target, error) from error
            try:
                shutil.copy2(file, target)
            except OSError as error:
                target.unlink(missing_ok=True)
                raise _refused(target, error) from error
            return target
        raise AssertionError("count() never ends")


def _refused(target: Path, error: OSError) -> KnownError:
    return KnownError(f"{target} cannot be written ({error.strerror or error})", "Choose another folder, or make room")
