"""An entry is one thing wherever it is told: a code of the stay opened, as far as the lock says which."""

from __future__ import annotations

import pytest

from access.declaring import declare_stay
from access.entries import entries_of_stays, is_entry
from access.enums import EventType
from access.events import record_code_event, record_device_event
from access.models import AccessCode, Event
from tests.factories import NOW, make_stay, make_unit, virtual_door


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
