"""To whom a device belongs: the certificate of its desktop, and the group; kept across restarts."""

from __future__ import annotations

import logging
from dataclasses import asdict

from letspic_device.home import DeviceHome
from letspic_device.identity import fingerprint_of
from letspic_device.pairing import Owner
from letspic_shared.errors import KnownError

_FILE = "owner.json"

log = logging.getLogger(__name__)


def load_owner(home: DeviceHome) -> Owner | None:
    """Return the desktop that this device is paired with, or None."""
    state = home.read(_FILE)
    if not state:
        return None
    try:
        owner = Owner(**state)
        sound = all(isinstance(value, str) for value in state.values())
        if sound and fingerprint_of(owner.certificate_pem) == owner.fingerprint:
            return owner
    except (TypeError, ValueError):
        log.debug("the stored owner cannot be read", exc_info=True)
    raise KnownError(f"{home.root / _FILE} is damaged", "Delete it and pair this device again")


def save_owner(home: DeviceHome, owner: Owner) -> None:
    """Remember the desktop; afterwards only its certificate is let in."""
    home.write(_FILE, asdict(owner))


def forget_owner(home: DeviceHome) -> None:
    """Unpair: nobody is let in until the device is paired again."""
    home.remove(_FILE)
