"""Where all state of the desktop program lives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder

ENVIRONMENT_VARIABLE = "LETSPIC_HOME"
_CATALOG = "catalog.db"
# What the device program keeps in its own home, and this one never has.
_OF_A_DEVICE = "placed"
_FOLDERS = ("thumbnails", "backbones", "runs", "identity", "logs", "exports")


@dataclass(frozen=True)
class Home:
    """The folder of one person's library, readable by its owner alone.

    Parameters
    ----------
    root
        The folder itself; the properties name what is in it.
    """

    root: Path

    @classmethod
    def open(cls, path: Path | None = None) -> Home:
        """Return the home at ``path``, else ``LETSPIC_HOME``, else the user's data folder; made where absent.

        Raises
        ------
        KnownError
            The folder cannot be made, is a file or a device's, or cannot be written to.
        """
        root = Path(os.path.abspath((path or default_root()).expanduser()))  # noqa: PTH100 - keep symlinks
        if root.exists() and not root.is_dir():
            raise KnownError(f"{root} is a file, not a folder", "Choose another folder with --home")
        if (root / _OF_A_DEVICE).is_dir() and not (root / _CATALOG).exists():
            raise KnownError(
                f"The folder {root} belongs to the device program", "Choose another one with --home or LETSPIC_HOME"
            )
        make_private_folder(root)
        home = cls(root)
        for name in _FOLDERS:
            make_private_folder(root / name)
        return home

    @property
    def catalog(self) -> Path:
        """The SQLite file."""
        return self.root / _CATALOG

    @property
    def thumbnails(self) -> Path:
        """Cache of small pictures; may be deleted at any time."""
        return self.root / "thumbnails"

    @property
    def backbones(self) -> Path:
        """Backbone files (.tflite) and their classifiers."""
        return self.root / "backbones"

    @property
    def runs(self) -> Path:
        """One folder per fine-tuning run."""
        return self.root / "runs"

    @property
    def identity(self) -> Path:
        """This desktop's certificate and key."""
        return self.root / "identity"

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.root / "logs"

    @property
    def exports(self) -> Path:
        """Contact sheets and other things that people take away."""
        return self.root / "exports"


def default_root() -> Path:
    """Return ``LETSPIC_HOME``, else ``letspic`` in the user's data folder (XDG base directory rules)."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        return Path(chosen)
    data = Path(os.environ.get("XDG_DATA_HOME") or "")
    # The rules say that a relative path is to be ignored.
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "letspic"
