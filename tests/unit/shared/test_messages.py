import math
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letspic_shared import messages
from letspic_shared.messages import BadField

DIGEST = "0123456789abcdef" * 4
ODD: list[Any] = [None, True, 1, 1.5, "x", [], {}, [1], {"a": 1}, math.nan, math.inf, -math.inf, 10**400, b"x"]


def without(*kept: object) -> list[Any]:
    return [value for value in ODD if not any(value is item for item in kept)]


def test_every_kind_has_a_name_and_a_number_of_its_own() -> None:
    kinds = {value: name for name, value in vars(messages).items() if name.isupper() and type(value) is int}
    kinds = {value: name for value, name in kinds.items() if name not in ("PROTOCOL", "MAX_TEXT")}
    assert messages.PROTOCOL == 1
    assert {kind: name.lower() for kind, name in kinds.items() if kind in messages.NAMES} == {
        **messages.NAMES,
        1: "hello",
    }
    assert len(set(messages.NAMES.values())) == len(messages.NAMES)
    assert all(0 <= kind < 256 for kind in messages.NAMES)


@pytest.mark.parametrize("value", [v for v in ODD if not isinstance(v, str)], ids=repr)
def test_text_refuses(value: object) -> None:
    with pytest.raises(BadField, match="'f'"):
        messages.text({"f": value}, "f")


def test_text_has_a_limit_and_must_be_there() -> None:
    assert messages.text({"f": "abc"}, "f", 3) == "abc"
    with pytest.raises(BadField):
        messages.text({"f": "abcd"}, "f", 3)
    with pytest.raises(BadField):
        messages.text({}, "f")


@pytest.mark.parametrize("value", [True, False, None, 1.0, "1", [1], math.nan, -1, 11, 10**400], ids=repr)
def test_number_refuses(value: object) -> None:
    with pytest.raises(BadField, match="whole number from 0 to 10"):
        messages.number({"f": value}, "f", 0, 10)


@given(st.integers(0, 10))
def test_number_takes_both_ends(value: int) -> None:
    assert messages.number({"f": value}, "f", 0, 10) == value


@pytest.mark.parametrize("value", [True, None, "1", [1.0], math.nan, math.inf, -math.inf, 10**400, -0.1, 2.1], ids=repr)
def test_real_refuses(value: object) -> None:
    with pytest.raises(BadField, match=r"number from 0\.0 to 2\.0"):
        messages.real({"f": value}, "f", 0.0, 2.0)


def test_real_takes_whole_numbers_too() -> None:
    value = messages.real({"f": 2}, "f", 0.0, 2.0)
    assert value == 2.0
    assert type(value) is float


def test_flag() -> None:
    assert messages.flag({"f": True}, "f") is True
    assert messages.flag({}, "f") is False
    for value in (0, 1, "true", None, []):
        with pytest.raises(BadField):
            messages.flag({"f": value}, "f")


def test_texts() -> None:
    assert messages.texts({"f": ["a", ""]}, "f") == ["a", ""]
    assert messages.texts({}, "f") == []
    for value in ("ab", None, {"a": 1}, ["a", 1], ["a", None], ["abcde"]):
        with pytest.raises(BadField):
            messages.texts({"f": value}, "f", 4)


@pytest.mark.parametrize(
    "value",
    [
        *(DIGEST.upper(), DIGEST[:-1], DIGEST + "0", DIGEST[:-1] + "g", DIGEST[:-1] + "\n", "../" + DIGEST[3:]),
        *("٠" * 64, None, 1, [DIGEST], DIGEST.encode()),
    ],
    ids=lambda value: repr(value)[-12:],
)
def test_sha256_refuses(value: object) -> None:
    with pytest.raises(BadField):
        messages.sha256(value)


@given(st.text(alphabet=string.hexdigits.lower()[:16], min_size=64, max_size=64))
def test_sha256_takes_any_digest(value: str) -> None:
    assert messages.sha256(value) == value


def test_classes() -> None:
    assert messages.classes({"f": {DIGEST: 2}}, "f", 3) == {DIGEST: 2}
    assert messages.classes({}, "f", 3) == {}
    for value in ([], None, "x", {"a": 1}, {DIGEST: 3}, {DIGEST: -1}, {DIGEST: True}, {DIGEST: 1.0}, {DIGEST: "1"}):
        with pytest.raises(BadField):
            messages.classes({"f": value}, "f", 3)
