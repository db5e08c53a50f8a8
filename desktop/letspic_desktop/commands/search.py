"""``letspic search``."""

from __future__ import annotations

import argparse
from pathlib import Path

from letspic_desktop.application import Application
from letspic_desktop.commands.common import library_photo, opened
from letspic_desktop.console import complain, say, write_json
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.retrieval.search import Found


def run(options: argparse.Namespace) -> None:
    """Find the most similar photos."""
    with opened(options) as (app, progress):
        path = Path(options.photo)
        query: str | Path = path if path.is_file() else library_photo(app, options.photo)
        report = SearchPhotos(
            query=query,
            group=options.group,
            top=options.top,
            offset=options.offset,
            good=tuple(library_photo(app, photo) for photo in options.good),
            bad=tuple(library_photo(app, photo) for photo in options.bad),
        ).run(app, progress)
        several = options.group is None and len(app.catalog.groups.all()) > 1
        paths = app.catalog.photos.paths([hit.photo for hit in (*report.before, *report.after)])
        places = {hit.photo: _place(app, hit) for hit in report.best}
    if not report.best:
        say("Nothing else is in the library yet. Add photos with letspic import DIR.")
    for number, hit in enumerate(report.best, options.offset + 1):
        where = str(paths[hit.photo]) if hit.photo in paths else hit.photo[:16]
        say(f"{number:4d}  {hit.score:.3f}  {where}{places[hit.photo]}")
    if report.head_version is None:
        hint = " Choose a group with --group." if several else ""
        complain(f"No fine-tuned head is in use: these results are by the bare feature.{hint}")
    for name in report.devices_silent:
        complain(f"{name}: its own photos could not be searched.")
    for name in report.devices_behind:
        complain(f"{name}: not all of its photos could be searched yet. Search again soon.")

    def described(hits: list[Found]) -> list[dict[str, object]]:
        return [
            {
                "sha256": hit.photo,
                "score": hit.score,
                "path": str(paths[hit.photo]) if hit.photo in paths else None,
                "devices": list(hit.devices),
            }
            for hit in hits
        ]

    content = {
        "query": report.query,
        "head": report.head_version,
        "before": described(report.before),
        "after": described(report.after),
        "before_total": report.before_total,
        "after_total": report.after_total,
        "seconds": report.seconds,
    }
    write_json(options.json, content)


def _place(app: Application, hit: Found) -> str:
    """Return the albums of a found photo, and the devices (with the folder there) that hold it."""
    albums = ", ".join(album.name for album in app.catalog.albums.of_photo(hit.photo))
    found = f"  ({albums})" if albums else ""
    for name in hit.devices:
        held = app.catalog.placements.held(app.catalog.devices.by_name(name).id)
        folder = next((one.proposed_label for one in held if one.sha256 == hit.photo and one.proposed_label), None)
        found += f"  [on {name}{f', folder {folder}' if folder else ''}]"
    return found
