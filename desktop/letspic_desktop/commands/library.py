"""``letspic import``, ``album`` and ``photo``."""

from __future__ import annotations

import argparse
import shlex

from letspic_desktop.application import Application
from letspic_desktop.commands.common import library_photo, opened
from letspic_desktop.console import complain, say, write_json
from letspic_desktop.library.importer import ImportReport, NoPhotoError, import_failures
from letspic_desktop.operations.library import ImportPhotos
from letspic_desktop.operations.organise import (
    AddToAlbum,
    CreateAlbum,
    DeleteAlbum,
    MergeAlbums,
    RemoveFromAlbum,
    RenameAlbum,
)


def import_photos(options: argparse.Namespace) -> None:
    """Add photos to the library and list what could not be read."""
    operation = ImportPhotos(
        sources=tuple(options.sources), albums_from_folders=options.albums_from_folders, album=options.album
    )
    with opened(options) as (app, progress):
        try:
            report = operation.run(app, progress)
        except NoPhotoError as error:
            _list_failures(error.report)
            raise
        unshared = _unshared(app, report)
    _list_failures(report)
    known = f", {len(report.known)} were already there" if report.known else ""
    failed = f", {len(report.failed)} could not be read" if report.failed else ""
    say(f"{len(report.added)} photos added{known}{failed}.")
    for name, count in sorted(report.albums.items()):
        say(f"  album {name}: {count} added")
    for group in unshared:
        say(
            f"{group} does not share all of these albums. To share them: letspic group share {shlex.quote(group)} --all"
        )
    failures = [{"path": str(failure.path), "reason": failure.reason} for failure in report.failed]
    write_json(
        options.json, {"added": report.added, "known": report.known, "failed": failures, "albums": report.albums}
    )


def _unshared(app: Application, report: ImportReport) -> list[str]:
    """Return the names of own groups that do not share every album of an import."""
    names = {name.casefold() for name in report.albums}
    groups = [group for group in app.catalog.groups.all() if group.role == "owner"]
    return [
        group.name
        for group in groups
        if names - {one.name.casefold() for one in app.catalog.groups.classes(group.id, with_all=True) if one.shared}
    ]


def _list_failures(report: ImportReport) -> None:
    for failure in report.failed:
        complain(f"not imported: {failure.path}: {failure.reason}")


def list_albums(options: argparse.Namespace) -> None:
    """List the albums."""
    with opened(options) as (app, _):
        albums = app.catalog.albums.all()
    for album in albums:
        say(f"{album.photos:6d}  {album.name}")
    if not albums:
        say("There is no album yet. Make some with letspic import DIR --albums-from-folders.")
    write_json(options.json, [{"name": album.name, "photos": album.photos} for album in albums])


def create_album(options: argparse.Namespace) -> None:
    """Make an album."""
    with opened(options) as (app, progress):
        photos = tuple(library_photo(app, text) for text in options.photos)
        album = CreateAlbum(name=options.name, photos=photos).run(app, progress).result
    say(f"Album {album.name} made, with {len(set(photos))} photos.")


def add_to_album(options: argparse.Namespace) -> None:
    """Put photos into an album."""
    with opened(options) as (app, progress):
        photos = tuple(library_photo(app, text) for text in options.photos)
        added = AddToAlbum(album=options.name, photos=photos).run(app, progress).result
        say(f"{added} added.")


def remove_to_album(options: argparse.Namespace) -> None:
    """Take photos out of an album."""
    with opened(options) as (app, progress):
        photos = tuple(library_photo(app, text) for text in options.photos)
        RemoveFromAlbum(album=options.name, photos=photos).run(app, progress)
    say(f"Taken out of {options.name}; the photos stay in the library.")


def rename_album(options: argparse.Namespace) -> None:
    """Rename an album."""
    with opened(options) as (app, progress):
        RenameAlbum(album=options.name, name=options.new_name).run(app, progress)
    say(f"{options.name} is called {options.new_name} now.")


def merge_albums(options: argparse.Namespace) -> None:
    """Put one album into another."""
    with opened(options) as (app, progress):
        MergeAlbums(source=options.name, target=options.into).run(app, progress)
    say(f"The photos of {options.name} are in {options.into} now.")


def delete_album(options: argparse.Namespace) -> None:
    """Delete an album."""
    with opened(options) as (app, progress):
        DeleteAlbum(album=options.name).run(app, progress)
    say(f"Album {options.name} deleted; its photos stay in the library.")


def list_photos(options: argparse.Namespace) -> None:
    """List the photos of the library or of an album."""
    with opened(options) as (app, _):
        catalog = app.catalog
        photos = (
            catalog.albums.photos(catalog.albums.by_name(options.album).id) if options.album else catalog.photos.all()
        )
        paths = catalog.photos.paths(photos)
    for photo in photos:
        say(f"{photo[:16]}  {paths.get(photo, '(its file is missing)')}")
    if not photos:
        say("There is no photo. Add some with letspic import DIR.")
    write_json(options.json, [{"sha256": photo, "path": str(paths.get(photo, ""))} for photo in photos])


def show_photo(options: argparse.Namespace) -> None:
    """Show what is known of a photo."""
    with opened(options) as (app, _):
        digest = library_photo(app, options.photo)
        photo = app.catalog.photos.get(digest)
        files = app.catalog.photos.files(digest)
        albums = [album.name for album in app.catalog.albums.of_photo(digest)]
    if photo is None:
        return
    facts = {
        "sha256": photo.sha256,
        "format": photo.format,
        "size": f"{photo.width} x {photo.height}",
        "taken": photo.taken_local,
        "camera": photo.camera,
        "rating": photo.rating,
        "albums": ", ".join(albums),
        "files": ", ".join(map(str, files)),
    }
    for name, value in facts.items():
        if value not in (None, ""):
            say(f"{name:8}  {value}")
    write_json(options.json, facts)


def list_failures(options: argparse.Namespace) -> None:
    """List the files that could not be imported."""
    with opened(options) as (app, _):
        failures = import_failures(app.catalog)
    for failure in failures:
        say(f"{failure.path}: {failure.reason}")
    if not failures:
        say("Every file could be imported.")
