"""How fast a device is, measured by itself with the backbone of its group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from letspic_desktop.application import Application, LibraryChanged
from letspic_desktop.fleet.delivery import send_backbone
from letspic_desktop.fleet.link import Link, Request
from letspic_desktop.library.devices import Device
from letspic_desktop.operations.reaching import told, wait_online
from letspic_desktop.progress import Progress
from letspic_shared import messages
from letspic_shared.errors import KnownError

# A small board takes seconds for one photo with a large backbone, and does three at least.
BENCH_SECONDS = 120.0
_FEWEST_CLASSES = 2
_DEFAULT_CLASSES = 10
_LONGEST_MS = 1e7


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What a device measured.

    Attributes
    ----------
    photo_ms
        From the JPEG of one photo to its feature, in milliseconds.
    gradient_ms, gradient_photos, classes
        One gradient of the last layer, over so many photos and classes.
    measured_at
        When.
    """

    photo_ms: float
    gradient_ms: float
    gradient_photos: int
    classes: int
    measured_at: datetime

    @property
    def features_per_second(self) -> float:
        """Photos that it looks at in a second."""
        return 1000 / self.photo_ms


@dataclass(frozen=True, kw_only=True)
class MeasureSpeed:
    """Have a device measure how long a photo and a gradient take it, and remember that."""

    device: str

    def run(self, app: Application, progress: Progress) -> Speed:
        """Measure.

        Raises
        ------
        KnownError
            The device is away, busy, or of a version that cannot measure.
        """
        device = app.catalog.devices.by_name(self.device)
        group = app.catalog.groups.get(device.group_id) if device.group_id is not None else None
        progress.report("backbone", 0, None)
        backbone = app.backbone_of(group)
        learned = len(app.catalog.groups.classes(group.id)) if group is not None else 0
        classes = max(_FEWEST_CLASSES, learned or _DEFAULT_CLASSES)
        if not wait_online(app, [device.id]):
            raise KnownError(f"{device.name} is offline", "Switch it on and try again")
        _refuse_busy(app, device)
        progress.report("measure", 0, None)

        async def ask(link: Link) -> Speed:
            await send_backbone(link, backbone.path, backbone.sha256)
            header: dict[str, object] = {"backbone": backbone.sha256, "classes": classes}
            answer = await link.request(Request.of(messages.BENCH, header), BENCH_SECONDS)
            return Speed(
                photo_ms=max(1e-3, messages.real(answer.header, "photo_ms", 0.0, _LONGEST_MS)),
                gradient_ms=messages.real(answer.header, "gradient_ms", 0.0, _LONGEST_MS),
                gradient_photos=messages.number(answer.header, "gradient_photos", 1, 1 << 31),
                classes=classes,
                measured_at=datetime.now(UTC),
            )

        speed = app.loop.call(told(device.name, ask(app.fleet.require_link(device.id))))
        app.catalog.devices.note(device.id, {"speed": _stored(speed)})
        app.publish(LibraryChanged.of("devices"))
        return speed


def speed_of(device: Device) -> Speed | None:
    """Return what a device measured last, None where it never did."""
    known = device.facts.get("speed")
    if not isinstance(known, dict):
        return None
    try:
        return Speed(**{**known, "measured_at": datetime.fromisoformat(known["measured_at"])})
    except (TypeError, ValueError, KeyError):
        return None


def _stored(speed: Speed) -> dict[str, object]:
    return {**vars(speed), "measured_at": speed.measured_at.isoformat(timespec="seconds")}


def _refuse_busy(app: Application, device: Device) -> None:
    view = next((one for one in app.fleet.views() if one.device_id == device.id), None)
    if view is not None and view.online and view.state not in ("idle", "pairing"):
        raise KnownError(f"{device.name} is busy ({view.state})", "Measure it when it is done")
