from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.codes import (
    CodeRefused,
    NewCode,
    OnNoCommonPin,
    Rounding,
    create_code,
    create_codes,
    notes_before_creating,
    report_device_constraints,
    reveal_pin,
    variant_of,
    zone_of_door,
    zone_of_lock,
)
from access.enums import EventType
from access.models import AccessCode, Event
from locks.devices import capabilities_of
from locks.models import Device
from locks.provisioning import sync_account_devices
from tests.factories import NOW, make_device, make_property, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def create(device: Device, **fields: Any) -> AccessCode:
    return create_code(device, NewCode(is_offline=True, **fields), actor="tester", now=NOW)


def test_offline_code_waits_for_its_pin_with_a_rounded_window() -> None:
    code = create(make_device(brand="igloohome"), starts_at=NOW + HOUR * 1.5, ends_at=NOW + 2 * DAY)

    assert (code.is_offline, code.offline_kind, code.pin, code.is_one_time_use) == (
        True,
        "hourly",
        None,
        False,
    )
    assert (code.starts_at, code.ends_at) == (NOW + HOUR, NOW + 2 * DAY)


def test_one_time_code_has_run_out_after_a_day() -> None:
    code = create(make_device(brand="lockly"), is_one_time_use=True, starts_at=NOW + HOUR)

    assert (code.offline_kind, code.is_one_time_use, code.ends_at) == ("one_time", True, NOW + HOUR + DAY)


def test_codes_of_one_slot_are_numbered_up_to_the_limit() -> None:
    device = make_device(brand="igloohome")
    codes = [create(device, starts_at=NOW + HOUR, ends_at=NOW + days * DAY) for days in (1, 1, 3)]
    other = create(device, starts_at=NOW + 2 * HOUR, ends_at=NOW + DAY)

    with pytest.raises(CodeRefused) as refused:
        create(device, starts_at=NOW + HOUR, ends_at=NOW + 2 * DAY)

    assert [variant_of(code) for code in codes] == [0, 1, 2]
    assert variant_of(other) == 0
    assert refused.value.field == "starts_at"
    assert "3 such offline codes can begin in one hour" in refused.value.message


def test_daily_codes_count_by_the_day() -> None:
    device = make_device(brand="igloohome")
    for hours in (1, 2, 3):
        start = NOW + hours * HOUR
        create(device, starts_at=start, ends_at=start + 40 * DAY)

    with pytest.raises(CodeRefused) as refused:
        create(device, starts_at=NOW + 4 * HOUR, ends_at=NOW + 4 * HOUR + 30 * DAY)

    assert "one day" in refused.value.message


@pytest.mark.parametrize(
    ("brand", "fields", "field"),
    [
        ("igloohome", {"pin": "4829"}, "pin"),
        ("yale", {}, "is_offline"),
        ("igloohome", {"use_backup_pool": True}, "use_backup_pool"),
    ],
)
def test_offline_code_that_cannot_be_is_refused(brand: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(CodeRefused) as refused:
        create(make_device(brand=brand), starts_at=NOW, ends_at=NOW + DAY, **fields)

    assert refused.value.field == field
    assert not AccessCode.objects.exists()


def test_offline_code_needs_no_lock_online() -> None:
    device = make_device(brand="igloohome")
    Device.objects.update(online=False)

    assert create(device, starts_at=NOW, ends_at=NOW + DAY, attempt_for_offline_device=False).pk


def test_offline_codes_of_several_locks_are_never_shared() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace, brand="igloohome"), make_device(workspace, brand="igloohome")]
    new = NewCode(is_offline=True, starts_at=NOW, ends_at=NOW + DAY)

    with pytest.raises(CodeRefused):
        create_codes(devices, new, actor="tester", now=NOW)
    codes = create_codes(devices, new, on_no_common_pin=OnNoCommonPin.RANDOM, actor="tester", now=NOW)

    assert [code.is_offline for code in codes] == [True, True]


def test_lock_reckons_in_the_zone_that_it_tells_and_people_in_that_of_the_house() -> None:
    device = virtual_door(make_property(time_zone="Asia/Kolkata"), brand="igloohome").device
    lone = make_device(brand="igloohome")
    assert (str(zone_of_lock(device)), str(zone_of_door(device))) == ("UTC", "Asia/Kolkata")

    device.time_zone = lone.time_zone = "Europe/Zurich"
    assert (str(zone_of_lock(device)), str(zone_of_door(device))) == ("Europe/Zurich", "Asia/Kolkata")
    assert str(zone_of_door(lone)) == "Europe/Zurich"
    lone.time_zone = "Mars/Olympus"
    assert str(zone_of_lock(lone)) == "UTC"


def test_notes_say_that_an_offline_code_is_for_good() -> None:
    device = make_device(brand="igloohome")
    new = NewCode(is_offline=True, starts_at=NOW + HOUR / 2, ends_at=NOW + 2 * DAY)

    notes = " ".join(notes_before_creating(device, new, now=NOW))

    assert "cannot be changed or taken back" in notes
    assert "from 1 Mar 2027, 12:00 to 3 Mar 2027, 12:00" in notes
    assert "must be used within 24 hours of its start" in notes


def test_notes_of_a_short_or_one_time_code() -> None:
    device = make_device(brand="igloohome")
    short = NewCode(is_offline=True, starts_at=NOW, ends_at=NOW + DAY)
    once = NewCode(is_offline=True, is_one_time_use=True, starts_at=NOW)

    assert "must be used" not in " ".join(notes_before_creating(device, short, now=NOW))
    assert "opens once, by 2 Mar 2027, 12:00" in " ".join(notes_before_creating(device, once, now=NOW))


def test_notes_of_a_window_that_cannot_be_are_the_general_ones() -> None:
    device = make_device(brand="igloohome")
    new = NewCode(
        is_offline=True, starts_at=NOW, ends_at=NOW + 40 * DAY + HOUR, max_time_rounding=Rounding.HOUR
    )

    assert len(notes_before_creating(device, new, now=NOW)) == 2


def test_notes_of_online_codes() -> None:
    def notes(brand: str, **fields: Any) -> str:
        return " ".join(notes_before_creating(make_device(brand=brand), NewCode(**fields), now=NOW))

    later = {"starts_at": NOW + 10 * DAY, "ends_at": NOW + 11 * DAY}
    assert "72 hours before" in notes("yale", **later)
    assert "one hour before" in notes("smartthings", **later)
    assert "one hour before" in notes("yale", prefer_native_scheduling=False, **later)
    assert "chooses the code itself" in notes("salto_ks")
    assert "takes no start that has passed" in notes("kwikset", starts_at=NOW - DAY, ends_at=NOW + DAY)
    assert notes("yale") == ""


@pytest.mark.parametrize(
    ("given", "lengths"),
    [
        ({"supported_lengths": [6, 4]}, (4, 6)),
        ({"min_length": 5, "max_length": 7}, (5, 6, 7)),
    ],
)
def test_reported_lengths_decide_which_pins_are_chosen(
    given: dict[str, Any], lengths: tuple[int, ...]
) -> None:
    device = make_device()

    report_device_constraints(device, **given)

    sync_account_devices(device.account, now=NOW)
    device.refresh_from_db()
    assert capabilities_of(device).pin_lengths == lengths
    code = create_code(device, NewCode(), actor="tester", now=NOW)
    assert code.pin is not None
    assert len(code.pin) == lengths[0]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"supported_lengths": []},
        {"supported_lengths": [3]},
        {"supported_lengths": [4], "min_length": 4},
        {"min_length": 6, "max_length": 5},
        {"min_length": 4, "max_length": 10**9},
        {"min_length": 1, "max_length": 5},
    ],
)
def test_report_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(CodeRefused):
        report_device_constraints(make_device(), **given)


def test_look_at_a_pin_is_written_down() -> None:
    code = create_code(make_device(), NewCode(name="Cleaner", pin="4829"), actor="tester", now=NOW)
    waiting = create(make_device(brand="igloohome"), starts_at=NOW, ends_at=NOW + DAY)

    assert reveal_pin(code, actor="ada@example.org", now=NOW) == "4829"
    assert reveal_pin(waiting, actor="ada@example.org", now=NOW) is None
    event = Event.objects.get(type=EventType.PIN_REVEALED)
    assert (event.access_code, event.actor, event.data) == (code, "ada@example.org", {})
