"""Show what a photo on a device looks like, where its owner agreed to that."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.fleet.device_pictures import checked_picture, fetch_picture
from letspic_desktop.operations.reaching import told
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError


@dataclass(frozen=True, kw_only=True)
class FetchDevicePicture:
    """Fetch the small picture of a photo (SHA-256) from the device (its id) that owns it."""

    device: str
    photo: str

    def run(self, app: Application, progress: Progress) -> bytes:
        """Return a JPEG of at most 256 pixels a side."""
        progress.check()
        if not shares_pictures(app, self.device):
            if app.device_pictures.get(self.device, self.photo) is not None:
                app.device_pictures.forget({self.device})
            raise KnownError("The owner of this device does not share pictures")
        known = app.device_pictures.get(self.device, self.photo)
        if known is not None:
            return known
        generation = app.device_pictures.generation
        device = app.catalog.devices.get(self.device)
        name = device.name if device is not None else "The device"
        link = app.fleet.require_link(self.device)
        picture = checked_picture(app.loop.call(told(name, fetch_picture(link, self.photo))))
        app.device_pictures.put(self.device, self.photo, picture, generation)
        return picture


def shares_pictures(app: Application, device_id: str) -> bool:
    """Return whether a device's owner lets searches show small pictures; it is asked where that is not known."""
    device = app.catalog.devices.get(device_id)
    return device is not None and device.facts.get("thumbnails") is not False
