"""Each refusal about unmanaged codes, by the test client."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from access.models import AccessCode, Event, LockCode
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.codes import make_code
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(device: Device) -> LockCode:
    return make_place(device)


def make_place(device: Device, *, pin: str = "6174", **fields: Any) -> LockCode:
    from access.pins import pin_key_of

    return LockCode.objects.create(
        device=device,
        ref=fields.pop("ref", "9"),
        name="Neighbour",
        pin=pin,
        pin_key=pin_key_of(pin),
        first_seen_at=timezone.now(),
        **fields,
    )


def refusal(face: Face, path: str, **params: Any) -> tuple[int, str]:
    status, error = face.error(f"access_codes/{path}", **params)
    return status, error["type"]


def test_object_has_the_documented_fields(face: Face, place: LockCode) -> None:
    code = face.post("access_codes/unmanaged/get", access_code_id=str(place.public_id))["access_code"]
    assert set(code) == {
        *("access_code_id", "device_id", "workspace_id", "name", "code", "type", "status", "starts_at"),
        *("ends_at", "created_at", "errors", "warnings", "is_managed", "display_status"),
        "dormakaba_oracode_metadata",
    }
    assert (code["status"], code["type"], code["is_managed"]) == ("set", "ongoing", False)


def test_code_that_is_not_there(face: Face, workspace: Workspace, device: Device) -> None:
    missing = str(uuid.uuid4())
    managed = make_code(face, device)["access_code_id"]
    for path in ("unmanaged/get", "unmanaged/delete", "unmanaged/convert_to_managed"):
        assert refusal(face, path, access_code_id=missing) == (404, "access_code_not_found")
        assert refusal(face, path, access_code_id=managed) == (404, "access_code_not_found")
    assert refusal(face, "unmanaged/list", device_id=missing) == (404, "device_not_found")
    assert refusal(face, "unmanaged/list") == (400, "invalid_input")


def test_unmanaged_is_not_found_as_managed(face: Face, place: LockCode) -> None:
    for path in ("get", "update", "delete", "pull_backup_access_code"):
        assert refusal(face, path, access_code_id=str(place.public_id)) == (404, "access_code_not_found")


def test_update_to_unmanaged_is_refused(face: Face, place: LockCode) -> None:
    code = str(place.public_id)
    assert refusal(face, "unmanaged/update", access_code_id=code, is_managed=False) == (400, "invalid_input")
    assert refusal(face, "unmanaged/update", access_code_id=code) == (400, "invalid_input")


def test_code_of_an_unmanaged_device(face: Face, place: LockCode) -> None:
    Device.objects.update(is_managed=False)
    code = str(place.public_id)
    for path in ("unmanaged/convert_to_managed", "unmanaged/delete"):
        assert refusal(face, path, access_code_id=code) == (400, "device_unmanaged")
    shown = face.post("access_codes/unmanaged/get", access_code_id=code)["access_code"]
    assert not {"cannot_be_managed", "cannot_delete_unmanaged_access_code"} & shown.keys()


def test_conversion_of_a_clashing_code(face: Face, device: Device, place: LockCode) -> None:
    other = make_code(face, device, code="6174")
    status, error = face.error(
        "access_codes/unmanaged/convert_to_managed", access_code_id=str(place.public_id)
    )
    assert (status, error["type"]) == (409, "duplicate_access_code")
    assert error["data"] == {"access_code_id": other["access_code_id"]}


def test_force_takes_over_from_another_workspace(face: Face, workspace: Workspace, place: LockCode) -> None:
    theirs = make_device(make_workspace())
    Device.objects.filter(pk=theirs.pk).update(external_id=place.device.external_id)
    rival = AccessCode.objects.create(
        device=theirs, ref=place.ref, pin=place.pin, pin_key=place.pin_key, name="Theirs"
    )
    code = str(place.public_id)
    convert = "unmanaged/convert_to_managed"
    assert refusal(face, convert, access_code_id=code) == (400, "managed_by_another_workspace")
    face.post(f"access_codes/{convert}", access_code_id=code, force=True)
    shown = face.post("access_codes/get", access_code_id=code)["access_code"]
    assert "management_transferred" in [one["warning_code"] for one in shown["warnings"]]
    rival.refresh_from_db()
    assert rival.ended_at is not None


def test_converting_twice_is_one_conversion(face: Face, place: LockCode) -> None:
    for _ in range(2):
        answer = face.post("access_codes/unmanaged/convert_to_managed", access_code_id=str(place.public_id))
        assert answer["action_attempt"]["status"] == "success"
    assert AccessCode.objects.filter(is_managed=True).count() == 1


def test_simulation_is_for_sandboxes(face: Face, workspace: Workspace, device: Device) -> None:
    workspace.is_sandbox = False
    workspace.save()
    simulated = "simulate/create_unmanaged_access_code"
    params = {"device_id": str(device.public_id), "name": "Hand", "code": "8246"}
    assert refusal(face, simulated, **params) == (400, "workspace_not_sandbox")
    assert refusal(face, simulated, **{**params, "code": "824682468"}) == (400, "invalid_input")


def test_simulated_code_that_the_lock_does_not_take(face: Face, device: Device, place: LockCode) -> None:
    params = {"device_id": str(device.public_id), "name": "Hand", "code": "8246"}
    face.post("access_codes/simulate/create_unmanaged_access_code", **params)
    assert refusal(face, "simulate/create_unmanaged_access_code", **params)[0] == 400


def test_digits_of_unmanaged_codes_need_reveal_and_are_noted(
    face: Face, workspace: Workspace, place: LockCode
) -> None:
    reader = limited_face(workspace, "read")
    listed = reader.post("access_codes/unmanaged/list", device_id=str(place.device.public_id))
    assert [code["code"] for code in listed["access_codes"]] == [None]
    assert not Event.objects.filter(type="pin.revealed").exists()
    for _ in range(2):
        face.post("access_codes/unmanaged/get", access_code_id=str(place.public_id))
    event = Event.objects.get(type="pin.revealed")
    assert event.data["access_code_id"] == str(place.public_id)
    assert "6174" not in str(event.data)
