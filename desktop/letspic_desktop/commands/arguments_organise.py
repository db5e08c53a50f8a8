"""The options of the commands that bring order into the library: tags, trash, duplicates and watched folders."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from letspic_desktop.commands import values

Commands = Any
Add = Callable[[Commands, str, str, str], argparse.ArgumentParser]
Branch = Callable[[Commands, str, str], Commands]
_PHOTO = "library photos: SHA-256 (or its start) or file"


def add_organising(commands: Commands, add: Add, branch: Branch) -> None:
    """Add them.

    Parameters
    ----------
    add, branch
        Make a command (its parent, name, function and help) and a command with commands below it.
    """
    _tag(branch(commands, "tag", "look after tags; their names are paths such as Travel/Jeju"), add)
    _trash(branch(commands, "trash", "what waits for 30 days before it is forgotten; files are never touched"), add)
    _duplicates(branch(commands, "duplicates", "photos that look alike"), add)
    _watch(branch(commands, "watch", "folders whose new photos come in, and files that are missing"), add)


def add_album_order(album: Commands, add: Add) -> None:
    """Add what the other commands of albums have no part in: cover and order."""
    cover = add(album, "cover", "organise.cover", "choose the photo that stands for an album")
    cover.add_argument("name")
    cover.add_argument("photo", nargs="?", metavar="PHOTO", help="without one: its first photo")
    sort = add(album, "sort", "organise.sort", "put an album in the order of dates")
    sort.add_argument("name")
    sort.add_argument("--newest-first", action="store_true")


def _tag(tag: Commands, add: Add) -> None:
    _json(add(tag, "list", "organise.list_tags", "list the tags"))
    for name, text in (("add", "put a tag on photos"), ("remove", "take a tag off photos")):
        command = add(tag, name, f"organise.{name}_tag", text)
        command.add_argument("tag")
        command.add_argument("photos", nargs="+", metavar="PHOTO", help=_PHOTO)
    create = add(tag, "create", "organise.create_tag", "make a tag that no photo has yet")
    create.add_argument("tag")
    rename = add(tag, "rename", "organise.rename_tag", "rename, move or merge a tag with all below it")
    rename.add_argument("tag")
    rename.add_argument("new_name")
    delete = add(tag, "delete", "organise.delete_tag", "delete a tag with all below it (the photos stay)")
    delete.add_argument("tag")


def _trash(trash: Commands, add: Add) -> None:
    _json(add(trash, "list", "organise.list_trash", "list the photos in the trash"))
    put = add(trash, "put", "organise.trash", "put photos into the trash")
    put.add_argument("photos", nargs="+", metavar="PHOTO", help=_PHOTO)
    restore = add(trash, "restore", "organise.restore", "take photos out of the trash; all where none is named")
    restore.add_argument("photos", nargs="*", metavar="PHOTO", help=_PHOTO)
    add(trash, "empty", "organise.empty_trash", "forget all photos in the trash; their files stay")


def _duplicates(duplicates: Commands, add: Add) -> None:
    listing = add(duplicates, "list", "organise.list_duplicates", "find photos that look alike, the best one first")
    listing.add_argument("--quick", action="store_true", help="compute no features: quicker, finds less")
    _json(listing)
    one = add(duplicates, "keep", "organise.keep_one", "keep the first photo, put the others into the trash")
    one.add_argument("kept", metavar="PHOTO")
    one.add_argument("others", nargs="+", metavar="PHOTO", help="their albums, tags and ratings go to the first one")
    every = add(duplicates, "keep-all", "organise.keep_all", "remember that all of these photos are wanted")
    every.add_argument("photos", nargs="+", metavar="PHOTO")


def _watch(watch: Commands, add: Add) -> None:
    _json(add(watch, "list", "organise.list_watched", "list the watched folders and what is missing"))
    folder = add(watch, "add", "organise.watch", "watch a folder from now on")
    folder.add_argument("folder", type=values.path, metavar="DIR")
    folder.add_argument("--albums-from-folders", action="store_true", help="each sub-folder becomes an album")
    remove = add(watch, "remove", "organise.unwatch", "stop watching a folder (its photos stay)")
    remove.add_argument("folder", type=values.path, metavar="DIR")
    add(watch, "look", "organise.look", "look through the watched folders once")
    add(watch, "check", "organise.check", "look for every file of the library")
    found = add(watch, "relink", "organise.relink", "find the photos of a folder again that was moved")
    found.add_argument("old", type=values.path, metavar="OLD")
    found.add_argument("new", type=values.path, metavar="NEW")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", type=values.path, metavar="FILE", help='also write the figures as JSON ("-": print them)'
    )
