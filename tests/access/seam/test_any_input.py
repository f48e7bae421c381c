"""Whatever is sent to devices, accounts, sessions and their like, the answer is a documented one: never a 5xx."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.api_keys import create_key
from access.seam.endpoints import (
    client_sessions,
    connect_webviews,
    connected_accounts,
    devices,
    events,
    locks,
    simulating_devices,
    unmanaged_devices,
    webhooks,
    workspaces,
)
from access.seam.routing import Endpoint
from properties.models import Workspace
from tests.factories import make_device, make_workspace

MODULES = (
    client_sessions, connect_webviews, connected_accounts, devices, events, locks, simulating_devices,
    unmanaged_devices, webhooks, workspaces,
)  # fmt: skip
ENDPOINTS = [endpoint for module in MODULES for endpoint in module.routes.endpoints]
ALLOWED = {200, 400, 403, 404, 409, 429}

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

    answer = Client(raise_request_exception=False).post(
        f"/seam/{endpoint.path}",
        json.dumps(sent),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert answer.status_code in ALLOWED, (endpoint.path, sent, answer.content)
    told = answer.json()
    assert told["ok"] is (answer.status_code == 200)
    assert told["ok"] or {"type", "message", "request_id"} <= told["error"].keys()
