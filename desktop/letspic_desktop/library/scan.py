"""Look through the watched folders: what is new or changed is imported, what is gone is shown as missing.

A scan reads names, sizes and times, and opens only files that it has not seen as they are.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.files import file_state, set_missing
from letspic_desktop.library.folders import Candidate, Unreadable, is_folder
from letspic_desktop.library.importer import ImportReport, import_candidates, store_failures
from letspic_desktop.library.rows import moment, now, path_bytes, path_of
from letspic_desktop.library.thumbnails import Thumbnails
from letspic_desktop.library.watched import WatchedFolder
from letspic_desktop.progress import Progress
from letspic_shared.photo import IMAGE_SUFFIXES, looks_like_photo

# A file that changed this shortly before a scan may still be written to: it is left to the next one.
_SETTLING_NS: Final = 1_000_000_000
_REPORT_EVERY: Final = 1000
State = tuple[int, int]


@dataclass(kw_only=True)
class ScanReport:
    """What a scan of the watched folders found.

    Parameters
    ----------
    imported
        What was new or changed.
    missing, returned
        Files that are not there any more, and files that are there again.
    absent
        Watched folders that are not there themselves, such as on a drive that is not plugged in.
    waiting
        Whether files were left to the next scan, because they may still be written to.
    """

    imported: ImportReport = field(default_factory=ImportReport)
    missing: list[Path] = field(default_factory=list)
    returned: list[Path] = field(default_factory=list)
    absent: list[Path] = field(default_factory=list)
    waiting: bool = False

    @property
    def changed(self) -> bool:
        """Whether the library is not what it was."""
        return bool(self.imported.added or self.imported.known or self.missing or self.returned)


@dataclass(kw_only=True)
class _Known:
    """Files below a folder, by path as bytes, as they were when they were read."""

    files: dict[bytes, State]
    missing: set[bytes]
    passed_over: dict[bytes, State]
    failed_at_ns: dict[bytes, int]

    def is_settled(self, path: bytes, entry: os.stat_result) -> bool:
        """Whether the file is as it was when it was imported, passed over, or found to be no photo."""
        state = file_state(entry)
        if self.files.get(path) == state or self.passed_over.get(path) == state:
            return True
        failed = self.failed_at_ns.get(path)
        return failed is not None and max(entry.st_mtime_ns, entry.st_ctime_ns) < failed


def scan_watched(
    catalog: Catalog, *, progress: Progress | None = None, thumbnails: Thumbnails | None = None
) -> ScanReport:
    """Look through all watched folders once.

    Parameters
    ----------
    thumbnails
        Where a small picture of each new photo is put.

    Raises
    ------
    Cancelled
        As asked through ``progress``; what is imported by then stays.
    """
    listener = progress or Progress()
    report = ScanReport()
    for folder in catalog.watched.all():
        _scan(catalog, folder, report, listener, thumbnails)
    return report


def _scan(
    catalog: Catalog, folder: WatchedFolder, report: ScanReport, progress: Progress, thumbnails: Thumbnails | None
) -> None:
    started = time.time_ns()
    known = catalog.database.call(lambda c: _known_below(c, folder.path))
    seen: set[bytes] = set()
    unread: list[bytes] = []
    fresh: list[Candidate] = []
    waiting = False
    for number, (entry, name) in enumerate(_entries(folder.path, leave_out=catalog.home.root, unread=unread)):
        if number % _REPORT_EVERY == 0:
            progress.report("scan", number)
        path = os.fsencode(entry.path)
        found = _regular(entry)
        if found is None:
            continue
        seen.add(path)
        if known.is_settled(path, found) or not _may_be_photo(entry, found, folder.scanned_at_ns):
            continue
        if started - _SETTLING_NS < found.st_mtime_ns <= started:
            waiting = True
            continue
        fresh.append(Candidate(path=Path(entry.path), folder=name))
    if not folder.path.is_dir():
        report.absent.append(folder.path)
    _note_missing(catalog, known, seen, unread, report)
    if fresh:
        _import(catalog, folder, fresh, report, progress, thumbnails)
    if unread:
        store_failures(catalog, [Unreadable(path=path_of(path), reason="The folder cannot be read") for path in unread])
    report.waiting |= waiting
    if folder.path.is_dir() and not waiting:
        catalog.watched.set_scanned(folder.path, started)


def _import(
    catalog: Catalog,
    folder: WatchedFolder,
    fresh: list[Candidate],
    report: ScanReport,
    progress: Progress,
    thumbnails: Thumbnails | None,
) -> None:
    passed_over = catalog.database.call(
        lambda c: {row[0] for row in c.execute("SELECT DISTINCT sha256 FROM passed_over_files")}
    )
    import_candidates(
        catalog,
        fresh,
        report.imported,
        albums_from_folders=folder.albums_from_folders,
        passed_over=passed_over,
        progress=progress,
        thumbnails=thumbnails,
    )


def _note_missing(catalog: Catalog, known: _Known, seen: set[bytes], unread: list[bytes], report: ScanReport) -> None:
    hidden = tuple(path + b"/" for path in unread)
    # What the walk passes over, such as a hidden folder that was chosen itself, is looked for by its name.
    gone = [
        path
        for path in known.files.keys() - seen - known.missing
        if not path.startswith(hidden) and not os.path.isfile(path)  # noqa: PTH113 - bytes, 100,000 of them
    ]
    back = [path for path in known.missing if path in seen or os.path.isfile(path)]  # noqa: PTH113
    if gone or back:
        catalog.database.call(lambda c: set_missing(c, gone, back, now()))
    report.missing += map(path_of, sorted(gone))
    report.returned += map(path_of, sorted(back))


def _known_below(connection: sqlite3.Connection, folder: Path) -> _Known:
    prefix = path_bytes(folder).rstrip(b"/")
    below = (prefix + b"/", prefix + b"0")
    cursor = connection.cursor()
    cursor.row_factory = None
    known = _Known(files={}, missing=set(), passed_over={}, failed_at_ns={})
    query = "SELECT path, mtime_ns, bytes, missing_since FROM files WHERE path > ? AND path < ?"
    for path, mtime_ns, size, missing_since in cursor.execute(query, below):
        known.files[path] = (mtime_ns, size)
        if missing_since is not None:
            known.missing.add(path)
    query = "SELECT path, mtime_ns, bytes FROM passed_over_files WHERE path > ? AND path < ?"
    known.passed_over = {path: (mtime_ns, size) for path, mtime_ns, size in cursor.execute(query, below)}
    for path, at in cursor.execute("SELECT path, at FROM import_failures WHERE path > ? AND path < ?", below):
        when = moment(at)
        known.failed_at_ns[path] = int(when.timestamp() * 1e9) if when else 0
    return known


def _entries(folder: Path, *, leave_out: Path, unread: list[bytes]) -> Iterator[tuple[os.DirEntry[str], str | None]]:
    """Yield the visible files below a folder, with the direct sub-folder that leads to each.

    The same rules as ``folders.candidates``, without its order: links are followed, each folder is read once.
    """
    home = _identity(str(leave_out))
    visited = {home} if home else set()
    waiting: list[tuple[str, str | None]] = [(str(folder), None)]
    while waiting:
        current, name = waiting.pop()
        identity = _identity(current)
        if identity is None or identity in visited:
            continue
        visited.add(identity)
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if is_folder(entry):
                        waiting.append((entry.path, name or entry.name))
                    else:
                        yield entry, name
        except OSError:
            unread.append(os.fsencode(current))


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)  # noqa: PTH116 - 100,000 times
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _regular(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        found = entry.stat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _may_be_photo(entry: os.DirEntry[str], found: os.stat_result, scanned_at_ns: int) -> bool:
    """Whether the name says picture, or the content does: it is read only where it came since the last scan."""
    if os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES:  # noqa: PTH122 - 100,000 times
        return True
    return max(found.st_mtime_ns, found.st_ctime_ns) >= scanned_at_ns and looks_like_photo(Path(entry.path))
