"""What a picture looks like in a few bits, to find copies of it that were changed a little."""

from __future__ import annotations

from typing import Final

import numpy as np

from letspic_shared.photo import load_oriented
from letspic_shared.photo_file import Source

_LOOK_SIDE: Final = 256


def look_hash(source: Source) -> bytes:
    """Return what a picture looks like in 8 bytes: whether each of 8 x 8 places is darker than its right neighbour.

    Copies that were resized, recompressed or turned grey differ in few bits (difference hash, N. Krawetz, 2013).

    Raises
    ------
    PhotoError
        As ``load_oriented``.
    """
    from PIL.Image import Resampling

    grey = load_oriented(source, max_side=_LOOK_SIDE).convert("L").resize((9, 8), Resampling.BOX)
    values = np.asarray(grey, dtype=np.int16)
    return np.packbits(values[:, 1:] > values[:, :-1]).tobytes()
