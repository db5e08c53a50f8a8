"""Rules of the window that its code must keep everywhere; the tests of the window check some of them at run time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import letspic_desktop.ui

UI = Path(letspic_desktop.ui.__file__).parent
MODULES = sorted(UI.rglob("*.py"))
# The one event loop of the program; and a drag, for which Qt has no other call.
_MAY_RUN_A_LOOP = {"app.py", "drag.py"}
_ONLY_IN_THE_WINDOWS_THREAD = {"QPixmap", "QIcon", "QWidget", "QDialog", "QLabel", "QApplication"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(UI)))
def test_nothing_blocks_the_window(module: Path) -> None:
    """No event loop within the event loop, and no call that waits."""
    tree = ast.parse(module.read_text())
    wrong = []
    for call in calls(tree):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in ("exec", "exec_") and module.name not in _MAY_RUN_A_LOOP:
            wrong.append(f"{module.name}:{call.lineno} runs an event loop of its own")
        if name in ("processEvents", "sleep"):
            wrong.append(f"{module.name}:{call.lineno} calls {name}")
    assert not wrong


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(UI)))
def test_operations_leave_pixmaps_and_widgets_to_the_windows_thread(module: Path) -> None:
    tree = ast.parse(module.read_text())
    wrong = [
        f"{module.name}:{name.lineno} uses {name.id} in {one.name}.run"
        for one in ast.walk(tree)
        if isinstance(one, ast.ClassDef)
        for method in one.body
        if isinstance(method, ast.FunctionDef)
        and [argument.arg for argument in method.args.args] == ["self", "app", "progress"]
        for name in ast.walk(method)
        if isinstance(name, ast.Name) and name.id in _ONLY_IN_THE_WINDOWS_THREAD
    ]
    assert not wrong
