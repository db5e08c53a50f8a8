"""Make the first search as quick as the next ones: what it needs is put together before anybody asks."""

from __future__ import annotations

from dataclasses import dataclass

from letspic_desktop.application import Application
from letspic_desktop.backbones.store import DEFAULT_BACKBONE
from letspic_desktop.operations.search import active_head
from letspic_desktop.progress import Progress
from letspic_desktop.retrieval.embedder import BareEmbedder


@dataclass(frozen=True, kw_only=True)
class WarmSearch:
    """Put the index of the last used group together, from features that are there; no photo is opened for it."""

    def run(self, app: Application, progress: Progress) -> bool:
        """Do it, and return whether there was anything to do."""
        progress.check()
        groups = app.catalog.groups.all()
        group = next((one for one in groups if app.catalog.heads.active(one.id)), groups[0] if groups else None)
        reference = (group.backbone if group is not None else None) or DEFAULT_BACKBONE
        photos = app.catalog.photos.all()
        # Only a backbone that is built, and that has seen every photo: nobody asked for such work.
        ready = (
            one
            for one in app.backbones.list()
            if reference in (one.sha256, one.name) and not app.catalog.features.missing(one.sha256, photos)
        )
        backbone = next(ready, None) if photos else None
        if backbone is None:
            return False
        app.index.store(backbone, "", BareEmbedder(), progress)
        trained, version = active_head(app, group, backbone)
        if trained is not None and group is not None:
            app.index.store(backbone, f"{group.id}:{version}", trained, progress)
        return True
