"""The record of a stay for print: what it tells, what it keeps to itself, and what it says is not known."""

from __future__ import annotations

import datetime as dt
import html as entities
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.connecting.deleting import delete_account
from access.declaring import declare_stay
from access.enums import EventType
from access.events import record_code_event, record_device_event
from access.foreign.devices import unmanage_device
from access.issuing import issue_new_pin
from access.models import AccessCode, AccessGrant, Event
from access.states import Seen, WriteState
from locks.models import Account, Device
from properties.models import Stay
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import assert_is_page
from tests.pages import text_of as raw_text_of
from tests.world import PIN, World

HOUR = dt.timedelta(hours=1)


def text_of(answer: Any) -> str:
    return entities.unescape(raw_text_of(answer))


def address(stay: Stay, name: str = "stay-proof") -> str:
    return reverse(name, args=[stay.public_id])


def test_record_tells_stay_window_doors_and_all_that_happened(owner: Client, world: World) -> None:
    answer = owner.get(address(world.stay))

    assert_is_page(answer)
    page = text_of(answer)
    for word in (
        "Quay house, Quay street 1",
        "Quay flat",
        "Quay guest",
        f"printed Mon 1 Mar, 12:00 UTC by {world.owner.email}",
        "Doors open Tue 2 Mar, 15:00 UTC",
        "Quay door",
        "Code active on the lock",
        "Stay created",
        "Message sent",
        "All times are those of UTC",
        "Who stood at a door: a lock knows a code and not a person.",
    ):
        assert word in page
    assert "no-store" in answer["Cache-Control"]


def test_record_holds_the_code_on_a_managers_word_only(owner: Client, staff: Client, world: World) -> None:
    assert PIN not in owner.get(address(world.stay)).content.decode()
    assert not Event.objects.filter(type=EventType.PIN_REVEALED).exists()
    assert owner.get(address(world.stay, "stay-proof-code")).status_code == 405
    assert staff.post(address(world.stay, "stay-proof-code")).status_code == 403

    answer = owner.post(address(world.stay, "stay-proof-code"))

    assert_is_page(answer)
    assert PIN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.get(type=EventType.PIN_REVEALED).actor == world.owner.email
    assert f"Seen by {world.owner.email}" in text_of(answer)


def test_staff_prints_without_how_to_reach_the_guest(staff: Client, world: World) -> None:
    page = staff.get(address(world.stay)).content.decode()

    assert world.stay.guest is not None
    assert world.stay.guest.name in page
    assert world.stay.guest.email not in page
    assert "668 18 00" not in page
    assert "Include the code" not in page


def test_lock_that_tells_no_code_leaves_entries_unknown(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    door = virtual_door(unit, "nuki", name="Yard gate")
    stay = make_stay(unit, arrival_date=NOW.date() - dt.timedelta(days=1))
    declare_stay(stay.pk, now=NOW)
    for kind in (EventType.LOCK_UNLOCKED, EventType.DEVICE_DISCONNECTED):
        Event.objects.create(
            workspace=world.workspace,
            type=kind,
            occurred_at=NOW - HOUR,
            device=door.device,
            data={"method": "keycode"},
        )

    unknown = text_of(owner.get(address(stay))).partition("What is not known")[2]

    assert "Yard gate: which code opened the door. This lock does not tell." in unknown
    assert "Whether it was the guest's code that opened a door Mon 1 Mar 2027, 11:00 UTC." in unknown
    assert "Yard gate: what happened while the lock was out of reach" in unknown
    assert "the stay was not over when this was printed" in unknown


def test_entries_that_are_known_are_said_to_be(owner: Client, world: World) -> None:
    known = text_of(owner.get(address(world.stay))).partition("What is known")[2]
    assert "told of no opening by the guest's code so far" in known
    record_code_event(world.code, EventType.CODE_SCHEDULED, now=NOW)
    record_code_event(world.code, EventType.LOCK_UNLOCKED, now=NOW + 30 * HOUR, actor="")

    known = text_of(owner.get(address(world.stay))).partition("What is known")[2]

    assert "Quay door: the code was read on the lock for the first time Mon 1 Mar 2027, 12:00 UTC." in known
    assert "The guest's code opened a door once: first Tue 2 Mar 2027, 18:00 UTC" in known


def test_code_that_was_replaced_stays_in_the_record(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit, "schlage", name="Yard gate")
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    issue_new_pin(AccessGrant.objects.get(stay=stay), actor="ana", now=NOW)
    AccessCode.objects.filter(grant__stay=stay, revoked_at__isnull=False).update(ended_at=NOW)

    page = text_of(owner.get(address(stay)))

    assert page.count("Yard gate Yard gate") == 2
    assert "new code issued Mon 1 Mar, 12:00 UTC" in page


def test_stay_without_any_door_has_a_record(owner: Client, world: World) -> None:
    answer = owner.get(address(make_stay(make_unit(make_property(world.workspace)))))

    assert_is_page(answer)
    assert "No lock opens this unit yet." in text_of(answer)


def test_what_was_sent_and_not_confirmed_is_not_known(owner: Client, world: World) -> None:
    """Three things that must not be rounded to each other: not sent, sent without an answer, read without it."""
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit, "schlage", name="Yard gate")
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    codes = AccessCode.objects.filter(grant__stay=stay)

    def said() -> tuple[str, str]:
        known, _, unknown = text_of(owner.get(address(stay))).partition("What is not known")
        return known, unknown

    assert "Yard gate: nothing was sent to the lock so far." in said()[0]

    codes.update(write_state=WriteState.SENT, written_at=NOW - HOUR, attempts=1)
    known, unknown = said()
    assert "Yard gate:" not in known
    assert "whether the lock holds the code. It was sent Mon 1 Mar 2027, 11:00 UTC, and nothing" in unknown
    assert "Mon 1 Mar 2027, 11:00:00 UTC Sent to the lock not confirmed so far" in unknown

    codes.update(seen=Seen.ABSENT, seen_at=NOW)
    known, unknown = said()
    assert "the lock was read Mon 1 Mar 2027, 12:00 UTC, and the code was not on it." in known
    assert "whether the lock holds the code" not in unknown


def test_disconnecting_for_good_is_no_evidence_that_a_code_is_gone(owner: Client, world: World) -> None:
    record_code_event(world.code, EventType.CODE_SET, now=NOW - HOUR)
    delete_account(world.account, actor="ana", now=NOW)

    known, _, unknown = text_of(owner.get(address(world.stay))).partition("What is not known")

    assert "the code was gone from the lock" not in known
    assert "Gone:" not in known
    assert "Not managed its account was deleted Mon 1 Mar, 12:00 UTC" in known
    assert "not managed any more; whether it stands there is not known" in unknown


def test_code_that_was_left_on_an_unmanaged_lock_stays_in_the_record(owner: Client, world: World) -> None:
    shape = {"pin_key": world.code.pin_key, "name": "x", "starts_at": None, "ends_at": None, "enabled": True}
    AccessCode.objects.filter(pk=world.code.pk).update(written=shape)
    unmanage_device(world.device, actor="ana", now=NOW)

    page = text_of(owner.get(address(world.stay)))

    assert "Let go: Mon 1 Mar, 12:00 UTC , left on the lock, not managed any more" in page
    assert "the lock is no longer managed Mon 1 Mar, 12:00 UTC" in page


def known_and_not(client: Client, stay: Stay) -> tuple[str, str]:
    known, _, unknown = text_of(client.get(address(stay))).partition("What is not known")
    return known, unknown


TOLD_OF_NONE = "told of no opening by the guest's code so far"
OUT_OF_REACH = "Quay door: what happened while the lock was out of reach"


def begun(world: World) -> Stay:
    """The world's stay since yesterday, its lock and account here for long."""
    began = NOW - 24 * HOUR
    Stay.objects.filter(pk=world.stay.pk).update(starts_at=began)
    AccessCode.objects.filter(pk=world.code.pk).update(starts_at=began)
    Device.objects.filter(pk=world.device.pk).update(created_at=NOW - 720 * HOUR)
    Account.objects.filter(pk=world.account.pk).update(created_at=NOW - 720 * HOUR)
    return world.stay


def test_no_entry_is_known_where_the_lock_was_in_reach_all_the_time(owner: Client, world: World) -> None:
    known, unknown = known_and_not(owner, begun(world))

    assert TOLD_OF_NONE in known
    assert OUT_OF_REACH not in unknown
    page = text_of(owner.get(address(world.stay, "stay-detail")))
    assert "First entry none so far the locks would tell" in page


@pytest.mark.parametrize("way", ["offline", "unknown", "spell", "back", "account", "unheard"])
def test_lock_out_of_reach_leaves_it_open_whether_somebody_came(
    owner: Client, world: World, way: str
) -> None:
    stay = begun(world)
    device, account = Device.objects.filter(pk=world.device.pk), Account.objects.filter(pk=world.account.pk)
    long_ago = NOW - 240 * HOUR
    match way:
        case "offline":
            device.update(online=False, online_changed_at=long_ago)
        case "unknown":
            device.update(online=None)
        case "spell":
            record_device_event(world.device, EventType.DEVICE_DISCONNECTED, now=NOW - 2 * HOUR)
            record_device_event(world.device, EventType.DEVICE_CONNECTED, now=NOW - HOUR)
        case "back":
            record_device_event(world.device, EventType.DEVICE_CONNECTED, now=NOW - 23 * HOUR)
        case "account":
            account.update(status="disconnected")
        case "unheard":
            device.update(last_read_at=long_ago)

    known, unknown = known_and_not(owner, stay)

    assert TOLD_OF_NONE not in known
    assert OUT_OF_REACH in unknown
    page = text_of(owner.get(address(stay, "stay-detail")))
    assert "First entry not known Quay door: out of reach for a time" in page


def test_connection_that_was_lost_after_the_stay_takes_nothing_from_it(owner: Client, world: World) -> None:
    stay = begun(world)
    Stay.objects.filter(pk=stay.pk).update(ends_at=NOW - 3 * HOUR)
    Device.objects.filter(pk=world.device.pk).update(online=False, online_changed_at=NOW - HOUR)
    record_device_event(world.device, EventType.DEVICE_DISCONNECTED, now=NOW - HOUR)

    assert TOLD_OF_NONE in known_and_not(owner, stay)[0]


def test_stay_without_doors_is_told_of_by_nobody(owner: Client, world: World) -> None:
    stay = make_stay(
        make_unit(make_property(world.workspace)), arrival_date=NOW.date() - dt.timedelta(days=1)
    )

    known, unknown = known_and_not(owner, stay)

    assert TOLD_OF_NONE not in known
    assert "Whether anybody came in: no lock of this stay tells." in unknown
