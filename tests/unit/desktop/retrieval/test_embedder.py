"""Trained heads as bytes: they come back bit for bit, and damaged ones are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_desktop.retrieval.embedder import BareEmbedder, HeadEmbedder, PaperEmbedder, Trained, from_bytes, to_bytes
from letspic_shared.errors import KnownError
from letspic_shared.head import Head

D, C = 6, 3
GENERATOR = np.random.default_rng(0)
FEATURES = np.abs(GENERATOR.standard_normal((5, D))).astype(np.float32)


def linear() -> HeadEmbedder:
    return HeadEmbedder(
        head=Head(
            weights=GENERATOR.standard_normal((D, C)),
            bias=GENERATOR.standard_normal(C),
            mean=GENERATOR.standard_normal(D),
            classes=("Zoé", "b", "c"),
            backbone="a" * 64,
            version=7,
        )
    )


def paper() -> PaperEmbedder:
    shapes = ((D, 4), (4,), (4, 2), (2,), (2, C), (C,))
    return PaperEmbedder(
        parameters=tuple(GENERATOR.standard_normal(shape) for shape in shapes),
        classes=("a", "b", "c"),
        backbone="b" * 64,
    )


@pytest.mark.parametrize("trained", [linear(), paper()], ids=["linear", "paper"])
def test_a_head_comes_back_bit_for_bit(trained: Trained) -> None:
    back = from_bytes(to_bytes(trained))
    assert type(back) is type(trained)
    assert to_bytes(back) == to_bytes(trained)
    assert np.array_equal(back.embed(FEATURES), trained.embed(FEATURES))
    if isinstance(trained, HeadEmbedder) and isinstance(back, HeadEmbedder):
        assert (back.head.classes, back.head.version) == (trained.head.classes, 7)


@given(st.data())
def test_damage_is_one_sentence(data: st.DataObject) -> None:
    whole = to_bytes(linear())
    if data.draw(st.booleans()):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with pytest.raises(KnownError, match="damaged") as caught:
        from_bytes(damaged)
    assert caught.value.action


def test_two_heads_in_one_file_are_none() -> None:
    with pytest.raises(KnownError, match="damaged"):
        from_bytes(to_bytes(linear()) + to_bytes(linear()))


def test_vectors_are_float32_rows_whose_dot_product_ranks() -> None:
    bare = BareEmbedder().embed(FEATURES)
    assert bare.dtype == np.float32
    assert np.linalg.norm(bare, axis=1) == pytest.approx(1)
    assert linear().embed(FEATURES).shape == (5, C + D)
    assert paper().embed(FEATURES).shape == (5, 2)
    for embedder in (BareEmbedder(), linear(), paper()):
        assert len(embedder.embed(np.zeros((0, D), np.float32))) == 0
        assert np.isfinite(embedder.embed(np.zeros((1, D), np.float32))).all()
