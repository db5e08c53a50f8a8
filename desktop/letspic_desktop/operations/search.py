"""Search by example: the photos most like one photo, before and after fine-tuning, wherever they live."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import Backbone
from letspic_desktop.library.groups import Group
from letspic_desktop.operations.query_files import photo_digest
from letspic_desktop.operations.search_devices import MAX_FROM_DEVICE, DeviceAnswers, ask_devices, searched_devices
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import BareEmbedder, Embedder, Trained, from_bytes
from letspic_desktop.retrieval.index import Ranked, Ranking
from letspic_desktop.retrieval.likeness import highest_score
from letspic_desktop.retrieval.ranking import FoundRanking
from letspic_desktop.retrieval.search import Found, refine
from letspic_shared.errors import KnownError
from letspic_shared.features import Float32

View = Literal["before", "after"]

# What devices are asked for at first; the rest when somebody reads on.
FIRST_FROM_DEVICE: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Results:
    """All that one query finds in one view.

    Attributes
    ----------
    highest
        The highest score that any photo could have.
    devices_asked, devices_silent
        Devices whose own photos were searched, and those that did not answer or are offline.
    devices_cut, devices_behind, devices_awaited
        Devices that hold more than they were asked for, that have not looked at all of their photos yet, and that are
        still to be asked.
    """

    ranking: FoundRanking
    highest: float
    devices_asked: tuple[str, ...] = ()
    devices_silent: tuple[str, ...] = ()
    devices_cut: tuple[str, ...] = ()
    devices_behind: tuple[str, ...] = ()
    devices_awaited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Local:
    """What the library alone gives in one view: its photos by score, and what to ask devices with."""

    ranked: Ranking
    vector: Float32
    highest: float


class Search:
    """One query whose results are read view by view and page by page, as they were when each view was asked for.

    Any thread may read; those that wait for devices do so one after the other.

    Parameters
    ----------
    photo
        SHA-256 of the query.
    feature
        Its backbone feature, [d].
    trained, version
        The head that ``after`` is from; None where the group has none.
    marks
        SHA-256 of library photos -> whether a person called them good results; they move the query.
    seconds
        How long it took to find out all that.
    """

    def __init__(
        self,
        *,
        photo: str,
        feature: Float32,
        group: Group | None,
        backbone: Backbone,
        trained: Trained | None,
        version: int | None,
        marks: Mapping[str, bool],
        seconds: float = 0.0,
    ) -> None:
        self.photo: Final = photo
        self.group: Final = group
        self.backbone: Final = backbone
        self.version: Final = version
        self.marks: Final = dict(marks)
        self.seconds: Final = seconds
        self._feature = feature
        self._trained = trained
        self._results: dict[View, tuple[Results, bool]] = {}
        self._reading = threading.Lock()
        self._local: dict[View, _Local] = {}
        self._early: dict[View, Results] = {}

    def with_marks(self, marks: Mapping[str, bool]) -> Search:
        """Return the same search with other marks; nothing is computed for that."""
        return Search(
            photo=self.photo,
            feature=self._feature,
            group=self.group,
            backbone=self.backbone,
            trained=self._trained,
            version=self.version,
            marks=marks,
        )

    @property
    def best(self) -> View:
        """The view to show first."""
        return "before" if self._trained is None else "after"

    def results(
        self, app: Application, view: View, progress: Progress, *, complete: bool = False, devices: bool = True
    ) -> Results | None:
        """Return everything that was found; None for ``after`` where there is no head.

        Parameters
        ----------
        complete
            Ask devices for all their photos, not for the best thousand alone.
        devices
            Wait for the devices' answers; else what they have found already is all that counts, and nobody is asked.
        """
        embedder: Embedder | None = BareEmbedder() if view == "before" else self._trained
        if embedder is None:
            return None
        known = self._results.get(view)
        if not devices:
            if known is not None:
                more = complete and not known[1]
                return replace(known[0], devices_awaited=known[0].devices_cut) if more else known[0]
            if view not in self._early:
                awaited = tuple(sorted(searched_devices(app, self.group).values()))
                local = self._rank(app, view, embedder, progress)
                self._early[view] = early = self._put_together(local, DeviceAnswers(), awaited=awaited)
                if not awaited:
                    self._results[view] = (early, True)
            return self._early[view]
        with self._reading:
            known = self._results.get(view)
            if known is not None and (known[1] or not complete or not known[0].devices_cut):
                return known[0]
            local = self._rank(app, view, embedder, progress)
            count = MAX_FROM_DEVICE if complete else FIRST_FROM_DEVICE
            answers = ask_devices(app, self.group, self.backbone, embedder, local.vector, count)
            found = self._put_together(local, answers)
            self._results[view] = (found, complete)
            return found

    def _rank(self, app: Application, view: View, embedder: Embedder, progress: Progress) -> _Local:
        """Rank the library's photos, once for each view."""
        known = self._local.get(view)
        if known is not None:
            return known
        head = "" if view == "before" or self.group is None else f"{self.group.id}:{self.version}"
        store = app.index.store(self.backbone, head, embedder, progress)
        vector = embedder.embed(self._feature[None])[0]
        space = store.space
        ranked: Ranking = Ranked([], np.empty(0, np.float32))
        if space is not None and len(store):
            good, bad = ([photo for photo, one in self.marks.items() if one is wanted] for wanted in (True, False))
            vector = refine(vector, store.vectors(space, good), store.vectors(space, bad))
            ranked = store.ranked(space, vector, exclude={self.photo})
        local = _Local(ranked=ranked, vector=vector, highest=highest_score(embedder, vector))
        # Two that come at the same time rank the same; the first one's stays.
        return self._local.setdefault(view, local)

    def _put_together(self, local: _Local, answers: DeviceAnswers, *, awaited: tuple[str, ...] = ()) -> Results:
        return Results(
            ranking=FoundRanking(local.ranked, answers.hits, exclude=self.photo),
            highest=local.highest,
            devices_asked=tuple(sorted(answers.asked)),
            devices_silent=tuple(sorted(answers.silent)),
            devices_cut=tuple(sorted(answers.cut)),
            devices_behind=tuple(sorted(answers.behind)),
            devices_awaited=awaited,
        )


@dataclass(frozen=True, kw_only=True)
class StartSearch:
    """Make a search of ``query``: the SHA-256 of a library photo, or any photo file.

    Attributes
    ----------
    group
        Name of the group to search in; the only one where None, and the library alone where there are several.
    good, bad
        Library photos (SHA-256) that are, and are not, what is looked for.
    with_marks
        Whether marks that people gave to results of this query before count too.
    """

    query: str | Path
    group: str | None = None
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    with_marks: bool = False

    def run(self, app: Application, progress: Progress) -> Search:
        """Find the query's feature and the head to search with; nothing is ranked yet."""
        started = time.perf_counter()
        group = app.catalog.groups.by_name(self.group) if self.group is not None else _only_group(app)
        backbone = _backbone(app, group)
        photo, feature = self._feature(app, backbone, progress)
        trained, version = active_head(app, group, backbone)
        marks = app.catalog.marks.of_query(group.id, photo) if self.with_marks and group is not None else {}
        return Search(
            photo=photo,
            feature=feature,
            group=group,
            backbone=backbone,
            trained=trained,
            version=version,
            marks={**marks, **dict.fromkeys(self.good, True), **dict.fromkeys(self.bad, False)},
            seconds=time.perf_counter() - started,
        )

    def _feature(self, app: Application, backbone: Backbone, progress: Progress) -> tuple[str, Float32]:
        if isinstance(self.query, Path):
            if not self.query.is_file():
                raise KnownError(f"There is no file {self.query}", "Choose another photo file")
            photo = photo_digest(self.query)
            if app.catalog.photos.get(photo) is None:
                return photo, app.index.feature_of_file(backbone, self.query)
        else:
            photo = self.query
        features, present = app.index.features(backbone, [photo], progress)
        if not present:
            if app.catalog.photos.get(photo) is None:
                raise KnownError("The library does not hold this photo", "Name a photo file instead")
            # Its file is gone, or cannot be read any more: the one says where it was, the other why.
            app.index.feature_of_file(backbone, app.catalog.photos.source(photo))
            raise KnownError("This photo cannot be searched with", "Choose another one")
        row: Float32 = features[0]
        return photo, row


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """One page of results.

    Attributes
    ----------
    before, after
        By the bare feature, and through the group's head (empty where it has none).
    before_total, after_total
        How many results there are on all pages.
    head_version
        Of the head that ``after`` is from; None where the group has none.
    devices_asked, devices_silent, devices_behind
        Devices whose own photos were searched, those that did not answer or are offline, and those that have not
        looked at all of their photos yet.
    """

    query: str
    before: list[Found]
    after: list[Found]
    head_version: int | None
    seconds: float
    before_total: int = 0
    after_total: int = 0
    devices_asked: tuple[str, ...] = ()
    devices_silent: tuple[str, ...] = ()
    devices_behind: tuple[str, ...] = ()

    @property
    def best(self) -> list[Found]:
        """The results to show first."""
        return self.after if self.head_version is not None else self.before


@dataclass(frozen=True, kw_only=True)
class SearchPhotos:
    """Find photos like ``query``, before and after fine-tuning: the SHA-256 of a library photo, or any photo file."""

    query: str | Path
    group: str | None = None
    top: int = 20
    offset: int = 0
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    def run(self, app: Application, progress: Progress) -> SearchReport:
        """Search the library and the own photos of the group's devices."""
        start = StartSearch(query=self.query, group=self.group, good=self.good, bad=self.bad)
        search = start.run(app, progress)
        started = time.perf_counter()
        complete = self.top + self.offset > FIRST_FROM_DEVICE
        views: Sequence[View] = ("before", "after")
        found = [search.results(app, view, progress, complete=complete) for view in views]
        pages = [one.ranking.page(self.top, self.offset) if one is not None else [] for one in found]
        totals = [len(one.ranking) if one is not None else 0 for one in found]
        answered = {name for one in found if one is not None for name in one.devices_asked}
        silent = {name for one in found if one is not None for name in one.devices_silent}
        return SearchReport(
            query=search.photo,
            before=pages[0],
            after=pages[1],
            before_total=totals[0],
            after_total=totals[1],
            head_version=search.version,
            seconds=time.perf_counter() - started,
            devices_asked=tuple(sorted(answered)),
            devices_silent=tuple(sorted(silent)),
            devices_behind=tuple(sorted({name for one in found if one is not None for name in one.devices_behind})),
        )


def active_head(app: Application, group: Group | None, backbone: Backbone) -> tuple[Trained | None, int | None]:
    """Return the head that a group searches with and its version; None where it has none for this backbone."""
    entry = app.catalog.heads.active(group.id) if group is not None else None
    if entry is None or group is None or entry.backbone != backbone.sha256:
        return None, None
    return from_bytes(app.catalog.heads.blob(group.id, entry.version)), entry.version


def _backbone(app: Application, group: Group | None) -> Backbone:
    try:
        return app.backbone_of(group)
    except KnownError as error:
        if group is None or not group.backbone:
            raise
        raise KnownError(
            f"The backbone that {group.name} searches with is not on this computer",
            "Add its file again, or choose another backbone for the group",
        ) from error


def _only_group(app: Application) -> Group | None:
    groups = app.catalog.groups.all()
    return groups[0] if len(groups) == 1 else None
