"""Backbones on disk: ``HASH.tflite``, ``HASH.npy`` (a classifier), and ``HASH.json``, written last, that names both.

Every file is named by the SHA-256 of its bytes and checked against it when it is read, so a half-written or changed
one counts as absent, and two processes that build the same backbone write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from letspic_shared.files import sha256_of_file, write_atomic

PRECISIONS: Final = ("int8", "float32", "other")
_MAX_RECORD_BYTES: Final = 4096
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of one stored backbone.

    Parameters
    ----------
    classifier
        SHA-256 of its ImageNet classifier's file, or None.
    stamp
        What it was built from (``Recipe.stamp``), or None where a person added it.
    """

    sha256: str
    name: str
    precision: str
    size: int
    dim: int
    classifier: str | None
    stamp: str | None


def model_path(folder: Path, record: Record) -> Path:
    """Return where the .tflite file lies."""
    return folder / f"{record.sha256}.tflite"


def classifier_path(folder: Path, record: Record) -> Path | None:
    """Return where the classifier lies."""
    return None if record.classifier is None else folder / f"{record.classifier}.npy"


def write_content(folder: Path, data: bytes, suffix: str) -> str:
    """Write ``data`` under its own hash, and return that; a whole one that is there already stays."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / f"{sha256}{suffix}"
    if not _whole(path):
        write_atomic(path, data)
    return sha256


def write_record(folder: Path, record: Record) -> None:
    """Make a backbone exist; its files are on disk already."""
    text = json.dumps(asdict(record), indent=1, sort_keys=True)
    write_atomic(folder / f"{record.sha256}.json", text.encode())


def read_records(folder: Path) -> tuple[Record, ...]:
    """Return the readable records, by name and precision; whether their files are whole is not looked at."""
    if not folder.is_dir():
        return ()
    records = (read_record(path) for path in folder.glob("*.json"))
    return tuple(sorted(filter(None, records), key=lambda record: (record.name, record.precision, record.sha256)))


def read_record(path: Path) -> Record | None:
    """Return one record, or None where the file is absent or damaged."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(_MAX_RECORD_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    record = _record(fields)
    return record if record is not None and path.stem == record.sha256 else None


def is_whole(folder: Path, record: Record) -> bool:
    """Whether the record's files are there with the bytes that they were written with."""
    classifier = classifier_path(folder, record)
    return _whole(model_path(folder, record)) and (classifier is None or _whole(classifier))


def read_content(path: Path) -> bytes | None:
    """Return the bytes of a file named by their hash, or None where they are not those bytes any more."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == path.stem else None


def _whole(path: Path) -> bool:
    try:
        found = path.stat()
        return _hash_as_it_is(path, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size) == path.stem
    except OSError:
        return False


@lru_cache(maxsize=32)
def _hash_as_it_is(path: Path, *_state: int) -> str:
    """Return a file's SHA-256, read again only where the file is not as it was: every search asks for it."""
    return sha256_of_file(path)


def _record(fields: Any) -> Record | None:
    if not isinstance(fields, dict) or set(fields) != set(Record.__dataclass_fields__):
        return None
    hashes = [fields["sha256"], *(fields[key] for key in ("classifier", "stamp") if fields[key] is not None)]
    if not all(isinstance(value, str) and _HASH.fullmatch(value) for value in hashes):
        return None
    if not isinstance(fields["name"], str) or fields["precision"] not in PRECISIONS:
        return None
    if not all(type(fields[key]) is int and fields[key] > 0 for key in ("size", "dim")):
        return None
    return Record(**fields)
