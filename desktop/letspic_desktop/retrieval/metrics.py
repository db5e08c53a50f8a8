"""How well a ranking finds the photos of the same album: P@10 and mean average precision (mAP).

Every query ranks all other photos by the dot product of the embeddings (leave-one-out: a photo is not its own
result). Results with the same score stand in the order of their rows, so a figure never depends on how a sort
treats ties. Queries run in blocks: 20,000 photos need some 80 MB beside the embeddings, not a 20,000 x 20,000 matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from letspic_shared.errors import KnownError

FIRST_RESULTS: Final = 10
_SCORES_PER_BLOCK: Final = 2_000_000
_ROW_BITS: Final = np.uint64(32)
_ROW_MASK: Final = np.uint64(0xFFFFFFFF)
_SIGN: Final = np.uint32(0x80000000)

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Means over the queries that have something to find.

    Attributes
    ----------
    p10
        Mean of the precision among the first min(10, relevant) results, 0..1.
    map
        Mean of the average precision over the whole ranking, 0..1.
    queries
        How many queries the means are over.
    skipped
        Queries without any other photo of their album; they count nowhere.
    """

    p10: float
    map: float
    queries: int
    skipped: int = 0


@dataclass(frozen=True, kw_only=True)
class PerQuery:
    """The two figures of every query that has something to find.

    Attributes
    ----------
    rows
        Row of each query in the embeddings, int64 [q], ascending.
    labels
        Album of each query, int64 [q].
    p10, average_precision
        Float64 [q].
    skipped
        Queries without any other photo of their album.
    """

    rows: NDArray[np.int64]
    labels: Labels
    p10: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    skipped: int

    def quality(self) -> Quality:
        """Return the means over all queries.

        Raises
        ------
        KnownError
            No query has another photo of its album, so there is nothing to measure.
        """
        if not len(self.rows):
            raise KnownError(
                "No photo has another one of its album to be found",
                "Give each album at least two photos beside the labelled ones",
            )
        return Quality(
            p10=float(self.p10.mean()),
            map=float(self.average_precision.mean()),
            queries=len(self.rows),
            skipped=self.skipped,
        )

    def by_label(self) -> dict[int, Quality]:
        """Return the means of each album's own queries (albums where all were skipped are absent)."""
        means = {}
        for label in np.unique(self.labels):
            mine = self.labels == label
            means[int(label)] = Quality(
                p10=float(self.p10[mine].mean()),
                map=float(self.average_precision[mine].mean()),
                queries=int(mine.sum()),
            )
        return means


def retrieval_quality(embeddings: Floats, labels: Labels, *, queries: NDArray[np.bool_] | None = None) -> Quality:
    """Measure the ranking by dot product, leave-one-out.

    Parameters
    ----------
    embeddings
        [n, k] float32, one row per photo; the rows are used as they are (normalise them for the cosine).
    labels
        [n] integers, the album of each photo.
    queries
        [n] mask of the photos that are asked for; every photo stays a possible result. All where None.

    Raises
    ------
    ValueError
        Shapes do not fit or an embedding is not finite.
    KnownError
        No query has another photo of its album.
    """
    return quality_per_query(embeddings, labels, queries=queries).quality()


def quality_per_query(embeddings: Floats, labels: Labels, *, queries: NDArray[np.bool_] | None = None) -> PerQuery:
    """Measure each query apart; parameters and errors as in `retrieval_quality`."""
    embeddings, labels, rows = _checked(embeddings, labels, queries)
    _, album, photos_of_album = np.unique(labels, return_inverse=True, return_counts=True)
    relevant = photos_of_album[album[rows]] - 1
    asked, relevant = rows[relevant > 0], relevant[relevant > 0]
    p10, precision = np.empty(len(asked)), np.empty(len(asked))
    block = max(1, _SCORES_PER_BLOCK // max(1, len(embeddings)))
    for start in range(0, len(asked), block):
        part = slice(start, start + block)
        order = ranking(embeddings, asked[part])
        hits = album[order] == album[asked[part], None]
        p10[part], precision[part] = _figures(hits, relevant[part])
    return PerQuery(
        rows=asked,
        labels=labels[asked],
        p10=p10,
        average_precision=precision,
        skipped=len(rows) - len(asked),
    )


def ranking(embeddings: Floats, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank all other photos for some of the photos.

    Parameters
    ----------
    embeddings
        [n, k] float32.
    rows
        [q] rows that are the queries.

    Returns
    -------
    int64 [q, n - 1]: rows by falling score, ties by row, the query itself left out.
    """
    scores = embeddings[rows] @ embeddings.T
    scores[np.arange(len(rows)), rows] = -np.inf
    keys = _sort_keys(scores)
    keys.sort(axis=1)
    keys &= _ROW_MASK
    return keys[:, :-1].astype(np.int64)


def _sort_keys(scores: Floats) -> NDArray[np.uint64]:
    """Pack (falling score, rising row) into one integer per score, so that one fast sort settles ties too.

    The bits of a positive float32 rise with its value and those of a negative one fall: the former are inverted
    below the sign, the latter stay. Adding 0 turns -0 into 0, which is the same score.
    """
    bits = (scores + np.float32(0)).view(np.uint32)
    falling = np.where(bits & _SIGN, bits, ~bits & ~_SIGN)
    keys = falling.astype(np.uint64)
    keys <<= _ROW_BITS
    keys |= np.arange(scores.shape[1], dtype=np.uint64)
    return keys


def _figures(hits: NDArray[np.bool_], relevant: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return P@10 and average precision, float64 [q] each, of rankings told as hits [q, n - 1]."""
    looked_at = np.minimum(FIRST_RESULTS, relevant)
    first = hits[:, :FIRST_RESULTS] & (np.arange(min(FIRST_RESULTS, hits.shape[1])) < looked_at[:, None])
    query, rank = np.nonzero(hits)
    # nonzero lists query after query, each by rank: the number of hits up to one is its place within its query
    begins = np.concatenate([[0], np.cumsum(relevant)[:-1]])
    hits_so_far = np.arange(len(query)) - begins[query] + 1
    precision = np.bincount(query, weights=hits_so_far / (rank + 1), minlength=len(hits))
    return first.sum(axis=1) / looked_at, precision / relevant


def _checked(
    embeddings: Floats, labels: Labels, queries: NDArray[np.bool_] | None
) -> tuple[Floats, Labels, NDArray[np.int64]]:
    embeddings = np.ascontiguousarray(embeddings, dtype=np.float32)
    labels = np.asarray(labels)
    if embeddings.ndim != 2 or labels.shape != embeddings.shape[:1]:
        raise ValueError(f"embeddings {embeddings.shape} and labels {labels.shape} do not fit together")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels are {labels.dtype}, not integers")
    if not np.isfinite(embeddings).all():
        raise ValueError("an embedding is not finite")
    if queries is None:
        return embeddings, labels.astype(np.int64), np.arange(len(embeddings))
    queries = np.asarray(queries)
    if queries.shape != labels.shape or queries.dtype != np.bool_:
        raise ValueError(f"queries must be a mask of {len(labels)} photos, not {queries.dtype} {queries.shape}")
    return embeddings, labels.astype(np.int64), np.flatnonzero(queries)
