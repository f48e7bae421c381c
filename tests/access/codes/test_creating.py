from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.codes import CodeRefused, NewCode, OnNoCommonPin, create_code, create_codes, generate_pin
from access.enums import EventType
from access.models import AccessCode, Event
from access.pins import pin_key_of
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.models import Workspace
from tests.factories import NOW, make_device, make_stay, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def create(device: Device, *, now: dt.datetime = NOW, **fields: Any) -> AccessCode:
    return create_code(device, NewCode(**fields), actor="tester", now=now)


def refusal(device: Device, *, now: dt.datetime = NOW, **fields: Any) -> CodeRefused:
    with pytest.raises(CodeRefused) as refused:
        create(device, now=now, **fields)
    assert not AccessCode.objects.filter(name=fields.get("name", "?")).exists()
    return refused.value


def share(workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(same_pin_in_disjoint_windows=True)


def test_ongoing_code_gets_a_pin_an_event_and_wakes_its_lock() -> None:
    device = make_device()

    code = create(device, name="Cleaner")

    device.refresh_from_db()
    event = Event.objects.get(access_code=code)
    assert (code.starts_at, code.ends_at, code.grant, code.common_code_key) == (None, None, None, "")
    assert code.pin is not None
    assert len(code.pin) == 4
    assert code.pin_key == pin_key_of(code.pin)
    assert (event.type, event.actor, code.pin in str(event.data)) == (EventType.CODE_CREATED, "tester", False)
    assert device.wake_at == NOW


def test_name_is_kept_whole_and_not_refused() -> None:
    name = "Wilhelmina Featherstonehaugh-Cholmondeley of the long name"

    assert create(make_device(brand="kwikset"), name=name).name == name
    assert len(create(make_device(), name="x" * 500).name) == 200
    assert create(make_device(), name="a\0b\n c").name == "ab c"


@pytest.mark.parametrize(
    ("pin", "sentence"),
    [
        ("123", "4 to 6 digits"),
        ("1234567", "4 to 6 digits"),
        ("12a4", "digits only"),
        ("١٢٣٤", "digits only"),
    ],
)
def test_f49_pin_that_the_lock_does_not_take_is_refused_without_telling_it(pin: str, sentence: str) -> None:
    refused = refusal(make_device(brand="yale"), name="Odd", pin=pin)

    assert (refused.type, refused.field) == ("invalid_input", "pin")
    assert sentence in refused.message.replace("4, 5 or 6", "4 to 6")
    assert pin not in refused.message


def test_pin_against_a_rule_of_the_brand_is_refused() -> None:
    assert "start with 12" in refusal(make_device(brand="nuki"), name="Odd", pin="124578").message


@pytest.mark.parametrize(("preferred", "length"), [(6, 6), (9, 4), (None, 4)])
def test_preferred_length_is_taken_where_the_lock_has_it(preferred: int | None, length: int) -> None:
    code = create(make_device(brand="yale"), preferred_length=preferred)

    assert code.pin is not None
    assert len(code.pin) == length


def test_lock_that_assigns_codes_takes_none() -> None:
    device = make_device(brand="salto_ks")

    assert refusal(device, name="Odd", pin="482913").field == "pin"
    assert create(device).pin is None


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_one_bound_alone_is_refused(field: str) -> None:
    assert refusal(make_device(), name="Half", **{field: NOW + DAY}).type == "invalid_input"


def test_device_that_is_offline_is_refused_only_on_request() -> None:
    device = make_device()
    Device.objects.update(online=False)

    assert refusal(device, name="Odd", attempt_for_offline_device=False).type == "device_offline"
    assert create(device, name="Even").pin is not None


def test_account_without_connection_counts_as_offline() -> None:
    device = make_device()
    Account.objects.update(status=AccountStatus.DISCONNECTED)

    assert refusal(device, name="Odd", attempt_for_offline_device=False).type == "device_offline"


@pytest.mark.parametrize(
    ("change", "error"),
    [({"is_managed": False}, "device_unmanaged"), ({"removed_at": NOW}, "device_not_found")],
)
def test_device_that_is_not_ours_is_refused(change: dict[str, Any], error: str) -> None:
    device = make_device()
    Device.objects.update(**change)

    assert refusal(device, name="Odd").type == error


def test_lock_of_offline_codes_takes_no_other() -> None:
    assert refusal(make_device(brand="dormakaba_oracode"), name="Odd").type == "unsupported_device"


def test_one_time_use_is_for_offline_codes() -> None:
    assert (
        refusal(make_device(brand="igloohome"), name="Odd", is_one_time_use=True).field == "is_one_time_use"
    )


def test_backup_pool_is_for_time_bound_codes_and_stays_on() -> None:
    device = make_device()

    refused = refusal(device, name="Odd", use_backup_pool=True)
    create(device, use_backup_pool=True, starts_at=NOW, ends_at=NOW + DAY)

    device.refresh_from_db()
    assert refused.type == "access_code_not_time_bound"
    assert device.backup_pool_enabled is True


def test_backup_pool_is_refused_where_the_brand_has_none() -> None:
    refused = refusal(
        make_device(brand="salto_ks"), name="Odd", use_backup_pool=True, starts_at=NOW, ends_at=NOW + DAY
    )

    assert refused.type == "unsupported_device"


def test_same_pin_is_a_duplicate_that_names_the_other_code() -> None:
    device = make_device()
    create(device, name="Cleaner", pin="4829", starts_at=NOW, ends_at=NOW + DAY)

    refused = refusal(device, name="Odd", pin="4829")

    assert (refused.type, refused.field) == ("duplicate_access_code", "pin")
    assert "“Cleaner” for period 2027-03-01T12:00:00Z-2027-03-02T12:00:00Z" in refused.message
    assert "4829" not in refused.message


def test_same_pin_on_another_lock_is_none() -> None:
    workspace = make_workspace()
    create(make_device(workspace), pin="4829")

    assert create(make_device(workspace), pin="4829").pin == "4829"


def test_same_pin_in_disjoint_windows_is_refused_without_the_setting() -> None:
    device = make_device()
    create(device, name="First", pin="4829", starts_at=NOW, ends_at=NOW + DAY)

    refused = refusal(device, name="Odd", pin="4829", starts_at=NOW + 3 * DAY, ends_at=NOW + 4 * DAY)

    assert refused.type == "duplicate_access_code"


def test_seam_12_same_pin_in_disjoint_windows_is_taken_with_the_setting_even_back_to_back() -> None:
    device = make_device(brand="yale")
    share(device.account.workspace)
    middle = create(device, pin="4829", starts_at=NOW + 2 * DAY, ends_at=NOW + 3 * DAY)

    create(device, pin="4829", starts_at=NOW + 3 * DAY, ends_at=NOW + 4 * DAY)
    create(device, pin="4829", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)

    assert AccessCode.objects.filter(device=device, pin_key=middle.pin_key).count() == 3
    for overlapping in (NOW + DAY + HOUR, NOW + 2 * DAY - HOUR, NOW + 4 * DAY - MINUTE):
        assert (
            refusal(device, name="Odd", pin="4829", starts_at=overlapping, ends_at=overlapping + DAY).type
            == "duplicate_access_code"
        )
    assert refusal(device, name="Odd", pin="4829").type == "duplicate_access_code"


def test_lock_that_holds_a_pin_once_needs_an_hour_in_between() -> None:
    device = make_device(brand="schlage")
    share(device.account.workspace)
    create(device, pin="4829", starts_at=NOW, ends_at=NOW + DAY)
    soon, later = NOW + DAY + 30 * MINUTE, NOW + DAY + HOUR

    assert (
        refusal(device, name="Odd", pin="4829", starts_at=soon, ends_at=soon + DAY).type
        == "duplicate_access_code"
    )
    assert create(device, pin="4829", starts_at=later, ends_at=later + DAY).pin == "4829"


def test_pin_of_a_stay_is_its_alone_since_the_stay_may_be_extended() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    make_stay(unit, now=NOW)
    from access.declaring import sweep_stays

    sweep_stays(now=NOW)
    share(unit.property.workspace)
    theirs = AccessCode.objects.get(device=door.device)
    assert theirs.ends_at is not None
    start = theirs.ends_at + 10 * DAY

    refused = refusal(door.device, name="Odd", pin=theirs.pin, starts_at=start, ends_at=start + DAY)

    assert refused.type == "duplicate_access_code"


def test_generated_pin_is_free_and_nothing_is_declared() -> None:
    device = make_device(brand="nuki")

    pin = generate_pin(device, now=NOW)

    assert len(pin) == 6
    assert "0" not in pin
    assert not AccessCode.objects.exists()


def test_no_pin_is_generated_where_the_lock_assigns_them() -> None:
    with pytest.raises(CodeRefused):
        generate_pin(make_device(brand="salto_ks"), now=NOW)


def test_codes_of_several_locks_share_a_pin_and_a_key() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace, brand=brand) for brand in ("yale", "nuki", "igloohome")]

    codes = create_codes(devices, NewCode(name="Team"), actor="tester", now=NOW)

    assert [code.device_id for code in codes] == [device.pk for device in devices]
    assert len({code.pin for code in codes}) == 1
    assert codes[0].pin is not None
    assert len(codes[0].pin) == 6
    [key] = {code.common_code_key for code in codes}
    assert key.startswith("auto_set_by_create_multiple_")


def test_codes_with_a_pin_of_somebodys_choice_have_no_key() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace), make_device(workspace)]

    codes = create_codes(devices, NewCode(pin="4829"), actor="tester", now=NOW)

    assert [(code.pin, code.common_code_key) for code in codes] == [("4829", ""), ("4829", "")]


@pytest.mark.parametrize(
    ("brands", "fields"),
    [
        (("yale", "lockly", "schlage"), {"pin": "4829"}),
        (("nuki", "two_n", "salto_ks"), {}),
    ],
)
def test_codes_that_cannot_be_shared_are_refused_or_made_apart(
    brands: tuple[str, ...], fields: dict[str, Any]
) -> None:
    workspace = make_workspace()
    devices = [make_device(workspace, brand=brand) for brand in brands]

    with pytest.raises(CodeRefused):
        create_codes(devices, NewCode(**fields), actor="tester", now=NOW)
    assert not AccessCode.objects.exists()

    codes = create_codes(
        devices, NewCode(**fields), on_no_common_pin=OnNoCommonPin.RANDOM, actor="tester", now=NOW
    )
    assert len(codes) == 3
    assert len({code.pin for code in codes}) == 2


def test_locks_without_a_common_length_are_named() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace, name="Front"), make_device(workspace, name="Back")]
    Device.objects.filter(name="Front").update(capabilities={"pin_lengths": [4]})
    Device.objects.filter(name="Back").update(capabilities={"pin_lengths": [6]})

    with pytest.raises(CodeRefused) as refused:
        create_codes(devices, NewCode(), actor="tester", now=NOW)

    assert "Front takes 4 digits, Back takes 6" in refused.value.message


def test_refusal_on_one_lock_leaves_nothing_on_the_others() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace), make_device(workspace)]
    create(devices[1], name="There", pin="4829")

    with pytest.raises(CodeRefused) as refused:
        create_codes(devices, NewCode(pin="4829"), actor="tester", now=NOW)

    assert refused.value.type == "duplicate_access_code"
    assert AccessCode.objects.count() == 1


def test_pin_is_looked_for_only_once_every_lock_takes_the_rest() -> None:
    workspace = make_workspace()
    devices = [make_device(workspace), make_device(workspace)]
    Device.objects.filter(pk=devices[1].pk).update(capabilities={"supports_backup_pool": False})
    create(devices[0], name="There", pin="4829")
    window: dict[str, Any] = {"starts_at": NOW, "ends_at": NOW + DAY, "use_backup_pool": True}

    told = set()
    for pin in ("4829", "4830"):
        with pytest.raises(CodeRefused) as refused:
            create_codes(devices, NewCode(pin=pin, **window), actor="tester", now=NOW)
        told.add((refused.value.type, refused.value.message))

    [(error, _)] = told
    assert error != "duplicate_access_code"
