"""All results of one query, of this desktop and of devices, as one ranking that is read page by page."""

from __future__ import annotations

from collections.abc import Iterable

from letspic_desktop.retrieval.index import Ranking
from letspic_desktop.retrieval.search import DeviceHit, Found


class FoundRanking:
    """Every photo that was found, once, by falling score, those of the same score by their id.

    Parameters
    ----------
    desktop
        The ranking of this desktop's library.
    devices
        What devices found among their own photos; a photo in several places has its highest score.
    exclude
        A photo that takes no part: the query itself.
    """

    def __init__(self, desktop: Ranking, devices: Iterable[DeviceHit] = (), *, exclude: str = "") -> None:
        scores: dict[str, float] = {}
        names: dict[str, set[str]] = {}
        for hit in devices:
            if hit.photo != exclude:
                scores[hit.photo] = max(hit.score, scores.get(hit.photo, hit.score))
                names.setdefault(hit.photo, set()).add(hit.device)
        self._all = desktop.joined(scores)
        self._names = {photo: tuple(sorted(some)) for photo, some in names.items()}

    def __len__(self) -> int:
        """Return how many photos were found."""
        return len(self._all)

    def page(self, top: int, offset: int = 0) -> list[Found]:
        """Return one page; it is shorter than ``top`` only where the ranking ends."""
        return [
            Found(
                photo=hit.photo,
                score=hit.score,
                on_desktop=hit.photo not in self._all.added,
                devices=self._names.get(hit.photo, ()),
            )
            for hit in self._all.page(top, offset)
        ]
