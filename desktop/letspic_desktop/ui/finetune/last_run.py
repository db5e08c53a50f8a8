"""How the last run of a group ended, for as long as nothing new has happened to the group since."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.ui.queries import GroupStatus


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """What the panel keeps showing after a run.

    Attributes
    ----------
    version
        The head in use when it had ended, 0 for none.
    told
        Word, tone, title and detail where the run brought no head; None where the head in use says enough.
    """

    group_id: str
    version: int
    share: float
    told: tuple[str, str, str, str] | None

    def holds(self, status: GroupStatus | None) -> bool:
        """Return whether a group is still as this run left it."""
        return status is not None and (status.group.id, _version(status)) == (self.group_id, self.version)


def last_run(
    status: GroupStatus | None, version: int | None, share: float, told: tuple[str, str, str, str]
) -> LastRun | None:
    """Return how a run of a group ended: with a head of a new ``version``, or with none."""
    if status is None:
        return None
    if version is None:
        return LastRun(group_id=status.group.id, version=_version(status), share=share, told=told)
    return LastRun(group_id=status.group.id, version=version, share=share, told=None)


def _version(status: GroupStatus) -> int:
    return status.story.version if status.story is not None else 0
