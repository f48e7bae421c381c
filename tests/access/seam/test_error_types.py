"""Each documented error type, by what truly raises it, in the documented shape with the documented status."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from access.models import ClientSession
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.conftest import Face
from tests.access.seam.test_programs import make_token, session_of
from tests.factories import make_device, make_member

pytestmark = pytest.mark.django_db
NOBODY = str(uuid.UUID(int=7))
NAMED = {"name": "x"}


@dataclass
class Scene:
    face: Face
    workspace: Workspace
    device: Device

    @property
    def device_id(self) -> str:
        return str(self.device.public_id)

    def code(self, **params: Any) -> str:
        made = self.face.post("access_codes/create", device_id=self.device_id, **params)["access_code"]
        return str(made["access_code_id"])

    def unmanage(self) -> None:
        self.face.post("devices/update", device_id=self.device_id, is_managed=False)

    def of_brand(self, brand: str) -> str:
        return str(make_device(self.workspace, brand=brand).public_id)

    def session(self, **fields: Any) -> Face:
        made, browser = session_of(self.face)
        ClientSession.objects.filter(public_id=made["client_session_id"]).update(**fields)
        return browser


Found = tuple[int, dict[str, Any]]
Cause = Callable[[Scene], Found]


def _not_there(path: str, key: str) -> Cause:
    return lambda s: s.face.error(path, **{key: NOBODY})


def _not_a_sandbox(s: Scene) -> Found:
    Workspace.objects.update(is_sandbox=False)
    return s.face.error("devices/simulate/disconnect", device_id=s.device_id)


def _unmanaged(s: Scene) -> Found:
    s.unmanage()
    return s.face.error("access_codes/create", device_id=s.device_id)


def _backup_of_ongoing(s: Scene) -> Found:
    return s.face.error("access_codes/pull_backup_access_code", access_code_id=s.code())


def _no_backup(s: Scene) -> Found:
    code = s.code(starts_at="2031-01-01T10:00:00Z", ends_at="2031-01-02T10:00:00Z")
    return s.face.error("access_codes/pull_backup_access_code", access_code_id=code)


def _other_page(s: Scene) -> Found:
    for _ in range(2):
        s.code()
    page = s.face.post("access_codes/list", device_id=s.device_id, limit=1)["pagination"]
    cursor = page["next_page_cursor"]
    return s.face.error("access_codes/list", device_id=s.device_id, limit=2, page_cursor=cursor)


def _second_session(s: Scene) -> Found:
    s.face.post("client_sessions/create", user_identifier_key="u")
    return s.face.error("client_sessions/create", user_identifier_key="u")


def _duplicate(s: Scene) -> Found:
    s.code(code="4829")
    return s.face.error("access_codes/create", device_id=s.device_id, code="4829")


def _too_often(s: Scene) -> Found:
    for number in range(10):
        s.code(code=f"48{number}1")
    return s.face.error("access_codes/create", device_id=s.device_id, code="7777")


def _in_no_such_workspace(s: Scene) -> Found:
    token = make_token(make_member(s.workspace))
    return Face(token, headers={"seam-workspace": NOBODY}).error("devices/list")


def _wrong_method(s: Scene) -> Found:
    answer = s.face.send("DELETE", "access_codes/list")
    return answer.status_code, answer.json()["error"]


CAUSES: dict[str, tuple[int, Cause]] = {
    "invalid_input": (400, lambda s: s.face.error("access_codes/create")),
    "workspace_not_sandbox": (400, _not_a_sandbox),
    "unsupported_device": (
        400,
        lambda s: s.face.error("locks/unlock_door", device_id=s.of_brand("dormakaba_oracode")),
    ),
    "device_unmanaged": (400, _unmanaged),
    "device_managed": (400, lambda s: s.face.error("devices/unmanaged/get", device_id=s.device_id)),
    "device_type_not_supported": (
        400,
        lambda s: s.face.error("devices/simulate/disconnect", device_id=s.of_brand("tedee")),
    ),
    "access_code_not_time_bound": (400, _backup_of_ongoing),
    "mismatched_page_parameters": (400, _other_page),
    "invalid_event_types": (
        400,
        lambda s: s.face.error("webhooks/create", url="https://h.example.com", event_types=["no.such"]),
    ),
    "client_session_token_already_exists": (400, _second_session),
    "unauthorized": (401, lambda _: Face("seam_nothing").error("devices/list")),
    "client_session_revoked": (401, lambda s: s.session(revoked_at=timezone.now()).error("devices/list")),
    "client_session_expired": (401, lambda s: s.session(expires_at=timezone.now()).error("devices/list")),
    "invalid_client_session_token": (
        401,
        lambda _: Face("", headers={"seam-client-session-token": "x"}).error("devices/list"),
    ),
    "invalid_publishable_key": (401, lambda _: Face("seam_pk_x").error("devices/list")),
    "device_not_found": (404, _not_there("devices/get", "device_id")),
    "access_code_not_found": (404, _not_there("access_codes/get", "access_code_id")),
    "backup_access_code_not_found": (404, _no_backup),
    "action_attempt_not_found": (404, _not_there("action_attempts/get", "action_attempt_id")),
    "connected_account_not_found": (404, _not_there("connected_accounts/get", "connected_account_id")),
    "connect_webview_not_found": (404, _not_there("connect_webviews/get", "connect_webview_id")),
    "event_not_found": (404, _not_there("events/get", "event_id")),
    "webhook_not_found": (404, _not_there("webhooks/get", "webhook_id")),
    "client_session_not_found": (401, lambda _: Face("seam_cst_x").error("devices/list")),
    "workspace_not_found": (404, _in_no_such_workspace),
    "method_not_allowed": (405, _wrong_method),
    "duplicate_access_code": (409, _duplicate),
    "rate_limit_exceeded": (429, _too_often),
}
# Documented, and raised by nothing here, each with the reason.
NEVER = {
    "invalid_options": "no source says what it is about; what does not fit together is invalid_input, field by field",
    "publishable_keys_must_create_empty_client_sessions": "there are no publishable keys: invalid_publishable_key",
    "internal_server_error": "a fault of ours, which tests/access/seam/test_base.py makes",
}
NAMES_WHAT = {
    "action_attempt_not_found": "action_attempt_id",
    "device_not_found": "device_id",
    "access_code_not_found": "access_code_id",
    "workspace_not_found": "workspace_id",
}
DOCUMENTED = {
    "invalid_input", "workspace_not_sandbox", "unsupported_device", "device_unmanaged", "device_managed",
    "device_type_not_supported", "access_code_not_time_bound", "mismatched_page_parameters",
    "invalid_event_types", "client_session_token_already_exists", "invalid_options", "unauthorized",
    "client_session_not_found", "client_session_revoked", "client_session_expired",
    "invalid_client_session_token", "invalid_publishable_key",
    "publishable_keys_must_create_empty_client_sessions", "device_not_found", "access_code_not_found",
    "backup_access_code_not_found", "action_attempt_not_found", "connected_account_not_found",
    "connect_webview_not_found", "event_not_found", "webhook_not_found", "workspace_not_found",
    "method_not_allowed", "duplicate_access_code", "rate_limit_exceeded", "internal_server_error",
}  # fmt: skip


@pytest.mark.parametrize("error_type", CAUSES)
def test_each_documented_error_is_raised_by_its_cause(
    error_type: str, face: Face, workspace: Workspace, device: Device
) -> None:
    status, cause = CAUSES[error_type]
    found, error = cause(Scene(face, workspace, device))
    assert (found, error["type"]) == (status, error_type)
    assert error["message"]
    assert ("validation_errors" in error) == (error_type == "invalid_input")
    if error_type in NAMES_WHAT:
        assert error["data"] == {NAMES_WHAT[error_type]: NOBODY}


def test_no_documented_error_is_forgotten() -> None:
    assert {*CAUSES, *NEVER} == DOCUMENTED
    assert not CAUSES.keys() & NEVER.keys()
