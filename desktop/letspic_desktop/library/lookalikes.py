"""Search the library for photos that look alike: by their features, and by a small hash where there is none.

Photos that are alike byte for byte are one photo with several files (``Photos.copies``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.library.catalog import Catalog
from letspic_desktop.library.duplicates import Pair, ordered_pair
from letspic_desktop.library.near import close_pairs, groups_of
from letspic_desktop.library.photos import Photo
from letspic_desktop.library.query import PhotoQuery
from letspic_desktop.library.rows import chunks
from letspic_desktop.progress import Progress
from letspic_shared.errors import PhotoError
from letspic_shared.photo_look import look_hash

# EfficientNet-Lite0, 660 real photos: smaller, brighter and heavily compressed copies are above it (lowest .886 of
# 300; 1 in 20 of copies cropped by a tenth is below .90), two different photos never (highest .743).
THRESHOLD: Final = 0.88
# The same photos: copies differ in at most 3 bits (brighter ones in 13), different photos in at least 10.
HASH_BITS: Final = 6
_BATCH: Final = 200
# A picture without edges, such as a black one, has a hash that says nothing.
_FEWEST_EDGES: Final = 4
_READ: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Lookalikes:
    """Photos that look alike; the first one is proposed to be kept.

    ``likeness`` is the smallest (1 is the same) between two of them that were found to be alike.
    """

    photos: tuple[str, ...]
    likeness: float


def find_lookalikes(
    catalog: Catalog, *, backbone: str | None, threshold: float = THRESHOLD, progress: Progress
) -> list[Lookalikes]:
    """Return the groups that nobody decided about yet, without the trash, most alike first.

    Photos with a feature are compared by it. Those without are compared by their hash with one another, and with
    the others that have a hash; missing hashes are computed from the files and kept.

    Parameters
    ----------
    backbone
        Whose features are compared; None compares all photos by their hashes.
    threshold
        Least cosine of two features that look alike.

    Raises
    ------
    Cancelled
        As asked through ``progress``; hashes that are computed already are kept.
    """
    photos = catalog.find(PhotoQuery(order="oldest"))
    without = photos if backbone is None else catalog.features.missing(backbone, photos)
    pairs = {} if backbone is None else _by_feature(catalog, backbone, photos, set(without), threshold, progress)
    if without:
        _compute_hashes(catalog, without, progress)
        pairs = {**_by_hash(catalog, photos, set(without), progress), **pairs}
    for pair in catalog.duplicates.decided(pairs):
        del pairs[pair]
    return _grouped(catalog, pairs)


def _by_feature(
    catalog: Catalog, backbone: str, photos: Sequence[str], without: set[str], threshold: float, progress: Progress
) -> dict[Pair, float]:
    present = [photo for photo in photos if photo not in without]

    def rows(numbers: Sequence[int]) -> NDArray[np.float32]:
        wanted = [present[number] for number in numbers]
        matrix, found = catalog.features.matrix(backbone, wanted)
        unit = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        # A photo may have lost its feature meanwhile: the last row, of zeros, is like nothing.
        padded = np.concatenate([unit, np.zeros((1, matrix.shape[1]), np.float32)])
        place = {photo: row for row, photo in enumerate(found)}
        return padded[[place.get(photo, -1) for photo in wanted]]

    return _likeness(present, rows, threshold, progress)


def _by_hash(catalog: Catalog, photos: Sequence[str], without: set[str], progress: Progress) -> dict[Pair, float]:
    """Compare by hash; two photos that both have a feature are left to that."""
    hashes = catalog.duplicates.hashes(photos)
    bits = {photo: np.unpackbits(np.frombuffer(value, np.uint8)) for photo, value in hashes.items()}
    telling = [
        photo for photo in photos if photo in bits and _FEWEST_EDGES <= int(bits[photo].sum()) <= 64 - _FEWEST_EDGES
    ]
    signs = np.array([bits[photo] for photo in telling], np.float32).reshape(-1, 64) * 2 - 1

    def rows(numbers: Sequence[int]) -> NDArray[np.float32]:
        # With signs for bits, the cosine is 1 - 2 (differing bits) / 64.
        return signs[list(numbers)] / np.float32(8)

    found = _likeness(telling, rows, 1 - 2 * HASH_BITS / 64, progress)
    return {pair: value for pair, value in found.items() if not without.isdisjoint(pair)}


def _likeness(
    photos: Sequence[str], rows: Callable[[Sequence[int]], NDArray[np.float32]], threshold: float, progress: Progress
) -> dict[Pair, float]:
    pairs = close_pairs(
        rows, len(photos), threshold, on_block=lambda done, total: progress.report("compare", done, total)
    )
    result: dict[Pair, float] = {}
    for some in chunks(pairs, _READ):
        left, right = rows([one for one, _ in some]), rows([other for _, other in some])
        for (one, other), cosine in zip(some, np.einsum("nd,nd->n", left, right), strict=True):
            result[ordered_pair(photos[one], photos[other])] = float(cosine)
    return result


def _compute_hashes(catalog: Catalog, photos: Sequence[str], progress: Progress) -> None:
    """Compute and keep the hashes that are missing; files that cannot be read have none, and are tried again."""
    known = catalog.duplicates.hashes(photos)
    missing = [photo for photo in photos if photo not in known]
    paths = catalog.photos.paths(missing)
    wanted = [photo for photo in missing if photo in paths]
    done = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="letspic-hash") as pool:
        for batch in chunks(wanted, _BATCH):
            hashes: list[tuple[str, bytes]] = []
            try:
                for photo, value in zip(batch, pool.map(_hash_or_none, [paths[photo] for photo in batch]), strict=True):
                    done += 1
                    if value is not None:
                        hashes.append((photo, value))
                    progress.report("look", done, len(wanted))
            finally:
                catalog.duplicates.put_hashes(hashes)


def _hash_or_none(path: Path) -> bytes | None:
    try:
        return look_hash(path)
    except PhotoError:
        return None


def _grouped(catalog: Catalog, pairs: Mapping[Pair, float]) -> list[Lookalikes]:
    photos = sorted({photo for pair in pairs for photo in pair})
    number = {photo: place for place, photo in enumerate(photos)}
    facts = {photo.sha256: photo for photo in catalog.photos.many(photos)}
    likeness: dict[int, float] = {}
    groups = groups_of((number[one], number[other]) for one, other in pairs)
    group_of = {place: index for index, group in enumerate(groups) for place in group}
    for (one, _), value in pairs.items():
        index = group_of[number[one]]
        likeness[index] = min(value, likeness.get(index, 1.0))

    def made() -> Iterator[Lookalikes]:
        for index, group in enumerate(groups):
            some = [facts[photos[place]] for place in group if photos[place] in facts]
            if len(some) > 1:
                best_first = tuple(photo.sha256 for photo in sorted(some, key=_worth, reverse=True))
                yield Lookalikes(photos=best_first, likeness=min(1.0, likeness[index]))

    return sorted(made(), key=lambda group: (-group.likeness, group.photos))


def _worth(photo: Photo) -> tuple[int, int, bool, int, str]:
    """What makes a photo the one to keep: pixels first, then what people and the camera said of it."""
    return photo.width * photo.height, photo.rating, photo.taken_source is not None, photo.bytes, photo.sha256
