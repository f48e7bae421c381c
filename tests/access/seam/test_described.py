"""The description of this API is that of its table, and what is really answered fits it: never a 5xx, never a status or
a shape that is not described.

A few examples for each address, always the same ones; KEYTURN_EXAMPLES=200 tries so many, and others each time. Each is
sent as it is, and again with the ids of what is there, since those that are made up find nothing.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from access.models import ApiKey
from access.seam.describing import BY_QUERY, UNSHOWN
from access.seam.endpoints import attempting, locks
from access.seam.urls import TABLE
from properties.models import Workspace
from tests.access.api.test_described import open_connection
from tests.access.seam.test_outsiders import body_for
from tests.world import World, make_world

__all__ = ["open_connection"]

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("KEYTURN_EXAMPLES", "0"))
CHECKS = (not_a_server_error, status_code_conformance, response_schema_conformance)
# There is nothing that these could name.
OF_NOTHING_HERE = ("acs_", "space_", "user_identity_", "access_grant_", "access_method_")
KEPT = Path(settings.BASE_DIR) / "docs" / "seam-openapi.json"


def operations() -> dict[str, list[Any]]:
    """By their endpoint."""
    schema = schemathesis.openapi.from_dict(json.loads(KEPT.read_text()))
    schema.app = get_wsgi_application()
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(list(schema.get_all_operations()))
    grouped: dict[str, list[Any]] = {}
    for one in found:
        grouped.setdefault(one.path.removeprefix("/seam/"), []).append(one)
    return grouped


OPERATIONS = operations()


@pytest.fixture
def world(open_connection: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """Nobody waits for a lock here: no runner would ever answer."""
    for module in (attempting, locks):
        monkeypatch.setattr(module, "PATIENCE", attempting.PATIENCE * 0)
    cache.clear()
    world = make_world("ONE", now=timezone.now())
    ApiKey.objects.update(rate="100000/min")
    Workspace.objects.update(is_sandbox=True)
    return world


def test_checked_in_description_is_the_current_one() -> None:
    out = io.StringIO()
    call_command("describe_seam", stdout=out)
    assert KEPT.read_text() == out.getvalue(), (
        "The API has changed: run make openapi, and look at the difference."
    )


def test_description_is_valid_and_names_every_endpoint() -> None:
    kept = json.loads(KEPT.read_text())
    validate_schema(kept)  # type: ignore[no-untyped-call]  # the library's
    assert OPERATIONS.keys() == TABLE.endpoints.keys()
    for path, endpoint in TABLE.endpoints.items():
        told = kept["paths"][f"/seam/{path}"]
        assert {method.upper() for method in told} == endpoint.methods - UNSHOWN
        for method, operation in told.items():
            assert operation["description"]
            assert ("requestBody" in operation) == (method.upper() not in BY_QUERY)


@pytest.mark.parametrize("path", OPERATIONS)
def test_answers_are_described(path: str, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.key_secret}"}
    fitting = body_for(TABLE.endpoints[path].params, world, path)
    real = {name: value for name, value in fitting.items() if not name.startswith(OF_NOTHING_HERE)}
    statuses = set()
    for operation in OPERATIONS[path]:

        @hypothesis.settings(
            max_examples=EXAMPLES or 3,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            for _ in range(2):
                answer = case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS)
                statuses.add(answer.status_code)
                fill(case, real)

        ask()
    assert 401 not in statuses


def fill(case: Any, real: dict[str, Any]) -> None:
    if isinstance(case.body, dict):
        case.body = {**case.body, **real}
    elif case.method.upper() in BY_QUERY:
        case.query = {
            **(case.query or {}),
            **{name: one for name, one in real.items() if name.endswith("_id")},
        }
