"""What a desktop remembers of the group that it serves in; the owner chooses the names."""

import pytest

from letspic_desktop.application import Application
from letspic_desktop.operations.join import _forget, _remember
from letspic_device.pairing import Owner


def owner(group_id: str = "g1", group_name: str = "Family", desktop_name: str = "Desk") -> Owner:
    return Owner(
        certificate_pem="", fingerprint="f" * 64, desktop_name=desktop_name, group_id=group_id, group_name=group_name
    )


def names(app: Application) -> list[tuple[str, str]]:
    return [(group.name, group.role) for group in app.catalog.groups.all()]


def test_a_joined_group_is_listed_as_one(app: Application) -> None:
    _remember(app, owner())
    assert names(app) == [("Family", "member")]
    _forget(app)
    assert names(app) == []


def test_joining_again_changes_nothing(app: Application) -> None:
    _remember(app, owner())
    _remember(app, owner())
    assert names(app) == [("Family", "member")]


def test_a_device_serves_one_group(app: Application) -> None:
    _remember(app, owner())
    _remember(app, owner("g2", "Club"))
    assert names(app) == [("Club", "member")]


def test_a_name_that_is_taken_gets_the_desktops(app: Application) -> None:
    app.catalog.groups.create("family")
    _remember(app, owner())
    assert names(app) == [("family", "owner"), ("Family (Desk)", "member")]


def test_a_name_that_is_taken_twice_gets_a_number(app: Application) -> None:
    app.catalog.groups.create("Family")
    app.catalog.groups.create("Family (Desk)")
    _remember(app, owner())
    assert ("Family (Desk) 2", "member") in names(app)


def test_an_owner_cannot_take_over_a_group_of_our_own(app: Application) -> None:
    own = app.catalog.groups.create("Ours")
    _remember(app, owner(own.id, "Theirs"))
    kept = app.catalog.groups.get(own.id)
    assert kept is not None
    assert (kept.name, kept.role) == ("Ours", "owner")
    assert names(app) == [("Ours", "owner"), ("Theirs", "member")]


@pytest.mark.parametrize("name", ["", "x" * 100])
def test_any_name_will_do(app: Application, name: str) -> None:
    app.catalog.groups.create((name or "Group")[:50])
    _remember(app, owner(group_name=name, desktop_name="y" * 100))
    assert len(names(app)) == 2
