"""A workspace may want the phone's last four digits as the PIN; where they cannot be it, the grant says why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.declaring import declare_stay
from access.enums import PinOrigin
from access.issuing import issue_new_pin
from access.models import AccessGrant
from properties.booking import GuestDetails
from properties.enums import PinPolicy
from properties.models import Stay, Unit
from tests.factories import NOW, make_property, make_stay, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit() -> Unit:
    unit = make_unit(make_property(make_workspace(pin_policy=PinPolicy.PHONE)))
    virtual_door(unit, brand="yale")
    return unit


def book(unit: Unit, last4: str, *, days: int = 5, **fields: Any) -> AccessGrant:
    first = NOW.date() + dt.timedelta(days=days)
    guest = GuestDetails(name="Ida Brun", phone_last4=last4)
    stay = make_stay(unit, guest=guest, arrival_date=first, external_id=f"b{days}-{last4}", **fields)
    return grant_of(stay)


def grant_of(stay: Stay) -> AccessGrant:
    declare_stay(stay.pk, now=NOW)
    return AccessGrant.objects.get(stay=stay, revoked_at=None)


def test_digits_are_the_pin_of_every_door(unit: Unit) -> None:
    virtual_door(unit, brand="yale")
    grant = book(unit, "7315")

    assert (grant.pin, grant.pin_origin, grant.phone_note) == ("7315", PinOrigin.PHONE, "")
    assert {code.pin for code in grant.codes.all()} == {"7315"}


@pytest.mark.parametrize(
    ("last4", "why"), [("", "gives no phone number"), ("1234", "too easy to guess"), ("0000", "too easy")]
)
def test_digits_that_cannot_be_it_are_explained(unit: Unit, last4: str, why: str) -> None:
    grant = book(unit, last4)

    assert grant.pin is not None
    assert grant.pin != last4
    assert grant.pin_origin == PinOrigin.RANDOM
    assert why in grant.phone_note
    assert grant.pin_note == ""


def test_digits_that_another_guest_has_are_not_used_again(unit: Unit) -> None:
    book(unit, "7315")
    second = book(unit, "7315", days=6)

    assert second.pin != "7315"
    assert "another code on one of the doors has them" in second.phone_note


def test_new_code_is_not_the_same_digits_again(unit: Unit) -> None:
    grant = issue_new_pin(book(unit, "7315"), actor="anna@example.org", now=NOW)

    assert (grant.pin != "7315", grant.pin_origin) == (True, PinOrigin.RANDOM)
    assert "was replaced: asked for by a person" in grant.phone_note


def test_booking_that_asks_for_a_code_gets_that_one(unit: Unit) -> None:
    grant = book(unit, "7315", preferred_code="8264")

    assert (grant.pin, grant.pin_origin, grant.phone_note) == ("8264", PinOrigin.GIVEN, "")


def test_workspace_that_wants_random_digits_gets_them(unit: Unit) -> None:
    type(unit.property.workspace).objects.update(pin_policy=PinPolicy.RANDOM)
    grant = book(unit, "7315")

    assert (grant.pin_origin, grant.phone_note) == (PinOrigin.RANDOM, "")
