"""Names of nested tags: ``Travel/Jeju/Beach`` is a tag below ``Travel/Jeju``, which is one below ``Travel``."""

from __future__ import annotations

from typing import Final

from letspic_desktop.library.rows import clean_name, name_key
from letspic_shared.errors import KnownError

SEPARATOR: Final = "/"
DEEPEST: Final = 12
# Condition on a tag's key, twice the branch's own: the branch itself, or anything below it ("0" follows "/").
IN_BRANCH: Final = "(name_key = ? OR (name_key >= ? || '/' AND name_key < ? || '0'))"


def clean_path(name: str) -> str:
    """Return a tag's path with each part tidied, or refuse it.

    Raises
    ------
    KnownError
        A part is empty, too long or has control characters, or there are too many.
    """
    parts = [clean_name(part, "tag") for part in name.split(SEPARATOR)]
    if len(parts) > DEEPEST:
        raise KnownError(f"A tag has at most {DEEPEST} levels", "Choose a shorter path")
    return SEPARATOR.join(parts)


def path_key(name: str) -> str:
    """Return what two paths share that people take for the same tag."""
    return name_key(clean_path(name))


def ancestors(path: str) -> list[str]:
    """Return the paths above, outermost first: ``a`` and ``a/b`` for ``a/b/c``."""
    parts = path.split(SEPARATOR)
    return [SEPARATOR.join(parts[:count]) for count in range(1, len(parts))]


def is_below(key: str, branch: str) -> bool:
    """Whether one key is in the branch of another, or is it."""
    return key == branch or key.startswith(branch + SEPARATOR)


def branch_values(key: str) -> tuple[str, str, str]:
    """Return the values for ``IN_BRANCH``."""
    return key, key, key
