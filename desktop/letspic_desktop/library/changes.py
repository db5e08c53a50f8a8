"""Every change that people make to the library, as an object that can be undone and redone.

Each function returns the change without making it: ``do()`` makes it. What a change may touch is named here, what
it does is in the tables' own modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from letspic_desktop.library.albums import Album
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.query import Order, PhotoQuery
from letspic_desktop.library.row_changes import Rows
from letspic_desktop.library.rows import clean_name, json_list, name_key
from letspic_desktop.library.tag_paths import IN_BRANCH, branch_values, clean_path, path_key
from letspic_shared.errors import KnownError

Result = TypeVar("Result")


def rate(catalog: Catalog, photos: Iterable[str], rating: int) -> LibraryChange[None]:
    """Give photos 0 to 5 stars."""
    some = tuple(photos)
    template = "Rate {n} photos with {stars} stars"
    return _of_photos(catalog, template, some, lambda: catalog.photos.rate(some, rating), stars=rating)


def set_favourite(catalog: Catalog, photos: Iterable[str], favourite: bool) -> LibraryChange[None]:
    """Mark photos as favourites, or no longer."""
    some = tuple(photos)
    template = "Add {n} photos to the favourites" if favourite else "Take {n} photos out of the favourites"
    return _of_photos(catalog, template, some, lambda: catalog.photos.set_favourite(some, favourite))


def trash(catalog: Catalog, photos: Iterable[str]) -> LibraryChange[None]:
    """Put photos into the trash."""
    some = tuple(photos)
    return _of_photos(catalog, "Put {n} photos into the trash", some, lambda: catalog.photos.trash(some))


def restore(catalog: Catalog, photos: Iterable[str]) -> LibraryChange[None]:
    """Take photos out of the trash."""
    some = tuple(photos)
    return _of_photos(catalog, "Take {n} photos out of the trash", some, lambda: catalog.photos.restore(some))


def rotate(catalog: Catalog, photos: Iterable[str], quarter_turns: int) -> LibraryChange[None]:
    """Turn photos clockwise, as they are shown."""
    some = tuple(photos)
    return _of_photos(catalog, "Rotate {n} photos", some, lambda: catalog.photos.rotate(some, quarter_turns))


def set_taken(catalog: Catalog, photos: Iterable[str], taken: datetime | None) -> LibraryChange[None]:
    """Correct when photos were taken; None goes back to what their files say."""
    some = tuple(photos)
    return _of_photos(catalog, "Change the date of {n} photos", some, lambda: catalog.photos.set_taken(some, taken))


def shift_taken(catalog: Catalog, photos: Iterable[str], by: timedelta) -> LibraryChange[None]:
    """Correct photos whose camera had its clock wrong."""
    some = tuple(photos)
    return _of_photos(catalog, "Shift the date of {n} photos", some, lambda: catalog.photos.shift_taken(some, by))


def tag(catalog: Catalog, name: str, photos: Iterable[str]) -> LibraryChange[None]:
    """Put a tag on photos."""
    some = tuple(photos)
    scopes = _tag_rows(path_key(name), some)
    values = {"tag": clean_path(name), "n": len(some)}
    template = "Tag {n} photos with “{tag}”"
    return _change(catalog, template, values, scopes, lambda: catalog.tags.add(name, some))


def untag(catalog: Catalog, name: str, photos: Iterable[str]) -> LibraryChange[None]:
    """Take a tag off photos."""
    some = tuple(photos)
    scopes = _tag_rows(path_key(name), some)
    values = {"tag": clean_path(name), "n": len(some)}
    template = "Take the tag “{tag}” off {n} photos"
    return _change(catalog, template, values, scopes, lambda: catalog.tags.remove(name, some))


def create_tag(catalog: Catalog, name: str) -> LibraryChange[None]:
    """Make a tag that no photo has yet."""
    path = clean_path(name)
    scopes = [Rows(table="tags", where="name_key = ?", values=(name_key(path),))]
    return _change(catalog, "Create the tag “{tag}”", {"tag": path}, scopes, lambda: catalog.tags.create(path))


def rename_tag(catalog: Catalog, name: str, new_name: str) -> LibraryChange[None]:
    """Rename or move a tag with all below it; where the new name exists, the two become one."""
    scopes = [*_branch_rows(path_key(name)), *_branch_rows(path_key(new_name))]
    values = {"tag": clean_path(name), "new": clean_path(new_name)}
    template = "Rename the tag “{tag}” to “{new}”"
    return _change(catalog, template, values, scopes, lambda: catalog.tags.rename(name, new_name))


def delete_tag(catalog: Catalog, name: str) -> LibraryChange[None]:
    """Take a tag, and all below it, off all photos."""
    scopes = _branch_rows(path_key(name))
    template = "Delete the tag “{tag}”"
    return _change(catalog, template, {"tag": clean_path(name)}, scopes, lambda: catalog.tags.delete(name))


def create_album(catalog: Catalog, name: str, photos: Sequence[str] = ()) -> LibraryChange[Album]:
    """Make an album, empty or with photos. Its result is the album."""
    tidy = clean_name(name, "album")
    key = name_key(tidy)
    scopes = [
        Rows(table="albums", where="name_key = ?", values=(key,)),
        Rows(table="album_photos", where="album_id IN (SELECT id FROM albums WHERE name_key = ?)", values=(key,)),
    ]

    def work() -> Album:
        album = catalog.albums.create(tidy)
        catalog.albums.add(album.id, photos)
        return catalog.albums.by_name(tidy)

    return _change(catalog, "Create the album “{album}”", {"album": tidy}, scopes, work)


def rename_album(catalog: Catalog, album: Album, name: str) -> LibraryChange[None]:
    """Give an album another name; the groups that learn it follow."""
    values = {"album": album.name, "new": clean_name(name, "album")}
    scopes = [_album_row(album.id), _ALL_CLASSES]
    template = "Rename the album “{album}” to “{new}”"
    return _change(catalog, template, values, scopes, lambda: catalog.albums.rename(album.id, name))


def merge_albums(catalog: Catalog, source: Album, target: Album) -> LibraryChange[None]:
    """Append the photos of one album to another and delete the emptied one."""
    scopes = [row for album in (source, target) for row in (_album_row(album.id), _album_photos(album.id))]
    values = {"source": source.name, "target": target.name}
    template = "Merge the album “{source}” into “{target}”"
    return _change(
        catalog, template, values, [*scopes, _ALL_CLASSES], lambda: catalog.albums.merge(source.id, target.id)
    )


def delete_album(catalog: Catalog, album: Album) -> LibraryChange[None]:
    """Delete an album; its photos stay in the library."""
    scopes = [_album_row(album.id), _album_photos(album.id), _ALL_CLASSES]
    template = "Delete the album “{album}”"
    return _change(catalog, template, {"album": album.name}, scopes, lambda: catalog.albums.delete(album.id))


def add_to_album(catalog: Catalog, album: Album, photos: Iterable[str]) -> LibraryChange[int]:
    """Append photos to an album. Its result is how many were not in it."""
    some = tuple(photos)
    values = {"album": album.name, "n": len(some)}
    template = "Add {n} photos to the album “{album}”"
    scopes = [_album_photos(album.id, some)]
    return _change(catalog, template, values, scopes, lambda: catalog.albums.add(album.id, some))


def label_photos(
    catalog: Catalog, name: str, photos: Iterable[str], *, group: str | None = None
) -> LibraryChange[tuple[Album, bool]]:
    """Append photos to the album of that name. Its result is the album, and whether the group (its id) learns it.

    Where there is no such album it is made, and the group learns it. One that is there already stays as it is shared.
    """
    some = tuple(photos)
    tidy = clean_name(name, "album")
    key = name_key(tidy)
    scopes = [
        Rows(table="albums", where="name_key = ?", values=(key,)),
        Rows(table="album_photos", where="album_id IN (SELECT id FROM albums WHERE name_key = ?)", values=(key,)),
        _ALL_CLASSES,
    ]

    def work() -> tuple[Album, bool]:
        known = any(name_key(album.name) == key for album in catalog.albums.all())
        album = catalog.albums.ensure(tidy)
        catalog.albums.add(album.id, some)
        if not known and group is not None:
            catalog.groups.add_album(group, album.id)
        learns = group is not None and any(one.album_id == album.id for one in catalog.groups.classes(group))
        return catalog.albums.by_name(tidy), learns

    values = {"album": tidy, "n": len(some)}
    return _change(catalog, "Add {n} photos to the album “{album}”", values, scopes, work)


def remove_from_album(catalog: Catalog, album: Album, photos: Iterable[str]) -> LibraryChange[None]:
    """Take photos out of an album."""
    some = tuple(photos)
    values = {"album": album.name, "n": len(some)}
    template = "Take {n} photos out of the album “{album}”"
    scopes = [_album_row(album.id), _album_photos(album.id, some)]
    return _change(catalog, template, values, scopes, lambda: catalog.albums.remove(album.id, some))


def move_in_album(catalog: Catalog, album: Album, photos: Iterable[str], *, before: str | None) -> LibraryChange[None]:
    """Move photos of an album to the place before another one of it; None is the end."""
    some = tuple(photos)

    def work() -> None:
        catalog.albums.move(album.id, some, before=before)

    template = "Change the order of the album “{album}”"
    return _change(catalog, template, {"album": album.name}, [_album_photos(album.id)], work)


def sort_album(catalog: Catalog, album: Album, *, oldest_first: bool) -> LibraryChange[None]:
    """Put the photos of an album into the order of their dates."""
    template = "Put the album “{album}” in the order of dates"

    def work() -> None:
        order: Order = "oldest" if oldest_first else "newest"
        catalog.albums.reorder(album.id, catalog.find(PhotoQuery(album=album.id, order=order)))

    return _change(catalog, template, {"album": album.name}, [_album_photos(album.id)], work)


def set_cover(catalog: Catalog, album: Album, photo: str | None) -> LibraryChange[None]:
    """Choose the photo that stands for an album; None chooses its first one."""
    template = "Change the cover of the album “{album}”"
    scopes = [_album_row(album.id)]
    return _change(catalog, template, {"album": album.name}, scopes, lambda: catalog.albums.set_cover(album.id, photo))


def keep_both(catalog: Catalog, photos: Sequence[str]) -> LibraryChange[None]:
    """Remember that photos that look alike are wanted all: nobody is asked about them again."""
    template = "Keep {n} photos that look alike"
    scopes = [_decisions(photos)]
    return _change(catalog, template, {"n": len(photos)}, scopes, lambda: catalog.duplicates.keep_all(photos))


def keep_one(catalog: Catalog, kept: str, others: Sequence[str]) -> LibraryChange[None]:
    """Keep one of photos that look alike, with what people entered for all; put the others into the trash.

    Raises
    ------
    KnownError
        The one to keep is among the others.
    """
    if kept in others or not others:
        raise KnownError("One photo is kept and at least one other goes into the trash", "Choose the one to keep")
    every = json_list([kept, *others])
    scopes = [
        _photo_rows([kept, *others]),
        *(Rows(table=table, where=_AMONG, values=(every,)) for table in ("album_photos", "photo_tags")),
        Rows(table="albums", where="cover IN (SELECT value FROM json_each(?))", values=(every,)),
        _decisions([kept, *others]),
    ]
    template = "Keep one of {n} photos that look alike"
    values = {"n": len(others) + 1}
    return _change(catalog, template, values, scopes, lambda: catalog.duplicates.keep_one(kept, others))


_AMONG: Final = "sha256 IN (SELECT value FROM json_each(?))"
# Groups have few classes, and some may refer to no album: all are looked at.
_ALL_CLASSES: Final = Rows(table="group_albums", where="1")


def _change(
    catalog: Catalog, template: str, values: Mapping[str, object], scopes: Sequence[Rows], work: Callable[[], Result]
) -> LibraryChange[Result]:
    # Translators get one text for one photo, and one for several.
    fitting = template.replace("{n} photos", "a photo") if values.get("n") == 1 else template
    return LibraryChange(catalog.database, fitting, values, scopes=scopes, work=lambda _: work())


def _of_photos(
    catalog: Catalog, template: str, photos: Sequence[str], work: Callable[[], None], **values: object
) -> LibraryChange[None]:
    return _change(catalog, template, {"n": len(photos), **values}, [_photo_rows(photos)], work)


def _photo_rows(photos: Iterable[str]) -> Rows:
    return Rows(table="photos", where=_AMONG, values=(json_list(photos),))


def _album_row(album_id: int) -> Rows:
    return Rows(table="albums", where="id = ?", values=(album_id,))


def _album_photos(album_id: int, photos: Sequence[str] | None = None) -> Rows:
    if photos is None:
        return Rows(table="album_photos", where="album_id = ?", values=(album_id,))
    return Rows(table="album_photos", where=f"album_id = ? AND {_AMONG}", values=(album_id, json_list(photos)))


def _tag_rows(key: str, photos: Sequence[str]) -> list[Rows]:
    return [
        Rows(table="tags", where="name_key = ?", values=(key,)),
        Rows(
            table="photo_tags",
            where=f"tag_id = (SELECT id FROM tags WHERE name_key = ?) AND {_AMONG}",  # noqa: S608 - constants
            values=(key, json_list(photos)),
        ),
    ]


def _branch_rows(key: str) -> list[Rows]:
    values = branch_values(key)
    inside = f"tag_id IN (SELECT id FROM tags WHERE {IN_BRANCH})"  # noqa: S608 - constants
    return [
        Rows(table="tags", where=IN_BRANCH, values=values),
        Rows(table="photo_tags", where=inside, values=values),
    ]


def _decisions(photos: Iterable[str]) -> Rows:
    among = json_list(photos)
    where = "first IN (SELECT value FROM json_each(?)) AND second IN (SELECT value FROM json_each(?))"
    return Rows(table="duplicate_decisions", where=where, values=(among, among))
