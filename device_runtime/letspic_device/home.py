"""Where a device keeps everything it must remember: one private folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder, storage_error, write_atomic

# What the desktop program keeps in its own home.
_OF_A_DESKTOP = "catalog.db"


class DeviceHome:
    """The folder ``--home`` of a device, mode 0700.

    Attributes
    ----------
    root, placed, backbones, cache, identity
        The folder itself; photos placed by the desktop; .tflite files; features; certificate and key.
    """

    def __init__(self, root: Path) -> None:
        root = root.expanduser().absolute()
        if (root / _OF_A_DESKTOP).exists():
            raise KnownError(
                f"The folder {root} belongs to the desktop program", "Choose another one with --home or LETSPIC_HOME"
            )
        self.root = make_private_folder(root)
        self.placed = make_private_folder(self.root / "placed")
        self.backbones = make_private_folder(self.root / "backbones")
        self.cache = make_private_folder(self.root / "cache")
        self.identity = make_private_folder(self.root / "identity")

    @staticmethod
    def choose(given: Path | None) -> Path:
        """Return the folder to use: ``--home``, else LETSPIC_HOME, else a folder in the user's home."""
        if given is not None:
            return given
        named = os.environ.get("LETSPIC_HOME")
        return Path(named) if named else Path("~/.local/share/letspic-device")

    def read(self, name: str) -> dict[str, Any]:
        """Return a state file as a dictionary; empty where it does not exist.

        Raises
        ------
        KnownError
            The file cannot be read or is not the JSON object that was written.
        """
        path = self.root / name
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise KnownError(
                f"{path} cannot be read ({error})", "Move it away to start without what it held"
            ) from error
        if not isinstance(found, dict):
            raise KnownError(f"{path} does not hold what was written", "Move it away to start without what it held")
        return found

    def write(self, name: str, state: dict[str, Any]) -> None:
        """Replace a state file, whole or not at all."""
        write_atomic(self.root / name, json.dumps(state, indent=1, sort_keys=True).encode())

    def remove(self, name: str) -> None:
        """Delete a state file; nothing happens where there is none."""
        try:
            (self.root / name).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.root / name) from error
