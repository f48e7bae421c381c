"""devices/* and locks/*: what a lock can do, how it is, which are listed, what may be changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from seam.exceptions import SeamHttpApiError

from access.api_keys import create_key
from access.enums import EventType
from access.models import AccessCode, Event
from access.problems import set_problems
from access.running.runner import run_due
from access.seam.shapes.device_flags import constraints_of, flags_of
from access.seam.shapes.time_frames import offline_time_frames
from locks.brands import BRANDS
from locks.capabilities import Capabilities
from locks.enums import AccountStatus
from locks.models import Account, Device
from locks.sandbox import Simulation
from properties.models import Workspace
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_account, make_device, make_property, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def shown(face: Face, device: Device) -> dict[str, Any]:
    return dict(face.post("devices/get", device_id=str(device.public_id))["device"])


def test_flag_is_absent_false_or_true() -> None:
    able = BRANDS["august"].capabilities

    assert flags_of(able, [])["can_program_online_access_codes"] is True
    assert flags_of(able, ["august_lock_missing_keypad"])["can_program_online_access_codes"] is False
    assert flags_of(able, ["august_lock_missing_bridge"])["can_remotely_unlock"] is False
    assert flags_of(able, ["device_has_flaky_connection"])["can_remotely_unlock"] is True
    assert "can_program_offline_access_codes" not in flags_of(able, [])
    oracode = flags_of(BRANDS["dormakaba_oracode"].capabilities, [])
    assert oracode == {"can_program_offline_access_codes": True, "can_unlock_with_code": True}
    assert flags_of(able, [], [Simulation.REMOVAL])["can_simulate_removal"] is True


def test_constraints_are_the_rules_of_the_lock() -> None:
    assert constraints_of(BRANDS["nuki"].capabilities) == [
        {"constraint_type": "cannot_start_with_12"},
        {"constraint_type": "no_zeros"},
        {"constraint_type": "name_length", "max_length": 20},
    ]
    assert constraints_of(BRANDS["schlage"].capabilities) == [
        {"constraint_type": "name_length", "max_length": 9},
        {"constraint_type": "name_must_be_unique"},
    ]
    assert constraints_of(Capabilities(native_scheduling=True)) == []


def test_offline_windows_are_options() -> None:
    igloo = offline_time_frames(BRANDS["igloohome"].capabilities, zone="")
    assert igloo == [
        {"display_name": "Hourly", "min_duration": "PT1H", "max_duration": "PT672H"},
        {
            "display_name": "Daily", "min_duration": "P29D", "max_duration": "P367D",
            "matching_start_end_time": True,
        },
    ]  # fmt: skip
    assert offline_time_frames(BRANDS["schlage"].capabilities, zone="") == []


def test_user_levels_of_a_door_are_its_windows(face: Face, workspace: Workspace) -> None:
    properties = shown(face, make_device(workspace, brand="dormakaba_oracode"))["properties"]
    hourly, fixed = properties["offline_time_frame_options"]
    assert hourly == {"display_name": "Hourly", "min_duration": "PT1H", "max_duration": "PT744H"}
    assert fixed["time_pairs"] == [{"display_name": "Guest", "start_time": "16:00", "end_time": "10:00"}]
    assert fixed["time_zone"] == "UTC"
    slots = properties["dormakaba_oracode_metadata"]["predefined_time_slots"]
    assert slots[0]["check_in_time"] == "16:00:00[UTC]"
    assert [slot["is_master"] for slot in slots] == [False, False, True]


def test_device_says_everything_in_old_words_and_new(face: Face, workspace: Workspace) -> None:
    place = make_property(workspace, name="Harbour House", time_zone="Europe/Zurich")
    device = virtual_door(make_unit(place), "schlage", name="Front door").device
    Device.objects.update(
        online=True, battery_level=0.48, locked=True, door_open=False, nickname="Main", model="BE489",
        custom_metadata={"floor": "1"},
    )  # fmt: skip

    told = shown(face, device)

    properties = told.pop("properties")
    assert told == {
        "device_id": str(device.public_id), "device_type": "schlage_lock", "display_name": "Main",
        "nickname": "Main", "connected_account_id": str(device.account.public_id),
        "workspace_id": str(workspace.public_id), "capabilities_supported": ["access_code", "lock", "battery"],
        "can_remotely_lock": True, "can_remotely_unlock": True, "can_program_online_access_codes": True,
        "can_unlock_with_code": True, "can_configure_auto_lock": True, "created_at": told["created_at"],
        "is_managed": True, "custom_metadata": {"floor": "1"}, "space_ids": [], "errors": [], "warnings": [],
        "location": {
            "location_name": "Harbour House", "timezone": "Europe/Zurich", "time_zone": "Europe/Zurich",
        },
        "device_manufacturer": {"display_name": "Schlage", "image_url": None, "manufacturer": "schlage"},
        "device_provider": {
            "device_provider_name": "schlage", "display_name": "Schlage", "image_url": None,
            "provider_category": "consumer_smartlocks",
        },
    }  # fmt: skip
    assert properties["battery"] == {"level": 0.48, "status": "good"}
    assert (properties["battery_level"], properties["online"], properties["locked"]) == (0.48, True, True)
    assert properties["door_open"] is False
    assert properties["appearance"] == {"name": "Front door"}
    assert properties["name"] == "Main"
    assert properties["supported_code_lengths"] == [4]
    assert properties["max_active_codes_supported"] == 100
    assert properties["supports_backup_access_code_pool"] is True
    assert properties["online_access_codes_enabled"] is True
    assert properties["supports_offline_access_codes"] is False
    assert properties["model"]["display_name"] == "BE489"
    assert properties["schlage_metadata"]["access_code_length"] == 4


def test_offline_lock_tells_nothing_of_bolt_and_battery(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace, brand="yale")
    Device.objects.update(online=False, battery_level=0.8, locked=True)

    properties = shown(face, device)["properties"]

    assert properties["online"] is False
    assert not {"battery", "battery_level", "locked", "door_open"} & properties.keys()
    assert shown(face, device)["can_program_online_access_codes"] is True


def test_lost_account_is_seen_on_the_device(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    Account.objects.update(status=AccountStatus.DISCONNECTED)
    set_problems(device.account, {"account_disconnected"}, among=set(), now=NOW)
    set_problems(device, {"device_has_flaky_connection"}, among=set(), now=NOW)

    told = shown(face, device)

    assert told["properties"]["online"] is False
    assert [(one["error_code"], one["is_connected_account_error"]) for one in told["errors"]] == [
        ("account_disconnected", True)
    ]
    assert [one["warning_code"] for one in told["warnings"]] == ["device_has_flaky_connection"]


@pytest.mark.parametrize("brand", sorted(BRANDS))
def test_every_brand_can_be_shown_and_parsed(brand: str, face: Face, workspace: Workspace) -> None:
    from seam.resources.device import Device as SeamDevice

    device = make_device(workspace, brand=brand)
    told = shown(face, device)

    parsed = SeamDevice.from_dict(told)
    assert parsed.device_type == BRANDS[brand].device_type
    assert any(name.endswith("_metadata") for name in told["properties"])


def test_simulations_are_flags_in_sandboxes_only(face: Face, workspace: Workspace) -> None:
    august, nuki = make_device(workspace, brand="august"), make_device(workspace, brand="nuki")
    assert {name for name in shown(face, august) if name.startswith("can_simulate")} == {
        "can_simulate_connection", "can_simulate_disconnection", "can_simulate_removal",
        "can_simulate_hub_connection", "can_simulate_hub_disconnection",
    }  # fmt: skip
    assert shown(face, nuki)["can_simulate_paid_subscription"] is True
    workspace.is_sandbox = False
    workspace.save()
    assert not [name for name in shown(face, august) if name.startswith("can_simulate")]


def test_device_is_found_by_name(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace, name="Cellar")
    assert face.post("devices/get", name="Cellar")["device"]["device_id"] == str(device.public_id)
    Device.objects.update(nickname="Wine")
    assert face.post("locks/get", name="Wine")["lock"]["device_id"] == str(device.public_id)
    assert face.error("devices/get", name="Cellar")[0] == 404
    status, error = face.error("locks/get")
    assert (status, error["type"], error["message"]) == (
        400, "invalid_input", "Either 'device_id' or 'name' is required",
    )  # fmt: skip


def test_device_of_another_workspace_is_not_found(face: Face) -> None:
    stranger = make_device(make_workspace())
    for path in ("devices/get", "devices/update", "locks/unlock_door", "devices/unmanaged/get", "locks/get"):
        status, error = face.error(path, device_id=str(stranger.public_id))
        assert (status, error["type"]) == (404, "device_not_found"), path
        assert error["data"] == {"device_id": str(stranger.public_id)}


def ids(answer: dict[str, Any], key: str = "devices") -> list[str]:
    return [one["device_id"] for one in answer[key]]


def test_list_is_narrowed_by_every_filter(face: Face, workspace: Workspace) -> None:
    schlage, nuki = (
        make_device(workspace, brand="schlage"),
        make_device(workspace, brand="nuki", name="Attic"),
    )
    salto = make_device(workspace, brand="salto_ks")
    oracode = make_device(workspace, brand="dormakaba_oracode")
    make_device(make_workspace(), brand="schlage")
    Device.objects.filter(pk=nuki.pk).update(custom_metadata={"floor": "3", "vip": True})
    Account.objects.filter(pk=salto.account_id).update(customer_key="cust-1")
    one, two, three, four = (str(device.public_id) for device in (schlage, nuki, salto, oracode))

    def found(**filters: Any) -> list[str]:
        answers = [face.post(path, **filters) for path in ("devices/list", "locks/list")]
        assert ids(answers[1], "locks") == ids(answers[1]) == ids(answers[0])
        return ids(answers[0])

    assert found() == [one, two, three, four]
    assert found(device_ids=[two, one]) == [one, two]
    assert found(device_type="salto_lock") == [three]
    assert found(device_types=["salto_lock", "nuki_lock"]) == [two, three]
    assert found(device_type="ecobee_thermostat") == []
    assert found(manufacturer="salto") == [three]
    assert found(connected_account_id=str(nuki.account.public_id)) == [two]
    assert found(connected_account_ids=[str(nuki.account.public_id)]) == [two]
    assert found(custom_metadata_has={"floor": "3"}) == [two]
    assert found(custom_metadata_has={"floor": "3", "vip": False}) == []
    assert found(created_before="2020-01-01T00:00:00Z") == []
    assert found(include_if=["can_remotely_unlock"]) == [one, two, three]
    assert found(include_if=["can_remotely_unlock", "can_remotely_lock"]) == [one, two]
    assert found(exclude_if=["can_remotely_lock"]) == [three, four]
    assert found(customer_key="cust-1") == [three]
    assert found(user_identifier_key="nobody") == []
    assert found(search="attic") == [two]
    assert found(space_id=str(workspace.public_id)) == []
    assert found(connect_webview_id=str(workspace.public_id)) == []
    assert face.get("devices/list", "custom_metadata_has.floor=3&custom_metadata_has.vip=true")["devices"]


def test_locks_are_all_listed_unless_fewer_are_wanted(face: Face, workspace: Workspace) -> None:
    account = make_account(workspace)
    named = [Device(account=account, external_id=str(number), name=str(number)) for number in range(501)]
    Device.objects.bulk_create(named)
    assert len(face.post("locks/list")["locks"]) == 501
    assert len(face.post("locks/list", limit=501)["locks"]) == 501
    assert len(face.post("locks/list", limit=2)["locks"]) == 2


def test_list_comes_in_pages(face: Face, workspace: Workspace) -> None:
    devices = [make_device(workspace) for _ in range(3)]
    first = face.post("devices/list", limit=2)
    assert first["pagination"]["has_next_page"] is True
    cursor = first["pagination"]["next_page_cursor"]
    second = face.post("devices/list", limit=2, page_cursor=cursor)
    assert ids(first) + ids(second) == [str(device.public_id) for device in devices]
    assert second["pagination"] == {"next_page_cursor": None, "has_next_page": False, "next_page_url": None}
    assert face.error("devices/list", limit=1, page_cursor=cursor)[1]["type"] == "mismatched_page_parameters"


@pytest.mark.parametrize(
    "path",
    [
        "devices/list",
        "locks/list",
        "devices/unmanaged/list",
        "connected_accounts/list",
        "connect_webviews/list",
    ],
)
def test_lists_cost_the_same_for_one_and_three(path: str, face: Face, workspace: Workspace) -> None:
    face.post(path)  # the key's use is noted
    counts = []
    for brands in (("yale",), ("nuki", "schlage")):
        for brand in brands:
            device = make_device(workspace, brand=brand)
            set_problems(device, {"device_has_flaky_connection"}, among=set(), now=NOW)
            face.post("connect_webviews/create")
        Device.objects.update(is_managed="unmanaged" not in path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = face.post(path)
        assert answer["ok"]
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5


def test_name_is_changed_and_given_back(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace, name="Lock 7")
    one = str(device.public_id)

    assert face.post("devices/update", device_id=one, name="Cellar") == {"ok": True}
    assert shown(face, device)["display_name"] == "Cellar"
    assert face.post("devices/update", device_id=one, properties={"name": "Wine"})["ok"]
    assert shown(face, device)["nickname"] == "Wine"
    assert face.post("devices/update", device_id=one, is_managed=True)["ok"]
    assert shown(face, device)["nickname"] == "Wine"
    assert face.post("devices/update", device_id=one, name=None)["ok"]
    assert (shown(face, device)["display_name"], shown(face, device)["nickname"]) == ("Lock 7", None)


def test_metadata_is_added_to_and_taken_away(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    one = str(device.public_id)
    face.post("devices/update", device_id=one, custom_metadata={"a": "1", "b": True})
    face.post("devices/update", device_id=one, custom_metadata={"a": None, "c": "x"})

    assert shown(face, device)["custom_metadata"] == {"b": True, "c": "x"}
    many = {str(number): "x" for number in range(49)}
    assert face.error("devices/update", device_id=one, custom_metadata=many)[1]["type"] == "invalid_input"
    assert face.error("devices/update", device_id=one, custom_metadata={"a": 1})[0] == 400


def test_device_is_left_to_others_and_taken_back(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    one = str(device.public_id)
    assert face.post("devices/update", device_id=one, is_managed=False)["ok"]

    assert face.error("devices/get", device_id=one)[1]["type"] == "device_unmanaged"
    assert face.error("locks/unlock_door", device_id=one)[1]["type"] == "device_unmanaged"
    assert ids(face.post("devices/list")) == []
    assert ids(face.post("devices/unmanaged/list")) == [one]
    told = face.post("devices/unmanaged/get", device_id=one)["device"]
    assert told["is_managed"] is False
    assert not {"display_name", "nickname", "space_ids"} & told.keys()
    assert "supported_code_lengths" not in told["properties"]
    assert face.error("devices/unmanaged/update", device_id=one, is_managed=False)[0] == 400

    assert face.post("devices/unmanaged/update", device_id=one, is_managed=True)["ok"]
    assert face.error("devices/unmanaged/get", device_id=one)[1]["type"] == "device_managed"
    kinds = list(Event.objects.order_by("pk").values_list("type", flat=True))
    assert kinds[-2:] == [EventType.DEVICE_UNMANAGED, EventType.DEVICE_MANAGED]


def test_update_is_done_whole_or_not_at_all(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace, brand="salto_ks")
    one = str(device.public_id)
    many = {str(number): "x" for number in range(99)}
    refused: tuple[dict[str, Any], ...] = (
        {"custom_metadata": {"a": "1"}, "backup_access_code_pool_enabled": True},
        {"custom_metadata": many, "is_managed": False, "backup_access_code_pool_enabled": False},
    )
    for parts in refused:
        assert face.error("devices/update", device_id=one, name="Cellar", **parts)[0] == 400
        device.refresh_from_db()
        assert (device.nickname, device.custom_metadata, device.is_managed) == ("", {}, True)
        assert device.backup_pool_enabled is None

    assert face.post("devices/update", device_id=one, is_managed=False, custom_metadata={"a": "1"})["ok"]
    assert (
        face.error("devices/unmanaged/update", device_id=one, is_managed=True, custom_metadata=many)[0] == 400
    )
    device.refresh_from_db()
    assert (device.custom_metadata, device.is_managed) == ({"a": "1"}, False)


def test_backup_pool_is_switched(face: Face, workspace: Workspace) -> None:
    workspace.backup_pool_size = 2
    workspace.save()
    device, salto = make_device(workspace), make_device(workspace, brand="salto_ks")
    one = str(device.public_id)

    assert face.post("devices/update", device_id=one, backup_access_code_pool_enabled=True)["ok"]
    assert shown(face, device)["properties"]["backup_access_code_pool_enabled"] is True
    assert AccessCode.objects.filter(is_backup=True).count() == 2
    refused = face.error(
        "devices/update", device_id=str(salto.public_id), backup_access_code_pool_enabled=True
    )
    assert refused[1]["type"] == "unsupported_device"


def test_time_zone_that_somebody_knows_is_told(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace, brand="lockly")
    told = [{"device_id": str(device.public_id), "ultraloq_metadata": {"time_zone": "America/Denver"}}]

    assert face.post("devices/report_provider_metadata", devices=told)["ok"]
    assert shown(face, device)["location"]["time_zone"] == "America/Denver"
    told[0]["ultraloq_metadata"] = {"time_zone": "Mars/Base"}
    assert face.error("devices/report_provider_metadata", devices=told)[1]["type"] == "invalid_input"
    told[0]["device_id"] = str(workspace.public_id)
    assert (
        face.error("devices/report_provider_metadata", devices=[{**told[0], "ultraloq_metadata": {}}])[0]
        == 404
    )


def test_providers_are_the_brands(face: Face) -> None:
    everything = face.post("devices/list_device_providers")["device_providers"]
    assert len(everything) == 14
    schlage = next(one for one in everything if one["device_provider_name"] == "schlage")
    assert schlage["can_remotely_unlock"] is True
    assert schlage["provider_categories"] == ["stable", "consumer_smartlocks"]
    buildings = face.get("devices/list_device_providers", "provider_category=access_control_systems")
    assert [one["device_provider_name"] for one in buildings["device_providers"]] == [
        "my_2n", "salto_ks", "dormakaba_oracode",
    ]  # fmt: skip
    assert (
        face.post("devices/list_device_providers", provider_category="thermostats")["device_providers"] == []
    )
    assert face.error("devices/list_device_providers", provider_category="x")[0] == 400


def test_reader_changes_nothing(workspace: Workspace) -> None:
    device = make_device(workspace)
    reader = limited_face(workspace, "read")
    for path in ("devices/update", "locks/unlock_door", "devices/simulate/disconnect"):
        status, error = reader.error(path, device_id=str(device.public_id))
        assert (status, error["type"]) == (403, "forbidden"), path
    assert reader.post("devices/get", device_id=str(device.public_id))["ok"]


def test_key_of_one_house_sees_its_doors(workspace: Workspace) -> None:
    here, there = make_property(workspace), make_property(workspace)
    mine, other = virtual_door(make_unit(here)).device, virtual_door(make_unit(there)).device
    make_device(workspace)
    narrow = Face(create_key(workspace, name="House", properties=[here])[1])

    assert ids(narrow.post("devices/list")) == [str(mine.public_id)]
    assert narrow.error("devices/get", device_id=str(other.public_id))[0] == 404
    assert narrow.error("connect_webviews/create")[0] == 403


@pytest.mark.django_db(transaction=True)
def test_official_package_reads_and_changes_devices(seam_client: Any, workspace: Workspace) -> None:
    device = make_device(workspace, brand="schlage", name="FRONT DOOR", now=timezone.now())
    run_due()
    one = str(device.public_id)

    got = seam_client.devices.get(device_id=one)
    assert (got.device_id, got.properties.online, got.can_remotely_unlock) == (one, True, True)
    assert got.properties.battery.status == "full"
    assert seam_client.locks.get(device_id=one).device_id == one
    assert [item.device_id for item in seam_client.locks.list()] == [one]
    assert [item.device_id for item in seam_client.devices.list(device_type="schlage_lock")] == [one]
    pages = seam_client.create_paginator(seam_client.devices.list, {"limit": 1})
    assert len(pages.flatten_to_list()) == 1
    seam_client.devices.update(device_id=one, name="Main", custom_metadata={"a": "b"})
    assert seam_client.devices.get(name="Main").custom_metadata == {"a": "b"}
    assert seam_client.devices.list(custom_metadata_has={"a": "b"})[0].device_id == one
    assert len(seam_client.devices.list_device_providers(provider_category="stable")) == 14
    seam_client.devices.report_provider_metadata(
        devices=[{"device_id": one, "ultraloq_metadata": {"time_zone": "Europe/Rome"}}]
    )
    seam_client.devices.update(device_id=one, is_managed=False)
    assert seam_client.devices.unmanaged.get(device_id=one).is_managed is False
    assert len(seam_client.devices.unmanaged.list()) == 1
    seam_client.devices.unmanaged.update(device_id=one, is_managed=True)
    with pytest.raises(SeamHttpApiError) as error:
        seam_client.devices.get(device_id=str(workspace.public_id))
    assert (error.value.status_code, error.value.code) == (404, "device_not_found")
