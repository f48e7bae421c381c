"""Endpoints: what they may be, whose they are, and how they end."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from access.enums import DeliveryStatus, EventType, WebhookFlavour
from access.models import Event, WebhookDelivery, WebhookEndpoint
from access.webhooks import (
    EndpointRefused,
    create_endpoint,
    delete_endpoint,
    deliveries_in,
    deliveries_of,
    disable_endpoint,
    enable_endpoint,
    endpoints_of,
    prune_deliveries,
    replay,
    replay_failed,
    replay_since,
    update_endpoint,
)
from access.webhooks.judging import DISABLE_AFTER, Health
from access.webhooks.recording import Report, write_down
from access.webhooks.running import deliver_now
from properties.models import Workspace
from tests.access.webhooks.receiver import Received, answer, receiving
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def happen(workspace: Workspace, *, count: int = 1, **fields: object) -> list[Event]:
    values = {"type": EventType.DEVICE_CONNECTED, "occurred_at": timezone.now(), **fields}
    return [Event.objects.create(workspace=workspace, **values) for _ in range(count)]


def test_endpoint_of_the_founding_api_may_ask_for_its_events_only() -> None:
    workspace = make_workspace()
    kinds = ["access_code.set_on_device", "thermostat.manually_adjusted", "access_code.set_on_device"]
    endpoint = create_endpoint(
        workspace, url="https://e.invalid/", flavour=WebhookFlavour.SEAM, event_types=kinds
    )
    assert endpoint.event_types == kinds[:2]
    assert endpoint.secret is not None
    assert endpoint.secret.startswith("whsec_")
    for unknown in (["access.ready"], ["pin.issued"], ["no.such"], []):
        with pytest.raises(EndpointRefused) as refused:
            create_endpoint(
                workspace, url="https://e.invalid/", flavour=WebhookFlavour.SEAM, event_types=unknown
            )
        assert refused.value.code == "invalid_event_types"


def test_own_endpoint_may_ask_by_either_name() -> None:
    endpoint = create_endpoint(
        make_workspace(), url="https://e.invalid/", event_types=["access.ready", "lock.unlocked"]
    )
    assert update_endpoint(endpoint, event_types=["*", "access.ready"]).event_types == ["*"]


def test_address_is_not_in_what_is_printed() -> None:
    endpoint = create_endpoint(make_workspace(), url="https://e.invalid/s3cr3t")
    assert "s3cr3t" not in f"{endpoint} {endpoint!r}"


def test_endpoints_and_deliveries_of_another_workspace_are_not_seen() -> None:
    mine, other = make_workspace(), make_workspace()
    endpoint = create_endpoint(other, url="https://e.invalid/")
    happen(other)
    deliver_now()
    assert deliveries_of(endpoint).count() == deliveries_in(other).count() == 1
    assert not endpoints_of(mine).exists()
    assert not deliveries_in(mine).exists()


def test_deleted_endpoint_is_tried_no_more_and_shown_to_nobody() -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(500)) as receiver:
        endpoint = create_endpoint(workspace, url=receiver.url)
        happen(workspace)
        deliver_now()
        delete_endpoint(endpoint, now=timezone.now())
        happen(workspace)
        deliver_now()
        assert len(receiver.received) == 1
    assert not endpoints_of(workspace).exists()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.next_try_at) == (DeliveryStatus.FAILED, None)


def test_endpoint_that_was_switched_off_hears_of_what_comes_after_and_on_request_of_what_it_missed() -> None:
    workspace = make_workspace()
    begun = timezone.now()
    with receiving() as receiver:
        endpoint = create_endpoint(workspace, url=receiver.url)
        disable_endpoint(endpoint, reason="by hand", now=timezone.now())
        missed = happen(workspace, count=3)
        deliver_now()
        with pytest.raises(EndpointRefused):
            replay_since(endpoints_of(workspace)[0], since=begun, now=timezone.now())
        endpoint = enable_endpoint(endpoint)
        later = happen(workspace)
        deliver_now()
        assert receiver.told() == [str(later[0].public_id)]
        assert replay_since(endpoint, since=begun, now=timezone.now()) == 3
        deliver_now()
    assert receiver.told()[1:] == [str(event.public_id) for event in missed]


def test_all_that_failed_since_a_moment_is_sent_again() -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(503)) as receiver:
        endpoint = create_endpoint(workspace, url=receiver.url)
        happen(workspace, count=2)
        before = timezone.now()
        happen(workspace, count=2)
        deliver_now()
        receiver.behave = lambda _: answer(200)
        assert replay_failed(endpoint, since=before, now=timezone.now()) == 2
        deliver_now()
    states = WebhookDelivery.objects.order_by("event").values_list("status", flat=True)
    assert list(states) == ["pending", "pending", "succeeded", "succeeded"]


def test_endpoint_that_fails_for_days_is_switched_off_and_others_are_told() -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(500)) as dead, receiving() as live:
        endpoint = create_endpoint(workspace, url=dead.url)
        create_endpoint(workspace, url=live.url)
        happen(workspace)
        deliver_now()
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            failures=40, failing_since=timezone.now() - DISABLE_AFTER
        )
        happen(workspace)
        deliver_now()
        deliver_now()
        told = len(dead.received)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert "Nothing got through since" in endpoint.disabled_reason
    assert told == 2
    assert live.told("type")[-1] == "webhook.disabled"
    assert live.received[-1].told["data"]["endpoint_id"] == str(endpoint.public_id)
    assert not WebhookDelivery.objects.filter(endpoint=endpoint, next_try_at__isnull=False).exists()


def test_change_counts_over_what_a_lane_of_before_knew() -> None:
    now = timezone.now()
    with receiving() as new:
        endpoint = create_endpoint(make_workspace(), url="http://127.0.0.1:9/old")
        old = endpoint.version
        changed = update_endpoint(endpoint, url=new.url)
        failed = Health(40, now - DISABLE_AFTER, now + dt.timedelta(hours=1))
        write_down([Report(endpoint.pk, old, 7, failed, (), ())], now=now)
        endpoint.refresh_from_db()
        assert (endpoint.position, endpoint.failures, endpoint.failing_since) == (7, 0, None)
        assert (endpoint.paused_until, endpoint.disabled_at) == (None, None)
        write_down([Report(endpoint.pk, changed.version, 8, failed, (), ())], now=now)
    endpoint.refresh_from_db()
    assert (endpoint.position, endpoint.failures, endpoint.disabled_at) == (8, 40, now)


def test_running_lane_is_begun_anew_when_its_endpoint_changes() -> None:
    workspace = make_workspace()

    def behave(_: Received) -> float:
        if len(old.received) == 1:
            # The receiver answers from an event loop, where Django lets nobody ask the database.
            changer = threading.Thread(target=change)
            changer.start()
            changer.join()
        return 0.4

    def change() -> None:
        update_endpoint(endpoint, url=new.url)
        connection.close()

    with receiving(behave) as old, receiving() as new:
        endpoint = create_endpoint(workspace, url=old.url)
        happen(workspace, count=60)
        deliver_now()
    assert len(old.received) + len(new.received) == 60
    assert len(old.received) <= 32


def test_delivery_is_given_up_after_the_last_try() -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(500)) as receiver:
        create_endpoint(workspace, url=receiver.url)
        happen(workspace)
        deliver_now()
        for _ in range(10):
            WebhookDelivery.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
            WebhookEndpoint.objects.update(paused_until=None)
            deliver_now()
        assert len(receiver.received) == 8
        delivery = WebhookDelivery.objects.get()
        assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 8)
        assert len(delivery.log) == 8
        replay(delivery, now=timezone.now())
        WebhookEndpoint.objects.update(paused_until=None)
        receiver.behave = lambda _: answer(200)
        deliver_now()
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SUCCEEDED


def test_old_deliveries_that_arrived_are_forgotten() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        create_endpoint(workspace, url=receiver.url)
        happen(workspace, count=3)
        deliver_now()
    first, second, _ = WebhookDelivery.objects.order_by("pk")
    old = timezone.now() - dt.timedelta(days=31)
    WebhookDelivery.objects.filter(pk__in=[first.pk, second.pk]).update(finished_at=old)
    WebhookDelivery.objects.filter(pk=second.pk).update(status=DeliveryStatus.FAILED)
    assert prune_deliveries(now=timezone.now()) == 1
    assert not WebhookDelivery.objects.filter(pk=first.pk).exists()
    assert WebhookDelivery.objects.count() == 2
