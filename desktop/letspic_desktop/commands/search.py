"""``letspic search``."""

from __future__ import annotations

import argparse
from pathlib import Path

from letspic_desktop.commands.common import library_photo, opened
from letspic_desktop.console import complain, say, write_json
from letspic_desktop.operations.search import SearchPhotos
from letspic_desktop.retrieval.search import Found


def run(options: argparse.Namespace) -> None:
    """Find the most similar photos."""
    with opened(options) as (app, progress):
        path = Path(options.photo)
        query: str | Path = path if path.is_file() else library_photo(app, options.photo)
        report = SearchPhotos(query=query, group=options.group, top=options.top, offset=options.offset).run(
            app, progress
        )
        several = options.group is None and len(app.catalog.groups.all()) > 1
        paths = app.catalog.photos.paths([hit.photo for hit in (*report.before, *report.after)])
    if not report.best:
        say("Nothing else is in the library yet. Add photos with letspic import DIR.")
    for number, hit in enumerate(report.best, options.offset + 1):
        where = str(paths[hit.photo]) if hit.photo in paths else hit.photo[:16]
        held = f"  [on {', '.join(hit.devices)}]" if hit.devices else ""
        say(f"{number:4d}  {hit.score:.3f}  {where}{held}")
    if report.head_version is None:
        hint = " Choose a group with --group." if several else ""
        complain(f"No fine-tuned head is in use: these results are by the bare feature.{hint}")
    for name in report.devices_silent:
        complain(f"{name}: its own photos could not be searched.")

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
        "seconds": report.seconds,
    }
    write_json(options.json, content)
