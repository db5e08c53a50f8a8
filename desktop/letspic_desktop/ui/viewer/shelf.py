"""The pictures that the viewer holds: the one shown, and its neighbours, decoded before they are asked for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from letspic_desktop.ui.runner import Job, Operation, Runner
from letspic_desktop.ui.viewer.pictures import LoadPicture, LoadSmall, Picture, TurnPicture, Version
from letspic_shared.errors import KnownError

# The pictures for the screen of a photo and its two neighbours fit; with larger ones, neighbours are not preloaded.
MOST_BYTES: Final = 128 << 20
_AT_ONCE: Final = 2


class Shelf(QObject):
    """Decodes what is wished beside the window, the most urgent first, and forgets the rest.

    Signals
    -------
    changed
        A picture came, or it is known that it cannot.
    """

    changed = Signal()

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._wanted: tuple[Version, ...] = ()
        self._pictures: dict[Version, Picture] = {}
        self._small: tuple[Version, Picture] | None = None
        self._full: tuple[Version, Picture] | None = None
        self._problems: dict[Version, KnownError] = {}
        self._jobs: dict[Version, Job] = {}
        self._full_job: tuple[Version, Job] | None = None
        self._small_asked: Version | None = None

    @property
    def bytes(self) -> int:
        """What all pictures take in memory."""
        full = [self._full[1]] if self._full is not None else []
        return sum(picture.bytes for picture in (*self._pictures.values(), *full))

    def want(self, *wanted: Version) -> None:
        """Have these pictures soon, the first one first; pictures of others are forgotten."""
        self._wanted = wanted
        keys = {key for key, _ in wanted}
        # Another revision of a wished photo stays until it is turned.
        self._pictures = {one: picture for one, picture in self._pictures.items() if one[0] in keys}
        self._problems = {one: problem for one, problem in self._problems.items() if one in wanted}
        for one, job in self._jobs.items():
            if one not in wanted:
                job.cancel()
        if self._full is not None and self._full[0] != wanted[0]:
            self._full = None
        if self._full_job is not None and self._full_job[0] != wanted[0]:
            self._full_job[1].cancel()
            self._full_job = None
        self._get_small(wanted[0])
        self._get_next()

    def picture(self, version: Version) -> Picture | None:
        """Return the best picture that is there."""
        for held in (self._full, self._small):
            if held is not None and held[0] == version and (held is self._full or version not in self._pictures):
                return held[1]
        return self._pictures.get(version)

    def ready(self, version: Version) -> bool:
        """Whether there is more than a thumbnail."""
        return version in self._pictures

    def problem(self, version: Version) -> KnownError | None:
        """Return why a photo cannot be shown."""
        return self._problems.get(version)

    def want_full(self, version: Version) -> None:
        """Have all pixels of a photo; one photo at a time."""
        if version not in self._wanted or (self._full is not None and self._full[0] == version):
            return
        if self._full_job is not None and self._full_job[0] == version:
            return

        def done(picture: Picture) -> None:
            if self._full_job is not None and self._full_job[1] is job:
                self._full_job = None
                self._full = version, picture
                self.changed.emit()

        def failed(error: KnownError) -> None:
            del error
            # The picture for the screen is still there.
            if self._full_job is not None and self._full_job[1] is job:
                self._full_job = None

        job = self._runner.start(LoadPicture(version=version, full=True), done=done, failed=failed)
        self._full_job = version, job

    def try_again(self) -> None:
        """Try once more what failed: files may be back."""
        self._problems.clear()
        self._small_asked = None
        if self._wanted:
            self.want(*self._wanted)

    def close(self) -> None:
        """Forget everything; late pictures are for nobody."""
        for job in [*self._jobs.values(), *([self._full_job[1]] if self._full_job is not None else [])]:
            job.cancel()
        self._jobs, self._full_job, self._wanted = {}, None, ()
        self._pictures, self._full, self._small = {}, None, None

    def _get_small(self, version: Version) -> None:
        if version in self._pictures or version == self._small_asked:
            return
        self._small_asked = version

        def done(picture: Picture) -> None:
            if self._wanted and self._wanted[0] == version:
                self._small = version, picture
                self.changed.emit()

        def failed(error: KnownError) -> None:
            # What is wrong is said by the picture itself, which is on its way too.
            del error
            if self._small is not None and self._small[0] == version:
                # It was there before: the owner of a device has changed their mind.
                self._small = None
                self.changed.emit()

        self._runner.start(LoadSmall(version=version), done=done, failed=failed)

    def _get_next(self) -> None:
        for number, version in enumerate(self._wanted):
            if len(self._jobs) >= _AT_ONCE:
                return
            if number and self.bytes > MOST_BYTES * 2 // 3:
                return
            if version not in self._pictures and version not in self._problems and version not in self._jobs:
                self._get(version)

    def _get(self, version: Version) -> None:
        def done(picture: Picture) -> None:
            if version in self._wanted:
                self._pictures = {
                    one: old for one, old in self._pictures.items() if one[0] != version[0] or one in self._wanted
                }
                self._pictures[version] = picture
                self.changed.emit()

        def failed(error: KnownError) -> None:
            if version in self._wanted:
                self._problems[version] = error
                self.changed.emit()

        def ended() -> None:
            if self._jobs.get(version) is job:
                del self._jobs[version]
                self._get_next()

        job = self._runner.start(self._operation(version), done=done, failed=failed, ended=ended)
        self._jobs[version] = job

    def _operation(self, version: Version) -> Operation[Picture]:
        for (key, revision), picture in self._pictures.items():
            if key == version[0]:
                return TurnPicture(picture=picture, quarter_turns=version[1] - revision)
        return LoadPicture(version=version)
