"""A workspace with a key, the official package against a live server, and the same API by Django's test client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from seam.seam import Seam

from access.api_keys import create_key
from locks.models import Device
from properties.models import Workspace
from tests.access.seam.stage import Stage
from tests.factories import make_device, make_workspace
from tests.stack.conftest import travel

__all__ = ["travel"]


@dataclass
class Face:
    """Calls by the test client: `face.post("access_codes/get", access_code_id=…)` is the answer's JSON."""

    secret: str
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        sent = {"Authorization": f"Bearer {self.secret}", **self.headers, **headers}
        address = f"/seam/{path}" + (f"?{query}" if query else "")
        if body is None:
            return client.generic(method, address, headers=sent)
        return client.generic(
            method, address, data=body_of(body), content_type="application/json", headers=sent
        )

    def post(self, path: str, **params: Any) -> dict[str, Any]:
        return dict(self.send("POST", path, params).json())

    def get(self, path: str, query: str = "") -> dict[str, Any]:
        return dict(self.send("GET", path, query=query).json())

    def error(self, path: str, **params: Any) -> tuple[int, dict[str, Any]]:
        answer = self.send("POST", path, params)
        said = answer.json()
        assert said["ok"] is False
        assert said["error"]["request_id"] == answer["seam-request-id"]
        return answer.status_code, said["error"]


def body_of(body: Any) -> bytes:
    import json

    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace(is_sandbox=True)


@pytest.fixture
def device(workspace: Workspace) -> Device:
    return make_device(workspace, brand="yale")


@pytest.fixture
def face(workspace: Workspace) -> Face:
    return Face(create_key(workspace, name="Tests")[1])


def limited_face(workspace: Workspace, *scopes: str) -> Face:
    """As `face`, with some scopes only."""
    return Face(create_key(workspace, name=" ".join(scopes), scopes=scopes)[1])


@pytest.fixture
def stage(
    seam_client: Seam, workspace: Workspace, travel: time_machine.Traveller, request: pytest.FixtureRequest
) -> Stage:
    device = make_device(workspace, brand=getattr(request, "param", "yale"), now=timezone.now())
    return Stage(seam_client, device, travel)


@pytest.fixture
def seam_client(transactional_db: None, workspace: Workspace, live_server: Any) -> Iterator[Seam]:
    """The official package with a key of `workspace`; only the address is another than usual."""
    secret = create_key(workspace, name="Official package")[1]
    client = Seam(api_key=secret, endpoint=f"{live_server.url}/seam", wait_for_action_attempt=False)
    yield client
    client.client.close()
