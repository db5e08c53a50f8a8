"""Write the table of run-time dependencies and their licences in THIRD_PARTY.md, or check it.

The facts come from the metadata of what is installed beside this interpreter: every distribution that
letspic-device or letspic-desktop pulls in, directly or not. `--check` writes nothing; it fails where a
distribution is missing from the table, and notes a licence that reads differently in the installed version.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TABLE = Path(__file__).resolve().parents[1] / "THIRD_PARTY.md"
BEGIN = "<!-- table of run-time dependencies: written by `make licences` -->"
END = "<!-- end of table -->"
OWN = {"letspic-shared", "letspic-device", "letspic-desktop"}
LONGEST_NAME_OF_A_LICENCE = 80  # a longer License field is the whole text


def requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield what an installed distribution requires on this machine, with the given extras."""
    for line in metadata.distribution(name).requires or []:
        requirement = Requirement(line)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(requirement.marker.evaluate(env) for env in environments):
            yield requirement


def closure(root: str) -> set[str]:
    """Return the canonical names of everything that a distribution pulls in."""
    seen: set[str] = set()
    waiting = [(root, frozenset[str]())]
    visited: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        seen.add(canonicalize_name(name))
        waiting += [(r.name, frozenset(r.extras)) for r in requirements(name, extras)]
    return seen - OWN


def licence(name: str) -> str:
    """Return the licence that a distribution states: expression, short field, classifier or licence file."""
    distribution = metadata.distribution(name)
    fields = distribution.metadata
    stated = fields.get("License-Expression") or fields.get("License") or ""
    if stated not in ("", "UNKNOWN") and len(stated) <= LONGEST_NAME_OF_A_LICENCE:
        return stated
    classifiers = [c for c in fields.get_all("Classifier") or [] if c.startswith("License ::")]
    if classifiers:
        return " and ".join(c.rsplit(" :: ", 1)[-1] for c in classifiers)
    for file in distribution.files or []:
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = [line.strip() for line in file.read_text().splitlines() if line.strip()]
            return f"{lines[0]} (its {file.name} file)"
    return "not stated"


def rows() -> dict[str, str]:
    """Return one row of the table for each run-time dependency, by canonical name."""
    device, desktop = closure("letspic-device"), closure("letspic-desktop")
    table = {}
    for name in sorted(device | desktop):
        distribution = metadata.distribution(name)
        place = "device, desktop" if name in device else "desktop"
        table[name] = f"| {distribution.name} | {distribution.version} | {licence(name)} | {place} |"
    return table


def written_rows(text: str) -> dict[str, str]:
    """Return the rows that THIRD_PARTY.md holds now, by canonical name."""
    lines = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()[2:]
    return {canonicalize_name(line.split("|")[1].strip()): line for line in lines}


def check(text: str) -> int:
    """Compare the written table with what is installed; return the exit code."""
    written, installed = written_rows(text), rows()
    for name in installed.keys() & written.keys():
        stated, noted = (table[name].split("|")[3].strip() for table in (installed, written))
        if stated != noted:
            print(f"note: {name} states its licence as {stated!r}, THIRD_PARTY.md has {noted!r}")
    missing = sorted(installed.keys() - written.keys())
    if missing:
        print(f"THIRD_PARTY.md does not list {', '.join(missing)}: run `make licences`.", file=sys.stderr)
        return 1
    print(f"THIRD_PARTY.md lists all {len(installed)} run-time dependencies.")
    return 0


def main() -> int:
    """Write or check the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare with what is installed")
    text = TABLE.read_text(encoding="utf-8")
    if parser.parse_args().check:
        return check(text)
    before, _, rest = text.partition(BEGIN)
    head = "| package | version looked at | licence | comes with |\n|---|---|---|---|"
    table = "\n".join([head, *rows().values()])
    TABLE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
