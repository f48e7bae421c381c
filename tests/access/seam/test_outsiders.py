"""Nobody reads or changes another workspace's anything through this API: every endpoint of the table, asked by all who
must not come in, with the ids of what is not theirs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache

from access.api_keys import create_key
from access.enums import Scope
from access.seam.kinds import Choice, Flag, Id, Kind, Many, Moment, Record, Text, Whole
from access.seam.reading import Nested, Params
from access.seam.routing import Endpoint
from access.seam.urls import TABLE
from properties.models import Property
from tests.access.seam.conftest import Face
from tests.factories import make_property
from tests.test_outsiders import MARKER, assert_tells_nothing, rows_of
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
ENDPOINTS = sorted(TABLE.endpoints.values(), key=lambda endpoint: endpoint.path)


@pytest.fixture(scope="module")
def moment() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def alpha(db: None, moment: dt.datetime) -> World:
    cache.clear()
    return make_world(MARKER, now=moment)


@pytest.fixture
def beta(alpha: World, moment: dt.datetime) -> World:
    return make_world("ZQBETA", now=moment, pin="60481537")


def id_of(world: World, name: str, path: str) -> str:
    foreign = world.device.lock_codes.order_by("-ref").first()
    assert foreign is not None
    rows: dict[str, Any] = {
        "access_code": foreign if "unmanaged" in path else world.code, "access_grant": world.grant,
        "device": world.device, "action_attempt": world.attempt, "connected_account": world.account,
        "connect_webview": world.webview, "event": world.event, "webhook": world.endpoint,
        "client_session": world.session, "workspace": world.workspace,
    }  # fmt: skip
    subject = name.removesuffix("s").removesuffix("_id")
    return str(rows.get(subject, world.device).public_id)


def filled(kind: Kind, name: str, world: World, path: str) -> Any:
    match kind:
        case Id():
            return id_of(world, name, path)
        case Many(kind=inner):
            return [filled(inner, name, world, path)] * max(kind.least, 1)
        case Nested(params=params):
            return body_for(params, world, path)
        case Text():
            return "739184" if "code" in name else "https://hooks.example/bait" if "url" in name else "bait"
    plain = {Flag: True, Moment: "2031-03-05T10:00:00Z", Record: {"note": "bait"}}
    if isinstance(kind, Choice):
        return kind.values[0]
    return max(kind.least, 4) if isinstance(kind, Whole) else plain.get(type(kind), "bait")


def body_for(params: Params, world: World, path: str) -> dict[str, Any]:
    """Each parameter, except those of which one goes without the other."""
    return {
        name: filled(param.kind, name, world, path)
        for name, param in params.items()
        if param.required or name.endswith(("_id", "_ids"))
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_key_of_another_workspace_finds_nothing(endpoint: Endpoint, alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    face = Face(beta.key_secret)
    whole = body_for(endpoint.params, alpha, endpoint.path)
    bodies = [whole, *({name: value} for name, value in whole.items())]
    for body in bodies:
        for method in sorted(endpoint.methods - {"GET", "HEAD"}):
            answer = face.send(method, endpoint.path, body)
            assert answer.status_code < 500, (method, body)
            assert_tells_nothing(answer, endpoint.path)
    assert rows_of(alpha) == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_who_has_no_key_is_refused(endpoint: Endpoint, alpha: World) -> None:
    body = body_for(endpoint.params, alpha, endpoint.path)
    for method in sorted(endpoint.methods):
        answer = Face("seam_nothing").send(method, endpoint.path, body)
        assert answer.status_code == 401
        assert_tells_nothing(answer, endpoint.path)


def elsewhere(world: World) -> Property:
    return make_property(world.workspace, name="Another house")


@pytest.mark.parametrize(
    "endpoint",
    [one for one in ENDPOINTS if one.path.split("/")[0] in {"access_codes", "action_attempts"}],
    ids=lambda endpoint: endpoint.path,
)
def test_key_of_another_property_finds_nothing(endpoint: Endpoint, alpha: World) -> None:
    _, secret = create_key(alpha.workspace, name="Narrow", properties=[elsewhere(alpha)])
    before = {name: rows for name, rows in rows_of(alpha).items() if name != "access.ApiKey"}
    answer = Face(secret).send("POST", endpoint.path, body_for(endpoint.params, alpha, endpoint.path))
    assert answer.status_code in {200, 400, 404}
    assert_tells_nothing(answer, endpoint.path)
    assert {name: rows for name, rows in rows_of(alpha).items() if name != "access.ApiKey"} == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_reader_changes_nothing_and_sees_no_digits(endpoint: Endpoint, alpha: World) -> None:
    _, secret = create_key(alpha.workspace, name="Reader", scopes=["read"])
    before = {name: rows for name, rows in rows_of(alpha).items() if name != "access.ApiKey"}
    answer = Face(secret).send("POST", endpoint.path, body_for(endpoint.params, alpha, endpoint.path))
    if endpoint.scope is Scope.WRITE:
        assert answer.status_code == 403
    for pin in (alpha.grant.pin, alpha.loose_code.pin, "58026319"):
        assert str(pin) not in answer.content.decode()
    assert {name: rows for name, rows in rows_of(alpha).items() if name != "access.ApiKey"} == before
