"""One photo in full: zoom, neighbours, rotation, details, and a part of it to search with."""

from letspic_desktop.ui.viewer.window import Viewer

__all__ = ["Viewer"]
