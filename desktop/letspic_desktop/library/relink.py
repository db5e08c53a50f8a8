"""Find photos again whose folder was moved: by name and hash in the new place, whatever they are called there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.files import StoredFile, add_file, file_state
from letspic_desktop.library.folders import Candidate, candidates
from letspic_desktop.library.rows import chunks, path_bytes, path_of
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError
from letspic_shared.files import sha256_of_file


@dataclass(frozen=True, kw_only=True)
class RelinkReport:
    """Old path -> new path of the files that were found again, and those that were not."""

    found: dict[Path, Path]
    missing: list[Path]


def relink_folder(catalog: Catalog, old: Path, new: Path, *, progress: Progress) -> RelinkReport:
    """Look in ``new`` for the library's files that were in ``old`` and are there no more (absolute paths).

    A file that has the same place below ``new``, size and time is taken for the same, as an import does; any other
    one with the same size is read, and its hash decides. A watched folder moves along.

    Raises
    ------
    KnownError
        ``new`` is no folder, or no file of the library was in ``old``.
    Cancelled
        As asked through ``progress``; files found by then are relinked.
    """
    if not new.is_dir():
        raise KnownError(f"{new} is not a folder", "Choose the folder where the photos are now")
    below = catalog.database.call(lambda c: _files_below(c, old))
    if not below:
        raise KnownError(f"No photo of the library was in {old}", "Choose the folder that the photos were in")
    gone = [file for file in below if not file.path.is_file()]
    found: dict[Path, Path] = {}
    done = 0
    for batch in chunks(_matches(gone, old, new, catalog.home.root)):
        moved: list[tuple[StoredFile, StoredFile]] = []
        for file, now in batch:
            done += 1
            progress.report("relink", done, len(gone))
            if now is not None:
                moved.append((file, now))
        _store(catalog, moved)
        found.update((file.path, now.path) for file, now in moved)
    catalog.database.call(lambda c: _move_watched(c, old, new))
    return RelinkReport(found=found, missing=[file.path for file in gone if file.path not in found])


def _matches(
    gone: Iterable[StoredFile], old: Path, new: Path, leave_out: Path
) -> Iterator[tuple[StoredFile, StoredFile | None]]:
    """Yield where each file is now: at its place below ``new``, else anywhere there, else nowhere."""
    elsewhere = []
    for file in gone:
        now = _same(file, new / file.path.relative_to(old))
        if now is not None:
            yield file, now
        else:
            elsewhere.append(file)
    if not elsewhere:
        return
    by_size: dict[int, list[Path]] = {}
    for one in candidates(new, leave_out=leave_out):
        if isinstance(one, Candidate) and one.path.is_file():
            by_size.setdefault(one.path.stat().st_size, []).append(one.path)
    for file in elsewhere:
        tried = (_same(file, path) for path in by_size.get(file.bytes, []))
        yield file, next((now for now in tried if now is not None), None)


def _same(file: StoredFile, path: Path) -> StoredFile | None:
    """Return the file at ``path`` where it holds the same photo."""
    try:
        found = path.stat()
        if not path.is_file() or found.st_size != file.bytes:
            return None
        moved_as_it_was = path.name == file.path.name and file_state(found)[0] == file.mtime_ns
        if not moved_as_it_was and sha256_of_file(path) != file.sha256:
            return None
    except OSError:
        return None
    return StoredFile(path=path, sha256=file.sha256, mtime_ns=file_state(found)[0], bytes=found.st_size)


def _files_below(connection: sqlite3.Connection, folder: Path) -> list[StoredFile]:
    prefix = path_bytes(folder).rstrip(b"/")
    query = "SELECT path, sha256, mtime_ns, bytes FROM files WHERE path > ? AND path < ? ORDER BY path"
    return [
        StoredFile(path=path_of(row["path"]), sha256=row["sha256"], mtime_ns=row["mtime_ns"], bytes=row["bytes"])
        for row in connection.execute(query, (prefix + b"/", prefix + b"0"))
    ]


def _store(catalog: Catalog, moved: list[tuple[StoredFile, StoredFile]]) -> None:
    def write(connection: sqlite3.Connection) -> None:
        for old, now in moved:
            connection.execute("DELETE FROM files WHERE path = ?", (path_bytes(old.path),))
            add_file(connection, now)

    catalog.database.call(write)


def _move_watched(connection: sqlite3.Connection, old: Path, new: Path) -> None:
    """Watch the new place of a folder that was watched, unless it is watched already or the old one is still there."""
    if not old.exists():
        query = "UPDATE OR IGNORE watched_folders SET path = ?, scanned_at_ns = 0 WHERE path = ?"
        connection.execute(query, (path_bytes(new), path_bytes(old)))
