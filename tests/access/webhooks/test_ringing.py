"""A deliverer that has nothing to do: it hardly asks, and yet tells at once what happens and what is due again."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from access.enums import EventType
from access.models import Event, WebhookDelivery
from access.webhooks import create_endpoint, replay
from access.webhooks.loading import look_ahead
from access.webhooks.running import deliver_for, deliver_now
from properties.models import Workspace
from tests.access.webhooks.receiver import receiving
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Deliverer:
    """One in a thread, and how many statements it sent."""

    statements: list[str] = field(default_factory=list)

    def live(self, seconds: float) -> None:
        try:
            with connection.execute_wrapper(self._note):
                deliver_for(seconds)
        finally:
            connection.close()

    def _note(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *rest)


@contextmanager
def delivering(seconds: float) -> Iterator[Deliverer]:
    deliverer = Deliverer()
    thread = threading.Thread(target=deliverer.live, args=[seconds])
    thread.start()
    try:
        time.sleep(2.0)  # it has looked, found nothing, and listens
        yield deliverer
    finally:
        thread.join()


def happen(workspace: Workspace) -> None:
    Event.objects.create(workspace=workspace, type=EventType.DEVICE_CONNECTED, occurred_at=timezone.now())


def seconds_until(holds: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not holds() and time.monotonic() < begun + 10:
        time.sleep(0.02)
    return time.monotonic() - begun


def test_idle_deliverer_hardly_asks_and_hears_of_an_event_at_its_commit() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        create_endpoint(workspace, url=receiver.url)
        with delivering(4.9) as deliverer:
            assert len(deliverer.statements) <= 2
            happen(workspace)
            assert seconds_until(lambda: bool(receiver.received)) < 0.9


def test_idle_deliverer_sends_at_once_what_a_person_wants_sent_again() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        create_endpoint(workspace, url=receiver.url)
        happen(workspace)
        deliver_now()
        with delivering(4.9):
            replay(WebhookDelivery.objects.select_related("endpoint").get(), now=timezone.now())
            assert seconds_until(lambda: len(receiver.received) == 2) < 0.9


def test_what_will_be_due_by_itself_is_known_ahead() -> None:
    workspace, now = make_workspace(), timezone.now()
    endpoint = create_endpoint(workspace, url="https://93.184.215.14/")
    assert (look_ahead(now).anything, look_ahead(now).next_at) == (False, None)
    happen(workspace)
    assert look_ahead(now).anything
    retry = now + dt.timedelta(minutes=5)
    event = Event.objects.get()
    Event.objects.update(position=1)
    endpoint.position = 1
    endpoint.save()
    WebhookDelivery.objects.create(endpoint=endpoint, event=event, next_try_at=retry)
    assert (look_ahead(now).anything, look_ahead(now).next_at) == (False, retry)
    endpoint.paused_until = now + dt.timedelta(minutes=1)
    endpoint.save()
    assert look_ahead(now).next_at == endpoint.paused_until
    assert not look_ahead(retry - dt.timedelta(seconds=1)).anything
    assert look_ahead(retry).anything
