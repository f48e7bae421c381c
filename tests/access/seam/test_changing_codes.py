"""Changing and deleting codes, one or several."""

from __future__ import annotations

import pytest
from django.utils import timezone
from time_machine import Traveller

from access.api_keys import create_key
from access.enums import EventType
from access.models import AccessCode, Event
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.codes import DAY, make_code, told
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_property, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db


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


def looks() -> int:
    return Event.objects.filter(type=EventType.PIN_REVEALED).count()


def test_whoever_creates_a_code_is_noted_once_to_have_seen_its_pin(
    face: Face, device: Device, workspace: Workspace
) -> None:
    code = make_code(face, device)["access_code_id"]
    assert looks() == 1

    face.post("access_codes/get", access_code_id=code)
    assert looks() == 1
    Face(create_key(workspace, name="Another")[1]).post("access_codes/get", access_code_id=code)
    assert looks() == 2

    other = make_device(workspace, now=timezone.now())
    face.post("access_codes/create_multiple", device_ids=[str(device.public_id), str(other.public_id)])
    assert looks() == 4


def test_whoever_is_not_shown_the_pin_is_not_noted(device: Device, workspace: Workspace) -> None:
    blind = limited_face(workspace, "read", "write")
    assert make_code(blind, device)["code"] is None
    assert looks() == 0
