from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import assert_is_page, text_of
from tests.world import FOREIGN_PIN, PIN, World, make_world


def search(client: Client, words: str) -> str:
    answer = client.get(reverse("search"), {"q": words})
    assert_is_page(answer)
    return text_of(answer).split("Name or reference", 1)[1]


@pytest.mark.parametrize(
    ("words", "section", "title"),
    [
        ("quay guest", "Stays", "Quay guest"),
        ("Quay-booking", "Stays", "Quay guest"),
        ("GUEST quay@example.org", "Stays", "Quay guest"),
        ("holder", "People", "Quay holder"),
        ("street 1", "Properties", "Quay house"),
        ("quay flat", "Units", "Quay flat"),
        ("quay device", "Locks", "Quay device"),
        ("quay door", "Locks", "Quay device"),
    ],
)
def test_everything_is_found_by_its_names(owner: Client, words: str, section: str, title: str) -> None:
    found = search(owner, words)

    assert section in found
    assert title in found


@pytest.mark.parametrize("words", ["", "q", " ", "%%", "nobody here", "\0", "a" * 500, "zzz " * 90])
def test_what_finds_nothing_says_so(owner: Client, words: str) -> None:
    assert "Codes cannot be searched" in search(owner, words)


@pytest.mark.parametrize("pin", [PIN, FOREIGN_PIN, PIN[::-1]])
def test_codes_are_not_searched(owner: Client, pin: str) -> None:
    assert "Nothing found" in search(owner, pin)


def test_staff_finds_neither_holders_nor_contact(staff: Client) -> None:
    assert "Nothing found" in search(staff, "quay holder")
    assert "Nothing found" in search(staff, "quay@example.org")
    assert "Quay guest" in search(staff, "quay guest")


def test_nothing_of_another_workspace_is_found(owner: Client, world: World) -> None:
    make_world("Strand", now=NOW, pin="60481537")

    assert "Nothing found" in search(owner, "Strand")


def test_who_comes_is_found_before_who_was_there(owner: Client, world: World) -> None:
    for days, name in ((-40, "Ida past"), (20, "Ida coming")):
        first = NOW.date() + dt.timedelta(days=days)
        make_stay(world.unit, guest=GuestDetails(name=name), arrival_date=first, external_id=name)
    found = search(owner, "ida")

    assert found.index("Ida coming") < found.index("Ida past")


def test_more_hits_need_no_more_queries(owner: Client, world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            search(owner, "quay")
        return len(asked)

    search(owner, "quay")
    before = count()
    for number in range(2):
        place = make_property(world.workspace, name=f"Quay {number}")
        unit = make_unit(place, name=f"Quay {number}")
        make_stay(unit, guest=GuestDetails(name=f"Quay {number}"), external_id=f"quay-{number}")
        virtual_door(unit, name=f"Quay {number}")

    assert count() == before


@pytest.mark.parametrize(
    "typed", ["+41446681800", "0446681800", "044 668 18 00", "+41 (44) 668-18-00", "6681800"]
)
def test_guest_is_found_by_phone_however_it_is_written(owner: Client, staff: Client, typed: str) -> None:
    """The number of a guest who calls is typed as the telephone shows it."""
    assert "Quay guest" in search(owner, typed)
    assert "Nothing found" in search(staff, typed)


def test_reference_that_was_found_is_shown(owner: Client, world: World) -> None:
    Stay.objects.filter(pk=world.stay.pk).update(reference="HMXR55")

    assert "HMXR55" in search(owner, "hmxr55")
