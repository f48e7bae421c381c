from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.codes import (
    CodeChanges,
    CodeRefused,
    Kind,
    NewCode,
    create_code,
    create_codes,
    delete_code,
    update_code,
    update_codes,
)
from access.declaring import sweep_stays
from access.enums import EventType
from access.models import AccessCode, Event
from locks.models import Device
from properties.models import Workspace
from tests.factories import NOW, make_device, make_stay, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def make_code(device: Device | None = None, **fields: Any) -> AccessCode:
    return create_code(device or make_device(), NewCode(**fields), actor="tester", now=NOW)


def update(code: AccessCode, *, now: dt.datetime = NOW, **changes: Any) -> AccessCode:
    return update_code(code, CodeChanges(**changes), actor="tester", now=now)


def changes_of(code: AccessCode) -> list[Event]:
    return list(Event.objects.filter(access_code=code, type=EventType.CODE_CHANGED).order_by("pk"))


def refusals_of_acts(code: AccessCode) -> list[CodeRefused]:
    with pytest.raises(CodeRefused) as changing:
        update(code, name="Odd")
    with pytest.raises(CodeRefused) as deleting:
        delete_code(code, actor="tester", now=NOW)
    return [changing.value, deleting.value]


def test_ongoing_code_becomes_time_bound_and_ongoing_again_under_its_id() -> None:
    code = make_code(name="Cleaner")

    bound = update(code, kind=Kind.TIME_BOUND, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    assert (bound.pk, bound.pin, bound.ends_at) == (code.pk, code.pin, NOW + 2 * DAY)
    assert bound.pin_held_until is not None

    free = update(code, kind=Kind.ONGOING)
    assert (free.starts_at, free.ends_at, free.pin_held_until) == (None, None, None)
    assert len(changes_of(code)) == 2


def test_change_is_told_with_before_and_after_but_no_pin() -> None:
    code = make_code(name="Cleaner", pin="4829")

    update(code, name="Gardener", pin="5731")

    [event] = changes_of(code)
    assert event.data["before"]["name"] == "Cleaner"
    assert event.data["after"]["name"] == "Gardener"
    assert event.data["change"] == "another code, name"
    assert not any(pin in str(event.data) for pin in ("4829", "5731"))


def test_change_of_nothing_is_no_event() -> None:
    code = make_code(name="Cleaner", pin="4829")

    update(code, name="Cleaner", pin="4829")

    assert changes_of(code) == []


def test_new_name_is_written_to_the_lock_anew() -> None:
    code = make_code(name="Cleaner")
    AccessCode.objects.update(appearance_name="Cleaner")

    assert update(code, name="Gardener").appearance_name == ""


def test_change_lifts_what_stopped_the_code() -> None:
    code = make_code(pin="4829")
    AccessCode.objects.update(stopped="duplicate_pin", failures=3, next_try_at=NOW + HOUR)

    changed = update(code, pin="5731")

    assert (changed.stopped, changed.failures, changed.next_try_at) == ("", 0, None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pin": "12"}, "invalid_input"),
        ({"ends_at": NOW - HOUR, "starts_at": NOW - DAY}, "invalid_input"),
        ({"starts_at": NOW}, "invalid_input"),
        ({"use_backup_pool": True}, "access_code_not_time_bound"),
        ({"pin": "5731"}, "duplicate_access_code"),
    ],
)
def test_change_that_is_refused_changes_nothing(changes: dict[str, Any], error: str) -> None:
    device = make_device()
    make_code(device, pin="5731")
    code = make_code(device, name="Cleaner", pin="4829")

    with pytest.raises(CodeRefused) as refused:
        update(code, name="Gardener", **changes)

    assert refused.value.type == error
    code.refresh_from_db()
    assert (code.name, code.pin) == ("Cleaner", "4829")


def test_window_that_runs_into_another_code_of_the_pin_is_refused() -> None:
    device = make_device(brand="yale")
    Workspace.objects.update(same_pin_in_disjoint_windows=True)
    first = make_code(device, pin="4829", starts_at=NOW, ends_at=NOW + DAY)
    make_code(device, pin="4829", starts_at=NOW + 2 * DAY, ends_at=NOW + 3 * DAY)

    moved = update(first, ends_at=NOW + 2 * DAY)
    assert moved.pin_held_until == NOW + 2 * DAY
    with pytest.raises(CodeRefused) as refused:
        update(first, ends_at=NOW + 2 * DAY + HOUR)

    assert refused.value.type == "duplicate_access_code"


def test_start_that_stays_is_not_clamped_when_the_end_moves() -> None:
    code = make_code(make_device(brand="kwikset"), starts_at=NOW + HOUR, ends_at=NOW + DAY)

    moved = update(code, ends_at=NOW + 2 * DAY, now=NOW + 2 * HOUR)

    assert (moved.starts_at, moved.ends_at) == (NOW + HOUR, NOW + 2 * DAY)


def test_codes_made_together_are_moved_together_or_not_at_all() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace), make_device(workspace)]
    codes = create_codes(devices, NewCode(name="Team"), actor="tester", now=NOW)
    key = codes[0].common_code_key
    changes = CodeChanges(name="Crew", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)

    moved = update_codes(workspace, key, changes, actor="tester", now=NOW)

    assert [(code.name, code.ends_at, code.pin) for code in moved] == [
        ("Crew", NOW + 2 * DAY, codes[0].pin)
    ] * 2
    Device.objects.filter(pk=devices[1].pk).update(is_managed=False)
    with pytest.raises(CodeRefused):
        update_codes(workspace, key, CodeChanges(name="Gang"), actor="tester", now=NOW)
    assert not AccessCode.objects.filter(name="Gang").exists()


def test_common_key_of_another_workspace_is_unknown_and_no_key_is_none() -> None:
    workspace = make_workspace()
    code = create_codes([make_device(workspace)], NewCode(), actor="tester", now=NOW)[0]

    for where, key in ((make_workspace(), code.common_code_key), (workspace, "")):
        with pytest.raises(CodeRefused) as refused:
            update_codes(where, key, CodeChanges(name="Crew"), actor="tester", now=NOW)
        assert refused.value.type == "access_code_not_found"


def test_codes_made_together_keep_their_pin() -> None:
    workspace = make_workspace()
    code = create_codes([make_device(workspace)], NewCode(), actor="tester", now=NOW)[0]

    with pytest.raises(CodeRefused):
        update_codes(workspace, code.common_code_key, CodeChanges(pin="4829"), actor="tester", now=NOW)


def test_delete_leaves_a_tombstone_and_twice_is_once() -> None:
    code = make_code()

    delete_code(code, actor="tester", now=NOW)
    delete_code(code, actor="tester", now=NOW + HOUR)

    code.refresh_from_db()
    code.device.refresh_from_db()
    assert (code.revoked_at, code.ended_at) == (NOW, None)
    assert code.device.wake_at == NOW
    assert len(changes_of(code)) == 1


def test_backup_that_was_pulled_moves_and_goes_with_its_code() -> None:
    device = make_device()
    code = make_code(device, starts_at=NOW, ends_at=NOW + DAY)
    backup = make_code(device, starts_at=NOW, ends_at=NOW + DAY)
    AccessCode.objects.filter(pk=backup.pk).update(is_backup=True, pulled_for=code)

    update(code, ends_at=NOW + 3 * DAY)
    backup.refresh_from_db()
    assert backup.ends_at == NOW + 3 * DAY

    delete_code(code, actor="tester", now=NOW)
    backup.refresh_from_db()
    assert backup.revoked_at == NOW


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"ended_at": NOW}, "access_code_not_found"),
        ({"is_offline": True}, "invalid_input"),
        ({"is_backup": True}, "invalid_input"),
    ],
)
def test_code_that_is_not_anybodys_to_change_is_left_alone(fields: dict[str, Any], error: str) -> None:
    code = make_code()
    AccessCode.objects.update(**fields)

    for refused in refusals_of_acts(code):
        assert refused.type == error


def test_code_that_is_being_removed_cannot_be_changed() -> None:
    code = make_code()
    delete_code(code, actor="tester", now=NOW)

    with pytest.raises(CodeRefused) as refused:
        update(code, name="Odd")

    assert refused.value.type == "access_code_not_found"


def test_code_of_a_stay_follows_the_stay_only() -> None:
    unit = make_unit()
    virtual_door(unit)
    make_stay(unit, now=NOW)
    sweep_stays(now=NOW)
    code = AccessCode.objects.get()

    for refused in refusals_of_acts(code):
        assert "stay" in refused.message
