"""What a holder's record declares, changes and takes back: level-based, one PIN, nothing said twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from access.enums import EventType
from access.issuing import issue_new_pin
from access.models import AccessCode, AccessGrant, Event, StaffAccess
from access.pins import pin_key_of
from access.staffing import (
    StaffRefused,
    add_exception,
    declare_staff,
    details_of,
    end_staff_access,
    save_staff_access,
    sweep_staff,
)
from access.staffing.matching import Held, match
from locks.doors import change_door, remove_door
from locks.models import Device, Door
from properties.window import Window
from tests.access.staffing.holders import TUESDAY, live_codes, make_staff, pin_of, resident
from tests.factories import NOW, make_device, make_property, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db
# What follows on commit needs commits.
COMMITTED = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def door() -> Door:
    return virtual_door(make_property(time_zone="Europe/Zurich"))


def change(staff: StaffAccess, *, now: dt.datetime = NOW, **fields: Any) -> StaffAccess:
    details = dataclasses.replace(details_of(staff), **fields)
    return save_staff_access(staff.workspace, details, staff=staff, actor="ana@example.org", now=now)


def starts(staff: StaffAccess) -> list[str]:
    return [f"{code.starts_at:%m-%d %H:%M}" for code in live_codes(staff)]


def test_one_code_for_each_door_and_window_with_one_pin(door: Door) -> None:
    second = virtual_door(door.property)

    staff = make_staff(door, second, now=NOW, rule="FREQ=DAILY")

    codes = live_codes(staff)
    assert len(codes) == 2 * 8
    assert {code.pin for code in codes} == {pin_of(staff)}
    assert {code.name for code in codes} == {"Olga Petrescu"}
    assert all(code.pin_held_until is not None for code in codes)
    assert staff.grant is not None
    assert staff.grant.stay is None
    door.device.refresh_from_db()
    assert door.device.wake_at == NOW


def test_declared_twice_or_swept_early_changes_nothing(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    before = list(AccessCode.objects.order_by("pk").values()), Event.objects.count()
    seq = Device.objects.get(pk=door.device_id).declared_seq

    declare_staff(staff.pk, now=NOW)
    declare_staff(staff.pk, now=NOW + HOUR)

    assert (list(AccessCode.objects.order_by("pk").values()), Event.objects.count()) == before
    assert Device.objects.get(pk=door.device_id).declared_seq == seq
    assert sweep_staff(now=NOW) == 0


def test_sweep_brings_the_next_windows_when_their_moment_has_come(door: Door) -> None:
    staff = make_staff(door, now=NOW)
    assert starts(staff) == ["03-02 09:00", "03-09 09:00"]
    assert staff.declare_at == dt.datetime(2027, 3, 8, 9, tzinfo=dt.UTC)
    AccessCode.objects.filter(grant=staff.grant).order_by("starts_at")[:1].get().delete()

    assert sweep_staff(now=staff.declare_at) == 1

    assert starts(staff) == ["03-09 09:00", "03-16 09:00"]
    first, second = live_codes(staff)
    assert first.pin_held_until == first.ends_at
    assert second.pin_held_until == second.ends_at + DAY  # type: ignore[operator]  # bounded


def test_rare_windows_are_declared_one_ahead(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=MONTHLY;BYDAY=1MO", first_day=TUESDAY)
    assert starts(staff) == ["04-05 08:00"]
    assert staff.declare_at is not None
    assert staff.declare_at == live_codes(staff)[0].ends_at


def test_record_without_further_windows_is_never_due_again(door: Door) -> None:
    staff = make_staff(door, now=NOW, last_day=TUESDAY)
    assert staff.declare_at is None
    assert len(live_codes(staff)) == 1
    assert resident(door, now=NOW).declare_at is None


def test_changes_move_codes_and_keep_rows_and_pin(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    pin, rows = pin_of(staff), [code.pk for code in live_codes(staff)]

    staff = change(staff, start_time=dt.time(11), end_time=dt.time(15), holder_name="Olga P.")

    codes = live_codes(staff)
    assert [code.pk for code in codes] == rows
    assert {(code.pin, code.name, code.starts_at.hour) for code in codes if code.starts_at} == {
        (pin, "Olga P.", 10)
    }
    told = Event.objects.filter(type=EventType.CODE_CHANGED, access_code=codes[0]).get()
    assert told.actor == "ana@example.org"
    assert told.data["after"]["name"] == "Olga P."


def test_windows_that_pass_over_each_other_are_moved_within_the_constraint(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY", start_time=dt.time(20), end_time=dt.time(19))
    for times in ((2, 1), (19, 18), (0, 23)):
        staff = change(staff, start_time=dt.time(times[0]), end_time=dt.time(times[1]))
        assert {code.pin for code in live_codes(staff)} == {pin_of(staff)}
    codes = live_codes(staff)
    assert all(one.pin_held_until == one.ends_at for one in codes[:-1])


def test_exception_takes_the_code_away_and_another_change_brings_it_back(door: Door) -> None:
    staff = make_staff(door, now=NOW)
    first = live_codes(staff)[0]

    staff = add_exception(staff, TUESDAY, actor="ana@example.org", now=NOW)
    assert starts(staff) == ["03-09 09:00"]
    first.refresh_from_db()
    assert first.revoked_at == NOW
    assert first.ended_at is None

    staff = change(staff, exceptions=())
    assert starts(staff) == ["03-02 09:00", "03-09 09:00"]
    first.refresh_from_db()
    assert first.revoked_at is None, "the same row, as no lock has confirmed anything"


def test_door_that_is_added_gets_the_same_pin_and_one_that_goes_is_cleared(door: Door) -> None:
    staff = resident(door, now=NOW)
    pin, second = pin_of(staff), virtual_door(door.property)

    staff = change(staff, doors=(second,))

    (code,) = live_codes(staff)
    assert (code.device_id, code.pin) == (second.device_id, pin)
    assert AccessCode.objects.get(device=door.device).revoke_reason == "door no longer theirs"


def test_f22_ending_leaves_tombstones_and_revokes_the_grant(door: Door) -> None:
    staff = resident(door, now=NOW)

    for moment in (NOW, NOW + HOUR):
        staff = end_staff_access(staff, actor="ana@example.org", now=moment)

    code, grant = AccessCode.objects.get(), AccessGrant.objects.get()
    assert (staff.ended_at, code.revoked_at, grant.revoked_at) == (NOW, NOW, NOW)
    assert code.ended_at is None
    assert staff.declare_at is None
    with pytest.raises(StaffRefused, match="ended"):
        change(staff, holder_name="Back again")


def test_f22_deleted_record_leaves_tombstones(door: Door) -> None:
    staff = resident(door, now=NOW)
    staff.delete()
    code = AccessCode.objects.get()
    assert code.revoked_at is not None
    assert code.ended_at is None


@COMMITTED
@pytest.mark.parametrize("how", ["removed", "another lock", "property deleted"])
def test_f22_door_that_goes_takes_the_code_along_at_once(door: Door, how: str) -> None:
    other = virtual_door(make_unit(make_property(door.property.workspace, time_zone="Europe/Zurich")))
    staff = resident(door, other, now=NOW)

    if how == "removed":
        remove_door(door, actor="ana@example.org", now=NOW)
    elif how == "another lock":
        device = make_device(door.property.workspace)
        change_door(door, device=device, actor="ana@example.org", now=NOW)
        assert device.pk in {code.device_id for code in live_codes(staff)}
    else:
        door.property.delete()

    assert door.device_id not in {code.device_id for code in live_codes(staff)}
    assert AccessCode.objects.get(device=door.device_id).ended_at is None


@COMMITTED
def test_device_that_is_no_longer_managed_is_left_and_taken_up_again(door: Door) -> None:
    staff = resident(door, now=NOW)
    device = Device.objects.get(pk=door.device_id)
    for managed, expected in ((False, 0), (True, 1)):
        device.is_managed = managed
        device.save(update_fields=["is_managed"])
        assert len(live_codes(staff)) == expected


def test_new_pin_replaces_every_window_and_later_ones_have_it_too(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    assert staff.grant is not None
    old = pin_of(staff)

    issue_new_pin(staff.grant, actor="ana@example.org", now=NOW)
    staff = StaffAccess.objects.get()
    declare_staff(staff.pk, now=NOW + DAY)

    new = pin_of(staff)
    assert new != old
    assert {code.pin for code in live_codes(staff)} == {new}
    assert staff.grant is not None
    assert Event.objects.get(type=EventType.PIN_ISSUED).data["grant"] == str(staff.grant.public_id)


def test_new_pin_is_new_where_each_door_has_its_own_and_earlier_windows_are_over(door: Door) -> None:
    short = virtual_door(door.property, brand="yale", reports={"pin_lengths": [4]})
    long = virtual_door(door.property, brand="lockly", reports={"pin_lengths": [8]})
    staff = make_staff(short, long, now=NOW, rule="FREQ=DAILY")
    assert staff.grant is not None
    first, *_ = live_codes(staff)
    AccessCode.objects.filter(starts_at=first.starts_at).update(ended_at=first.ends_at)
    assert first.ends_at is not None
    old = {code.pin for code in live_codes(staff)}
    assert len(old) == 2

    issue_new_pin(staff.grant, actor="ana@example.org", now=first.ends_at + HOUR)

    new = {code.pin for code in live_codes(staff)}
    assert len(new) == 2
    assert not new & old


@COMMITTED
def test_pin_of_a_holder_is_given_to_nobody_else_between_the_windows(door: Door) -> None:
    staff = make_staff(door, now=NOW)
    taken = make_staff(door, now=NOW, holder_name="Bo Lind")
    unit = make_unit(door.property)
    guest = AccessCode.objects.get(grant__stay=make_stay(unit))
    assert len({pin_of(staff), pin_of(taken), guest.pin}) == 3


def test_door_where_the_pin_is_taken_gets_one_of_its_own_and_the_grant_says_so(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    AccessGrant.objects.filter(staff=staff).update(revealed_at=NOW)
    second = virtual_door(door.property)
    pin = pin_of(staff)
    AccessCode.objects.create(device=second.device, pin=pin, pin_key=pin_key_of(pin), name="somebody else")

    staff = change(staff, doors=(door, second))

    by_device = {code.device_id: code.pin for code in live_codes(staff)}
    assert by_device[door.device_id] == pin
    assert by_device[second.device_id] not in (pin, None)
    assert len({code.pin for code in live_codes(staff)}) == 2
    assert second.device.name in AccessGrant.objects.get(staff=staff).pin_note


def test_clash_before_anybody_knows_the_pin_ends_in_another_for_all_doors(door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    second = virtual_door(door.property)
    old = pin_of(staff)
    AccessCode.objects.create(device=second.device, pin=old, pin_key=pin_key_of(old), name="somebody else")

    staff = change(staff, doors=(door, second))

    staff = StaffAccess.objects.get(pk=staff.pk)
    assert pin_of(staff) != old
    assert {code.pin for code in live_codes(staff)} == {pin_of(staff)}


def test_sweep_goes_on_after_a_record_that_it_cannot_declare(door: Door) -> None:
    broken, good = make_staff(door, now=NOW), make_staff(door, now=NOW)
    StaffAccess.objects.update(declare_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_accessgrant SET pin = 'no ciphertext' WHERE id = %s", [broken.grant_id])

    assert sweep_staff(now=NOW) == 2

    assert StaffAccess.objects.get(pk=broken.pk).declare_at == NOW + dt.timedelta(minutes=10)
    assert StaffAccess.objects.get(pk=good.pk).declare_at == good.declare_at


def test_doors_of_another_workspace_are_refused(door: Door) -> None:
    foreign = virtual_door(make_property())
    with pytest.raises(StaffRefused, match="this workspace only"):
        make_staff(door, foreign, now=NOW, time_zone="UTC")


def test_unmanaged_lock_is_refused_with_what_to_do(door: Door) -> None:
    Device.objects.filter(pk=door.device_id).update(is_managed=False)
    with pytest.raises(StaffRefused, match="manage it first"):
        make_staff(Door.objects.get(pk=door.pk), now=NOW)


MOMENTS = st.integers(0, 20).map(lambda number: NOW + number * HOUR)


@given(
    held=st.lists(st.tuples(MOMENTS, st.booleans()), max_size=6),
    begun=st.sets(MOMENTS, max_size=6),
)
def test_match_gives_each_window_one_code_and_leaves_no_live_one_without_a_word(
    held: list[tuple[dt.datetime, bool]], begun: set[dt.datetime]
) -> None:
    codes = [Held(pk, start, start + HOUR, revoked) for pk, (start, revoked) in enumerate(held)]
    windows = [Window(start, start + HOUR) for start in sorted(begun)]

    found = match(codes, windows)

    assert len(set(found.kept.values())) == len(found.kept) == min(len(codes), len(windows))
    live = {code.id for code in codes if not code.is_revoked}
    assert found.spare == live - set(found.kept.values())
    for number, window in enumerate(windows):
        if any(code.starts_at == window.starts_at and not code.is_revoked for code in codes):
            kept = codes[found.kept[number]]
            assert (kept.starts_at, kept.is_revoked) == (window.starts_at, False)
