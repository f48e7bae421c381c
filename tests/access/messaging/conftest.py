"""A house with a guest who has an address, the usual templates, and a service on loopback that apprise reaches."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.messaging.templates import add_usual, switch_template
from access.models import MessageTemplate
from access.passes import ensure_pass
from properties.booking import GuestDetails
from properties.models import Stay
from tests.factories import make_stay
from tests.stack.conftest import travel
from tests.stack.house import House, build_house

__all__ = ["travel"]


@dataclass
class Service:
    """A receiver of json:// on loopback. `status`: what it answers; `deaf`: it takes the request and says nothing."""

    address: str
    received: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    deaf: bool = False


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    settings.KEYTURN_ALERTS_ALLOW_PRIVATE = True
    told = Service("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            told.received.append(json.loads(self.rfile.read(size)))
            if told.deaf:
                self.close_connection = True
                return
            self.send_response(told.status)
            self.send_header("Content-Length", "0")
            if told.status == 307:
                self.send_header("Location", f"{told.address.replace('json', 'http')}/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's word
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"json://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def house(transactional_db: None, travel: time_machine.Traveller) -> House:
    house = build_house(
        travel, name="Harbour House", address="Quay 7", guest_contact="Ana", arrival_notes="The blue door."
    )
    add_usual(house.unit.property.workspace)
    return house


def switch_on(house: House, *kinds: str) -> None:
    rows = MessageTemplate.objects.filter(workspace=house.unit.property.workspace, kind__in=kinds)
    for template in rows:
        switch_template(template, on=True, now=timezone.now())


def book(house: House, **fields: Any) -> Stay:
    fields.setdefault("guest", GuestDetails(name="Imogen Varga", email="imogen@example.org"))
    stay = make_stay(house.unit, now=timezone.now(), **fields)
    ensure_pass(stay, now=timezone.now())
    return stay
