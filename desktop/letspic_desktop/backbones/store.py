"""The backbones of one home folder: built, added, listed and found again."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from letspic_desktop.backbones import records
from letspic_desktop.backbones.graph import FloatArray
from letspic_desktop.backbones.recipes import (
    DEFAULT_SIZE,
    IMAGENET_CLASSES,
    RECIPES,
    Recipe,
    check_order,
    classifier_file,
    convert,
    parse_order,
)
from letspic_desktop.backbones.records import Record
from letspic_desktop.progress import Progress
from letspic_shared.errors import KnownError
from letspic_shared.files import make_private_folder

DEFAULT_BACKBONE: Final = "efficientnet-lite0"
_HASH_PREFIX: Final = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A frozen feature extractor on disk: uint8 RGB [1, size, size, 3] -> float32 [1, dim].

    Parameters
    ----------
    sha256
        Its identity: features of different backbones are never compared.
    precision
        ``int8``, ``float32``, or ``other`` for a mixture.
    classifier
        File of its ImageNet classifier (``BackboneStore.classifier`` reads it), or None.
    """

    sha256: str
    name: str
    precision: str
    size: int
    dim: int
    path: Path
    classifier: Path | None


class BackboneStore:
    """Stores backbones in one folder. May be used from several processes at once.

    Parameters
    ----------
    folder
        Made, readable by its owner alone, when the first backbone is stored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def build(
        self, name: str, *, precision: str | None = None, size: int = DEFAULT_SIZE, progress: Progress | None = None
    ) -> Backbone:
        """Build a backbone from package weights in all precisions it is offered in, and return one of them.

        Parameters
        ----------
        name
            ``efficientnet-lite0``, ``mobilenet_v1`` or ``mobilenet_v2``.
        precision
            ``int8`` or ``float32``; the backbone's own default where None.
        size
            Side of the pictures that it reads, in pixels.

        Returns
        -------
        Backbone
            At once where it was built before and is whole.

        Raises
        ------
        KnownError
            There is no such backbone, its weights cannot be fetched, or the folder cannot be written to.
        """
        recipe = next((recipe for recipe in RECIPES if recipe.name == name), None)
        if recipe is None:
            raise KnownError(f"No backbone named {name} can be built", f"Choose {_names(RECIPES)}")
        wanted = check_order(recipe, precision, size)
        built = self._find_built(recipe, wanted, size) or self._build(recipe, size, progress or Progress())[wanted]
        return self._backbone(built)

    def add(self, file: Path) -> Backbone:
        """Copy a .tflite file of any origin into the store, after checking and trying it.

        Raises
        ------
        KnownError
            It is no model that LetsPic can use; the sentence says why.
        """
        # What only adds and builds backbones is loaded then: every start of the window would wait for it.
        from letspic_desktop.backbones.foreign import inspect_model, read_model_file

        data = read_model_file(file)
        sha256 = hashlib.sha256(data).hexdigest()
        record = records.read_record(self._folder / f"{sha256}.json")
        if record is None or not records.is_whole(self._folder, record):
            model = inspect_model(data, file)
            make_private_folder(self._folder)
            records.write_content(self._folder, data, ".tflite")
            record = Record(
                sha256=sha256,
                name=_free_name(file.stem, sha256, {other.name for other in self._records()}),
                precision=model.precision,
                size=model.size,
                dim=model.dim,
                classifier=None,
                stamp=None,
            )
            records.write_record(self._folder, record)
        return self._backbone(record)

    def list(self) -> list[Backbone]:
        """Return all whole backbones, by name and precision."""
        return [self._backbone(record) for record in self._records() if records.is_whole(self._folder, record)]

    def get(self, reference: str) -> Backbone:
        """Find a backbone, building or adding it where that is possible.

        Parameters
        ----------
        reference
            ``NAME[-SIZE][-PRECISION]`` of one that can be built, the name of a stored one, its SHA-256 or at least
            the first 8 digits of it, or the path of a .tflite file.

        Raises
        ------
        KnownError
            Nothing fits, or more than one does.
        """
        order = parse_order(reference)
        if order is not None:
            return self.build(order.recipe.name, precision=order.precision, size=order.size)
        fitting = [record for record in self._records() if _fits(record, reference)]
        if len(fitting) > 1:
            raise KnownError(f"{reference} fits {len(fitting)} backbones", "Give more digits of the SHA-256")
        if fitting:
            return self._whole(fitting[0])
        if reference.endswith(".tflite") or _is_file(reference):
            return self.add(Path(reference))
        stored = sorted({record.name for record in self._records()})
        there = f", {', '.join(stored)}" if stored else ""
        raise KnownError(
            f"There is no backbone {reference}", f"Choose {_names(RECIPES)}{there}, or give the path of a .tflite file"
        )

    def classifier(self, backbone: Backbone) -> tuple[FloatArray, FloatArray]:
        """Return the backbone's own ImageNet classifier: logits are ``feature @ W + b``.

        Returns
        -------
        tuple of FloatArray
            W [dim, 1000] and b [1000].

        Raises
        ------
        KnownError
            The backbone has none, or its file is damaged.
        """
        if backbone.classifier is None:
            raise KnownError(
                f"The backbone {backbone.name} has no ImageNet classifier",
                f"Use one that LetsPic builds: {_names(RECIPES)}",
            )
        data = records.read_content(backbone.classifier)
        if data is None:
            raise KnownError(
                f"The ImageNet classifier of {backbone.name} is damaged", f"Run letspic backbone build {backbone.name}"
            )
        rows: FloatArray = np.load(io.BytesIO(data), allow_pickle=False)
        if rows.shape != (backbone.dim + 1, IMAGENET_CLASSES):
            raise ValueError(f"classifier of {backbone.sha256} has the shape {rows.shape}")
        return np.ascontiguousarray(rows[:-1]), np.ascontiguousarray(rows[-1])

    def _build(self, recipe: Recipe, size: int, progress: Progress) -> dict[str, Record]:
        steps = len(recipe.precisions) + 1
        stage = f"Building {recipe.display_name(size)}"
        make_private_folder(self._folder)
        progress.report(stage, 0, steps)
        from letspic_desktop.backbones.packages import read_weights

        network = recipe.assemble(recipe.read(read_weights(recipe.package, progress)), size)
        classifier = records.write_content(self._folder, classifier_file(network), ".npy")
        built: dict[str, Record] = {}
        for done, precision in enumerate(recipe.precisions, start=1):
            progress.report(stage, done, steps)
            built[precision] = Record(
                sha256=records.write_content(self._folder, convert(recipe, network, precision), ".tflite"),
                name=recipe.display_name(size),
                precision=precision,
                size=size,
                dim=network.dim,
                classifier=classifier,
                stamp=recipe.stamp(precision, size),
            )
            records.write_record(self._folder, built[precision])
        progress.report(stage, steps, steps)
        return built

    def _find_built(self, recipe: Recipe, precision: str, size: int) -> Record | None:
        stamp = recipe.stamp(precision, size)
        return next((r for r in self._records() if r.stamp == stamp and records.is_whole(self._folder, r)), None)

    def _records(self) -> tuple[Record, ...]:
        return records.read_records(self._folder)

    def _whole(self, record: Record) -> Backbone:
        if records.is_whole(self._folder, record):
            return self._backbone(record)
        order = parse_order(f"{record.name}-{record.precision}")
        if record.stamp is None or order is None:
            raise KnownError(f"The stored backbone {record.name} is damaged", "Add its .tflite file again")
        rebuilt = self.build(order.recipe.name, precision=order.precision, size=order.size)
        if rebuilt.sha256 != record.sha256:
            raise KnownError(
                f"The stored backbone {record.name} ({record.sha256[:8]}) is damaged and can no longer be built",
                f"Use {rebuilt.name} ({rebuilt.sha256[:8]}), or restore the folder from a backup",
            )
        return rebuilt

    def _backbone(self, record: Record) -> Backbone:
        return Backbone(
            sha256=record.sha256,
            name=record.name,
            precision=record.precision,
            size=record.size,
            dim=record.dim,
            path=records.model_path(self._folder, record),
            classifier=records.classifier_path(self._folder, record),
        )


def _fits(record: Record, reference: str) -> bool:
    if _HASH_PREFIX.fullmatch(reference.lower()):
        return record.sha256.startswith(reference.lower()) or record.name == reference
    return reference in (record.name, f"{record.name}-{record.precision}")


def _is_file(reference: str) -> bool:
    try:
        return Path(reference).is_file()
    except OSError:  # such as a name that is too long
        return False


def _free_name(stem: str, sha256: str, taken: set[str]) -> str:
    """Return a name for an added file that is no other backbone's: its stem, else with digits of its hash."""
    name = re.sub(r"[^\w.+-]+", "_", stem)[:60].strip("._-")
    if not name or re.fullmatch(r"[0-9a-f]{8,}", name):
        name = "backbone"
    elif name not in taken and parse_order(name) is None:
        return name
    return f"{name}-{sha256[:8]}"


def _names(recipes: tuple[Recipe, ...]) -> str:
    return ", ".join(recipe.name for recipe in recipes)
