"""Who is labelled, who is asked for, and which device holds what: the split behind every figure of `evaluate`.

Everything follows from the folder's names and one seed. Albums and labelled photos are drawn first and from
their own streams, so neither the number of devices nor the way of dealing can change which photos are labelled.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError
from letspic_shared.photo import IMAGE_SUFFIXES, looks_like_photo

Deal = Literal["even", "by-album"]
UNLABELLED: Final = "unlabelled"
_LEAST_LABELLED_ALBUMS: Final = 2
# One stream of random numbers per purpose: drawing more of one never shifts another.
_DRAW_ALBUMS, _DRAW_UNSEEN, _DRAW_LABELLED, _DRAW_DEVICES = range(4)


@dataclass(frozen=True, kw_only=True)
class PhotoClass:
    """A class folder: its name and its photos, sorted by path."""

    name: str
    photos: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A class folder that takes no part, and why (a part of a sentence, such as "has 3 photos, needs 20")."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FoundClasses:
    """The class folders of a photo folder, both sorted by name."""

    classes: tuple[PhotoClass, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, kw_only=True)
class Split:
    """One seed's split.

    Attributes
    ----------
    albums
        Names of the albums that take part, sorted; labels below count in this order.
    unseen
        Labels of the albums that get no labelled photo.
    labelled, labelled_labels
        Photos on the devices with their labels, album after album.
    rest, rest_labels
        Queries and gallery: all other photos of the albums.
    """

    albums: tuple[str, ...]
    unseen: frozenset[int]
    labelled: tuple[Path, ...]
    labelled_labels: NDArray[np.int64]
    rest: tuple[Path, ...]
    rest_labels: NDArray[np.int64]

    @property
    def rest_unseen(self) -> NDArray[np.bool_]:
        """Mask over `rest` of the photos whose album was never labelled."""
        return np.isin(self.rest_labels, sorted(self.unseen))


def find_classes(folder: Path, *, labelled_per_album: int, without: Collection[Path] = frozenset()) -> FoundClasses:
    """List the class folders directly below ``folder`` and the photos inside them (at any depth).

    Parameters
    ----------
    labelled_per_album
        Classes with fewer than twice as many photos are left out.
    without
        Photos that do not count, such as unreadable ones.

    Raises
    ------
    KnownError
        There is no such folder, no class folder in it, or none with enough photos.
    """
    if labelled_per_album < 1:
        raise KnownError("An album needs at least one labelled photo", "Give --labelled-per-album 1 or more")
    needed = 2 * labelled_per_album
    classes, left_out = [], []
    for path in _class_folders(folder):
        photos = tuple(photo for photo in photos_below(path) if photo not in without)
        if path.name == UNLABELLED:
            left_out.append(LeftOut(name=path.name, reason="holds photos without a label"))
        elif len(photos) < needed:
            left_out.append(LeftOut(name=path.name, reason=f"has {_photos(len(photos))}, needs {needed}"))
        else:
            classes.append(PhotoClass(name=path.name, photos=photos))
    if not classes:
        raise _too_few(folder, left_out, needed)
    return FoundClasses(classes=tuple(classes), left_out=tuple(left_out))


def photos_below(folder: Path) -> list[Path]:
    """Return the files below ``folder`` that are photos by their name or first bytes, sorted; without hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
        and (path.suffix.lower() in IMAGE_SUFFIXES or looks_like_photo(path))
    )


def split_by_seed(
    classes: Sequence[PhotoClass],
    *,
    labelled_per_album: int,
    seed: int,
    albums: int | None = None,
    unseen_albums: int = 0,
) -> Split:
    """Draw the albums, the ones that are never labelled, and the labelled photos of the others.

    Parameters
    ----------
    albums
        How many of ``classes`` take part; all where None.
    unseen_albums
        How many of those get no label at all.

    Raises
    ------
    KnownError
        More albums are asked for than exist, or fewer than two would be labelled.
    """
    taken = _draw_albums(classes, albums, seed)
    unseen = _draw_unseen(len(taken), unseen_albums, seed)
    labelled: list[tuple[Path, int]] = []
    rest: list[tuple[Path, int]] = []
    for label, photo_class in enumerate(taken):
        if label in unseen:
            rest += [(photo, label) for photo in photo_class.photos]
            continue
        # By name, not by label: an album's labelled photos stay the same whichever other albums are drawn.
        stream = _generator(seed, _DRAW_LABELLED, *photo_class.name.encode())
        order = stream.permutation(len(photo_class.photos))
        chosen = set(order[:labelled_per_album].tolist())
        labelled += [(photo_class.photos[i], label) for i in sorted(chosen)]
        rest += [(photo, label) for i, photo in enumerate(photo_class.photos) if i not in chosen]
    return Split(
        albums=tuple(photo_class.name for photo_class in taken),
        unseen=unseen,
        labelled=tuple(path for path, _ in labelled),
        labelled_labels=np.array([label for _, label in labelled], dtype=np.int64),
        rest=tuple(path for path, _ in rest),
        rest_labels=np.array([label for _, label in rest], dtype=np.int64),
    )


def deal_to_devices(labels: NDArray[np.int64], devices: int, deal: Deal, seed: int) -> list[NDArray[np.int64]]:
    """Deal photos to devices.

    Parameters
    ----------
    labels
        [n] album of each photo, or zeros for photos without a label.
    deal
        ``even``: drawn at random, sizes differ by one at most. ``by-album``: in the order of the albums, so a
        device holds whole albums but for those at its two ends (the hardest case for averaging).

    Returns
    -------
    Per device the ascending rows of its photos, int64; together each row once. A device may hold none.

    Raises
    ------
    KnownError
        There is no device.
    """
    if devices < 1:
        raise KnownError("Fine-tuning needs at least one device", "Give --devices 1 or more")
    if deal == "even":
        order = _generator(seed, _DRAW_DEVICES).permutation(len(labels))
    else:
        order = np.argsort(labels, kind="stable")
    return [np.sort(rows).astype(np.int64) for rows in np.array_split(order, devices)]


def _class_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise KnownError(f"There is no folder {folder}", "Give a folder that holds one sub-folder per album")
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise KnownError(f"{folder} cannot be read ({error.strerror})", "Change its permissions") from error
    if not folders:
        raise KnownError(f"{folder} has no sub-folder", "Put the photos of each album into a sub-folder of its own")
    return folders


def _draw_albums(classes: Sequence[PhotoClass], albums: int | None, seed: int) -> list[PhotoClass]:
    if albums is None:
        return list(classes)
    if albums < 1:
        raise KnownError("At least one album must take part", "Give --albums 1 or more")
    if albums > len(classes):
        raise KnownError(
            f"{albums} albums were asked for, but only {len(classes)} have enough photos",
            f"Give --albums {len(classes)} or fewer, or a smaller --labelled-per-album",
        )
    drawn = _generator(seed, _DRAW_ALBUMS).permutation(len(classes))[:albums]
    return [classes[i] for i in sorted(drawn.tolist())]


def _draw_unseen(albums: int, unseen: int, seed: int) -> frozenset[int]:
    if unseen < 0:
        raise KnownError("The number of albums without labels cannot be negative", "Give --unseen-albums 0 or more")
    if albums < _LEAST_LABELLED_ALBUMS:
        raise KnownError("Only one album takes part, so there is nothing to tell apart", "Add photos of another album")
    if albums - unseen < _LEAST_LABELLED_ALBUMS:
        raise KnownError(
            f"{unseen} of {albums} albums were asked to stay without labels, but at least two must have some",
            f"Give --unseen-albums {albums - _LEAST_LABELLED_ALBUMS} or fewer",
        )
    return frozenset(_generator(seed, _DRAW_UNSEEN).permutation(albums)[:unseen].tolist())


def _generator(*seeds: int) -> np.random.Generator:
    return np.random.default_rng(seeds)


def _too_few(folder: Path, left_out: Sequence[LeftOut], needed: int) -> KnownError:
    named = "; ".join(f"{one.name} {one.reason}" for one in left_out[:5])
    more = f"; and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    return KnownError(
        f"No album in {folder} has the {needed} photos that are needed ({named}{more})",
        "Add photos, or give a smaller --labelled-per-album",
    )


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
