"""What a person has chosen for good: typed, and kept in the home as JSON with a version."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from letspic_shared.errors import KnownError
from letspic_shared.files import write_atomic

log = logging.getLogger(__name__)

FILE_NAME: Final = "preferences.json"
VERSION: Final = 1
LONGEST_WATCH_MINUTES: Final = 24 * 60

LanguageWish = Literal["system", "en", "ko"]
Look = Literal["system", "light", "dark"]
Sections = Literal["month", "album", "place"]
TextSize = Literal["normal", "large"]


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Every choice, with the value that people get who never chose.

    Attributes
    ----------
    notifications
        Say so on the desktop when a run ends while the window is in the background.
    sections
        What the headings between photos are when a window opens.
    collapse_similar
        Show near-identical results of a search as one.
    watch_minutes
        How often the watched folders are looked at; 0 is never by itself.
    share_thumbnails
        When this desktop serves in another one's group: whether small pictures of its own photos may be shown there.
    reduced_motion
        No animations.
    ask_before_trash
        Ask before photos go into the trash.
    """

    language: LanguageWish = "system"
    look: Look = "system"
    text_size: TextSize = "normal"
    reduced_motion: bool = False
    notifications: bool = True
    sections: Sections = "month"
    collapse_similar: bool = True
    watch_minutes: int = 15
    share_thumbnails: bool = False
    ask_before_trash: bool = False


class PreferenceStore:
    """Holds the choices of one home, and tells whoever wants to know when one changes.

    Reading never fails: a file that cannot be used is put aside under another name, once, and ``complaint`` says so.

    Parameters
    ----------
    first
        What to begin with in a home that has no file yet.

    Attributes
    ----------
    written
        Whether there is, or was at the start, a file.
    complaint
        What was wrong with it.
    """

    def __init__(self, home: Path, *, first: Preferences | None = None) -> None:
        self._path = home / FILE_NAME
        self._listeners: list[Callable[[Preferences], object]] = []
        self._lock = threading.Lock()
        self.complaint: KnownError | None = None
        self._now = first or Preferences()
        self.written = self._path.exists()
        if self.written:
            self._now = self._read()

    @property
    def now(self) -> Preferences:
        """The choices as they are."""
        return self._now

    def change(self, **changes: Any) -> None:
        """Choose something else, write it down, and tell it.

        Raises
        ------
        KnownError
            The file cannot be written; the choice holds until the program ends.
        """
        with self._lock:
            before, self._now = self._now, dataclasses.replace(self._now, **changes)
            changed = self._now != before
        if not changed:
            return
        for listener in list(self._listeners):
            listener(self._now)
        content = {"version": VERSION, **dataclasses.asdict(self._now)}
        write_atomic(self._path, json.dumps(content, indent=1).encode())
        self.written = True

    def subscribe(self, listener: Callable[[Preferences], object]) -> Callable[[], None]:
        """Call ``listener`` with the choices after every change; return a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _read(self) -> Preferences:
        try:
            content = json.loads(self._path.read_bytes())
            version = content["version"]
            if not isinstance(version, int) or version < 1:
                raise ValueError(f"version {version!r}")
        except OSError as error:
            self.complaint = KnownError(
                f"The settings cannot be read ({error.strerror or error}), so the usual ones are in use",
                "Check the disk and start LetsPic again",
            )
            return self._now
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            log.warning("%s: %s", self._path, error)
            kept = self._put_aside()
            self.complaint = KnownError(
                f"The settings were damaged, so the usual ones are in use; the old file is kept as {kept}",
                "Choose your settings again",
            )
            return self._now
        if version > VERSION:
            kept = self._put_aside()
            self.complaint = KnownError(
                f"The settings are of a newer LetsPic, so the usual ones are in use; they are kept as {kept}",
                "Update LetsPic, or choose your settings again",
            )
            return self._now
        return checked(content, self._now)

    def _put_aside(self) -> str:
        for number in range(1, 1000):
            kept = self._path.with_name(f"preferences.kept-{number}.json")
            if not kept.exists():
                break
        try:
            self._path.rename(kept)
        except OSError as error:
            log.warning("%s cannot be put aside: %s", self._path, error)
            return self._path.name
        return kept.name


def checked(content: Mapping[str, object], usual: Preferences) -> Preferences:
    """Return the choices of a file; whatever is of the wrong kind is left as usual."""
    good: dict[str, Any] = {}
    for name, wish in content.items():
        if name in _CHOICES:
            fits = isinstance(wish, str) and wish in _CHOICES[name]
        elif name == "watch_minutes":
            fits = type(wish) is int and 0 <= wish <= LONGEST_WATCH_MINUTES
        elif name in _SWITCHES:
            fits = isinstance(wish, bool)
        else:
            continue
        if fits:
            good[name] = wish
        else:
            log.warning("the setting %s is %r, which it cannot be", name, wish)
    return dataclasses.replace(usual, **good)


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "language": get_args(LanguageWish),
    "look": get_args(Look),
    "text_size": get_args(TextSize),
    "sections": get_args(Sections),
}
_SWITCHES: Final = frozenset(
    {"reduced_motion", "notifications", "collapse_similar", "share_thumbnails", "ask_before_trash"}
)
