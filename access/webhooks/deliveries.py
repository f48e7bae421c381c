"""What became of deliveries, and sending them again by hand. Old ones that arrived are forgotten.

A replay only makes the delivery due; the runner (`running`) sends it within moments, with the rest.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from access.enums import DeliveryStatus, EventType
from access.models import Event, WebhookDelivery, WebhookEndpoint
from access.telling import abouts_of, own_type, with_told
from access.telling.own import own_names
from access.webhooks.event_types import EVERYTHING, is_wanted
from access.webhooks.refusals import EndpointRefused
from access.webhooks.ringing import ring_deliverer
from properties.models import Workspace

KEPT_FOR: Final = dt.timedelta(days=30)
AT_ONCE: Final = 1_000


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """The latest first, each with its event; `log` has every attempt."""
    return WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-pk")


def deliveries_in(workspace: Workspace) -> QuerySet[WebhookDelivery]:
    """Those of all endpoints that are not deleted."""
    rows = WebhookDelivery.objects.in_workspace(workspace).filter(endpoint__deleted_at=None)
    return rows.select_related("event", "endpoint").order_by("-pk")


def replay(delivery: WebhookDelivery, *, now: dt.datetime) -> None:
    """Send it once more, whatever became of it; where that fails, it is tried as often as a new one."""
    _check_on(delivery.endpoint)
    _make_due(WebhookDelivery.objects.filter(pk=delivery.pk), now=now)


def replay_failed(endpoint: WebhookEndpoint, *, since: dt.datetime, now: dt.datetime) -> int:
    """Send again all that did not arrive of what happened since then; return how many."""
    _check_on(endpoint)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, event__occurred_at__gte=since)
    return _make_due(rows.exclude(status=DeliveryStatus.SUCCEEDED), now=now)


def replay_since(endpoint: WebhookEndpoint, *, since: dt.datetime, now: dt.datetime) -> int:
    """As `replay_failed`, and also what was never sent, since the endpoint was switched off then."""
    count = replay_failed(endpoint, since=since, now=now)
    last = 0
    while rows := list(_missed(endpoint, since=since, after=last)):
        last = rows[-1].pk
        abouts = abouts_of(rows, problems=False)
        wanted = [row for row in rows if _is_wanted(endpoint, row.type, own_type(row, abouts[row.pk]))]
        made = WebhookDelivery.objects.bulk_create(
            [WebhookDelivery(endpoint=endpoint, event=row, next_try_at=now) for row in wanted],
            ignore_conflicts=True,
        )
        count += len(made)
    ring_deliverer()
    return count


def prune_deliveries(*, now: dt.datetime) -> int:
    """Forget what arrived a month ago. In small transactions: an old table may be long."""
    pruned = 0
    while True:
        old = WebhookDelivery.objects.filter(
            status=DeliveryStatus.SUCCEEDED, finished_at__lt=now - KEPT_FOR, next_try_at=None
        )
        keys = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        pruned += WebhookDelivery.objects.filter(pk__in=keys).delete()[0]
        if len(keys) < AT_ONCE:
            return pruned


@transaction.atomic
def _make_due(rows: QuerySet[WebhookDelivery], *, now: dt.datetime) -> int:
    """`attempts` begins anew, `log` goes on."""
    due = rows.update(status=DeliveryStatus.PENDING, attempts=0, next_try_at=now, finished_at=None)
    ring_deliverer()
    return due


def _check_on(endpoint: WebhookEndpoint) -> None:
    if endpoint.deleted_at is not None or endpoint.disabled_at is not None:
        raise EndpointRefused(
            "endpoint", "endpoint_disabled", "The endpoint is switched off; switch it on first."
        )


def _missed(endpoint: WebhookEndpoint, *, since: dt.datetime, after: int) -> QuerySet[Event]:
    """What it was to be told by now and has no row of. What comes later is on its way anyway."""
    rows = Event.objects.filter(
        workspace=endpoint.workspace_id, occurred_at__gte=since, position__lte=endpoint.position, pk__gt=after
    )
    if EVERYTHING not in endpoint.event_types:
        kinds = [kind for kind in EventType if own_names(kind) & set(endpoint.event_types)]
        rows = rows.filter(type__in=kinds)
    rows = rows.filter(~Q(deliveries__endpoint=endpoint))
    return with_told(rows).order_by("pk")[:AT_ONCE]


def _is_wanted(endpoint: WebhookEndpoint, event_type: str, own: str) -> bool:
    return is_wanted(endpoint.event_types, flavour=endpoint.flavour, event_type=event_type, own_type=own)
