"""No parameter of the official package is dropped without a word: an endpoint takes it, or says why it does not."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from seam.seam import Seam

from access.api_keys import create_key
from access.enums import EventType
from access.events import device_event
from access.models import ActionAttempt
from access.seam.urls import TABLE
from locks.models import Account, Device
from properties.models import Workspace
from tests.access.seam.codes import make_code, told
from tests.access.seam.conftest import Face, limited_face
from tests.access.seam.test_every_method import methods_of
from tests.factories import make_device, make_property

pytestmark = pytest.mark.django_db
NOBODY = str(uuid.UUID(int=7))
DAY = dt.timedelta(days=1)
# How the package itself waits for an answer.
OF_THE_PACKAGE = {"wait_for_action_attempt"}


def test_endpoints_know_every_parameter_that_the_package_sends() -> None:
    unknown = {}
    for name, method in methods_of(Seam(api_key="seam_x", endpoint="http://127.0.0.1:9")):
        endpoint = TABLE.endpoints.get(method.__seam_path__.strip("/"))  # type: ignore[attr-defined]  # set by it
        if endpoint is None:
            continue
        known = {*endpoint.params, *(other for param in endpoint.params.values() for other in param.also)}
        sent = set(inspect.signature(method).parameters) - OF_THE_PACKAGE
        if sent - known:
            unknown[name] = sent - known
    assert unknown == {}


@pytest.mark.parametrize(
    ("path", "key", "params"),
    [
        ("access_codes/list", "access_codes", {"access_grant_key": "mine"}),
        ("devices/list", "devices", {"unstable_location_id": "lobby"}),
        ("locks/list", "locks", {"space_id": NOBODY}),
        ("events/list", "events", {"since": "2020-01-01", "acs_user_id": NOBODY}),
        ("events/list", "events", {"since": "2020-01-01", "acs_system_ids": [NOBODY]}),
        ("events/list", "events", {"since": "2020-01-01", "user_identity_id": NOBODY}),
        ("events/list", "events", {"since": "2020-01-01", "access_grant_ids": [NOBODY]}),
        ("client_sessions/list", "client_sessions", {"user_identity_id": NOBODY}),
    ],
)
def test_filter_by_what_is_not_here_finds_nothing(
    path: str, key: str, params: dict[str, Any], face: Face, device: Device
) -> None:
    make_code(face, device)
    face.post("client_sessions/create")
    device_event(device, EventType.DEVICE_CONNECTED, now=timezone.now()).save()
    assert face.post(path, **params)[key] == []


def test_sessions_of_nobody_are_found(face: Face) -> None:
    face.post("client_sessions/create", user_identifier_key="u")
    nobodys = face.post("client_sessions/create")["client_session"]
    assert face.post("client_sessions/list", without_user_identifier_key=True)["client_sessions"] == [nobodys]
    assert len(face.post("client_sessions/list", without_user_identifier_key=False)["client_sessions"]) == 2


@pytest.mark.parametrize("name", ["user_identity_id", "user_identity_ids", "customer_id"])
def test_session_for_somebody_who_is_not_here_is_refused(name: str, face: Face) -> None:
    value: Any = [NOBODY] if name.endswith("ids") else NOBODY
    status, error = face.error("client_sessions/create", **{name: value})
    assert (status, error["type"]) == (400, "invalid_input")
    assert name in error["validation_errors"]
    assert face.post("client_sessions/list")["client_sessions"] == []


def test_update_takes_what_a_code_was_made_with_and_refuses_another_word(face: Face, device: Device) -> None:
    code = make_code(face, device, code="4829")
    one = {"access_code_id": code["access_code_id"]}
    same = {"is_offline_access_code": False, "is_one_time_use": False, "max_time_rounding": "1day"}
    assert face.post("access_codes/update", **one, **same, preferred_code_length=4, name="Same")["ok"]
    for other in (
        {"is_offline_access_code": True},
        {"use_offline_access_code": True},
        {"is_one_time_use": True},
        {"preferred_code_length": 6},
    ):
        status, error = face.error("access_codes/update", **one, **other)
        assert (status, error["type"]) == (400, "invalid_input"), other
    assert face.post("access_codes/update", **one, preferred_code_length=6, code="482913")["ok"]
    found = face.post("access_codes/get", **one)["access_code"]
    assert (found["code"], found["name"]) == ("482913", "Same")


def test_length_that_the_lock_does_not_take_is_passed_over_when_said_again(
    face: Face, device: Device
) -> None:
    device.capabilities = {**device.capabilities, "pin_lengths": [4]}
    device.save(update_fields=["capabilities"])
    code = make_code(face, device, preferred_code_length=6)
    assert (
        len(face.post("access_codes/get", access_code_id=code["access_code_id"])["access_code"]["code"]) == 4
    )

    again = {"access_code_id": code["access_code_id"], "preferred_code_length": 6, "name": "Later"}
    assert face.post("access_codes/update", **again)["ok"]


def test_who_may_not_see_a_pin_is_not_told_its_length(
    face: Face, workspace: Workspace, device: Device
) -> None:
    one = {"access_code_id": make_code(face, device, code="4829")["access_code_id"]}
    writer = limited_face(workspace, "read", "write")
    for length in (4, 6):
        assert writer.post("access_codes/update", **one, preferred_code_length=length)["ok"]


@pytest.mark.parametrize("turn", ["lock_door", "unlock_door"])
def test_retry_after_is_the_time_until_the_lock_may_be_asked_again(
    turn: str, face: Face, device: Device
) -> None:
    """The fifteen of a minute were asked two seconds apart: the first is a minute old after 32 more."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(15):
            face.post(f"locks/{turn}", device_id=str(device.public_id))
            ActionAttempt.objects.update(status="success")
            clock.shift(dt.timedelta(seconds=2))
        refused = face.send("POST", f"locks/{turn}", {"device_id": str(device.public_id)})
        assert (refused.status_code, refused["Retry-After"]) == (429, "30")
        clock.shift(dt.timedelta(seconds=29))
        assert face.error(f"locks/{turn}", device_id=str(device.public_id))[0] == 429
        clock.shift(dt.timedelta(seconds=1))
        assert face.post(f"locks/{turn}", device_id=str(device.public_id))["ok"]


def test_account_has_a_name_of_the_documented_length(face: Face, device: Device) -> None:
    one = {"connected_account_id": str(device.account.public_id)}
    name = "Ä" * 255
    assert face.post("connected_accounts/update", **one, display_name=name)["ok"]
    assert face.post("connected_accounts/get", **one)["connected_account"]["display_name"] == name
    assert Account.objects.get().name == name
    for wrong in ("", name + "x"):
        assert face.error("connected_accounts/update", **one, display_name=wrong)[0] == 400


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"reason_code": "too_many_attempts"}, "too_many_attempts"),
        ({"reason_code": "expired_code"}, "expired_code"),
        ({"method": "keycode"}, None),
    ],
)
def test_refused_entry_names_its_reason_where_it_is_known(
    data: dict[str, str], reason: str | None, face: Face, device: Device
) -> None:
    device_event(device, EventType.LOCK_DENIED, now=timezone.now(), **data).save()
    (event,) = face.post("events/list", since="2020-01-01", event_type="lock.access_denied")["events"]
    assert ("reason" in event) == (reason is not None)
    if reason is not None:
        assert event["reason"]["reason_code"] == reason
        assert event["reason"]["message"].endswith(".")


def test_narrow_key_finds_as_little_by_new_filters(workspace: Workspace, face: Face) -> None:
    make_code(
        face, make_device(workspace), ends_at=told(timezone.now() + DAY), starts_at=told(timezone.now())
    )
    narrow = Face(create_key(workspace, name="House", properties=[make_property(workspace)])[1])
    assert narrow.post("access_codes/list", access_grant_key="mine")["access_codes"] == []
