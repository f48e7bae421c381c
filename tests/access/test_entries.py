"""An entry is one thing wherever it is told: a code of the stay opened, as far as the lock says which."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from access.declaring import declare_stay
from access.entries import entries_of_stays, is_entry
from access.enums import EventType
from access.events import record_code_event, record_device_event
from access.models import AccessCode, Event
from access.telling.loading import keyturn_events, with_told
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.outside import edit_from_outside
from tests.access.health.house import make_house
from tests.factories import NOW, make_stay, make_unit, virtual_door
from tests.stack.conftest import travel

__all__ = ["travel"]


@pytest.mark.django_db
def test_entry_is_an_opening_by_a_code_of_the_stay() -> None:
    unit = make_unit()
    door, stay = virtual_door(unit), make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    code = AccessCode.objects.select_related("device__account", "grant").get(grant__stay=stay)
    record_code_event(code, EventType.LOCK_UNLOCKED, now=NOW)
    record_code_event(code, EventType.LOCK_LOCKED, now=NOW)
    record_device_event(door.device, EventType.LOCK_UNLOCKED, now=NOW)

    (entry,) = entries_of_stays([stay.pk])

    assert entry.access_code == code
    assert [event.pk for event in Event.objects.all() if is_entry(event)] == [entry.pk]
    assert not entries_of_stays([])


MINUTE = dt.timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("noticed_after", "counts"), [(0 * MINUTE, False), (10 * MINUTE, False), (12 * MINUTE, True)]
)
def test_opening_by_a_code_that_the_next_look_finds_edited_is_nobodys_entry(
    travel: time_machine.Traveller, noticed_after: dt.timedelta, counts: bool
) -> None:
    """The log of a lock that was out of reach is read hours later: what counts is when each was heard."""
    unit = make_unit()
    virtual_door(unit)
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    code = AccessCode.objects.select_related("device__account", "grant").get(grant__stay=stay)
    heard = NOW + dt.timedelta(hours=3)
    travel.move_to(heard, tick=False)
    entry = record_code_event(code, EventType.LOCK_UNLOCKED, now=NOW)
    travel.move_to(heard + noticed_after, tick=False)
    record_code_event(code, EventType.CODE_MODIFIED_OUTSIDE, now=heard + noticed_after)
    travel.shift(MINUTE)
    later = record_code_event(code, EventType.LOCK_UNLOCKED, now=heard + noticed_after + MINUTE)

    assert set(entries_of_stays([stay.pk])) == ({entry, later} if counts else {later})


@pytest.mark.django_db
def test_edit_at_another_lock_takes_no_entry_away(travel: time_machine.Traveller) -> None:
    unit = make_unit()
    front, back = virtual_door(unit, name="Front"), virtual_door(unit, name="Back")
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    codes = AccessCode.objects.select_related("device__account", "grant").filter(grant__stay=stay)
    travel.move_to(NOW, tick=False)
    entry = record_code_event(codes.get(device=front.device), EventType.LOCK_UNLOCKED, now=NOW)
    record_code_event(codes.get(device=back.device), EventType.CODE_MODIFIED_OUTSIDE, now=NOW)

    assert list(entries_of_stays([stay.pk])) == [entry]


@pytest.mark.django_db
def test_stranger_who_edits_the_guests_code_at_the_lock_did_not_come_in_as_the_guest(
    travel: time_machine.Traveller,
) -> None:
    """The whole way: the lock says which code opened, and its log is read a moment before its codes."""
    house = make_house(travel, "august")
    today = house.now.date()
    stay = make_stay(
        house.device.door.units.get(),
        arrival_date=today - dt.timedelta(days=1),
        departure_date=today + dt.timedelta(days=2),
        now=house.now,
    )
    declare_stay(stay.pk, now=house.now)
    house.look(2)
    edit_from_outside(house.lock, house.lock.codes.get().slot, pin="618293", now=house.now)
    assert keypad(house.lock, "618293", at=house.now).opened
    house.look()

    opened = Event.objects.get(type=EventType.LOCK_UNLOCKED)
    assert opened.stay == stay
    assert not entries_of_stays([stay.pk])
    events = list(with_told(Event.objects.filter(pk=opened.pk), own=True))
    assert [one["type"] for one in keyturn_events(events)] == ["lock.unlocked"]
