"""From backbone features to the vectors that retrieval compares: bare, through a head, or through the paper's head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from letspic_shared import messages, paper_head
from letspic_shared.errors import KnownError, ProtocolError
from letspic_shared.features import Float32, Float64, condition, normalise
from letspic_shared.frames import FrameDecoder, encode
from letspic_shared.head import Head
from letspic_shared.tensors import Array, pack, unpack


class Embedder(Protocol):
    """Turns n x d backbone features into n x k vectors whose dot product ranks photos."""

    def embed(self, features: Float32) -> Float32:
        """Return the vectors, float32."""
        ...


@dataclass(frozen=True, kw_only=True)
class BareEmbedder:
    """Before any fine-tuning: the backbone feature, compared by cosine."""

    def embed(self, features: Float32) -> Float32:
        """See `Embedder.embed`."""
        return normalise(np.asarray(features, np.float64)).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class HeadEmbedder:
    """Through a trained linear head."""

    head: Head

    def embed(self, features: Float32) -> Float32:
        """See `Embedder.embed`."""
        return self.head.embed(condition(features))


@dataclass(frozen=True, kw_only=True)
class PaperEmbedder:
    """Through the D-wide layer of the paper's head."""

    parameters: tuple[Float64, ...]
    classes: tuple[str, ...]
    backbone: str

    def embed(self, features: Float32) -> Float32:
        """See `Embedder.embed`."""
        return paper_head.embedding(features, self.parameters)


Trained = HeadEmbedder | PaperEmbedder


def to_bytes(trained: Trained) -> bytes:
    """Return a trained head as one frame: JSON description and raw float64 arrays, with a CRC."""
    if isinstance(trained, HeadEmbedder):
        head = trained.head
        arrays: dict[str, Array] = {"weights": head.weights, "bias": head.bias, "mean": head.mean}
        described = {
            "type": "linear",
            "classes": list(head.classes),
            "backbone": head.backbone,
            "version": head.version,
        }
    else:
        arrays = {f"p{index}": value for index, value in enumerate(trained.parameters)}
        described = {"type": "paper", "classes": list(trained.classes), "backbone": trained.backbone}
    tensors, payload = pack(arrays)
    return encode(messages.ROUND, {**described, "tensors": tensors}, payload)


def from_bytes(data: bytes) -> Trained:
    """Return the trained head that `to_bytes` wrote.

    Raises
    ------
    KnownError
        The bytes are damaged or from another version.
    """
    frames = FrameDecoder().feed(data)
    try:
        ((_, header, payload),) = frames
        arrays = unpack(header.get("tensors", []), payload)
        classes = tuple(messages.texts(header, "classes"))
        backbone = messages.sha256(header.get("backbone"))
        if header.get("type") == "paper":
            parameters = tuple(arrays[f"p{index}"] for index in range(paper_head.PARAMETERS))
            return PaperEmbedder(parameters=parameters, classes=classes, backbone=backbone)
        head = Head(
            weights=arrays["weights"],
            bias=arrays["bias"],
            mean=arrays["mean"],
            classes=classes,
            backbone=backbone,
            version=messages.number(header, "version", 0, 1 << 31),
        )
    except (ValueError, KeyError, ProtocolError) as error:
        raise KnownError(
            "The stored head is damaged", "Go back to an earlier head, or start fine-tuning again"
        ) from error
    return HeadEmbedder(head=head)
