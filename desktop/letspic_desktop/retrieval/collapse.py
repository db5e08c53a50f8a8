"""Results that are nearly the same photo become one tile, page after page, without losing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_desktop.retrieval.search import Found

Floats = NDArray[np.float32]

# EfficientNet-Lite0 on real photos: saved again at quality 88 they are at .99 (median .996), cropped by a twentieth or
# saved at quality 60 around it (medians .96 and .95); two different photos, of one face in one room, reached .834.
# What is offered as a duplicate begins at .88 (``library.lookalikes``); what hides a photo must be surer.
THRESHOLD: Final = 0.96
# Nearly the same photos have nearly the same score: the newest tiles are compared, however long the ranking is.
_COMPARED: Final = 4096


@dataclass(kw_only=True)
class Tile:
    """The best of some results that are nearly the same photo, and the others by falling score."""

    first: Found
    others: list[Found] = field(default_factory=list)


class Collapser:
    """Takes a ranking page by page and puts each result where it belongs: on an earlier tile, or on a new one.

    A result is compared with the first photo of each tile alone, so that a tile never becomes a chain of photos whose
    ends are different.

    Parameters
    ----------
    vectors
        Returns the unit features of those photos that have one, as photo -> [d]; the others are like nothing.
    """

    def __init__(self, vectors: Callable[[Sequence[str]], dict[str, Floats]], *, threshold: float = THRESHOLD) -> None:
        self._vectors = vectors
        self._threshold = threshold
        self._compared: list[Tile] = []
        self._rows: Floats = np.empty((0, 0), np.float32)
        self._used = 0
        self.tiles: list[Tile] = []

    def take(self, page: Sequence[Found]) -> None:
        """Put the next page of the ranking onto the tiles."""
        known = self._vectors([found.photo for found in page])
        for found in page:
            vector = known.get(found.photo)
            tile = self._alike(vector)
            if tile is not None:
                tile.others.append(found)
                continue
            made = Tile(first=found)
            self.tiles.append(made)
            if vector is not None:
                self._remember(made, vector)

    def _alike(self, vector: Floats | None) -> Tile | None:
        if vector is None or not self._used:
            return None
        likeness = self._rows[: self._used] @ vector
        best = int(likeness.argmax())
        return self._compared[best] if likeness[best] >= self._threshold else None

    def _remember(self, tile: Tile, vector: Floats) -> None:
        if self._used == _COMPARED:
            half = _COMPARED // 2
            self._rows[:half] = self._rows[half:].copy()
            del self._compared[:half]
            self._used = half
        if self._used == len(self._rows):
            rows = np.empty((min(_COMPARED, max(64, 2 * self._used)), len(vector)), np.float32)
            if self._used:
                rows[: self._used] = self._rows[: self._used]
            self._rows = rows
        self._rows[self._used] = vector
        self._compared.append(tile)
        self._used += 1
