"""Whatever fits the description, or does not: never a 5xx, never a status or a shape that is not described.

A few examples for each address, always the same ones; KEYTURN_EXAMPLES=200 tries so many, and others each time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from access.models import ApiKey
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("KEYTURN_EXAMPLES", "0"))
CHECKS = (not_a_server_error, status_code_conformance, response_schema_conformance)


@pytest.fixture
def open_connection() -> Iterator[None]:
    """The end of a request closes the connection, and with it the transaction of the test; as Django's test client has
    it, that is left out."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(open_connection: None) -> World:
    cache.clear()
    world = make_world("ONE", now=timezone.now())
    ApiKey.objects.update(rate="100000/min")
    return world


def operations() -> dict[str, Any]:
    path = Path(settings.BASE_DIR) / "docs" / "openapi.json"
    schema = schemathesis.openapi.from_dict(json.loads(path.read_text()))
    schema.app = get_wsgi_application()
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(list(schema.get_all_operations()))
    return {operation.label: operation for operation in found}


OPERATIONS = operations()


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_described(label: str, world: World) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES or 4,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=OPERATIONS[label].as_strategy())
    def ask(case: Any) -> None:
        headers = {"Authorization": f"Bearer {world.key_secret}"}
        answer = case.call_and_validate(base_url="http://localhost", headers=headers, checks=CHECKS)
        assert answer.status_code != 401

    ask()
