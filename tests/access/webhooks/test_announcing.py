"""Places of events follow the order in which they became visible, whoever was written first."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction
from django.utils import timezone

from access.enums import EventType
from access.models import Event
from access.webhooks import announce_events
from properties.models import Workspace
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def happen(workspace: Workspace) -> Event:
    return Event.objects.create(
        workspace=workspace, type=EventType.DEVICE_CONNECTED, occurred_at=timezone.now()
    )


def place_of(event: Event) -> int:
    event.refresh_from_db()
    assert event.position is not None
    return event.position


def test_event_that_was_committed_late_gets_a_later_place() -> None:
    workspace = make_workspace()
    written, go_on, late = threading.Event(), threading.Event(), []

    def write_slowly() -> None:
        with transaction.atomic():
            late.append(happen(workspace))
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    assert written.wait(10)
    early = happen(workspace)
    assert announce_events() == 1
    go_on.set()
    thread.join(10)
    assert announce_events() == 1
    assert late[0].pk < early.pk
    assert place_of(late[0]) > place_of(early)


def test_places_are_given_once_and_in_order_however_many_announce() -> None:
    workspace = make_workspace()
    events = [happen(workspace) for _ in range(200)]
    given: list[int] = []

    def announce() -> None:
        given.append(announce_events())
        connections.close_all()

    threads = [threading.Thread(target=announce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    places = [place_of(event) for event in events]
    assert sum(given) == 200
    assert places == sorted(set(places))
    assert announce_events() == 0


def test_places_do_not_go_back_when_events_are_deleted() -> None:
    workspace = make_workspace()
    first = happen(workspace)
    announce_events()
    place = place_of(first)
    first.delete()
    second = happen(workspace)
    announce_events()
    assert place_of(second) > place


def test_more_events_than_fit_one_transaction_are_all_placed() -> None:
    workspace = make_workspace()
    Event.objects.bulk_create(
        Event(workspace=workspace, type=EventType.DEVICE_CONNECTED, occurred_at=timezone.now())
        for _ in range(1500)
    )
    assert announce_events() == 1500
    assert not Event.objects.filter(position=None).exists()
