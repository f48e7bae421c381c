"""Stays whose access is held back, and PINs that were asked for."""

from __future__ import annotations

import dataclasses

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, Event
from access.overview import access_of_stay
from access.pins import pin_key_of
from access.preferring import rule_against
from access.states import CodeState
from properties import booking
from properties.enums import Role
from properties.models import Stay, StayChange
from tests.factories import NOW, make_member, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


def save(stay: Stay, **fields: object) -> Stay:
    stay = Stay.objects.select_related("unit__property", "guest", "workspace").get(pk=stay.pk)
    details = dataclasses.replace(booking.details_of(stay), **fields)  # type: ignore[arg-type]  # as sent
    saved = booking.save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=details,
        actor="PMS",
        now=timezone.now(),
    )
    return saved.stay


def live_pins() -> list[str | None]:
    live = AccessCode.objects.filter(revoked_at=None, ended_at=None)
    return [code.pin for code in live.order_by("device_id")]


def test_held_stay_gets_no_code_and_says_so() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit, hold_access=True)
    stay = Stay.objects.select_related("unit__property", "guest").get(pk=stay.pk)
    access = access_of_stay(stay, now=NOW)
    assert not AccessCode.objects.exists()
    assert access.state is CodeState.HELD
    assert "held back" in access.reason
    assert access.doors == ()


def test_manager_holds_access_back_and_lets_it_go(client: Client) -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    before = live_pins()
    client.force_login(make_member(stay.workspace, Role.MANAGER))
    address = reverse("stay-hold", args=[stay.public_id])
    assert "Hold access" in client.get(reverse("stay-detail", args=[stay.public_id])).content.decode()

    client.post(address, {"held": "1"})
    assert live_pins() == []
    page = client.get(reverse("stay-detail", args=[stay.public_id])).content.decode()
    assert "Let access go" in page

    client.post(address, {"held": "0"})
    assert live_pins() == before != []
    assert StayChange.objects.filter(stay=stay, fields__has_key="hold_access").count() == 2


def test_stay_let_go_is_declared_at_once() -> None:
    unit = make_unit()
    virtual_door(unit)
    save(make_stay(unit, hold_access=True), hold_access=False)
    assert len(live_pins()) == 1


def test_stay_held_after_all_loses_its_code_and_gets_the_same_pin_back() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    (pin,) = live_pins()
    save(stay, hold_access=True)
    assert live_pins() == []
    assert AccessGrant.objects.get().revoke_reason == "held"
    save(stay, hold_access=False)
    assert live_pins() == [pin]


def test_pin_asked_for_is_issued_on_every_door() -> None:
    unit = make_unit()
    for place in (unit, unit.property):
        virtual_door(place)
    make_stay(unit, preferred_code="7391")
    assert live_pins() == ["7391", "7391"]
    assert AccessGrant.objects.get().pin_origin == "given"


def test_pin_asked_for_that_somebody_has_leaves_another_and_a_note() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    AccessCode.objects.create(device=door.device, pin="7391", pin_key=pin_key_of("7391"))
    make_stay(unit, preferred_code="7391")
    grant = AccessGrant.objects.get()
    assert grant.pin not in (None, "7391")
    assert f"in use at {door.name}" in grant.pin_note
    assert "7391" not in grant.pin_note


def test_pin_asked_for_later_replaces_the_first() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    reveal_pins(AccessGrant.objects.get(), actor="x", now=NOW)
    save(stay, preferred_code="7391")
    assert live_pins() == ["7391"]
    assert Event.objects.get(type="pin.issued").data["reason"] == "asked for with the booking"


def test_pin_from_a_persons_hand_outlives_the_one_asked_for() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit, preferred_code="7391")
    issue_new_pin(AccessGrant.objects.get(), actor="person", now=NOW)
    (pin,) = live_pins()
    save(stay, notes="changed")
    assert live_pins() == [pin]
    assert pin != "7391"


def test_pin_asked_for_while_held_is_the_one_that_comes() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    save(stay, hold_access=True)
    save(stay, hold_access=False, preferred_code="7391")
    assert live_pins() == ["7391"]


def test_rule_names_the_door_that_cannot_take_a_pin() -> None:
    unit = make_unit()
    devices = [virtual_door(unit).device, virtual_door(unit.property).device]
    assert rule_against("7391", devices) is None
    assert rule_against("7391", []) is None
    problem = rule_against("739", devices)
    assert problem is not None
    assert devices[0].door.name in problem


def test_history_never_holds_the_pin_asked_for() -> None:
    stay = make_stay(make_unit(), preferred_code="73918425")
    save(stay, preferred_code="73918426", metadata={"ticket": "secret?"})
    lines = [change.fields for change in StayChange.objects.all()]
    assert "7391" not in str(lines)
    assert lines[-1]["preferred_code"] == ["given", "given"]
    assert lines[-1]["metadata"] == [None, "ticket"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"preferred_code": "12a4"}, "preferred_code"),
        ({"preferred_code": "1" * 21}, "preferred_code"),
        ({"metadata": {"a": ["b"]}}, "metadata.a"),
        ({"metadata": {"a": "x" * 501}}, "metadata.a"),
        ({"metadata": {"a": "\0"}}, "metadata.a"),
        ({"metadata": {"a": "\ud800"}}, "metadata.a"),
        ({"metadata": {"": "x"}}, "metadata"),
        ({"metadata": {str(number): 1 for number in range(51)}}, "metadata"),
    ],
)
def test_what_cannot_be_kept_is_refused(fields: dict[str, object], path: str) -> None:
    with pytest.raises(booking.BookingError) as refused:
        make_stay(make_unit(), **fields)  # type: ignore[arg-type]  # wrong on purpose
    assert list(refused.value.errors) == [path]
