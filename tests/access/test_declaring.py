"""What a stay declares, changes and takes back; PINs that are chosen once."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from access.declaring import declare_stay, sweep_stays
from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, Event
from locks.doors import change_door
from properties import booking
from properties.enums import CancelReason, StayKind, StayStatus
from properties.models import Stay
from tests.factories import NOW, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", [StayKind.GUEST, StayKind.OWNER, StayKind.LEASE])
def test_declare_stay_gives_a_confirmed_stay_one_code_for_each_door(kind: StayKind) -> None:
    unit = make_unit()
    doors = [virtual_door(unit), virtual_door(unit.property)]
    virtual_door(make_unit(unit.property))

    stay = make_stay(unit, kind=kind)

    codes = AccessCode.objects.order_by("device_id")
    assert [code.device_id for code in codes] == [door.device_id for door in doors]
    assert {(code.starts_at, code.ends_at) for code in codes} == {(stay.starts_at, stay.ends_at)}
    assert len({code.pin for code in codes}) == 1
    stay.refresh_from_db()
    assert stay.acknowledged_revision == stay.revision


@pytest.mark.parametrize(
    "fields", [{"kind": StayKind.BLOCK}, {"status": StayStatus.TENTATIVE}, {"status": StayStatus.CANCELLED}]
)
def test_declare_stay_gives_nothing_to_what_is_no_stay(fields: dict[str, object]) -> None:
    unit = make_unit()
    virtual_door(unit)

    make_stay(unit, **fields)  # type: ignore[arg-type]

    assert not AccessCode.objects.exists()
    assert not booking.unacknowledged_stays(limit=5)


def test_declare_stay_gives_a_lease_without_end_a_code_without_end() -> None:
    unit = make_unit()
    virtual_door(unit)

    stay = make_stay(unit, kind=StayKind.LEASE, departure_date=None)

    code = AccessCode.objects.get()
    assert (code.starts_at, code.ends_at) == (stay.starts_at, None)


def test_declare_stay_said_twice_changes_nothing() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    events = Event.objects.count()

    declare_stay(stay.pk, now=NOW)

    assert Event.objects.count() == events
    assert AccessCode.objects.count() == 1


def test_sweep_finds_a_stay_that_nobody_announced() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    Stay.objects.update(arrival_date=stay.arrival_date + dt.timedelta(days=1), revision=stay.revision + 1)
    Stay.objects.update(starts_at=stay.starts_at + dt.timedelta(days=1))

    assert sweep_stays(now=NOW) == 1
    assert AccessCode.objects.get().starts_at == stay.starts_at + dt.timedelta(days=1)
    assert sweep_stays(now=NOW) == 0


def test_declare_stay_wakes_the_device_at_once() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    type(door.device).objects.update(wake_at=None)

    make_stay(unit)

    door.device.refresh_from_db()
    assert door.device.wake_at is not None
    assert door.device.wake_at <= timezone.now()


def test_f22_cancelled_stay_leaves_a_tombstone_until_the_lock_confirms() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)

    booking.cancel_stay(stay, reason=CancelReason.PERSON, actor="ana@example.org", now=NOW)

    code = AccessCode.objects.get()
    assert code.revoked_at is not None
    assert code.ended_at is None


def test_stay_that_moves_to_another_unit_takes_its_pin_along() -> None:
    first = make_unit()
    second = make_unit(first.property)
    virtual_door(first)
    door = virtual_door(second)
    stay = make_stay(first)
    pin = AccessCode.objects.get().pin

    booking.save_stay(
        stay.workspace,
        source=stay.source,
        external_id=stay.external_id,
        details=dataclasses.replace(booking.details_of(stay), unit=second),
        actor="test",
        now=NOW,
    )

    live = AccessCode.objects.get(revoked_at=None)
    assert (live.device_id, live.pin) == (door.device_id, pin)


def test_stay_that_was_tentative_for_a_while_keeps_its_pin() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    pin = AccessGrant.objects.get().pin

    for status in (StayStatus.TENTATIVE, StayStatus.CONFIRMED):
        booking.save_stay(
            stay.workspace,
            source=stay.source,
            external_id=stay.external_id,
            details=dataclasses.replace(booking.details_of(stay), status=status),
            actor="test",
            now=NOW,
        )

    assert AccessGrant.objects.get(revoked_at=None).pin == pin
    assert AccessCode.objects.get(revoked_at=None, ended_at=None).pin == pin


def test_f85_sweep_goes_on_after_a_stay_that_it_cannot_declare() -> None:
    bad, good = make_unit(), make_unit()
    virtual_door(bad)
    virtual_door(good)
    broken = make_stay(bad)
    make_stay(good)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_accessgrant SET pin = 'no ciphertext' WHERE stay_id = %s", [broken.pk])
    Stay.objects.update(revision=9)

    sweep_stays(now=NOW)

    assert booking.unacknowledged_stays(limit=5) == [broken.pk]


def test_reveal_pins_writes_each_look_down() -> None:
    unit = make_unit()
    doors = [virtual_door(unit), virtual_door(unit)]
    make_stay(unit)
    grant = AccessGrant.objects.get()

    (shown,) = reveal_pins(grant, actor="ana@example.org", now=NOW)
    reveal_pins(grant, actor="ben@example.org", now=NOW)

    assert shown.pin == AccessCode.objects.first().pin  # type: ignore[union-attr]
    assert set(shown.doors) == {door.name for door in doors}
    looks = Event.objects.filter(type="pin.revealed").order_by("pk")
    assert list(looks.values_list("actor", flat=True)) == ["ana@example.org", "ben@example.org"]
    assert shown.pin not in repr(shown)


def test_f08_issue_new_pin_revokes_the_old_codes_and_declares_new_ones() -> None:
    unit = make_unit()
    virtual_door(unit)
    virtual_door(unit)
    make_stay(unit)
    old = AccessGrant.objects.get().pin

    grant = issue_new_pin(AccessGrant.objects.get(), actor="ana@example.org", now=NOW)

    assert grant.pin != old
    assert {code.pin for code in AccessCode.objects.filter(revoked_at=None)} == {grant.pin}
    assert {code.pin for code in AccessCode.objects.exclude(revoked_at=None)} == {old}
    assert Event.objects.get(type="pin.issued").actor == "ana@example.org"


def test_f07_clash_on_a_door_that_is_added_ends_in_another_pin_while_nobody_knows_the_first() -> None:
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    grant = AccessGrant.objects.get()
    shared = virtual_door(make_unit(unit.property))
    _occupy(shared.device_id, grant)

    change_door(shared, units=[unit], actor="test", now=NOW)

    pins = set(AccessCode.objects.filter(grant__stay=stay, revoked_at=None).values_list("pin_key", flat=True))
    assert len(pins) == 1
    assert pins != {grant.pin_key}


def test_f07_clash_on_a_door_that_is_added_gives_it_its_own_pin_once_the_guest_knows_the_first() -> None:
    unit = make_unit()
    virtual_door(unit)
    make_stay(unit)
    grant = AccessGrant.objects.get()
    reveal_pins(grant, actor="ana@example.org", now=NOW)
    shared = virtual_door(make_unit(unit.property))
    _occupy(shared.device_id, grant)

    change_door(shared, units=[unit], actor="test", now=NOW)

    assert AccessGrant.objects.get().pin == grant.pin
    assert len({code.pin for code in AccessCode.objects.filter(grant=grant, revoked_at=None)}) == 2
    assert len(reveal_pins(grant, actor="ana@example.org", now=NOW)) == 2


def _occupy(device_id: int, grant: AccessGrant) -> None:
    """Somebody else's code with the same PIN."""
    code = AccessCode.objects.filter(grant=grant).first()
    assert code is not None
    AccessCode.objects.create(
        device_id=device_id,
        pin=code.pin,
        pin_key=code.pin_key,
        starts_at=code.starts_at,
        ends_at=code.ends_at,
        pin_held_until=code.pin_held_until,
    )
