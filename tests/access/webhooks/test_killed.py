"""A deliverer that dies at any moment loses nothing: what was not written down is sent again by the next."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from access.enums import DeliveryStatus, EventType
from access.models import Event, WebhookDelivery, WebhookEndpoint
from access.tasks import WEBHOOKS_SLOT, _free_slot, _take_slot, run_webhooks
from access.webhooks import create_endpoint, running
from access.webhooks.lane import Lane, Progress, Result
from access.webhooks.running import deliver_for, deliver_now
from properties.models import Workspace
from tests.access.webhooks.receiver import answer, receiving
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def happen(workspace: Workspace, count: int) -> list[str]:
    events = [
        Event.objects.create(workspace=workspace, type=EventType.DEVICE_ADDED, occurred_at=timezone.now())
        for _ in range(count)
    ]
    return [str(event.public_id) for event in events]


def test_what_was_sent_and_not_written_down_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        endpoint = create_endpoint(workspace, url=receiver.url)
        told = happen(workspace, 5)

        def die(*_: Any, **__: Any) -> None:
            raise DatabaseError("killed before the commit")

        with monkeypatch.context() as broken:
            broken.setattr(running, "write_down", die)
            with pytest.raises(DatabaseError):
                deliver_now()
        endpoint.refresh_from_db()
        assert endpoint.position == 0
        assert receiver.told() == told
        deliver_now()
        assert receiver.told() == [*told, *told]
    rows = WebhookDelivery.objects.all()
    assert [row.status for row in rows] == [DeliveryStatus.SUCCEEDED] * 5


def test_place_that_was_written_down_is_not_sent_again() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        create_endpoint(workspace, url=receiver.url)
        happen(workspace, 5)
        deliver_now()
        deliver_now()
        assert len(receiver.received) == 5


def test_only_what_everything_before_is_answered_of_is_written_down() -> None:
    progress = Progress(10)
    entries = []
    for place in (11, 12, 14):
        entries.append(progress.begin())
        progress.cursor = place
    result = Result(1, 1, None, "succeeded", 1, None, None, {})
    entries[1].result = result
    assert progress.take() == (10, [])
    entries[0].result = result
    assert progress.take() == (12, [result, result])
    entries[2].result = result
    progress.cursor = 20  # nothing of what followed was wanted
    assert progress.take() == (20, [result])


def test_slow_receiver_does_not_keep_the_end_of_a_life_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer is waited for, and the others go on meanwhile."""
    workspace = make_workspace()
    with receiving(lambda _: 3.0) as slow, receiving() as quick:
        create_endpoint(workspace, url=slow.url)
        create_endpoint(workspace, url=quick.url)
        happen(workspace, 1)
        begun = time.monotonic()
        deliver_for(0.6)
        assert 2.5 < time.monotonic() - begun < 6
        assert len(slow.received) == len(quick.received) == 1
    states = set(WebhookDelivery.objects.values_list("status", flat=True))
    assert states == {DeliveryStatus.SUCCEEDED}
    assert WebhookDelivery.objects.count() == 2


def test_lane_that_breaks_off_by_a_fault_of_ours_delays_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = make_workspace()
    with receiving() as broken, receiving() as live:
        bad = create_endpoint(workspace, url=broken.url)
        create_endpoint(workspace, url=live.url)
        happen(workspace, 3)
        run = Lane.run

        async def run_or_break(lane: Lane) -> None:
            if lane.target.endpoint_id == bad.pk:
                await asyncio.sleep(0)
                raise ValueError("a fault")
            await run(lane)

        monkeypatch.setattr(Lane, "run", run_or_break)
        deliver_for(1.0)
        assert len(live.received) == 3
        assert len(broken.received) == 0
    assert "broke off" in caplog.text


def test_task_delivers_in_its_slot_and_sees_to_a_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEYTURN_RUNNER_SECONDS", 0.5)
    queued: list[Any] = []
    monkeypatch.setattr("access.tasks.async_task", lambda *args, **more: queued.append((args, more)))
    workspace = make_workspace()
    with receiving() as receiver:
        create_endpoint(workspace, url=receiver.url)
        happen(workspace, 2)
        assert run_webhooks() == "handed over"
        assert len(receiver.received) == 2
    assert queued[0][0] == ("access.tasks.run_webhooks",)
    assert queued[0][1]["cluster"] == "locks"
    assert _take_slot(WEBHOOKS_SLOT)
    _free_slot(WEBHOOKS_SLOT)


def test_event_that_cannot_be_told_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(200)) as receiver:
        create_endpoint(workspace, url=receiver.url)
        bad = Event.objects.create(
            workspace=workspace, type="no.such_type", occurred_at=timezone.now()
        )  # as after a downgrade
        good = happen(workspace, 2)
        deliver_now()
        assert receiver.told() == good
    assert "could not put it into words" in WebhookDelivery.objects.get(event=bad).log[0]["error"]
    assert WebhookEndpoint.objects.get().failures == 0
