"""Find every text that people read, by reading the source.

Three kinds: the first argument of `tr` and the two texts of `counted`; templates of library changes; and the sentences
of errors (KnownError and its kinds), whose f-strings become templates with a `{name}` for each value.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("desktop/letspic_desktop", "shared/letspic_shared", "device_runtime/letspic_device")
MOST_ALTERNATIVES = 8
SHORTEST_WORDS = 4
# Texts that are not written out where `tr` is called: they are collected where they are made.
PASSED_ON = {"ui/texts.py", "ui/changes.py"}


@dataclass
class Texts:
    """What was found, each with one place where it stands."""

    texts: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)  # calls of `tr` whose text nobody can translate


def collect(root: Path = ROOT) -> Texts:
    """Read the packages of the project."""
    files = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    errors = error_classes(trees.values())
    found = Texts()
    for file, tree in trees.items():
        place = file.relative_to(root).as_posix()
        if PACKAGES[0] in place:
            window_texts(tree, place, found)
            change_templates(tree, place, found)
        error_sentences(tree, place, errors, found)
    return found


def error_classes(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of KnownError and of all that derive from it."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"KnownError"}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return known


def window_texts(tree: ast.Module, place: str, found: Texts) -> None:
    """Add what is given to `tr` and `counted`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        wanted = {"tr": node.args[:1], "counted": node.args[1:3]}.get(node.func.id, [])
        for argument in wanted:
            texts = list(constants(argument))
            if not texts and not any(place.endswith(one) for one in PASSED_ON):
                found.computed.append(f"{place}:{node.lineno}")
            for text in texts:
                found.texts.setdefault(text, f"{place}:{node.lineno}")


def change_templates(tree: ast.Module, place: str, found: Texts) -> None:
    """Add the templates of library changes: what is given to a parameter, or to a variable, named `template`."""
    if "LibraryChange" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        return
    positions = {"LibraryChange": 1}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "template" in names:
                positions[node.name] = names.index("template")
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "template" for one in node.targets
        ):
            values = [node.value]
        elif isinstance(node, ast.Call):
            name = callee(node)
            if name in positions:
                values = node.args[positions[name] : positions[name] + 1]
                values += [one.value for one in node.keywords if one.arg == "template"]
        for text in (text for value in values for text in constants(value)):
            for one in {text, text.replace("{n} photos", "a photo")}:
                found.texts.setdefault(one, f"{place}:{node.lineno}")


def error_sentences(tree: ast.Module, place: str, errors: set[str], found: Texts) -> None:
    """Add reasons and actions of errors."""
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    local: dict[int, dict[str, list[ast.expr]]] = {}
    for scope in scopes:
        names = assignments(scope)
        for node in ast.walk(scope):
            local[id(node)] = names
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or callee(node) not in errors:
            continue
        for argument in [*node.args[:2], *(one.value for one in node.keywords if one.arg in ("reason", "action"))]:
            for text in sentences(argument, local.get(id(node), {})):
                # Commands are for the terminal: the window does not show them.
                if words(text) >= SHORTEST_WORDS and "letspic " not in text and "--" not in text:
                    found.sentences.setdefault(text, f"{place}:{node.lineno}")


def assignments(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what the names of a function are set to."""
    made: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made.setdefault(target.id, []).append(node.value)
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for one, value in zip(target.elts, node.value.elts, strict=False):
                        if isinstance(one, ast.Name):
                            made.setdefault(one.id, []).append(value)
    return made


def constants(node: ast.expr) -> Iterator[str]:
    """Yield the literal texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def sentences(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """Return the templates that an expression may be; calls of `tr` are translated already and give none."""
    if isinstance(node, ast.Name):
        return [text for value in names.get(node.id, []) if value is not node for text in sentences(value, {})]
    if isinstance(node, ast.IfExp):
        return sentences(node.body, names) + sentences(node.orelse, names)
    if isinstance(node, ast.JoinedStr):
        return joined(node)
    return list(constants(node))


def joined(node: ast.JoinedStr) -> list[str]:
    """Return an f-string as templates: one for each way its choices between literals may go."""
    used: dict[str, str] = {}
    pieces: list[list[str]] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            choices = list(constants(part.value)) if isinstance(part.value, ast.IfExp) else []
            pieces.append(choices or ["{" + place_name(part.value, used) + "}"])
        elif isinstance(part, ast.Constant):
            pieces.append([str(part.value).replace("{", "(").replace("}", ")")])
    return ["".join(choice) for choice in itertools.islice(itertools.product(*pieces), MOST_ALTERNATIVES)]


def place_name(value: ast.expr, used: dict[str, str]) -> str:
    """Return a name for a value: its own where it has one; two different values get two names."""
    plain = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else "value"
    plain = plain.strip("_").lower() or "value"
    source = ast.dump(value)
    for name in itertools.chain([plain], (f"{plain}_{number}" for number in itertools.count(2))):
        if used.setdefault(name, source) == source:
            return name
    raise AssertionError("counting does not end")


def callee(node: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def words(template: str) -> int:
    """Return how many letters a template has of its own."""
    outside, depth = 0, 0
    for letter in template:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        outside += depth == 0 and letter.isalpha()
    return outside
