"""Every refusal is JSON of one shape, whatever refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from access.api.serializers import ReservationIn
from access.api_keys import create_key, revoke_key
from properties.models import Stay, Workspace
from tests.factories import NOW, make_property, make_unit

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reservations/pms/R-1"


def refusal(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert answer.headers["Content-Type"] == "application/json"
    assert error["message"].endswith((".", "…”."))
    return answer.status_code, error["type"]


def send(api: APIClient, content: bytes, content_type: str = "application/json") -> Any:
    return api.put(ADDRESS, content, content_type=content_type)


@pytest.mark.parametrize(
    "path",
    ["reservations/", "reservations/pms/R-1", "properties/", "units/", "schema/", "nothing/here", ""],
)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer keyturn_wrong", "Basic YTpi", "Token ü", "x"]
)
def test_request_without_a_good_key_is_401(path: str, header: str | None, client: Client) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = client.get(f"/api/v1/{path}", headers=headers)
    assert refusal(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="keyturn"'


def test_revoked_key_is_401(client: Client, workspace: Workspace) -> None:
    key, secret = create_key(workspace, name="old")
    revoke_key(key, now=NOW)
    answer = client.get("/api/v1/units/", headers={"Authorization": f"Bearer {secret}"})
    assert refusal(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "path", ["reservations/pms/none", "nothing/here", "", "reservations", "reservations/pms", "x%0Ay"]
)
def test_unknown_address_is_404(path: str, api: APIClient) -> None:
    assert refusal(api.get(f"/api/v1/{path}")) == (404, "not_found")


def test_unknown_reservation_cannot_be_cancelled(api: APIClient) -> None:
    assert refusal(api.delete(ADDRESS)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "properties/"),
        ("put", "units/"),
        ("post", "reservations/pms/R-1"),
        ("options", "properties/"),
    ],
)
def test_wrong_method_is_405(method: str, path: str, api: APIClient) -> None:
    assert refusal(getattr(api, method)(f"/api/v1/{path}")) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"{'a': 1}", b'{"adults": NaN}', b"[" * 100_000, b'{"notes": "x"', b"{}}"],
    ids=lambda content: repr(content[:12]),
)
def test_malformed_json_is_400(content: bytes, api: APIClient) -> None:
    assert refusal(send(api, content)) == (400, "malformed")


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"3", b"null", b"true", b'[{"unit": 1}]'])
def test_body_that_is_no_object_is_422(content: bytes, api: APIClient) -> None:
    answer = send(api, content)
    assert refusal(answer) == (422, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["body"]


def test_lone_surrogate_is_422(api: APIClient, body: dict[str, Any]) -> None:
    answer = send(api, b'{"notes": "\\ud800", "\\udc00": 1, "guest": {"name": "\\udfff", "\\ud801": 1}}')
    assert refusal(answer) == (422, "invalid")
    assert set(answer.json()["error"]["fields"]) == {"notes", "guest.name"}


@pytest.mark.parametrize("name", ["kind", "unit", "arrival_date", "check_in_time", "adults", "channel"])
def test_lone_surrogate_in_a_choice_or_a_date_is_no_crash(
    name: str, api: APIClient, body: dict[str, Any]
) -> None:
    answer = send(api, json.dumps(body | {name: "\ud800"}).encode())
    assert refusal(answer) == (422, "invalid")


@pytest.mark.parametrize("name", ["kind", "status", "unit", "arriving_from", "modified_since", "limit"])
def test_strange_filter_value_is_422(name: str, api: APIClient) -> None:
    assert refusal(api.get(f"/api/v1/reservations/?{name}=%ED%A0%80"))[0] == 422


def test_chunked_body_is_411_and_changes_nothing(api: APIClient, body: dict[str, Any]) -> None:
    """As WSGI shows it: a body, and no length to read it by."""
    api.put(ADDRESS, body)
    chunked: Any = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    content = json.dumps({"departure_date": "2031-03-12"})
    answer = api.generic("PUT", ADDRESS, content, content_type="application/json", **chunked)
    assert refusal(answer) == (411, "length_required")
    assert Stay.objects.get().revision == 1


def test_strange_names_are_left_out_and_named(api: APIClient, body: dict[str, Any]) -> None:
    answer = api.put(ADDRESS, body | {"arival": 1, "guest": {"shoe_size": 43}, "x" * 200: 1})
    assert answer.status_code == 201
    assert answer.json()["notices"] == [f"Not known here and left out: arival, guest.shoe_size, {'x' * 60}."]


def test_name_with_a_lone_surrogate_is_no_crash(api: APIClient, body: dict[str, Any], unit: Any) -> None:
    content = (
        b'{"unit": "%s", "arrival_date": "2031-03-05", "departure_date": "2031-03-06", "\\ud800": 1}'
        % str(unit.public_id).encode()
    )
    assert send(api, content).status_code == 201


def test_body_beyond_the_bound_is_413(api: APIClient) -> None:
    assert refusal(send(api, b'{"notes": "' + b"x" * 300_000 + b'"}')) == (413, "too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
)
def test_other_media_types_are_415(kind: str, api: APIClient) -> None:
    assert refusal(send(api, b"a=1", kind)) == (415, "unsupported_media_type")


def test_other_answers_than_json_are_406(api: APIClient) -> None:
    assert refusal(api.get("/api/v1/units/", headers={"Accept": "text/html"}))[0] == 406


@override_settings(KEYTURN_API_RATE="3/min")
def test_calls_beyond_the_rate_are_429_for_that_key_alone(
    api: APIClient, api_of: Any, workspace: Workspace
) -> None:
    answers = [api.get("/api/v1/units/") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert refusal(answers[3]) == (429, "throttled")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert api_of(workspace).get("/api/v1/units/").status_code == 200


def test_refused_body_changes_nothing(api: APIClient, body: dict[str, Any]) -> None:
    api.put(ADDRESS, body)
    api.put(ADDRESS, {"notes": "new", "guest": {"name": "Other", "email": "bad"}})
    stay = Stay.objects.select_related("guest").get()
    assert (stay.notes, stay.guest_name, stay.revision) == ("", "Imogen Varga", 1)


def test_our_own_fault_is_500_in_json_and_in_the_log(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("access.api.places.show_unit", broken)
    make_unit(make_property(Workspace.objects.get()))
    api.raise_request_exception = False
    assert refusal(api.get("/api/v1/units/")) == (500, "internal")
    assert [record.exc_info is not None for record in caplog.records if record.levelname == "ERROR"] == [True]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
PLAUSIBLE = st.sampled_from(
    ["2031-03-05", "2031-03-05T15:00:00Z", "9999-12-31T23:59:59-14:00", "1970-01-01", "15:00", 0, 23, "lease",
     "confirmed", "cancelled", "ana@example.org", "9999-12-31", "", {"category": "accepted"}]
)  # fmt: skip
NAMES = sorted(ReservationIn().fields)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), JSON | PLAUSIBLE, max_size=8))
@override_settings(KEYTURN_API_RATE="100000/min")
def test_no_body_makes_it_crash(sent: dict[str, Any], api: APIClient, body: dict[str, Any]) -> None:
    for content in (sent, body | sent):
        raw = json.dumps(content).encode()
        answer = send(api, raw)
        assert answer.status_code in {200, 201, 422}, answer.content
        if answer.status_code != 422:
            assert api.put(ADDRESS, answer.json()).json()["outcome"] in {"unchanged", "kept_cancelled"}
