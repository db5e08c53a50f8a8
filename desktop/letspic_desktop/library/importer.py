"""Import of folders: identity by content, every failure a row with its reason, never a stopped scan."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from letspic_desktop.library.albums import add_to_album, ensure_album
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.files import StoredFile, add_file, known_files, take_over
from letspic_desktop.library.folders import Candidate, Unreadable, candidates, check_sources
from letspic_desktop.library.photos import add_photo
from letspic_desktop.library.reading import ReadPhoto, read_photo, reading_pool
from letspic_desktop.library.rows import chunks, clean_name, moment, now, path_bytes, path_of
from letspic_desktop.library.thumbnails import Thumbnails
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError

BATCH: Final = 200


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file or folder that could not be imported, and why in one sentence."""

    path: Path
    reason: str
    at: datetime | None = None


@dataclass(kw_only=True)
class ImportReport:
    """What an import did.

    Parameters
    ----------
    added, known
        SHA-256 of the photos that are new to the library, and of files whose photo was in it before.
    failed
        One entry per file or folder that could not be read.
    in_trash
        Those of ``known`` that are in the trash, so that the import does not show them.
    albums
        Album name -> how many photos it gained.
    """

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    failed: list[ImportFailure] = field(default_factory=list)
    in_trash: list[str] = field(default_factory=list)
    albums: dict[str, int] = field(default_factory=dict)

    @property
    def photos(self) -> list[str]:
        """SHA-256 of every photo found, new or not, each once."""
        return list(dict.fromkeys(self.added + self.known))


class NoPhotoError(KnownError):
    """Nothing that was chosen could be read as a photo; ``report`` lists why."""

    def __init__(self, reason: str, action: str, report: ImportReport) -> None:
        super().__init__(reason, action)
        self.report = report


def import_photos(
    catalog: Catalog,
    sources: Sequence[Path],
    *,
    albums_from_folders: bool = False,
    album: str | None = None,
    progress: Progress | None = None,
    thumbnails: Thumbnails | None = None,
    workers: int | None = None,
) -> ImportReport:
    """Import files and folders (with all below them). Originals are read, never written to.

    A file that has not changed since its last import is not read again. Files that are copies of one another
    are one photo. What is finished stays in the catalog when the import is cancelled or fails.

    Parameters
    ----------
    albums_from_folders
        Put the photos of each direct sub-folder, with all below it, into an album of its name.
    album
        Put all photos into the album of this name.
    thumbnails
        Where a small picture of each new photo is put, made while it is in memory anyway.
    workers
        Files that are read and decoded at the same time; the number of processors where None.

    Raises
    ------
    KnownError
        A source does not exist, a name is not usable, or the catalog cannot be written.
    NoPhotoError
        No file could be read as a photo; the failures are in its report and in the catalog.
    Cancelled
        As asked through ``progress``.
    """
    if albums_from_folders and album is not None:
        raise KnownError("Photos go into one album or into those of their folders", "Choose one of the two")
    chosen = None if album is None else clean_name(album, "album")
    listener = progress or Progress()
    report = ImportReport()
    found = _listed(catalog, check_sources(sources), report, listener)

    import_candidates(
        catalog,
        found,
        report,
        album=chosen,
        albums_from_folders=albums_from_folders,
        progress=listener,
        thumbnails=thumbnails,
        workers=workers,
    )
    if not report.added and not report.known:
        raise _nothing(sources, report)
    return report


def import_candidates(
    catalog: Catalog,
    found: Sequence[Candidate],
    report: ImportReport,
    *,
    album: str | None = None,
    albums_from_folders: bool = False,
    passed_over: Collection[str] = (),
    progress: Progress,
    thumbnails: Thumbnails | None = None,
    workers: int | None = None,
) -> None:
    """Import files that were listed already, and add what became of them to ``report``.

    Parameters
    ----------
    passed_over
        SHA-256 of photos that nobody wants back: their files are remembered, and not imported.
    """

    def album_of(candidate: Candidate) -> str | None:
        return album or (_folder_album(candidate) if albums_from_folders else None)

    done = 0
    with reading_pool(workers or os.cpu_count() or 2) as pool:
        for batch in chunks(found, BATCH):
            results: list[ReadPhoto] = []
            try:
                for result in _read_all(catalog, pool, batch, thumbnails):
                    results.append(result)
                    done += 1
                    progress.report("import", done, len(found))
            finally:
                wanted = [one for one in results if one.file is None or one.file.sha256 not in passed_over]
                _pass_over(catalog, [one.file for one in results if one.file and one.file.sha256 in passed_over])
                _save(catalog, wanted, album_of, report)


def import_failures(catalog: Catalog) -> list[ImportFailure]:
    """Return the files that could not be imported and were not since, by path."""
    rows = catalog.database.call(lambda c: c.execute("SELECT * FROM import_failures ORDER BY path").fetchall())
    return [ImportFailure(path=path_of(row["path"]), reason=row["reason"], at=moment(row["at"])) for row in rows]


def store_failures(catalog: Catalog, failures: Sequence[Unreadable]) -> None:
    """Remember files and folders that could not be read."""
    rows = [(path_bytes(one.path), one.reason, now()) for one in failures]
    catalog.database.call(lambda c: c.executemany("INSERT OR REPLACE INTO import_failures VALUES (?, ?, ?)", rows))


def _listed(catalog: Catalog, sources: list[Path], report: ImportReport, progress: Progress) -> list[Candidate]:
    """Return all candidates, each path once; folders that cannot be read become failures."""
    found: dict[Path, Candidate] = {}
    failures: list[Unreadable] = []
    for source in sources:
        for one in candidates(source, leave_out=catalog.home.root):
            if isinstance(one, Unreadable):
                failures.append(one)
            else:
                found.setdefault(one.path, one)
            progress.report("list", len(found))
    report.failed += [ImportFailure(path=one.path, reason=one.reason) for one in failures]
    if failures:
        store_failures(catalog, failures)
    return list(found.values())


def _read_all(
    catalog: Catalog, pool: ThreadPoolExecutor, batch: Sequence[Candidate], thumbnails: Thumbnails | None
) -> Iterator[ReadPhoto]:
    """Yield the results of a batch in its order, decoding several files at a time."""
    known = catalog.database.call(lambda c: known_files(c, [one.path for one in batch]))
    futures: list[Future[ReadPhoto]] = [pool.submit(read_photo, one, known.get(one.path), thumbnails) for one in batch]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def _save(
    catalog: Catalog, results: list[ReadPhoto], album_of: Callable[[Candidate], str | None], report: ImportReport
) -> None:
    """Store a batch in one transaction, and only then tell it."""
    outcome = catalog.database.call(lambda c: _store(c, results, album_of))
    report.added += outcome.added
    report.known += outcome.known
    report.failed += outcome.failed
    report.in_trash += outcome.in_trash
    for name, gained in outcome.albums.items():
        report.albums[name] = report.albums.get(name, 0) + gained


def _store(
    connection: sqlite3.Connection, results: list[ReadPhoto], album_of: Callable[[Candidate], str | None]
) -> ImportReport:
    outcome = ImportReport()
    members: dict[str, list[str]] = {}
    for result in results:
        path = path_bytes(result.candidate.path)
        if result.file is None:
            outcome.failed.append(ImportFailure(path=result.candidate.path, reason=result.reason))
            values = (path, result.reason, now())
            connection.execute("INSERT OR REPLACE INTO import_failures VALUES (?, ?, ?)", values)
            continue
        is_new = result.info is not None and add_photo(connection, result.file, result.info)
        (outcome.added if is_new else outcome.known).append(result.file.sha256)
        if not is_new and connection.execute(_IN_TRASH, (result.file.sha256,)).fetchone():
            outcome.in_trash.append(result.file.sha256)
        if is_new:
            take_over(connection, result.file)
        add_file(connection, result.file)
        connection.execute("DELETE FROM import_failures WHERE path = ?", (path,))
        name = album_of(result.candidate)
        if name is not None:
            members.setdefault(name, []).append(result.file.sha256)
    for name, sha256s in members.items():
        outcome.albums[name] = add_to_album(connection, ensure_album(connection, name), sha256s)
    return outcome


def _folder_album(candidate: Candidate) -> str | None:
    """Return the album of a candidate's folder; a name that no album can have gives none."""
    if candidate.folder is None:
        return None
    readable = candidate.folder.encode(errors="replace").decode()
    try:
        return clean_name(readable[:_LONGEST_FOLDER], "album")
    except KnownError:
        return None


def _nothing(sources: Sequence[Path], report: ImportReport) -> NoPhotoError:
    where = str(sources[0]) if len(sources) == 1 else f"the {len(sources)} folders"
    if not report.failed:
        return NoPhotoError(f"There is no photo in {where}", "Choose a folder with photos (JPEG, PNG, ...)", report)
    if len(report.failed) == 1:
        only = report.failed[0]
        # A listed reason is a sentence of its own, the reason of an error has no full stop.
        why = only.reason.rstrip(".")
        return NoPhotoError(f"{only.path} could not be imported: {why}", "Choose other photos", report)
    reason = f"None of the {len(report.failed)} files in {where} could be read as a photo"
    return NoPhotoError(reason, "See the reason for each with: letspic photo failures", report)


def _pass_over(catalog: Catalog, files: Sequence[StoredFile]) -> None:
    rows = [(path_bytes(file.path), file.sha256, file.mtime_ns, file.bytes) for file in files]
    query = "INSERT OR REPLACE INTO passed_over_files (path, sha256, mtime_ns, bytes) VALUES (?, ?, ?, ?)"
    catalog.database.call(lambda c: c.executemany(query, rows))


_IN_TRASH: Final = "SELECT 1 FROM photos WHERE sha256 = ? AND trashed_at IS NOT NULL"
_LONGEST_FOLDER: Final = 120
