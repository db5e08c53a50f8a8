"""Texts can be read in both looks: WCAG 2.1 asks for a contrast of 4.5."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from letspic_desktop.ui.look.tokens import DARK, LIGHT

GROUNDS = ("bg", "surface", "sidebar", "raised")
# What is written on what, beside the plain grounds.
PAIRS = [
    *((text, ground) for text in ("text", "muted", "faint", "accent_text") for ground in GROUNDS),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("accent_text", "accent_soft"),
    ("text", "accent_soft"),
    ("text", "hover"),
    ("text", "segment"),
    ("muted", "track"),
    ("bad", "surface"),
    ("bad", "bg"),
    *((tone, f"{tone}_soft") for tone in ("good", "warn", "bad")),
    *(("text", f"{tone}_soft") for tone in ("good", "warn", "bad")),
]


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(tokens: Mapping[str, str], text: str, ground: str) -> None:
    assert contrast(tokens[text], tokens[ground]) >= 4.5


def test_measure_agrees_with_known_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
