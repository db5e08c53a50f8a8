"""What happens in a run, and what keeps one from starting, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.fleet.events import DeviceDropped, Event, Prepared, RoundDone, Waiting
from letspic_desktop.operations.expected_gain import Expectation
from letspic_desktop.operations.head_history import HeadStory
from letspic_desktop.operations.paused_runs import PausedRun
from letspic_desktop.retrieval.held_out import FIVE_FOLD
from letspic_desktop.ui.queries import GroupStatus
from letspic_desktop.ui.texts import counted, duration, number, percent, said, sentence, tr

_LATE: Final = re.compile(r"no answer in ([0-9.]+) s")
# Methods that train on every labelled photo at once, with nothing held out.
_UNMEASURED: Final = ("gradient", "paper")
Missing = tuple[str, str, str]


def method_name(method: str) -> str:
    """Return what people call a method."""
    names = {
        "standard": tr("Standard"),
        "closed-form": tr("Closed form, one round"),
        "gradient": tr("Gradient only"),
        "paper": tr("As in the paper"),
    }
    return names.get(method, method)


def event_text(event: Event) -> tuple[str, str] | None:
    """Return an event for the log, and its kind where the next one of that kind may take its place; None for none."""
    if isinstance(event, Prepared):
        photos = counted(event.photos, "{n} photo", "{n} photos")
        text = tr("{name} is ready with {photos}", name=event.device, photos=photos)
        if event.withheld:
            text += tr(", keeps {n} back", n=number(event.withheld))
        return text, ""
    if isinstance(event, DeviceDropped):
        return tr("{name} is out: {why}", name=event.device, why=reason_text(event.reason)), ""
    if isinstance(event, Waiting):
        return waiting_text(event), "waiting"
    if isinstance(event, RoundDone):
        if event.replayed:
            text = counted(event.number, "{n} round was done before", "{n} rounds were done before")
            return text, "replayed"
        answers = counted(len(event.device_seconds), "{n} answer", "{n} answers")
        time = duration(event.seconds)
        text = tr("Round {n}: {answers} in {time}", n=number(event.number), answers=answers, time=time)
        return text, RoundDone.__name__
    return None


def waiting_text(event: Waiting) -> str:
    """Return what a run waits for."""
    if event.away:
        return counted(event.devices, "waiting for {n} device to come back", "waiting for {n} devices to come back")
    return counted(event.devices, "waiting for {n} device to answer", "waiting for {n} devices to answer")


def reason_text(reason: str) -> str:
    """Return why a device is out."""
    late = _LATE.fullmatch(reason)
    if late is not None:
        return tr("no answer in {time}", time=duration(float(late[1])))
    known = {"the device is away": tr("it is away"), "no answer": tr("no answer")}
    return known.get(reason) or said(reason)


def paused_text(paused: PausedRun) -> tuple[str, str]:
    """Return how far a paused run is, and why it is paused."""
    if paused.total:
        title = tr("Paused after round {n} of {all}", n=number(paused.rounds), all=number(paused.total))
    else:
        title = tr("Paused after round {n}", n=number(paused.rounds))
    known = {
        "": tr("Everything so far is kept."),
        "LetsPic was ended during the run": tr("LetsPic was ended during the run. Everything so far is kept."),
    }
    return title, known.get(paused.reason) or tr("{reason}.", reason=said(paused.reason))


def missing_list(status: GroupStatus | None, views: Mapping[str, DeviceView]) -> list[Missing]:
    """Return what keeps a run from starting: sentence, words of the button that helps, and what it asks for.

    The words are empty where no button helps.
    """
    if status is None:
        return [(tr("Fine-tuning needs a group of albums and devices."), tr("New group"), "new-group")]
    found: list[Missing] = []
    for need in status.needs:
        text = sentence(need.error)
        if need.kind == "owner":
            found.append((text, "", ""))
        elif need.kind == "albums":
            found.append((text, tr("Choose albums"), "albums"))
        elif need.kind == "photos":
            what = f"album:{need.album_id}" if need.album_id is not None else "albums"
            found.append((text, tr("Open {album}", album=need.album), what))
        else:
            found.append((text, tr("Add device"), "add-device"))
    away = away_devices(status, views)
    if not found and away:
        names = ", ".join(away)
        text = tr("No device of {group} is online ({names}). Switch one on.", group=status.group.name, names=names)
        found.append((text, tr("Look again"), "look"))
    return found


def away_devices(status: GroupStatus, views: Mapping[str, DeviceView]) -> Sequence[str]:
    """Return the names of all devices where every one is known to be away, else nothing."""
    seen = [views.get(device.id) for device in status.devices]
    # One that was not tried yet has no reason to be away.
    away = [view is not None and not view.online and bool(view.reason) for view in seen]
    return sorted(device.name for device in status.devices) if away and all(away) else []


def basis_text(story: HeadStory) -> str:
    """Return what the figures of a head are measured on, or why there are none."""
    if story.map_after is None:
        return unmeasured_text(story.method)
    if not story.queries:
        return tr("5-fold on labelled photos: none scored a head it trained")
    if story.basis == FIVE_FOLD:
        return counted(story.queries, "5-fold on {n} labelled photo", "5-fold on {n} labelled photos")
    return counted(story.queries, "on {n} photo that took no part", "on {n} photos that took no part")


def unmeasured_text(method: str) -> str:
    """Return why a head has no figures."""
    if method == "paper":
        return tr(
            "The paper's method cannot be measured on photos it learned from, and every labelled photo took part."
        )
    if method in _UNMEASURED:
        return tr("This method cannot be measured on photos it learned from, and every labelled photo took part.")
    return tr("Too few labelled photos to measure it honestly")


def expected_text(expected: Expectation) -> tuple[str, str] | None:
    """Return what a run can be expected to bring, and what that is based on; None where it cannot be known."""
    found = expected.figures
    if found is None:
        return None
    before, after = percent(found.map_before), percent(found.map_after)
    text = tr("Expected: {before} → about {after}", before=before, after=after)
    if expected.photos < expected.labelled:
        basis = tr(
            "5-fold on {n} of {all} labelled photos of this library",
            n=number(expected.photos),
            all=number(expected.labelled),
        )
    else:
        basis = tr("5-fold on {n} labelled photos of this library", n=number(expected.photos))
    if expected.own:
        own = counted(expected.own, "{n} photo on devices alone not counted", "{n} photos on devices alone not counted")
        basis = f"{basis}; {own}"
    return text, basis
