"""The founding documents' walk-throughs of single brands, by the official package over HTTP: getting started with
Kwikset, and the offline codes of dormakaba Oracode, igloohome and Lockly. The keypad says what truly opens."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from seam.exceptions import SeamHttpApiError, SeamHttpInvalidInputError
from seam.seam import Seam

from access.running.runner import run_due
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, set_mood
from locks.drivers.virtual.outside import set_parts
from locks.models import Device
from locks.provisioning import sync_account_devices
from properties.models import Workspace
from tests.access.seam.stage import DAY, HOUR, MINUTE, Stage, brand, told
from tests.access.seam.test_connecting import sign_in
from tests.access.seam.test_newer_names import milliseconds

pytestmark = pytest.mark.django_db(transaction=True)
GUEST = {
    "user_level_id": "1", "name": "Guest", "prefix": 1, "check_in_time": "16:00", "check_out_time": "10:00",
}  # fmt: skip


def refusal(call: Any, **params: Any) -> SeamHttpApiError:
    with pytest.raises(SeamHttpApiError) as refused:
        call(**params)
    assert refused.value.request_id
    return refused.value


@pytest.fixture
def kwikset(seam_client: Seam, workspace: Workspace, travel: time_machine.Traveller) -> Stage:
    """Connected as a person does it: on the page of a connect webview, with the sandbox's login."""
    webview = seam_client.connect_webviews.create(accepted_providers=["kwikset"])
    assert (webview.login_successful, webview.status) == (False, "pending")
    assert sign_in(webview.url, "kwikset").status_code == 303
    done = seam_client.connect_webviews.get(connect_webview_id=webview.connect_webview_id)
    assert (done.login_successful, done.status) == (True, "authorized")
    run_due()
    found: Any
    (found,) = seam_client.devices.list(connected_account_id=done.connected_account_id)
    assert (found.properties.name, found.device_type) == ("Kwikset Halo Touch", "kwikset_lock")
    return Stage(seam_client, Device.objects.get(public_id=found.device_id), travel)


def attempt_after(stage: Stage, asked: Any) -> Any:
    assert (asked.status, asked.result, asked.error) == ("pending", None, None)
    stage.run()
    return stage.seam.action_attempts.get(action_attempt_id=asked.action_attempt_id)


def test_kwikset_lock_is_unlocked_and_locked(kwikset: Stage) -> None:
    device: Any = kwikset.seam.devices.get(device_id=kwikset.device_id)
    assert device.properties.online is True
    assert (device.can_remotely_unlock, device.can_remotely_lock) == (True, True)
    assert device.can_program_online_access_codes is True
    locks: Any = kwikset.seam.locks
    for ask, kind, event, locked in (
        (locks.unlock_door, "UNLOCK_DOOR", "lock.unlocked", False),
        (locks.lock_door, "LOCK_DOOR", "lock.locked", True),
    ):
        done = attempt_after(kwikset, ask(device_id=kwikset.device_id))
        assert (done.action_type, done.status) == (kind, "success")
        assert done.result.was_confirmed_by_device is True
        assert kwikset.lock.locked is locked
        assert locks.get(device_id=kwikset.device_id).properties.locked is locked
        happened: Any = kwikset.seam.events.get(device_id=kwikset.device_id, event_type=event)
        assert happened.action_attempt_id == done.action_attempt_id


def test_kwikset_ongoing_code(kwikset: Stage) -> None:
    """The full name stays on the code; on the lock it is cut at fourteen characters."""
    code = kwikset.create(name="My ongoing code for the house", code="4829")
    assert (code.type, code.status, code.starts_at, code.ends_at) == ("ongoing", "setting", None, None)
    kwikset.run()
    found = kwikset.get(code)
    assert (found.status, found.name) == ("set", "My ongoing code for the house")
    (held,) = kwikset.lock.codes.all()
    assert (held.name, len(held.name) <= 14) == (appearance(kwikset, code)["name"], True)
    assert kwikset.opens("4829")
    kwikset.seam.access_codes.update(access_code_id=code.access_code_id, code="73915")
    kwikset.run()
    assert (kwikset.opens("73915"), kwikset.opens("4829")) == (True, False)
    kwikset.seam.access_codes.delete(access_code_id=code.access_code_id)
    kwikset.run()
    assert kwikset.is_gone(code)
    assert not kwikset.opens("73915")


def test_kwikset_time_bound_code(kwikset: Stage) -> None:
    now = timezone.now()
    starts_at, ends_at = now + DAY, now + 3 * DAY
    code = kwikset.create(name="My time-bound code", starts_at=told(starts_at), ends_at=told(ends_at))
    assert (code.type, code.status, code.is_scheduled_on_device) == ("time_bound", "unset", False)
    assert 4 <= len(code.code) <= 8
    kwikset.run()
    assert kwikset.get(code).is_scheduled_on_device is True
    assert not kwikset.opens(code.code)
    # Prolonged while it waits on the lock: the same code, another end.
    later = ends_at + DAY
    kwikset.seam.access_codes.update(access_code_id=code.access_code_id, ends_at=told(later))
    kwikset.run(at=starts_at + MINUTE)
    assert (kwikset.get(code).status, kwikset.get(code).code) == ("set", code.code)
    assert kwikset.opens(code.code)
    kwikset.run(at=ends_at + HOUR)
    assert kwikset.opens(code.code)
    kwikset.run(at=later + 5 * MINUTE)
    assert not kwikset.opens(code.code)
    assert kwikset.is_gone(code)


def test_kwikset_code_has_both_bounds_or_none_and_fits_the_lock(kwikset: Stage) -> None:
    now = timezone.now()
    for wrong, field in (
        ({"starts_at": told(now + HOUR)}, "ends_at"),
        ({"ends_at": told(now + HOUR)}, "starts_at"),
        ({"starts_at": told(now + 2 * HOUR), "ends_at": told(now + HOUR)}, "ends_at"),
        ({"code": "482"}, "code"),
        ({"code": "482915731"}, "code"),
    ):
        with pytest.raises(SeamHttpInvalidInputError) as refused:
            kwikset.create(**wrong)
        assert refused.value.get_validation_error_messages(field), wrong
    assert kwikset.seam.access_codes.list(device_id=kwikset.device_id) == []


def test_kwikset_start_that_has_passed_opens_as_soon_as_the_lock_can(kwikset: Stage) -> None:
    now = timezone.now()
    code = kwikset.create(starts_at=told(now - HOUR), ends_at=told(now + HOUR))
    kwikset.run()
    kwikset.run(at=now + 4 * MINUTE)
    assert kwikset.opens(code.code)
    assert kwikset.get(code).status == "set"


def test_kwikset_tells_of_three_wrong_codes_in_a_row(kwikset: Stage) -> None:
    for _ in range(3):
        assert not kwikset.opens("000000")
        assert kwikset.seam.events.list(since="2020-01-01", event_type="lock.access_denied") == []
    kwikset.run(at=timezone.now() + 11 * MINUTE)
    denied: Any
    (denied,) = kwikset.seam.events.list(since="2020-01-01", event_type="lock.access_denied")
    assert (denied.device_id, denied.reason.reason_code) == (kwikset.device_id, "too_many_attempts")


def appearance(stage: Stage, code: Any) -> dict[str, str]:
    """As it was sent: the package of today leaves it out."""
    sent = stage.seam.client.get(f"/access_codes/get?access_code_id={code.access_code_id}")
    return dict(sent["access_code"]["appearance"])


def fitted(stage: Stage, *, time_zone: str, levels: list[dict[str, Any]]) -> None:
    """A lock that reckons by this zone, whose door has these user levels."""
    VirtualLock.objects.filter(pk=stage.lock.pk).update(reports={"user_levels": levels})
    set_parts(stage.lock, time_zone=time_zone)
    sync_account_devices(stage.device.account, now=timezone.now())
    stage.run(at=timezone.now() + 11 * MINUTE)


def assert_out_of_our_hands(stage: Stage, code: Any) -> None:
    """Nothing changes or ends an offline code before its time."""
    access_codes, one = stage.seam.access_codes, code.access_code_id
    for refused in (
        refusal(access_codes.update, access_code_id=one, name="Other"),
        refusal(access_codes.delete, access_code_id=one),
    ):
        assert refused.status_code == 400


def assigned(stage: Stage, code: Any) -> Any:
    assert (code.code, code.is_offline_access_code) == (None, True)
    assert code.is_waiting_for_code_assignment is True
    stage.run()
    found = stage.get(code)
    assert found.is_waiting_for_code_assignment is False
    assert found.code.isdigit()
    return found


@brand("dormakaba_oracode")
def test_oracode_code_is_rounded_to_a_slot_of_the_door(stage: Stage) -> None:
    """The documents' example: from 15:45 to 10:15 becomes from 16:00 to 10:00."""
    fitted(stage, time_zone="America/New_York", levels=[GUEST])
    device: Any = stage.seam.devices.get(device_id=stage.device_id)
    assert device.can_program_offline_access_codes is True
    assert device.can_program_online_access_codes is None
    slots = device.properties.dormakaba_oracode_metadata.predefined_time_slots
    guest = next(slot for slot in slots if slot.name == "Guest")
    assert (guest.check_in_time[:8], guest.check_out_time[:8]) == ("16:00:00", "10:00:00")
    arrival = dt.datetime(2027, 3, 3, 15, 45, tzinfo=dt.UTC) + 5 * HOUR
    departure = dt.datetime(2027, 3, 6, 10, 15, tzinfo=dt.UTC) + 5 * HOUR
    code = stage.create(
        name="Guest", starts_at=told(arrival), ends_at=told(departure),
        is_offline_access_code=True, max_time_rounding="1day",
    )  # fmt: skip
    found = assigned(stage, code)
    assert (found.starts_at, found.ends_at) == ("2027-03-03T21:00:00.000Z", "2027-03-06T15:00:00.000Z")
    metadata = found.dormakaba_oracode_metadata
    assert (metadata.user_level_name, metadata.user_level_id) == (
        "Guest",
        guest.dormakaba_oracode_user_level_id,
    )
    assert (found.status, stage.opens(found.code)) == ("unset", False)
    stage.travel.move_to(arrival + 30 * MINUTE, tick=False)
    assert stage.opens(found.code)
    assert stage.get(code).status == "set"
    assert_out_of_our_hands(stage, code)
    stage.run(at=departure + 5 * MINUTE)
    assert not stage.opens(found.code)
    assert stage.is_gone(code)


@brand("dormakaba_oracode")
def test_oracode_code_that_fits_no_slot_is_refused(stage: Stage) -> None:
    fitted(stage, time_zone="UTC", levels=[GUEST])
    first = dt.datetime(2027, 3, 3, 16, tzinfo=dt.UTC)
    offline = {"is_offline_access_code": True}
    for params in (
        {"starts_at": told(first), "ends_at": told(first + 60 * DAY), **offline},
        {"starts_at": told(first - 4 * HOUR), "ends_at": told(first + DAY), **offline},
    ):
        refused = refusal(stage.create, **params)
        assert (refused.status_code, refused.code) == (400, "dormakaba_oracode_no_valid_user_level")
    nearest = {"starts_at": told(first - 4 * HOUR), "ends_at": told(first + DAY), "max_time_rounding": "1day"}
    rounded = stage.create(**nearest, **offline)
    assert (rounded.starts_at, rounded.ends_at) == (milliseconds(first), milliseconds(first + 18 * HOUR))
    # It has no online codes at all.
    refused = refusal(stage.create, starts_at=told(first), ends_at=told(first + DAY))
    assert (refused.status_code, refused.code) == (400, "unsupported_device")
    assert len(stage.seam.access_codes.list(device_id=stage.device_id)) == 1


@brand("igloohome")
def test_igloohome_hourly_daily_and_one_time_codes(stage: Stage) -> None:
    noon = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)
    windows: dict[str, dict[str, Any]] = {
        "hourly": {"starts_at": told(noon), "ends_at": told(noon + 20 * HOUR)},
        "daily": {
            "starts_at": told(noon), "ends_at": told(noon + 40 * DAY), "max_time_rounding": "1day",
        },
        "one-time": {"starts_at": told(noon), "is_one_time_use": True},
    }  # fmt: skip
    found = {}
    for name, window in windows.items():
        found[name] = assigned(stage, stage.create(name=name, is_offline_access_code=True, **window))
    assert {name: one.is_one_time_use for name, one in found.items()} == {
        "hourly": False, "daily": False, "one-time": True,
    }  # fmt: skip
    warned = {name: [each.warning_code for each in one.warnings] for name, one in found.items()}
    within_a_day = "igloo_algopin_must_be_used_within_24_hours"
    assert warned == {"hourly": [], "daily": [within_a_day], "one-time": []}
    set_mood(stage.lock, Mood.OFFLINE)
    assert not any(stage.opens(one.code) for one in found.values())
    stage.travel.move_to(noon + HOUR, tick=False)
    assert all(stage.opens(one.code) for one in found.values())
    # The one that works once has done so.
    assert [stage.opens(found[name].code) for name in ("hourly", "daily", "one-time")] == [True, True, False]
    for one in found.values():
        assert_out_of_our_hands(stage, one)
    stage.travel.move_to(noon + 21 * HOUR, tick=False)
    assert (stage.opens(found["hourly"].code), stage.opens(found["daily"].code)) == (False, True)


@brand("igloohome")
def test_igloohome_refuses_what_an_algopin_cannot_be(stage: Stage) -> None:
    noon = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)
    day = {"starts_at": told(noon), "ends_at": told(noon + DAY)}
    offline = {"is_offline_access_code": True}
    for wrong in (
        {**day, **offline, "code": "482915"},
        {**offline},
        {"starts_at": told(noon), "ends_at": told(noon + 400 * DAY), **offline},
        {**day, **offline, "is_one_time_use": True},
        {**day, "is_one_time_use": True},
    ):
        assert refusal(stage.create, **wrong).status_code == 400, wrong
    for _ in range(3):
        stage.create(**day, **offline)
    # The lock system computes no fourth one for the same hour.
    assert refusal(stage.create, **day, **offline).status_code == 400


@brand("lockly")
def test_lockly_time_bound_and_one_time_offline_codes(stage: Stage) -> None:
    noon = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)
    bound = assigned(
        stage,
        stage.create(starts_at=told(noon), ends_at=told(noon + 2 * DAY), is_offline_access_code=True),
    )
    once = assigned(
        stage, stage.create(starts_at=told(noon), is_one_time_use=True, is_offline_access_code=True)
    )
    assert (bound.is_one_time_use, once.is_one_time_use) == (False, True)
    set_mood(stage.lock, Mood.OFFLINE)
    stage.travel.move_to(noon + HOUR, tick=False)
    assert (stage.opens(bound.code), stage.opens(once.code)) == (True, True)
    assert (stage.opens(bound.code), stage.opens(once.code)) == (True, False)
    for one in (bound, once):
        assert_out_of_our_hands(stage, one)
    stage.travel.move_to(noon + 2 * DAY + MINUTE, tick=False)
    assert not stage.opens(bound.code)


@brand("lockly")
def test_lockly_takes_online_codes_beside_offline_ones(stage: Stage) -> None:
    now = timezone.now()
    online = stage.create(code="482915", starts_at=told(now), ends_at=told(now + DAY))
    offline = stage.create(starts_at=told(now + HOUR), ends_at=told(now + DAY), is_offline_access_code=True)
    stage.run()
    assert [one.is_offline_access_code for one in (stage.get(online), stage.get(offline))] == [False, True]
    assert stage.opens("482915")
    stage.seam.access_codes.delete(access_code_id=online.access_code_id)
    stage.run()
    assert stage.is_gone(online)
    assert not stage.opens("482915")
