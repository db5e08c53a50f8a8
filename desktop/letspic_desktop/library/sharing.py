"""What a group shares and learns, as changes that can be undone."""

from __future__ import annotations

from collections.abc import Mapping

from letspic_desktop.library.albums import Album
from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.groups import Group
from letspic_desktop.library.history import LibraryChange
from letspic_desktop.library.row_changes import Rows

# By how an album is shared: as a category to learn, only to search in, or not at all.
Sharing = bool | None


def share_albums(catalog: Catalog, group: Group, wanted: Mapping[Album, Sharing]) -> LibraryChange[None]:
    """Share albums with a group as categories (True) or to search in (False), or stop sharing them (None).

    A class number is an album's for good, because labels of devices name it: an album that was never shared gets its
    number when this is called, and keeps it when the sharing is undone.
    """
    known = {one.album_id for one in catalog.groups.classes(group.id, with_all=True)}
    for album, sharing in wanted.items():
        if album.id not in known and sharing is not None:
            catalog.groups.number_album(group.id, album.id)

    def work(_: object) -> None:
        for album, sharing in wanted.items():
            if sharing is None:
                catalog.groups.remove_album(group.id, album.id)
            else:
                catalog.groups.add_album(group.id, album.id, use_as_category=sharing)

    template, values = _words(group, wanted)
    scopes = [Rows(table="group_albums", where="group_id = ?", values=(group.id,))]
    return LibraryChange(catalog.database, template, values, scopes=scopes, work=work)


def _words(group: Group, wanted: Mapping[Album, Sharing]) -> tuple[str, Mapping[str, object]]:
    template = "Change the albums of the group “{group}”"
    if len(wanted) != 1:
        return template, {"group": group.name}
    ((album, sharing),) = wanted.items()
    template = "Share the album “{album}” with “{group}”, to search in"
    if sharing is None:
        template = "Stop sharing the album “{album}” with “{group}”"
    elif sharing:
        template = "Share the album “{album}” with “{group}”, as a category"
    return template, {"album": album.name, "group": group.name}
