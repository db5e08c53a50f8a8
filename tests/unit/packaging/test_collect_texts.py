"""Every text that people read is found in the source, also those that are put together."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "packaging"))
from collect_texts import Texts, collect, error_classes, error_sentences, window_texts

SOURCE = """
class OddError(KnownError): pass
class OdderError(OddError): pass
def work(path, n, why):
    tr("Plain"), tr("One" if n else "Other"), tr(path), counted(n, "{n} cat", "{n} cats")
    reason = f"{path.name} has {n} of {n} {'cat' if n == 1 else 'cats'}"
    if why:
        raise OdderError(reason, "Feed it" if n else tr("Said in the window"))
    raise KnownError(f"{a.name} and {b.name} are away{x()}{y()}", f"Run letspic {n}")
"""


@pytest.fixture
def found() -> Texts:
    tree = ast.parse(SOURCE)
    texts = Texts()
    window_texts(tree, "ui/x.py", texts)
    error_sentences(tree, "ui/x.py", error_classes([tree]), texts)
    return texts


def test_texts_of_the_window(found: Texts) -> None:
    assert set(found.texts) == {"Plain", "One", "Other", "{n} cat", "{n} cats", "Said in the window"}
    assert found.computed == ["ui/x.py:5"]


def test_sentences_of_errors_become_templates(found: Texts) -> None:
    assert set(found.sentences) == {
        "{name} has {n} of {n} cat",
        "{name} has {n} of {n} cats",
        "Feed it",
        "{name} and {name_2} are away{value}{value_2}",
    }


def test_every_text_of_the_program_can_be_translated() -> None:
    everything = collect()
    assert everything.computed == []
    assert "Rate a photo with {stars} stars" in everything.texts
    assert "The disk that holds {path} is full" in everything.sentences
