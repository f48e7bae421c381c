"""locks/* that ask something of a lock, and what can be simulated in a sandbox."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from access.models import ActionAttempt, Event
from access.running.runner import run_due
from locks.drivers.virtual.models import VirtualLock
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.conftest import Face
from tests.factories import make_device, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def august(workspace: Workspace) -> Device:
    device = make_device(workspace, brand="august", now=timezone.now())
    run_due()
    return device


def online(face: Face, device: Device) -> bool:
    told = face.post("devices/get", device_id=str(device.public_id))
    return bool(told["device"]["properties"]["online"])


def codes_of(face: Face, device: Device) -> set[str]:
    told = face.post("devices/get", device_id=str(device.public_id))["device"]
    return {one["error_code"] for one in told["errors"]} | {one["warning_code"] for one in told["warnings"]}


def test_door_is_opened_by_an_attempt(face: Face, august: Device) -> None:
    one = str(august.public_id)
    attempt = face.post("locks/unlock_door", device_id=one)["action_attempt"]
    assert (attempt["action_type"], attempt["status"]) == ("UNLOCK_DOOR", "pending")
    assert (attempt["result"], attempt["error"]) == (None, None)

    run_due()

    told = face.post("action_attempts/get", action_attempt_id=attempt["action_attempt_id"])["action_attempt"]
    assert (told["status"], told["result"]) == ("success", {"was_confirmed_by_device": True})
    assert VirtualLock.objects.get().locked is False
    assert face.post("devices/get", device_id=one)["device"]["properties"]["locked"] is False
    event = face.post("events/get", device_id=one, event_type="lock.unlocked")["event"]
    assert event["method"] in {"seamapi", "remote"}
    assert event["action_attempt_id"] == attempt["action_attempt_id"]


def test_auto_lock_is_set(face: Face, august: Device) -> None:
    one = str(august.public_id)
    attempt = face.post(
        "locks/configure_auto_lock", device_id=one, auto_lock_enabled=True, auto_lock_delay_seconds=30
    )["action_attempt"]
    run_due()
    told = face.post("action_attempts/get", action_attempt_id=attempt["action_attempt_id"])["action_attempt"]
    assert told["status"] == "success"
    properties = face.post("devices/get", device_id=one)["device"]["properties"]
    assert (properties["auto_lock_enabled"], properties["auto_lock_delay_seconds"]) == (True, 30)
    for wrong in (
        {"auto_lock_delay_seconds": 0},
        {"auto_lock_delay_seconds": 61},
        {"auto_lock_enabled": None},
    ):
        sent = {"auto_lock_enabled": True, **wrong}
        assert face.error("locks/configure_auto_lock", device_id=one, **sent)[1]["type"] == "invalid_input"


def test_lock_that_cannot_says_so(face: Face, workspace: Workspace) -> None:
    oracode = make_device(workspace, brand="dormakaba_oracode", now=timezone.now())
    status, error = face.error("locks/unlock_door", device_id=str(oracode.public_id))
    assert (status, error["type"]) == (400, "unsupported_device")


def test_too_many_turns_are_refused_with_a_time(face: Face, august: Device) -> None:
    one = str(august.public_id)
    for number in range(15):
        ActionAttempt.objects.create(
            device=august,
            type="LOCK_DOOR",
            requested_at=timezone.now(),
            status="error",
            requested_by=str(number),
        )
    answer = face.send("POST", "locks/lock_door", {"device_id": one})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_sync_waits_for_the_lock(face: Face, august: Device) -> None:
    def run_soon() -> None:
        time.sleep(0.3)
        try:
            run_due()
        finally:
            connection.close()

    runner = threading.Thread(target=run_soon)
    runner.start()
    attempt = face.post("locks/lock_door", device_id=str(august.public_id), sync=True)["action_attempt"]
    runner.join()
    assert attempt["status"] == "success"


def test_lock_is_unplugged_and_plugged_in(face: Face, august: Device) -> None:
    one = str(august.public_id)
    assert face.post("devices/simulate/disconnect", device_id=one) == {"ok": True}
    run_due()
    assert online(face, august) is False
    assert codes_of(face, august) & {"device_disconnected", "device_offline"}

    assert face.post("devices/simulate/connect", device_id=one)["ok"]
    run_due()
    assert online(face, august) is True
    assert not codes_of(face, august) & {"device_disconnected", "device_offline"}
    kinds = list(Event.objects.filter(device=august).order_by("pk").values_list("type", flat=True))
    assert [kind for kind in kinds if "connected" in kind] == ["device.disconnected", "device.connected"]


def test_removed_lock_is_said_to_be_gone(face: Face, august: Device) -> None:
    assert face.post("devices/simulate/remove", device_id=str(august.public_id))["ok"]
    run_due()
    assert online(face, august) is False
    assert "device_removed" in codes_of(face, august)
    assert Event.objects.filter(device=august, type="device.removed").exists()


def test_hub_is_unplugged(face: Face, august: Device) -> None:
    one = str(august.public_id)
    face.post("devices/simulate/disconnect_from_hub", device_id=one)
    run_due()
    assert "august_lock_missing_bridge" in codes_of(face, august)
    assert face.post("devices/get", device_id=one)["device"]["can_remotely_unlock"] is False
    face.post("devices/simulate/connect_to_hub", device_id=one)
    run_due()
    assert face.post("devices/get", device_id=one)["device"]["can_remotely_unlock"] is True


def test_subscription_runs_out(face: Face, workspace: Workspace) -> None:
    nuki = make_device(workspace, brand="nuki", now=timezone.now())
    one = str(nuki.public_id)
    face.post("devices/simulate/paid_subscription", device_id=one, is_expired=True)
    run_due()
    assert "subscription_required" in codes_of(face, nuki)
    assert face.post("devices/get", device_id=one)["device"]["can_program_online_access_codes"] is False
    face.post("devices/simulate/paid_subscription", device_id=one, is_expired=False)
    run_due()
    assert "subscription_required" not in codes_of(face, nuki)


def test_code_is_typed_at_the_keypad(face: Face, august: Device) -> None:
    one = str(august.public_id)
    code = face.post("access_codes/create", device_id=one, name="Ada", code="4821")["access_code"]
    run_due()

    attempt = face.post("locks/simulate/keypad_code_entry", device_id=one, code="4821")["action_attempt"]
    assert (attempt["action_type"], attempt["status"]) == ("SIMULATE_KEYPAD_CODE_ENTRY", "success")
    run_due()
    event = face.post("events/get", device_id=one, event_type="lock.unlocked")["event"]
    assert (event["method"], event["access_code_id"]) == ("keycode", code["access_code_id"])

    wrong = face.post("locks/simulate/keypad_code_entry", device_id=one, code="9999")["action_attempt"]
    assert (wrong["status"], wrong["error"]["type"]) == ("error", "invalid_code")
    failed = face.post(
        "events/get", device_id=one, event_type="action_attempt.simulate_keypad_code_entry.failed"
    )["event"]
    assert failed["action_attempt_id"] == wrong["action_attempt_id"]
    assert (failed["action_type"], failed["status"]) == ("SIMULATE_KEYPAD_CODE_ENTRY", "error")
    assert "9999" not in str(ActionAttempt.objects.order_by("pk").last().__dict__)

    by_hand = face.post("locks/simulate/manual_lock_via_keypad", device_id=one)["action_attempt"]
    assert (by_hand["action_type"], by_hand["status"]) == ("SIMULATE_MANUAL_LOCK_VIA_KEYPAD", "success")
    run_due()
    assert face.post("events/get", device_id=one, event_type="lock.locked")["event"]["method"] == "manual"


SIMULATIONS = (
    "devices/simulate/connect", "devices/simulate/disconnect", "devices/simulate/remove",
    "devices/simulate/connect_to_hub", "devices/simulate/disconnect_from_hub",
    "locks/simulate/manual_lock_via_keypad",
)  # fmt: skip


@pytest.mark.parametrize("path", SIMULATIONS)
def test_simulation_needs_a_sandbox_and_a_brand(path: str, face: Face, workspace: Workspace) -> None:
    tedee = make_device(workspace, brand="tedee", now=timezone.now())
    status, error = face.error(path, device_id=str(tedee.public_id))
    assert (status, error["type"]) == (400, "device_type_not_supported")
    workspace.is_sandbox = False
    workspace.save()
    status, error = face.error(path, device_id=str(tedee.public_id))
    assert (status, error["type"]) == (400, "workspace_not_sandbox")


def test_simulation_at_a_stranger_s_lock_is_not_found(face: Face) -> None:
    stranger = make_device(make_workspace(is_sandbox=True), brand="august", now=timezone.now())
    for path in SIMULATIONS:
        assert face.error(path, device_id=str(stranger.public_id))[0] == 404
    assert VirtualLock.objects.get().online is True


def test_official_package_turns_bolts(seam_client: Any, august: Device) -> None:
    one = str(august.public_id)
    attempt = seam_client.locks.unlock_door(device_id=one)
    run_due()
    attempt = seam_client.action_attempts.get(action_attempt_id=attempt.action_attempt_id)
    assert attempt.status == "success"
    assert seam_client.locks.lock_door(device_id=one).status == "pending"
    assert seam_client.locks.configure_auto_lock(device_id=one, auto_lock_enabled=False).status == "pending"
    assert seam_client.locks.simulate.keypad_code_entry(device_id=one, code="1111").status == "error"
    assert seam_client.locks.simulate.manual_lock_via_keypad(device_id=one).status == "success"
    for simulate in (
        seam_client.devices.simulate.disconnect, seam_client.devices.simulate.connect,
        seam_client.devices.simulate.disconnect_from_hub, seam_client.devices.simulate.connect_to_hub,
        seam_client.devices.simulate.remove,
    ):  # fmt: skip
        simulate(device_id=one)
    nuki = make_device(august.account.workspace, brand="nuki", now=timezone.now())
    seam_client.devices.simulate.paid_subscription(device_id=str(nuki.public_id), is_expired=True)
