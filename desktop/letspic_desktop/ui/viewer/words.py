"""What the details panel says of a photo, in words: when, where, with what, how large."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QDate, QLocale, QTime

from letspic_desktop.library.photos import Photo
from letspic_desktop.ui.texts import number, tr
from letspic_desktop.ui.viewer.among import Among
from letspic_desktop.ui.viewer.facts import Facts
from letspic_desktop.ui.viewer.pictures import turned_size
from letspic_shared.photo import Exposure


def date_words(photo: Photo) -> tuple[str, str]:
    """Return when a photo was taken, as clocks there showed it, and how that is known."""
    at = photo.shown_at
    day = QLocale().toString(QDate(at.year, at.month, at.day), QLocale.FormatType.LongFormat)
    time = QLocale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)
    return tr("{day}, {time}", day=day, time=time), _date_source(photo)


def place_words(photo: Photo) -> str:
    """Return the coordinates of a photo as maps take them; empty where it has none."""
    if photo.latitude is None or photo.longitude is None:
        return ""
    return f"{photo.latitude:.5f}, {photo.longitude:.5f}"


def size_words(photo: Photo) -> str:
    """Return width and height, as it is shown, and the number of pixels."""
    width, height = turned_size(photo.width, photo.height, photo.rotation)
    pixels = photo.width * photo.height / 1e6
    return tr("{width} × {height} · {pixels} megapixels", width=width, height=height, pixels=f"{pixels:.1f}")


def exposure_words(exposure: Exposure) -> str:
    """Return time, aperture, sensitivity and focal length, as photographers write them."""
    parts = []
    if exposure.seconds is not None:
        parts.append(_seconds(exposure.seconds))
    if exposure.aperture is not None:
        parts.append(f"ƒ/{exposure.aperture:.1f}".removesuffix(".0"))
    if exposure.sensitivity is not None:
        parts.append(tr("ISO {n}", n=exposure.sensitivity))
    if exposure.focal_length is not None:
        parts.append(tr("{n} mm", n=f"{exposure.focal_length:.1f}".removesuffix(".0")))
    if exposure.focal_length_35 is not None and exposure.focal_length_35 != exposure.focal_length:
        parts.append(tr("as {n} mm on film", n=f"{exposure.focal_length_35:.0f}"))
    return " · ".join(parts)


def said_aloud(among: Among) -> str:
    """Return what a screen reader says of the photo that is shown."""
    parts = [among.name, among.words]
    if among.rating:
        parts.append(tr("rated {n} of 5 stars", n=among.rating))
    if among.favourite:
        parts.append(tr("favourite"))
    if among.entry is not None and among.entry.trashed_at is not None:
        parts.append(tr("in the trash"))
    return ", ".join(parts)


def elsewhere_words(facts: Facts, where: str) -> str:
    """Return what is said of a photo that no file of this desktop holds; ``where`` is what its list says."""
    if facts.devices:
        return tr(
            "This photo is on {devices}, not on this desktop. It stays there; search finds it nevertheless.",
            devices=", ".join(facts.devices),
        )
    return tr("This photo is not on this desktop. {where}", where=where).strip()


def too_large_words(width: int, height: int) -> str:
    """Return why a photo is not shown with all its pixels."""
    millions = number(round(width * height / 1e6))
    return tr("This photo has {n} million pixels. To spare memory, not each of them is shown.", n=millions)


def _date_source(photo: Photo) -> str:
    if photo.taken_user is not None:
        return tr("set by you")
    if photo.taken_source == "gps":
        return tr("time of the satellites, in UTC")
    if photo.taken_source == "file":
        return tr("the date of its file; the photo says none")
    if photo.taken_local is None:
        return tr("when it was added; its file has no date")
    zone = _zone(photo.taken_local, photo.taken_utc)
    if photo.taken_source == "exif-changed":
        return tr("when the file was changed, {zone}", zone=zone)
    if photo.taken_source == "exif-digitised":
        return tr("when it was digitised, {zone}", zone=zone)
    return tr("the camera's clock, {zone}", zone=zone)


def _zone(local: datetime, utc: datetime | None) -> str:
    if utc is None:
        return tr("time zone not known")
    # Time zones are whole quarters of an hour; a camera's clock is not that exact.
    quarters = round((local.replace(tzinfo=UTC) - utc.astimezone(UTC)).total_seconds() / 900)
    hours, rest = divmod(abs(quarters), 4)
    sign = "−" if quarters < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{15 * rest:02d}" if rest else "")


def _seconds(seconds: float) -> str:
    if seconds < 0.3:
        return tr("1/{n} s", n=round(1 / seconds))
    return tr("{n} s", n=f"{seconds:.1f}".removesuffix(".0"))
