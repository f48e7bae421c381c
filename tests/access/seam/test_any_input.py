"""Whatever is sent to any endpoint, the answer is a documented one in the documented envelope: never a 5xx."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.api_keys import create_key
from access.seam.routing import Endpoint
from access.seam.urls import TABLE
from properties.models import Workspace
from tests.access.seam.conftest import Face
from tests.access.seam.test_outsiders import body_for
from tests.factories import make_device, make_workspace
from tests.world import make_world

pytestmark = pytest.mark.django_db
ENDPOINTS = sorted(TABLE.endpoints.values(), key=lambda endpoint: endpoint.path)
ALLOWED = {200, 400, 403, 404, 409, 429}
# For each parameter in turn, beside others that fit.
MISFITS: tuple[Any, ...] = (
    None,
    "",
    2**70,
    [[]],
    {"a": {"b": 1}},
    "\0",
    "9999-12-31T23:59:59-23:59",
    str(uuid.UUID(int=7)),
)

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30),
    st.sampled_from(["", "\0", "2027-03-01T12:00:00Z", "9999-12-31T23:59:59-23:59", "schlage", "lock.locked", "🔑"]),
)  # fmt: skip
values = st.recursive(
    odd,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3), inner
    ),
    max_leaves=6,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Endpoint, dict[str, Any]]:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    known = st.sampled_from(sorted(endpoint.params) or ["nothing"])
    return endpoint, draw(st.dictionaries(known, st.one_of(values, st.just("DEVICE")), max_size=4))


@pytest.fixture
def known(db: None) -> tuple[Workspace, str, dict[str, str]]:
    workspace = make_workspace(is_sandbox=True)
    device = make_device(workspace, brand="august")
    ids = {"DEVICE": str(device.public_id), "ACCOUNT": str(device.account.public_id)}
    return workspace, create_key(workspace, name="Fuzz", rate="100000/min")[1], ids


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_any_input_has_a_documented_answer(
    request: tuple[Endpoint, dict[str, Any]], known: tuple[Workspace, str, dict[str, str]]
) -> None:
    endpoint, body = request
    _, secret, ids = known
    sent = {
        name: ids["ACCOUNT" if "account" in name else "DEVICE"] if value == "DEVICE" else value
        for name, value in body.items()
    }
    if "url" in sent:
        sent["url"] = 7  # an address would be looked up

    check(endpoint.path, sent, Face(secret).send("POST", endpoint.path, sent))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_each_parameter_has_a_documented_answer(endpoint: Endpoint) -> None:
    """Declared parameters, one after the other, with what does not fit; and at last all of them as they should be."""
    world = make_world("ONE", now=timezone.now())
    face = Face(world.key_secret)
    fitting = body_for(endpoint.params, world, endpoint.path)
    for name in endpoint.params:
        for misfit in MISFITS:
            sent = {**fitting, name: misfit}
            check(endpoint.path, sent, face.send("POST", endpoint.path, sent))
    check(endpoint.path, fitting, face.send("POST", endpoint.path, fitting))


def check(path: str, sent: Any, answer: Any) -> None:
    assert answer.status_code in ALLOWED, (path, sent, answer.content)
    assert answer["Content-Type"] == "application/json"
    assert uuid.UUID(answer["seam-request-id"]).version == 4
    told = answer.json()
    assert told["ok"] is (answer.status_code == 200), (path, sent)
    if not told["ok"]:
        assert told.keys() == {"ok", "error"}, (path, sent)
        assert {"type", "message", "request_id"} <= told["error"].keys()
        assert told["error"]["request_id"] == answer["seam-request-id"]
        assert (told["error"]["type"] == "invalid_input") <= (answer.status_code == 400)
