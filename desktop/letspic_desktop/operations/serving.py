"""This desktop in another desktop's group while its program runs: started, started again, looked at, ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from letspic_desktop.application import Application
from letspic_desktop.operations.join import JoinGroup, member_home
from letspic_desktop.progress import Progress
from letspic_device.announce import places_of
from letspic_device.home import DeviceHome
from letspic_shared.errors import KnownError

if TYPE_CHECKING:
    from letspic_device.program import DeviceProgram

log = logging.getLogger(__name__)

_CHOICES: Final = "serving.json"
_LAST_PORT: Final = 65535
EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - only where a person chose it


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What this desktop does in another one's group, at one moment.

    Attributes
    ----------
    desktop, group
        Who owns the group, and its name; empty while nobody has paired.
    connected
        Whether the owner's desktop is connected now.
    state, done, total
        As in ``DeviceView``.
    round_of
        The round of the run that goes on, and how many there will be; None outside of runs, 0 of 0 before the first.
    own, labelled, placed
        Photos of this library, those of them that the owner has labelled and runs learn from, and copies that the
        owner has placed here.
    pairing
        State of the pairing window; empty where none was opened.
    code, seconds_left, addresses
        What the person types at the owner's desktop, how long it holds, and where this desktop is reached.
    """

    desktop: str
    group: str
    connected: bool
    state: str
    done: int
    total: int
    round_of: tuple[int, int] | None
    own: int
    placed: int
    pairing: str
    code: str
    seconds_left: float
    someone_else_tried: bool
    addresses: tuple[str, ...]
    labelled: int = 0

    @property
    def open(self) -> bool:
        """Whether the code can be typed now."""
        from letspic_device.pairing import OPEN

        return self.pairing == OPEN


@dataclass(frozen=True, kw_only=True)
class ServeGroup:
    """Let this desktop be taken into another desktop's group, and serve there for as long as the program runs.

    Attributes
    ----------
    host, port
        Where to listen: this machine alone unless a person chose otherwise.
    replace
        Leave the group that this desktop serves in now, once another owner has typed the code.
    """

    host: str = "127.0.0.1"
    port: int = 0
    allow_thumbnails: bool = False
    replace: bool = False

    def run(self, app: Application, progress: Progress) -> Serving:
        """Start to serve, in the place of what runs already.

        Raises
        ------
        KnownError
            The address cannot be listened on; what ran before runs again then.
        """
        join = JoinGroup(host=self.host, port=self.port, allow_thumbnails=self.allow_thumbnails, replace=self.replace)
        try:
            program = app.membership.start(lambda: join.run(app, progress))
        except KnownError:
            if _joined(app):
                ResumeServing().run(app, progress)
            raise
        choices = {"host": self.host, "port": self.port, "thumbnails": self.allow_thumbnails}
        DeviceHome(member_home(app)).write(_CHOICES, choices)
        return _seen(program)


@dataclass(frozen=True, kw_only=True)
class ResumeServing:
    """Serve again after a start, where this desktop is in another one's group, as was chosen the last time."""

    def run(self, app: Application, progress: Progress) -> Serving | None:
        """Start to serve; None where this desktop is in nobody's group, or serves already."""
        if not _joined(app) or app.membership.program is not None:
            return None
        known = DeviceHome(member_home(app)).read(_CHOICES)
        host, port, thumbnails = known.get("host"), known.get("port"), known.get("thumbnails")
        join = JoinGroup(
            host=host if isinstance(host, str) else "127.0.0.1",
            port=port if type(port) is int and 0 <= port <= _LAST_PORT else 0,
            allow_thumbnails=thumbnails is True,
        )
        program = app.membership.start(lambda: join.run(app, progress))
        if program.owner is None:
            # The owner let this desktop go, and the program ended before it could say so to the library.
            app.membership.stop()
            raise KnownError("This desktop is no longer in the group that it had joined", "Join again with a new code")
        return _seen(program)


@dataclass(frozen=True, kw_only=True)
class AllowThumbnails:
    """Decide whether the searches of the group that was joined may show small pictures of this library's own photos.

    Attributes
    ----------
    allow
        The person's consent; what the owner's desktop was shown before, it may have kept.
    """

    allow: bool

    def run(self, app: Application, progress: Progress) -> Serving | None:
        """Serve on by that decision; None where this desktop is in nobody's group."""
        if not _joined(app):
            return None
        home = DeviceHome(member_home(app))
        known = home.read(_CHOICES)
        if known.get("thumbnails") is not self.allow:
            home.write(_CHOICES, {**known, "thumbnails": self.allow})
            app.membership.stop()
        return ResumeServing().run(app, progress)


@dataclass(frozen=True, kw_only=True)
class EndJoining:
    """Show the code no longer; without an owner, or where the owner has let go, nothing is served any more."""

    def run(self, app: Application, progress: Progress) -> None:
        """Close the pairing window."""
        progress.check()
        program = app.membership.program
        if program is None:
            return
        if program.window is not None:
            program.window.close()
        if program.owner is None:
            app.membership.stop()


def serving_now(app: Application) -> Serving | None:
    """Return what this desktop does in another one's group; None where it serves nobody. Never waits."""
    program = app.membership.program
    return None if program is None else _seen(program)


def _joined(app: Application) -> bool:
    return any(group.role == "member" for group in app.catalog.groups.all())


def _seen(program: DeviceProgram) -> Serving:
    owner, window, runtime = program.owner, program.window, program.runtime
    snapshot = runtime.states.snapshot
    return Serving(
        desktop=owner.desktop_name if owner is not None else "",
        group=owner.group_name if owner is not None else "",
        connected=program.connected,
        state=snapshot.state.value,
        done=snapshot.done,
        total=snapshot.total,
        round_of=runtime.round_of,
        own=len(runtime.shelf.seen),
        labelled=runtime.labels.count,
        placed=len(runtime.shelf.placed),
        pairing=window.state if window is not None else "",
        code=window.code if window is not None else "",
        seconds_left=window.seconds_left if window is not None else 0.0,
        someone_else_tried=window.someone_else_tried if window is not None else False,
        addresses=tuple(places_of(*window.address)) if window is not None else (),
    )
