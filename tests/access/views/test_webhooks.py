from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.enums import DeliveryStatus, WebhookFlavour
from access.models import Event, WebhookDelivery, WebhookEndpoint
from access.webhooks import create_endpoint
from access.webhooks.endpoints import disable_failing
from tests.factories import NOW
from tests.pages import assert_is_page, text_of
from tests.world import HOOK_SECRET, World

LIST, NEW = "webhook-list", "webhook-create"
GIVEN = {"url": "https://example.org/in/t0ps3cret", "description": "Channel manager", "reach": "all"}


def at(name: str, endpoint: WebhookEndpoint) -> str:
    return reverse(name, args=[endpoint.public_id])


def test_webhook_is_made_and_its_secret_shown_once(owner: Client, world: World) -> None:
    made = owner.post(reverse(NEW), GIVEN)
    endpoint = WebhookEndpoint.objects.get(description="Channel manager")
    stored = "".join(one.session_data for one in Session.objects.all())
    shown, again = owner.get(made["Location"]), owner.get(made["Location"])

    assert_is_page(shown)
    assert endpoint.secret
    assert endpoint.secret in shown.content.decode()
    assert endpoint.secret not in again.content.decode() + stored
    assert (endpoint.workspace, endpoint.event_types, endpoint.flavour) == (world.workspace, ["*"], "keyturn")
    assert "t0ps3cret" not in shown.content.decode() + owner.get(reverse(LIST)).content.decode()


def test_webhook_of_the_other_shape_has_its_own_events(owner: Client) -> None:
    address = reverse(NEW) + "?shape=seam"
    asked = owner.get(address)
    owner.post(address, {**GIVEN, "reach": "some", "event_types": ["access_code.set_on_device"]})

    made = WebhookEndpoint.objects.get(description="Channel manager")
    assert_is_page(asked)
    assert (made.flavour, made.event_types) == (WebhookFlavour.SEAM, ["access_code.set_on_device"])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"url": ""}, "Write the address"),
        ({"url": "no address"}, "address"),
        ({"reach": "some"}, "at least one event"),
        ({"reach": "some", "event_types": ["nothing.happened"]}, "not one of the available"),
    ],
)
def test_webhook_that_is_not_made_says_why(owner: Client, changed: dict[str, object], told: str) -> None:
    answer = owner.post(reverse(NEW), {**GIVEN, **changed})

    assert_is_page(answer, status=422)
    assert told in text_of(answer)
    assert WebhookEndpoint.objects.count() == 1


def test_webhook_is_changed_and_an_empty_address_keeps_the_old(owner: Client, world: World) -> None:
    address = at("webhook-edit", world.endpoint)
    asked = owner.get(address)
    owner.post(
        address, {"url": "", "description": "Other", "reach": "some", "event_types": ["device.low_battery"]}
    )
    world.endpoint.refresh_from_db()

    assert_is_page(asked)
    assert HOOK_SECRET not in asked.content.decode()
    assert (world.endpoint.url or "").endswith(HOOK_SECRET)
    assert (world.endpoint.description, world.endpoint.event_types) == ("Other", ["device.low_battery"])


def test_secret_is_rotated_and_shown(owner: Client, world: World) -> None:
    address = at("webhook-secret", world.endpoint)
    assert_is_page(owner.get(address))
    owner.post(address)
    world.endpoint.refresh_from_db()

    shown = owner.get(at("webhook-detail", world.endpoint)).content.decode()
    assert world.endpoint.secret
    assert world.endpoint.secret != HOOK_SECRET
    assert (world.endpoint.secret in shown, HOOK_SECRET in shown) == (True, False)


def test_webhook_is_switched_off_and_on_and_deleted(owner: Client, world: World) -> None:
    owner.post(at("webhook-switch", world.endpoint), {"on": "no"})
    off = text_of(owner.get(reverse(LIST)))
    owner.post(at("webhook-switch", world.endpoint), {"on": "yes"})
    world.endpoint.refresh_from_db()
    assert "Switched off by" in off
    assert world.endpoint.disabled_at is None

    assert_is_page(owner.get(at("webhook-delete", world.endpoint)))
    owner.post(at("webhook-delete", world.endpoint))
    assert owner.get(at("webhook-detail", world.endpoint)).status_code == 404
    assert "No webhooks yet" in text_of(owner.get(reverse(LIST)))


def test_delivery_is_shown_with_its_attempts_and_sent_again(owner: Client, world: World) -> None:
    world.delivery.status = DeliveryStatus.FAILED
    world.delivery.log = [{"at": NOW.isoformat(), "ms": 31, "status": 500, "response": "<b>broken</b>"}]
    world.delivery.save()

    page = owner.get(at("webhook-detail", world.endpoint))
    address = reverse("webhook-delivery-replay", args=[world.endpoint.public_id, world.delivery.public_id])
    owner.post(address)
    world.delivery.refresh_from_db()

    assert_is_page(page)
    assert "answered 500 in 31 ms" in text_of(page)
    assert "<b>broken" not in page.content.decode()
    assert (world.delivery.status, world.delivery.next_try_at) == (DeliveryStatus.PENDING, NOW)


def test_what_failed_is_sent_again_at_once(owner: Client, world: World) -> None:
    WebhookDelivery.objects.update(status=DeliveryStatus.FAILED, next_try_at=None)
    answer = owner.post(at("webhook-replay", world.endpoint), follow=True)

    assert "sent again in a moment" in text_of(answer)
    assert WebhookDelivery.objects.get(pk=world.delivery.pk).next_try_at == NOW


def test_webhook_that_was_given_up_needs_action_on_today(owner: Client, world: World) -> None:
    world.endpoint.failing_since = NOW - dt.timedelta(days=5)
    world.endpoint.save()
    before = text_of(owner.get(reverse("board")))
    disable_failing(world.endpoint.pk, version=world.endpoint.version, now=NOW)
    after = text_of(owner.get(reverse("board")))
    owner.post(at("webhook-switch", world.endpoint), {"on": "yes"})
    mended = text_of(owner.get(reverse("board")))

    assert ["Webhook off" in text for text in (before, after, mended)] == [False, True, False]
    assert "Nothing got through since" in after


def test_staff_has_no_part_in_webhooks(staff: Client, world: World) -> None:
    assert staff.get(reverse(LIST)).status_code == 403
    assert staff.post(reverse(NEW), GIVEN).status_code == 403
    assert staff.get(at("webhook-detail", world.endpoint)).status_code == 403


def test_more_rows_need_no_more_queries(owner: Client, world: World) -> None:
    def count(address: str) -> int:
        owner.get(address)
        with CaptureQueriesContext(connection) as asked:
            owner.get(address)
        return len(asked)

    before = count(reverse(LIST)), count(at("webhook-detail", world.endpoint))
    for number in range(2):
        create_endpoint(world.workspace, url=f"https://example.org/{number}", created_by=world.owner)
        event = Event.objects.create(
            workspace=world.workspace, type="lock.locked", occurred_at=NOW, device=world.device
        )
        WebhookDelivery.objects.create(endpoint=world.endpoint, event=event)
    after = count(reverse(LIST)), count(at("webhook-detail", world.endpoint))

    assert after == before
