"""A workspace with one unit, and a client that sends its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from access.api_keys import create_key
from properties.models import Unit, Workspace
from tests.factories import make_property, make_unit, make_workspace

START = "/api/v1"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    cache.clear()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace("Lakeside")


@pytest.fixture
def unit(workspace: Workspace) -> Unit:
    place = make_property(
        workspace, name="House", time_zone="Europe/Zurich", buffer_before=30, buffer_after=15
    )
    return make_unit(place, name="Flat 1")


@pytest.fixture
def api_of() -> Callable[..., APIClient]:
    def make(workspace: Workspace, **rights: Any) -> APIClient:
        _, secret = create_key(workspace, name="Front desk", **rights)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture
def api(workspace: Workspace, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(workspace)


@pytest.fixture
def body(unit: Unit) -> dict[str, Any]:
    return {
        "unit": str(unit.public_id),
        "arrival_date": "2031-03-05",
        "departure_date": "2031-03-09",
        "guest": {"name": "Imogen Varga", "email": "imogen@example.org"},
    }
