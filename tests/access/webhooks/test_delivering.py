"""From an event to a receiver, over real connections."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from django.utils import timezone
from seam.seam_webhook import SeamWebhook
from standardwebhooks import Webhook

from access.enums import DeliveryStatus, EventType, WebhookFlavour
from access.models import AccessGrant, Event, PinLook, WebhookDelivery, WebhookEndpoint
from access.webhooks import create_endpoint, replay, rotate_secret
from access.webhooks.running import deliver_now
from access.webhooks.sending import HIDDEN
from properties.models import Workspace
from tests.access.webhooks.receiver import Received, answer, receiving
from tests.factories import make_workspace
from tests.world import PIN, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world("Alder", now=timezone.now())


def happen(workspace: Workspace, *, count: int = 1, **fields: Any) -> list[Event]:
    fields.setdefault("type", EventType.DEVICE_CONNECTED)
    return [
        Event.objects.create(workspace=workspace, occurred_at=timezone.now(), **fields) for _ in range(count)
    ]


def listen(workspace: Workspace, url: str, **fields: Any) -> WebhookEndpoint:
    return create_endpoint(workspace, url=url, **fields)


def ids(events: list[Event]) -> list[str]:
    return [str(event.public_id) for event in events]


def test_events_arrive_in_order_signed_and_logged() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        endpoint = listen(workspace, receiver.url)
        events = happen(workspace, count=30)
        deliver_now()
    assert receiver.told() == ids(events)
    assert receiver.told("sequence") == sorted(receiver.told("sequence"))
    for one in receiver.received:
        Webhook(endpoint.secret or "").verify(one.body, one.headers)
        assert one.headers["webhook-id"] == one.told["id"]
    rows = list(WebhookDelivery.objects.order_by("event"))
    assert [row.event_id for row in rows] == [event.pk for event in events]
    assert {row.status for row in rows} == {DeliveryStatus.SUCCEEDED}
    assert rows[0].log[0]["status"] == 200
    assert rows[0].log[0]["response"] == "ok"
    endpoint.refresh_from_db()
    events[-1].refresh_from_db()
    assert endpoint.position == events[-1].position


def test_package_of_the_founding_api_verifies_what_is_delivered(world: World) -> None:
    with receiving() as receiver:
        endpoint = listen(world.workspace, receiver.url, flavour=WebhookFlavour.SEAM)
        happen(
            world.workspace, type=EventType.CODE_SET, device=world.device, access_code=world.code, stay=world.stay
        )  # fmt: skip
        deliver_now()
    one = receiver.received[-1]
    read = SeamWebhook(endpoint.secret or "").verify(one.body, one.headers)
    assert read.event_type == "access_code.set_on_device"
    assert read.code == PIN


@pytest.mark.parametrize("reply", [answer(200), answer(500)])
def test_pin_that_a_receiver_was_sent_counts_as_seen_once(world: World, reply: bytes) -> None:
    PinLook.objects.all().delete()
    AccessGrant.objects.update(revealed_at=None)
    with receiving(lambda _: reply) as receiver:
        endpoint = listen(
            world.workspace, receiver.url, flavour=WebhookFlavour.SEAM, event_types=["access_code.set_on_device"]
        )  # fmt: skip
        listen(world.workspace, receiver.url)
        for _ in range(2):
            happen(
                world.workspace, type=EventType.CODE_SET, device=world.device, access_code=world.code,
                stay=world.stay,
            )  # fmt: skip
            deliver_now()
    look = PinLook.objects.get(access_code=world.code)
    assert (look.reader, look.pin_key) == (f"webhook:{endpoint.pk}", world.code.pin_key)
    grant = world.code.grant
    assert grant is not None
    grant.refresh_from_db()
    assert grant.revealed_at is not None
    event = Event.objects.get(type=EventType.PIN_REVEALED, actor__startswith="Webhook to ")
    assert (event.access_code, PIN in event.actor) == (world.code, False)


def test_pin_that_reached_nobody_does_not_count_as_seen(world: World) -> None:
    PinLook.objects.all().delete()
    with receiving() as receiver:
        listen(world.workspace, receiver.url, flavour=WebhookFlavour.SEAM)
    happen(
        world.workspace, type=EventType.CODE_SET, device=world.device, access_code=world.code, stay=world.stay
    )  # fmt: skip
    deliver_now()
    assert not PinLook.objects.exists()


def test_own_receivers_are_never_told_a_pin(world: World) -> None:
    with receiving() as receiver:
        listen(world.workspace, receiver.url)
        happen(
            world.workspace, type=EventType.CODE_SET, device=world.device, access_code=world.code, stay=world.stay
        )  # fmt: skip
        deliver_now()
    assert receiver.told("type")[-1] == "access.ready"
    assert PIN not in "".join(one.body for one in receiver.received)


def test_receiver_that_repeats_a_pin_does_not_bring_it_into_the_log(world: World) -> None:
    with receiving(lambda one: answer(200, f"got {one.told.get('code')}".encode())) as receiver:
        endpoint = listen(world.workspace, receiver.url, flavour=WebhookFlavour.SEAM)
        happen(
            world.workspace, type=EventType.CODE_SET, device=world.device, access_code=world.code, stay=world.stay
        )  # fmt: skip
        deliver_now()
    assert receiver.received[-1].told["code"] == PIN
    delivery = WebhookDelivery.objects.filter(endpoint=endpoint).latest("pk")
    assert delivery.log[0]["response"] == f"got {HIDDEN}"


def test_endpoint_hears_of_what_it_asked_for_only() -> None:
    workspace, other = make_workspace(), make_workspace()
    with receiving() as receiver:
        endpoint = listen(workspace, receiver.url, event_types=["device.offline"])
        happen(workspace, type=EventType.DEVICE_CONNECTED)
        wanted = happen(workspace, type=EventType.DEVICE_DISCONNECTED)
        last = happen(workspace, type=EventType.DEVICE_CONNECTED)[0]
        happen(other, type=EventType.DEVICE_DISCONNECTED)
        deliver_now()
    assert receiver.told() == ids(wanted)
    endpoint.refresh_from_db()
    last.refresh_from_db()
    assert endpoint.position == last.position


def test_endpoint_does_not_hear_of_what_was_before() -> None:
    workspace = make_workspace()
    happen(workspace)
    deliver_now()
    with receiving() as receiver:
        listen(workspace, receiver.url)
        deliver_now()
        assert receiver.received == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(500, b"broken"), "answers with status 500"),
        (answer(302, b"", "Location: http://127.0.0.1:1/elsewhere"), "redirects are not followed"),
        (answer(404), "answers with status 404"),
        (None, "broke off"),
        (b"this is not HTTP\r\n\r\n", "broke off"),
    ],
)
def test_answer_that_is_no_success_is_tried_again_after_five_seconds(reply: bytes | None, words: str) -> None:
    workspace = make_workspace()
    with receiving(lambda _: reply) as receiver:
        listen(workspace, receiver.url)
        happen(workspace)
        before = timezone.now()
        deliver_now()
    delivery = WebhookDelivery.objects.get()
    assert delivery.status == DeliveryStatus.PENDING
    assert delivery.attempts == len(delivery.log) == 1
    assert words in delivery.log[0]["error"]
    assert delivery.next_try_at is not None
    assert dt.timedelta(seconds=4) < delivery.next_try_at - before < dt.timedelta(seconds=7)
    assert "s3cr3t" not in json.dumps(delivery.log)
    assert len(receiver.received) == 1


def test_huge_answer_is_read_to_a_bound() -> None:
    workspace = make_workspace()
    huge = answer(200, b"x" * 20_000_000)
    with receiving(lambda _: huge) as receiver:
        listen(workspace, receiver.url)
        happen(workspace, count=2)
        deliver_now()
    for row in WebhookDelivery.objects.all():
        assert row.status == DeliveryStatus.SUCCEEDED
        assert len(row.log[0]["response"]) == 500


def test_receiver_that_is_not_there_gets_it_when_it_is_back() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        endpoint = listen(workspace, receiver.url)
    happen(workspace)
    deliver_now()
    delivery = WebhookDelivery.objects.get()
    assert "cannot be reached" in delivery.log[0]["error"]
    with receiving() as receiver:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=WebhookEndpoint(url=receiver.url).url)
        WebhookDelivery.objects.update(next_try_at=timezone.now())
        deliver_now()
        assert len(receiver.received) == 1
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SUCCEEDED
    assert delivery.attempts == len(delivery.log) == 2
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    assert endpoint.failing_since is None


def test_nothing_of_one_subject_is_sent_before_the_last_was_answered(world: World) -> None:
    under_way: list[str] = []

    def behave(one: Received) -> float:
        under_way.append(one.told["id"])
        return 0.05

    with receiving(behave) as receiver:
        listen(world.workspace, receiver.url)
        first = receiver.told
        happen(world.workspace, count=4, stay=world.stay)
        deliver_now()
    moments = [one.at for one in receiver.received if one.told["reservation"]]
    assert all(later - earlier >= 0.05 for earlier, later in itertools.pairwise(moments))
    assert first() == under_way


def test_slow_receiver_delays_nobody() -> None:
    workspace = make_workspace()
    with receiving(lambda _: 0.5) as slow, receiving() as quick:
        listen(workspace, slow.url)
        listen(workspace, quick.url)
        happen(workspace, count=40)
        deliver_now()
    assert len(slow.received) == len(quick.received) == 40
    assert quick.received[-1].at - quick.received[0].at < slow.received[-1].at - slow.received[0].at
    assert quick.received[-1].at < slow.received[20].at


def test_endpoint_that_fails_is_asked_with_one_event_at_a_time() -> None:
    workspace = make_workspace()
    with receiving(lambda _: answer(500)) as receiver:
        endpoint = listen(workspace, receiver.url)
        happen(workspace, count=60)
        deliver_now()
        tried = len(receiver.received)
        assert tried <= 16
        endpoint.refresh_from_db()
        assert endpoint.failures == tried
        assert endpoint.paused_until is not None
        WebhookEndpoint.objects.update(paused_until=timezone.now())
        deliver_now()
        assert len(receiver.received) == tried + 1
        receiver.behave = lambda _: answer(204)
        WebhookEndpoint.objects.update(paused_until=timezone.now())
        deliver_now()
        assert len(set(receiver.told())) == 60


def test_replayed_delivery_is_sent_again() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        listen(workspace, receiver.url)
        happen(workspace)
        deliver_now()
        replay(WebhookDelivery.objects.get(), now=timezone.now())
        deliver_now()
        assert len(receiver.received) == 2
        assert len(set(receiver.told())) == 1
    assert len(WebhookDelivery.objects.get().log) == 2


def test_rotated_secrets_are_both_valid_for_a_day() -> None:
    workspace = make_workspace()
    with receiving() as receiver:
        old = listen(workspace, receiver.url)
        new = rotate_secret(old, now=timezone.now())
        happen(workspace)
        deliver_now()
        for secret in (old.secret, new.secret):
            Webhook(secret or "").verify(receiver.received[0].body, receiver.received[0].headers)
        WebhookEndpoint.objects.update(previous_secret_until=timezone.now())
        happen(workspace)
        deliver_now()
        assert receiver.received[1].headers["webhook-signature"].count("v1,") == 1


def test_receiver_that_failed_the_first_puts_all_in_order_and_sees_what_it_misses(world: World) -> None:
    deliver_now()  # what happened before has its place
    answers = itertools.chain([answer(500)], itertools.repeat(answer(200)))
    about = {"device": world.device, "access_code": world.code, "stay": world.stay}
    with receiving(lambda _: next(answers)) as receiver:
        listen(world.workspace, receiver.url)
        events = happen(world.workspace, count=3, type=EventType.CODE_SET, **about)
        deliver_now()
        assert receiver.told() == ids(events)
        WebhookDelivery.objects.filter(status=DeliveryStatus.PENDING).update(next_try_at=timezone.now())
        deliver_now()
    _, second, third, late = (one.told for one in receiver.received)
    assert late["id"] == str(events[0].public_id)  # after newer ones
    # The second says that another was before it, and which; the third that nothing is missing between.
    assert second["previous_sequence"] == late["sequence"]
    assert third["previous_sequence"] == second["sequence"]
    in_order = sorted([second, third, late], key=lambda told: told["sequence"])
    assert [told["id"] for told in in_order] == ids(events)
