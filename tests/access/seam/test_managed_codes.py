"""access_codes.* by the test client: fields, refusals, limits, query counts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from time_machine import Traveller

from access.enums import EventType
from access.models import AccessCode, CodeAttempt, Event, PinLook
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_property, make_stay, make_unit, make_workspace, virtual_door

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MANAGED_FIELDS = {
    *("access_code_id", "device_id", "workspace_id", "name", "appearance", "code", "common_code_key", "type"),
    *("status", "starts_at", "ends_at", "created_at", "errors", "warnings", "is_managed"),
    *("is_external_modification_allowed", "is_offline_access_code", "is_one_time_use"),
    *("is_waiting_for_code_assignment", "is_backup", "is_backup_access_code_available"),
    *("pulled_backup_access_code_id", "pending_mutations", "display_status", "dormakaba_oracode_metadata"),
}


def told(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_code(face: Face, device: Device, **params: Any) -> dict[str, Any]:
    answer = face.post("access_codes/create", device_id=str(device.public_id), **params)
    assert answer["ok"] is True, answer
    return dict(answer["access_code"])


@pytest.fixture
def device(workspace: Workspace) -> Device:
    return make_device(workspace, brand="yale")


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


def test_codes_of_stays_are_listed_and_not_changed_here(
    face: Face, workspace: Workspace, travel: Traveller
) -> None:
    unit = make_unit(make_property(workspace))
    door = virtual_door(unit, now=timezone.now())
    stay = make_stay(unit, now=timezone.now())
    from access.declaring import declare_stay

    declare_stay(stay.pk, now=timezone.now())
    listed = face.post("access_codes/list", device_id=str(door.device.public_id))["access_codes"]
    assert len(listed) == 1
    grant = AccessCode.objects.get().grant
    assert grant is not None
    grant.refresh_from_db()
    assert grant.revealed_at is not None
    for path in ("access_codes/update", "access_codes/delete"):
        status, error = face.error(path, access_code_id=listed[0]["access_code_id"], name="Other")
        assert (status, error["type"]) == (400, "invalid_input")
        assert "belongs to a stay" in error["message"]
    by_grant = face.post("access_codes/list", access_grant_id=str(grant.public_id))
    assert len(by_grant["access_codes"]) == 1


def test_update_changes_only_what_was_sent(face: Face, device: Device) -> None:
    code = make_code(face, device, name="One", code="4829")
    answer = face.send(
        "PATCH", "access_codes/update", {"access_code_id": code["access_code_id"], "name": "Two"}
    )
    assert answer.json()["action_attempt"]["action_type"] == "UPDATE_ACCESS_CODE"
    found = face.post("access_codes/get", access_code_id=code["access_code_id"])["access_code"]
    assert (found["name"], found["code"]) == ("Two", "4829")


def test_update_between_ongoing_and_time_bound(face: Face, device: Device) -> None:
    now = timezone.now()
    code = make_code(face, device)["access_code_id"]
    window = {"starts_at": told(now + DAY), "ends_at": told(now + 2 * DAY)}
    assert face.error("access_codes/update", access_code_id=code, type="time_bound")[0] == 400
    face.post("access_codes/update", access_code_id=code, type="time_bound", **window)
    assert face.post("access_codes/get", access_code_id=code)["access_code"]["type"] == "time_bound"
    answer = face.send(
        "PUT",
        "access_codes/update",
        {"access_code_id": code, "type": "ongoing", "starts_at": None, "ends_at": None},
    )
    assert answer.status_code == 200
    found = face.post("access_codes/get", access_code_id=code)["access_code"]
    assert (found["type"], found["ends_at"]) == ("ongoing", None)


def test_delete_before_the_lock_had_it(face: Face, device: Device) -> None:
    code = make_code(face, device)["access_code_id"]
    first = face.send("DELETE", "access_codes/delete", query=f"access_code_id={code}&_strict=true").json()
    again = face.post("access_codes/delete", access_code_id=code)
    assert first["action_attempt"]["action_type"] == "DELETE_ACCESS_CODE"
    assert first["action_attempt"]["action_attempt_id"] == again["action_attempt"]["action_attempt_id"]
    assert (
        face.error("access_codes/update", access_code_id=code, name="x")[1]["type"] == "access_code_not_found"
    )
    AccessCode.objects.update(ended_at=timezone.now())
    for path in ("access_codes/delete", "access_codes/get", "access_codes/pull_backup_access_code"):
        assert face.error(path, access_code_id=code)[1]["type"] == "access_code_not_found"
    attempt = face.post("action_attempts/get", action_attempt_id=first["action_attempt"]["action_attempt_id"])
    assert attempt["action_attempt"]["status"] == "success"


def test_create_multiple_shares_one_code(face: Face, workspace: Workspace, device: Device) -> None:
    other = make_device(workspace, brand="schlage")
    ids = [str(device.public_id), str(other.public_id)]
    answer = face.send("PUT", "access_codes/create_multiple", {"device_ids": ids, "name": "Both"}).json()
    codes = answer["access_codes"]
    assert [code["device_id"] for code in codes] == ids
    assert codes[0]["code"] == codes[1]["code"]
    key = codes[0]["common_code_key"]
    assert key.startswith("auto_set_by_create_multiple_")
    answer = face.send("PATCH", "access_codes/update_multiple", {"common_code_key": key, "name": "Renamed"})
    assert answer.json() == {"ok": True}
    names = {
        code["name"]
        for code in face.post(
            "access_codes/list", access_code_ids=[code["access_code_id"] for code in codes]
        )["access_codes"]
    }
    assert names == {"Renamed"}
    own = face.post("access_codes/create_multiple", device_ids=ids, code="9021")["access_codes"]
    assert {code["common_code_key"] for code in own} == {None}


def test_create_multiple_that_cannot_share(face: Face, workspace: Workspace, device: Device) -> None:
    nuki = make_device(workspace, brand="nuki")
    ids = [
        str(device.public_id),
        str(nuki.public_id),
        str(make_device(workspace, brand="salto_ks").public_id),
    ]
    status, error = face.error("access_codes/create_multiple", device_ids=ids)
    assert (status, error["type"]) == (400, "invalid_input")
    assert not AccessCode.objects.exists()
    made = face.post(
        "access_codes/create_multiple",
        device_ids=ids,
        behavior_when_code_cannot_be_shared="create_random_code",
    )
    assert [code["is_waiting_for_code_assignment"] for code in made["access_codes"]] == [False, False, True]


def test_update_multiple_of_an_unknown_key(face: Face) -> None:
    status, error = face.error("access_codes/update_multiple", common_code_key="nothing")
    assert (status, error["type"]) == (404, "access_code_not_found")


def test_list_pages_follow_one_another(face: Face, device: Device) -> None:
    made = [make_code(face, device)["access_code_id"] for _ in range(3)]
    query = f"device_id={device.public_id}&limit=2"
    first = face.get("access_codes/list", query)
    page = first["pagination"]
    assert page["has_next_page"] is True
    second = face.get("access_codes/list", f"{query}&page_cursor={page['next_page_cursor']}")
    assert second["pagination"]["has_next_page"] is False
    listed = [code["access_code_id"] for one in (first, second) for code in one["access_codes"]]
    assert listed == made
    assert page["next_page_url"].endswith(f"page_cursor={page['next_page_cursor'].replace('=', '%3D')}")
    mixed = face.send(
        "GET",
        "access_codes/list",
        query=f"device_id={device.public_id}&limit=1&page_cursor={page['next_page_cursor']}",
    )
    assert mixed.json()["error"]["type"] == "mismatched_page_parameters"
    broken = face.send("GET", "access_codes/list", query=f"{query}&page_cursor=nonsense")
    assert broken.json()["error"]["type"] == "invalid_input"


def test_list_takes_arrays_in_each_notation(face: Face, device: Device) -> None:
    ids = [make_code(face, device)["access_code_id"] for _ in range(2)]
    for query in (
        f"access_code_ids={ids[0]}&access_code_ids={ids[1]}",
        f"access_code_ids[]={ids[0]}&access_code_ids[]={ids[1]}",
        f"access_code_ids={ids[0]},{ids[1]}",
    ):
        assert len(face.get("access_codes/list", query)["access_codes"]) == 2
    assert face.get("access_codes/list", "access_code_ids=")["access_codes"] == []
    strict = face.send("GET", "access_codes/list", query=f"access_code_ids={ids[0]},{ids[1]}&_strict=true")
    assert strict.status_code == 400


def test_list_needs_to_know_of_what(face: Face) -> None:
    status, error = face.error("access_codes/list")
    assert (status, error["type"]) == (400, "invalid_input")


def test_pool_codes_are_not_listed(face: Face, device: Device) -> None:
    make_code(face, device)
    AccessCode.objects.update(is_backup=True)
    assert face.post("access_codes/list", device_id=str(device.public_id))["access_codes"] == []


def test_reported_lengths_are_kept(face: Face, device: Device) -> None:
    assert face.post(
        "access_codes/report_device_constraints", device_id=str(device.public_id), supported_code_lengths=[8]
    ) == {"ok": True}
    generated = face.get("access_codes/generate_code", f"device_id={device.public_id}")["generated_code"]
    assert generated["device_id"] == str(device.public_id)
    assert len(generated["code"]) == 8
    status, error = face.error("access_codes/report_device_constraints", device_id=str(device.public_id))
    assert (status, error["type"]) == (400, "invalid_input")
    bad = face.error(
        "access_codes/report_device_constraints", device_id=str(device.public_id), min_code_length=3
    )
    assert bad[0] == 400


def test_backup_refusals(face: Face, device: Device) -> None:
    now = timezone.now()
    ongoing = make_code(face, device)["access_code_id"]
    status, error = face.error("access_codes/pull_backup_access_code", access_code_id=ongoing)
    assert (status, error["type"]) == (400, "access_code_not_time_bound")
    bound = make_code(face, device, starts_at=told(now), ends_at=told(now + DAY))["access_code_id"]
    status, error = face.error("access_codes/pull_backup_access_code", access_code_id=bound)
    assert (status, error["type"]) == (404, "backup_access_code_not_found")


@pytest.mark.parametrize("path", ["access_codes/list", "action_attempts/list", "access_codes/unmanaged/list"])
def test_lists_ask_the_database_a_fixed_number_of_times(face: Face, workspace: Workspace, path: str) -> None:
    def queries(number: int) -> int:
        device = make_device(workspace, brand="august")
        for index in range(number):
            face.post(
                "access_codes/simulate/create_unmanaged_access_code",
                device_id=str(device.public_id),
                name=f"Hand {index}",
                code=f"83{index}4",
            )
            make_code(face, device)
        face.post(path, device_id=str(device.public_id))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = face.post(path, device_id=str(device.public_id))
        rows = next(value for key, value in answer.items() if isinstance(value, list))
        assert len(rows) == number
        return len(captured)

    assert queries(1) == queries(3)


def test_get_and_create_stay_lean(face: Face, device: Device) -> None:
    code = make_code(face, device)
    face.post("access_codes/get", access_code_id=code["access_code_id"])
    with CaptureQueriesContext(connection) as got:
        face.post("access_codes/get", access_code_id=code["access_code_id"])
    assert len(got) <= 5
    with CaptureQueriesContext(connection) as made:
        make_code(face, device)
    assert len(made) <= 30
