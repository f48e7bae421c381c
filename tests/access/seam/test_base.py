"""Paths, methods, who may ask, envelopes, faults: what all endpoints share."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.log import AdminEmailHandler
from seam.exceptions import SeamHttpApiError, SeamHttpUnauthorizedError
from seam.seam import Seam

from access.api_keys import create_key, hash_key, revoke_key
from access.models import ClientSession, PersonalToken
from properties.enums import Role
from properties.models import Workspace
from tests.access.seam.conftest import Face, limited_face
from tests.factories import make_device, make_member, make_workspace

pytestmark = pytest.mark.django_db


def test_answers_carry_ok_and_request_id(face: Face, workspace: Workspace) -> None:
    device = make_device(workspace)
    answer = face.send("POST", "access_codes/list", {"device_id": str(device.public_id)})
    assert answer.status_code == 200
    assert answer.json() == {
        "access_codes": [],
        "pagination": {"next_page_cursor": None, "has_next_page": False, "next_page_url": None},
        "ok": True,
    }
    assert uuid.UUID(answer["seam-request-id"]).version == 4


@pytest.mark.parametrize(
    "path", ["", "acs/systems/list", "nothing/here", "access_codes", "\n", "thermostats/x"]
)
def test_unknown_path_is_refused_in_json(face: Face, path: str) -> None:
    answer = face.send("GET", path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["error"]["type"] in {"not_found", "endpoint_not_supported"}


def test_method_not_allowed_names_those_that_are(face: Face) -> None:
    answer = face.send("DELETE", "access_codes/get")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
    assert answer.json()["error"]["type"] == "method_not_allowed"


def test_trailing_slash_is_the_same_path(face: Face) -> None:
    assert face.send("GET", "access_codes/get/").json()["error"]["type"] == "invalid_input"


@pytest.mark.parametrize(
    ("headers", "error_type"),
    [
        ({"Authorization": ""}, "unauthorized"),
        ({"Authorization": "Basic abc"}, "unauthorized"),
        ({"Authorization": "Bearer seam_nothing"}, "unauthorized"),
        ({"Authorization": "Bearer seam_at_nothing"}, "unauthorized"),
        ({"Authorization": "Bearer seam_cst_nothing"}, "client_session_not_found"),
        ({"Authorization": "Bearer seam_pk_nothing"}, "invalid_publishable_key"),
        ({"seam-publishable-key": "seam_pk_x"}, "invalid_publishable_key"),
        ({"seam-client-session-token": "nonsense"}, "invalid_client_session_token"),
        ({"client-session-token": "seam_cst_nothing"}, "client_session_not_found"),
    ],
)
def test_who_is_not_known_is_refused(face: Face, headers: dict[str, str], error_type: str) -> None:
    answer = face.send("POST", "access_codes/list", {}, **headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == error_type


def test_revoked_or_expired_key_is_refused(workspace: Workspace) -> None:
    now = timezone.now()
    revoked, one = create_key(workspace, name="Revoked")
    revoke_key(revoked, now=now)
    _, two = create_key(workspace, name="Expired", expires_at=now - dt.timedelta(seconds=1))
    for secret in (one, two):
        answer = Face(secret).send("POST", "access_codes/list", {})
        assert answer.status_code == 401
        assert answer.json()["error"]["message"] == "API Key not found"


def test_scopes_are_enforced(workspace: Workspace) -> None:
    reader = limited_face(workspace, "read")
    status, error = reader.error("access_codes/create", device_id=str(uuid.uuid4()))
    assert (status, error["type"]) == (403, "forbidden")
    assert limited_face(workspace, "write").error("access_codes/list")[0] == 403


def test_rate_of_a_key_holds_at_this_api_too(workspace: Workspace) -> None:
    cache.clear()
    face = Face(create_key(workspace, name="Slow", rate="2/min")[1])
    statuses = [face.send("POST", "access_codes/list", {}) for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [400, 400, 429]
    assert 1 <= int(statuses[-1]["Retry-After"]) <= 60


def make_token(user: Any, secret: str = "seam_at_secret", **fields: Any) -> str:
    PersonalToken.objects.create(
        user=user, name="Laptop", prefix="seam_at_s", token_hash=hash_key(secret), **fields
    )
    return secret


@pytest.mark.parametrize(("role", "status"), [(Role.OWNER, 404), (Role.MANAGER, 404), (Role.STAFF, 403)])
def test_personal_token_works_by_role(workspace: Workspace, role: Role, status: int) -> None:
    secret = make_token(make_member(workspace, role))
    face = Face(secret, headers={"seam-workspace": str(workspace.public_id)})
    assert face.error("access_codes/get", access_code_id=str(uuid.uuid4()))[0] == 404
    assert face.error("access_codes/delete", access_code_id=str(uuid.uuid4()))[0] == status
    assert PersonalToken.objects.get().last_used_at is not None


def test_personal_token_needs_a_workspace_of_its_owner(workspace: Workspace) -> None:
    secret = make_token(make_member(workspace))
    other = make_workspace()
    assert Face(secret, headers={"seam-workspace": ""}).error("access_codes/list")[0] == 401
    for named in ("nonsense", str(other.public_id), str(uuid.uuid4())):
        status, error = Face(secret, headers={"seam-workspace": named}).error("access_codes/list")
        assert (status, error["type"]) == (404, "workspace_not_found")
        assert error["data"] == {"workspace_id": named}


def test_dead_personal_token_is_refused(workspace: Workspace) -> None:
    now = timezone.now()
    user = make_member(workspace)
    headers = {"seam-workspace": str(workspace.public_id)}
    one = make_token(user, "seam_at_1", revoked_at=now)
    two = make_token(user, "seam_at_2", expires_at=now)
    for secret in (one, two):
        assert Face(secret, headers=headers).send("POST", "access_codes/list", {}).status_code == 401


def make_session(workspace: Workspace, **fields: Any) -> ClientSession:
    return ClientSession.objects.create(
        workspace=workspace, token="seam_cst_secret", token_hash=hash_key("seam_cst_secret"), **fields
    )


def test_client_session_sees_the_accounts_it_was_granted(face: Face, workspace: Workspace) -> None:
    mine, other = make_device(workspace, brand="yale"), make_device(workspace, brand="schlage")
    session = make_session(workspace)
    session.accounts.add(mine.account)
    caller = Face("seam_cst_secret")
    for device, status in ((mine, 200), (other, 404)):
        made = caller.send("POST", "access_codes/generate_code", {"device_id": str(device.public_id)})
        assert made.status_code == status


@pytest.mark.parametrize(
    ("field", "error_type"),
    [("revoked_at", "client_session_revoked"), ("expires_at", "client_session_expired")],
)
def test_dead_client_session_is_refused(workspace: Workspace, field: str, error_type: str) -> None:
    make_session(workspace, **{field: timezone.now()})
    answer = Face("seam_cst_secret").send("POST", "access_codes/list", {})
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == error_type


def test_own_fault_is_answered_in_the_shape(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_it(*args: Any, **named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("access.seam.routing.read_params", break_it)
    answer = face.send("POST", "access_codes/list", {})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "internal_server_error"
    assert answer["seam-request-id"] == answer.json()["error"]["request_id"]


def test_crash_report_tells_no_code(
    face: Face, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_it(*args: Any, **named: Any) -> None:
        raise ZeroDivisionError

    device = make_device(workspace)
    logger, handler = logging.getLogger("django.request"), AdminEmailHandler(include_html=True)
    logger.addHandler(handler)
    monkeypatch.setattr("access.seam.endpoints.changing_codes.note_attempt", break_it)
    monkeypatch.setattr("access.seam.endpoints.finding.pin_key_of", break_it)
    try:
        with override_settings(ADMINS=[("Root", "root@example.org")]):
            made = face.send(
                "POST", "access_codes/create", {"device_id": str(device.public_id), "code": "739184"}
            )
            got = face.send("GET", "access_codes/get", query=f"code=739184&device_id={device.public_id}")
    finally:
        logger.removeHandler(handler)
    assert (made.status_code, got.status_code, len(mail.outbox)) == (500, 500, 2)
    told = " ".join(str(one.message()) for one in mail.outbox) + caplog.text + repr(made) + repr(got)
    assert "739184" not in told
    assert face.secret not in told


def test_no_csrf_token_is_asked_for(face: Face) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {face.secret}"})
    answer = client.post("/seam/access_codes/list", data=b"{}", content_type="application/json")
    assert answer.json()["error"]["type"] == "invalid_input"


def test_official_package_reads_refusals(seam_client: Seam) -> None:
    with pytest.raises(SeamHttpApiError) as refused:
        seam_client.access_codes.get(access_code_id=str(uuid.uuid4()))
    assert refused.value.code == "access_code_not_found"
    assert refused.value.request_id
    with pytest.raises(SeamHttpApiError) as unknown:
        seam_client.acs.systems.list()
    assert unknown.value.status_code == 404


def test_official_package_with_unknown_key(live_server: Any) -> None:
    client = Seam(api_key="seam_nothing", endpoint=f"{live_server.url}/seam")
    with client.client, pytest.raises(SeamHttpUnauthorizedError):
        client.access_codes.list(device_id=str(uuid.uuid4()))
