"""``letspic tag``, ``trash``, ``duplicates`` and ``watch``, and the order of albums."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from letspic_desktop.application import Application
from letspic_desktop.commands.common import library_photo, opened
from letspic_desktop.console import say, write_json
from letspic_desktop.operations.duplicates import FindLookalikes, KeepBoth, KeepOne
from letspic_desktop.operations.organise import SetAlbumCover, SortAlbum
from letspic_desktop.operations.tags import CreateTag, DeleteTag, RenameTag, TagPhotos, UntagPhotos
from letspic_desktop.operations.trash import EmptyTrash, RestorePhotos, TrashPhotos
from letspic_desktop.operations.watch import (
    CheckFiles,
    ReadFolders,
    RelinkFolder,
    UnwatchFolder,
    WatchFolder,
    WatchFolders,
)


def _photos(app: Application, texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(library_photo(app, text) for text in texts))


def cover(options: argparse.Namespace) -> None:
    """Choose the cover of an album."""
    with opened(options) as (app, progress):
        photo = library_photo(app, options.photo) if options.photo else None
        SetAlbumCover(album=options.name, photo=photo).run(app, progress)
    say(f"{options.name} has its cover.")


def sort(options: argparse.Namespace) -> None:
    """Put an album in the order of dates."""
    with opened(options) as (app, progress):
        SortAlbum(album=options.name, oldest_first=not options.newest_first).run(app, progress)
    say(f"{options.name} is in the order of dates, the {'newest' if options.newest_first else 'oldest'} first.")


def list_tags(options: argparse.Namespace) -> None:
    """List the tags."""
    with opened(options) as (app, _):
        tags = app.catalog.tags.all()
    for tag in tags:
        say(f"{tag.total:6d}  {tag.name}")
    if not tags:
        say("There is no tag yet. Put one on photos with letspic tag add NAME PHOTO.")
    write_json(options.json, [{"name": tag.name, "photos": tag.photos, "total": tag.total} for tag in tags])


def add_tag(options: argparse.Namespace) -> None:
    """Put a tag on photos."""
    with opened(options) as (app, progress):
        photos = _photos(app, options.photos)
        TagPhotos(tag=options.tag, photos=photos).run(app, progress)
    say(f"{len(photos)} photos have the tag {options.tag}.")


def remove_tag(options: argparse.Namespace) -> None:
    """Take a tag off photos."""
    with opened(options) as (app, progress):
        photos = _photos(app, options.photos)
        UntagPhotos(tag=options.tag, photos=photos).run(app, progress)
    say(f"{len(photos)} photos do not have the tag {options.tag}.")


def create_tag(options: argparse.Namespace) -> None:
    """Make a tag."""
    with opened(options) as (app, progress):
        CreateTag(tag=options.tag).run(app, progress)
    say(f"There is a tag {options.tag}.")


def rename_tag(options: argparse.Namespace) -> None:
    """Rename, move or merge a tag."""
    with opened(options) as (app, progress):
        RenameTag(tag=options.tag, name=options.new_name).run(app, progress)
    say(f"{options.tag} is called {options.new_name} now.")


def delete_tag(options: argparse.Namespace) -> None:
    """Delete a tag."""
    with opened(options) as (app, progress):
        DeleteTag(tag=options.tag).run(app, progress)
    say(f"Tag {options.tag} deleted; its photos stay in the library.")


def list_trash(options: argparse.Namespace) -> None:
    """List the photos in the trash."""
    with opened(options) as (app, _):
        photos = app.catalog.photos.many(app.catalog.photos.all(trashed=True))
        paths = app.catalog.photos.paths(photo.sha256 for photo in photos)
    for photo in photos:
        say(f"{photo.sha256[:16]}  {photo.trashed_at:%Y-%m-%d}  {paths.get(photo.sha256, '(its file is missing)')}")
    if not photos:
        say("The trash is empty.")
    write_json(options.json, [{"sha256": photo.sha256, "since": str(photo.trashed_at)} for photo in photos])


def trash(options: argparse.Namespace) -> None:
    """Put photos into the trash."""
    with opened(options) as (app, progress):
        photos = _photos(app, options.photos)
        TrashPhotos(photos=photos).run(app, progress)
    say(f"{len(photos)} photos are in the trash; their files stay where they are.")


def restore(options: argparse.Namespace) -> None:
    """Take photos out of the trash."""
    with opened(options) as (app, progress):
        before = app.catalog.photos.count()
        RestorePhotos(photos=_photos(app, options.photos) or None).run(app, progress)
        say(f"{app.catalog.photos.count() - before} photos are back.")


def empty_trash(options: argparse.Namespace) -> None:
    """Forget all photos in the trash."""
    with opened(options) as (app, progress):
        count = EmptyTrash().run(app, progress)
    say(f"{count} photos forgotten; their files stay where they are.")


def list_duplicates(options: argparse.Namespace) -> None:
    """Find photos that look alike."""
    with opened(options) as (app, progress):
        groups = FindLookalikes(compute_features=not options.quick).run(app, progress)
        paths = app.catalog.photos.paths(photo for group in groups for photo in group.photos)
    for group in groups:
        say(f"{100 * group.likeness:.0f} % alike:")
        for photo in group.photos:
            say(f"  {photo[:16]}  {paths.get(photo, '(its file is missing)')}")
    if not groups:
        say("No photos look alike that are not decided about.")
    write_json(options.json, [{"photos": group.photos, "likeness": group.likeness} for group in groups])


def keep_one(options: argparse.Namespace) -> None:
    """Keep one of photos that look alike."""
    with opened(options) as (app, progress):
        others = _photos(app, options.others)
        KeepOne(kept=library_photo(app, options.kept), others=others).run(app, progress)
    say(f"Kept one; {len(others)} are in the trash.")


def keep_all(options: argparse.Namespace) -> None:
    """Remember that photos that look alike are all wanted."""
    with opened(options) as (app, progress):
        KeepBoth(photos=_photos(app, options.photos)).run(app, progress)
    say("All of them stay.")


def list_watched(options: argparse.Namespace) -> None:
    """List the watched folders and what is missing."""
    with opened(options) as (app, progress):
        state = ReadFolders().run(app, progress)
    for one in state.watched:
        say(f"{one.photos:6d}  {one.folder}{'' if one.there else '  (not there)'}")
    for folder, files in state.missing.items():
        say(f"{len(files):6d} missing in {folder}")
    if not state.watched:
        say("No folder is watched. Add one with letspic watch add DIR.")
    found = [{"folder": str(one.folder), "photos": one.photos, "there": one.there} for one in state.watched]
    write_json(options.json, {"watched": found, "missing": {str(at): len(some) for at, some in state.missing.items()}})


def watch(options: argparse.Namespace) -> None:
    """Watch a folder."""
    with opened(options) as (app, progress):
        WatchFolder(folder=options.folder, albums_from_folders=options.albums_from_folders).run(app, progress)
    say(f"{options.folder} is watched. Bring in what is there with letspic watch look.")


def unwatch(options: argparse.Namespace) -> None:
    """Stop watching a folder."""
    with opened(options) as (app, progress):
        UnwatchFolder(folder=options.folder).run(app, progress)
    say(f"{options.folder} is not watched; its photos stay in the library.")


def look(options: argparse.Namespace) -> None:
    """Look through the watched folders."""
    with opened(options) as (app, progress):
        report = WatchFolders().run(app, progress)
    say(f"{len(report.imported.added)} new photos, {len(report.missing)} files missing.")
    for folder in report.absent:
        say(f"{folder} is not there: is its drive plugged in?")


def check(options: argparse.Namespace) -> None:
    """Look for every file."""
    with opened(options) as (app, progress):
        missing = CheckFiles().run(app, progress)
    for file in missing:
        say(f"missing: {file.path}")
    say(f"{len(missing)} files are missing.")


def relink(options: argparse.Namespace) -> None:
    """Find the photos of a moved folder again."""
    with opened(options) as (app, progress):
        report = RelinkFolder(old=options.old, new=options.new).run(app, progress)
    for path in report.missing:
        say(f"not found: {path}")
    say(f"{len(report.found)} photos found again.")
