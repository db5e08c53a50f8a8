"""Results as rows of a list: what each photo is called, how like it is in words, and where it lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from letspic_desktop.application import Application
from letspic_desktop.operations.device_pictures import shares_pictures
from letspic_desktop.operations.search import Results, Search
from letspic_desktop.retrieval.likeness import likeness
from letspic_desktop.retrieval.search import Found
from letspic_desktop.ui.grid.photo_model import PhotoRow
from letspic_desktop.ui.texts import percent, tr


def result_rows(app: Application, search: Search, page: Sequence[Found], results: Results) -> dict[str, PhotoRow]:
    """Return the rows of some results by photo, without those that went into the trash since they were found."""
    photos = [found.photo for found in page]
    # In one go: people wait for it, and the catalog answers one after the other.
    known, kin = app.catalog.database.call(
        lambda _: (app.catalog.listed(photos), app.catalog.albums.together_with(search.photo, photos))
    )
    devices = {one.name: one.id for one in app.catalog.devices.all()} if any(one.devices for one in page) else {}
    shared = {name: shares_pictures(app, device) for name, device in devices.items()}

    def row(found: Found) -> PhotoRow:
        share = likeness(found.score, results.highest)
        photo = known.get(found.photo)
        path = photo.path if photo is not None else None
        return PhotoRow(
            key=found.photo,
            name=path.name if path is not None else tr("Photo {id}", id=found.photo[:8]),
            badge=percent(share),
            good=found.photo in kin,
            where="" if found.on_desktop else _where(found, shared),
            rating=photo.rating if photo is not None else 0,
            favourite=photo is not None and photo.favourite,
            revision=photo.revision if photo is not None else 0,
            file=str(path) if path is not None else "",
            tip=_tip(found, share),
            mark=search.marks.get(found.photo),
            device="" if found.on_desktop else next((devices[name] for name in found.devices if shared.get(name)), ""),
        )

    return {
        found.photo: row(found)
        for found in page
        if not found.on_desktop or (found.photo in known and not known[found.photo].trashed)
    }


def _where(found: Found, shared: Mapping[str, bool]) -> str:
    place = tr("on {devices}", devices=", ".join(found.devices))
    if not any(shared.get(name, False) for name in found.devices):
        return tr("{place} · its owner does not share pictures", place=place)
    return place


def _tip(found: Found, share: float) -> str:
    parts = [
        tr(
            "{share} of the highest score that any photo could have here (score {score})",
            share=percent(share),
            score=f"{found.score:.3f}",
        )
    ]
    if found.on_desktop and found.devices:
        parts.append(tr("On this computer, and on {devices}", devices=", ".join(found.devices)))
    elif found.on_desktop:
        parts.append(tr("On this computer"))
    return "\n".join(parts)
