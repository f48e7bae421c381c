"""Creating and reading one code: fields, refusals, limits, who sees digits."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from access.enums import EventType
from access.models import CodeAttempt, Event, PinLook
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.codes import DAY, make_code, told
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_workspace

pytestmark = pytest.mark.django_db
MANAGED_FIELDS = {
    *("access_code_id", "device_id", "workspace_id", "name", "appearance", "code", "common_code_key", "type"),
    *("status", "starts_at", "ends_at", "created_at", "errors", "warnings", "is_managed"),
    *("is_external_modification_allowed", "is_offline_access_code", "is_one_time_use"),
    *("is_waiting_for_code_assignment", "is_backup", "is_backup_access_code_available"),
    *("pulled_backup_access_code_id", "pending_mutations", "display_status", "dormakaba_oracode_metadata"),
}


def test_ongoing_code_is_created_with_every_field(face: Face, device: Device, workspace: Workspace) -> None:
    answer = face.post("access_codes/create", device_id=str(device.public_id), name="Cleaner", code="4829")
    code = answer["access_code"]
    assert set(code) == MANAGED_FIELDS
    assert code | {"access_code_id": "", "created_at": "", "pending_mutations": []} == {
        "access_code_id": "",
        "device_id": str(device.public_id),
        "workspace_id": str(workspace.public_id),
        "name": "Cleaner",
        "appearance": None,
        "code": "4829",
        "common_code_key": None,
        "type": "ongoing",
        "status": "setting",
        "display_status": "Programming",
        "starts_at": None,
        "ends_at": None,
        "created_at": "",
        "errors": [],
        "warnings": [],
        "is_managed": True,
        "is_external_modification_allowed": False,
        "is_offline_access_code": False,
        "is_one_time_use": False,
        "is_waiting_for_code_assignment": False,
        "is_backup": False,
        "is_backup_access_code_available": False,
        "pulled_backup_access_code_id": None,
        "pending_mutations": [],
        "dormakaba_oracode_metadata": None,
    }
    assert [one["mutation_code"] for one in code["pending_mutations"]] == ["creating"]
    assert code["created_at"].endswith("Z")
    attempt = answer["action_attempt"]
    assert attempt == {
        "action_attempt_id": attempt["action_attempt_id"],
        "action_type": "CREATE_ACCESS_CODE",
        "status": "pending",
        "result": None,
        "error": None,
    }


def test_time_bound_code_begins_unset(face: Face, device: Device) -> None:
    now = timezone.now().replace(microsecond=0)
    code = make_code(face, device, starts_at=told(now + 10 * DAY), ends_at=told(now + 12 * DAY))
    assert (code["type"], code["status"], code["is_scheduled_on_device"]) == ("time_bound", "unset", False)
    assert code["starts_at"] == told(now + 10 * DAY)
    assert [one["mutation_code"] for one in code["pending_mutations"]] == ["deferring_creation"]
    assert code["pending_mutations"][0]["scheduled_at"] == told(now + 7 * DAY)


def test_both_names_of_a_parameter_are_taken(face: Face, device: Device) -> None:
    assert make_code(face, device, is_external_modification_allowed=True)["is_external_modification_allowed"]
    assert make_code(face, device, allow_external_modification=True)["is_external_modification_allowed"]


def test_get_by_id_and_by_device_and_code(face: Face, device: Device) -> None:
    code = make_code(face, device, code="4829")
    by_id = face.get("access_codes/get", f"access_code_id={code['access_code_id']}&_strict=true")
    by_code = face.get("access_codes/get", f"code=4829&device_id={device.public_id}")
    assert by_id["access_code"] == by_code["access_code"] == code


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, 'Either "access_code_id" OR "code" and "device_id" must be provided'),
        ({"code": "4829"}, 'Both "device_id" and "code" must be provided if one is'),
        ({"device_id": str(uuid.uuid4())}, 'Both "device_id" and "code" must be provided if one is'),
        (
            {"access_code_id": str(uuid.uuid4()), "code": "4829"},
            'Both "access_code_id" and "code" can not be provided',
        ),
    ],
)
def test_get_wants_one_way_of_naming(face: Face, params: dict[str, str], message: str) -> None:
    for path in ("access_codes/get", "access_codes/unmanaged/get"):
        status, error = face.error(path, **params)
        assert (status, error["type"], error["message"]) == (400, "invalid_input", message)


def test_missing_code_says_what_was_looked_for(face: Face) -> None:
    missing = str(uuid.uuid4())
    status, error = face.error("access_codes/get", access_code_id=missing)
    assert (status, error["type"], error["data"]) == (
        404,
        "access_code_not_found",
        {"access_code_id": missing},
    )


def test_validation_errors_are_a_tree(face: Face) -> None:
    status, error = face.error("access_codes/create", code="12", starts_at="tomorrow")
    assert (status, error["type"]) == (400, "invalid_input")
    assert error["validation_errors"] == {
        "_errors": [],
        "device_id": {"_errors": ["Required"]},
        "code": {"_errors": ["String must contain at least 4 character(s)"]},
        "starts_at": {"_errors": ["Invalid datetime"]},
    }
    assert 'Required for provided "device_id"' in error["message"]


@pytest.mark.parametrize("code", ["12a4", "\uff11\uff12\uff13\uff14", "0" * 13, 4829, "48 29", "4829\n"])
def test_code_must_be_digits(face: Face, device: Device, code: object) -> None:
    status, error = face.error("access_codes/create", device_id=str(device.public_id), code=code)
    assert (status, list(error["validation_errors"])) == (400, ["_errors", "code"])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"starts_at": "2090-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2090-01-01T00:00:00Z"}, "starts_at"),
        ({"starts_at": "2090-01-02T00:00:00Z", "ends_at": "2090-01-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-02T00:00:00Z"}, "ends_at"),
        ({"code": "123456789012"}, "code"),
        ({"is_one_time_use": True}, "is_one_time_use"),
    ],
)
def test_domain_refusals_name_the_parameter(
    face: Face, device: Device, params: dict[str, Any], field: str
) -> None:
    status, error = face.error("access_codes/create", device_id=str(device.public_id), **params)
    assert (status, error["type"]) == (400, "invalid_input")
    assert error["validation_errors"][field]["_errors"] == [error["message"]]


def test_duplicate_is_409_without_the_digits(face: Face, device: Device) -> None:
    make_code(face, device, code="4829", name="First")
    status, error = face.error("access_codes/create", device_id=str(device.public_id), code="4829")
    assert (status, error["type"]) == (409, "duplicate_access_code")
    assert "4829" not in error["message"]
    assert "First" in error["message"]


def test_duplicate_names_nobody_to_a_key_that_may_not_see_codes(
    face: Face, workspace: Workspace, device: Device
) -> None:
    make_code(face, device, code="4829", name="First")
    writer = limited_face(workspace, "read", "write")
    status, error = writer.error("access_codes/create", device_id=str(device.public_id), code="4829")
    assert (status, error["type"]) == (409, "duplicate_access_code")
    assert error["message"] == "Cannot set duplicate access code. Choose another code."


def test_other_refusals_of_create(face: Face, workspace: Workspace, device: Device) -> None:
    def refused(target: Device | uuid.UUID, **params: Any) -> tuple[int, str]:
        named = target.public_id if isinstance(target, Device) else target
        status, error = face.error("access_codes/create", device_id=str(named), **params)
        return status, error["type"]

    stranger = make_device(make_workspace())
    offline = make_device(workspace)
    Device.objects.filter(pk=offline.pk).update(online=False)
    left = make_device(workspace)
    Device.objects.filter(pk=left.pk).update(is_managed=False)
    assert refused(uuid.uuid4()) == (404, "device_not_found")
    assert refused(stranger) == (404, "device_not_found")
    assert refused(offline, attempt_for_offline_device=False) == (400, "device_offline")
    assert refused(left) == (400, "device_unmanaged")
    assert refused(device, is_offline_access_code=True) == (400, "unsupported_device")
    assert refused(device, use_backup_access_code_pool=True) == (400, "access_code_not_time_bound")


def test_eleventh_code_of_a_minute_is_429(face: Face, device: Device, workspace: Workspace) -> None:
    for _ in range(10):
        make_code(face, device)
    answer = face.send("POST", "access_codes/create", {"device_id": str(device.public_id)})
    assert answer.status_code == 429
    assert answer.json()["error"]["type"] == "rate_limit_exceeded"
    assert 1 <= int(answer["Retry-After"]) <= 60
    make_code(face, make_device(workspace))
    CodeAttempt.objects.update(created_at=timezone.now() - dt.timedelta(seconds=61))
    make_code(face, device)


def test_key_without_reveal_gets_no_digits(face: Face, workspace: Workspace, device: Device) -> None:
    code = make_code(face, device, code="4829")
    writer = limited_face(workspace, "read", "write")
    assert (
        writer.post("access_codes/get", access_code_id=code["access_code_id"])["access_code"]["code"] is None
    )
    own = make_code(writer, device, code="7391")
    assert own["code"] is None
    looked = writer.error("access_codes/get", device_id=str(device.public_id), code="4829")
    assert looked[0] == 400
    assert PinLook.objects.count() == 1


def test_a_look_is_written_down_once(face: Face, workspace: Workspace, device: Device) -> None:
    code = make_code(face, device, code="4829")
    for _ in range(3):
        face.post("access_codes/get", access_code_id=code["access_code_id"])
    event = Event.objects.get(type=EventType.PIN_REVEALED)
    assert event.actor == "API key Tests"
    limited_face(workspace, "read", "reveal").post("access_codes/get", access_code_id=code["access_code_id"])
    assert Event.objects.filter(type=EventType.PIN_REVEALED).count() == 2
