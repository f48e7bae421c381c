"""Endpoints: made, changed, switched off and on, deleted; their secrets rotated. Called by both APIs and by pages.

An endpoint hears of what becomes visible after it was made. While it is switched off nothing is kept for it; what it
missed can be sent again (`deliveries.replay_since`). Every refusal is an EndpointRefused. What an `actor` does stands
in the audit log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from access.enums import DeliveryStatus, EventType, WebhookFlavour
from access.models import Event, WebhookDelivery, WebhookEndpoint
from access.models.webhooks import GAVE_UP
from access.webhooks.addresses import check_url
from access.webhooks.event_types import EVERYTHING, checked_types
from access.webhooks.judging import HEALTHY, Health
from access.webhooks.refusals import EndpointRefused
from access.webhooks.signing import new_secret
from properties.models import User, Workspace
from properties.noting import note_change

BOTH_VALID: Final = dt.timedelta(hours=24)
MAX_ENDPOINTS: Final = 100
MAX_DESCRIPTION: Final = 200


def endpoints_of(workspace: Workspace) -> QuerySet[WebhookEndpoint]:
    """All but the deleted ones, in the order in which they were made."""
    return WebhookEndpoint.objects.in_workspace(workspace).filter(deleted_at=None).order_by("pk")


@transaction.atomic
def create_endpoint(
    workspace: Workspace,
    *,
    url: str,
    event_types: Iterable[str] = (EVERYTHING,),
    flavour: WebhookFlavour = WebhookFlavour.KEYTURN,
    description: str = "",
    created_by: User | None = None,
    actor: str = "",
) -> WebhookEndpoint:
    """Return the endpoint; its `secret` is what the receiver verifies with."""
    wanted = checked_types(event_types, flavour=flavour)
    if endpoints_of(workspace).count() >= MAX_ENDPOINTS:
        raise EndpointRefused(
            "url", "too_many_endpoints", f"There are {MAX_ENDPOINTS} endpoints already; delete one first."
        )
    endpoint = WebhookEndpoint.objects.create(
        workspace=workspace,
        url=_checked(url),
        event_types=wanted,
        flavour=flavour,
        description=description.strip()[:MAX_DESCRIPTION],
        secret=new_secret(),
        position=_now_at(workspace.pk),
        created_by=created_by,
    )
    _note(endpoint, "Webhook added", actor)
    return endpoint


@transaction.atomic
def update_endpoint(
    endpoint: WebhookEndpoint,
    *,
    url: str | None = None,
    event_types: Iterable[str] | None = None,
    description: str | None = None,
    actor: str = "",
) -> WebhookEndpoint:
    """None leaves as it is. Another address is tried at once, however the old one fared."""
    row = _locked(endpoint)
    if event_types is not None:
        row.event_types = checked_types(event_types, flavour=row.flavour)
        row.version += 1
    if description is not None:
        row.description = description.strip()[:MAX_DESCRIPTION]
    if url is not None and url.strip() != row.url:
        row.url = _checked(url)
        row.version += 1
        _set_health(row, HEALTHY)
    row.save()
    _note(row, "Webhook changed", actor)
    return row


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, now: dt.datetime, actor: str = "") -> WebhookEndpoint:
    """Give it a new secret; for a day deliveries bear a signature of each, so that a receiver can change in peace."""
    row = _locked(endpoint)
    row.previous_secret, row.previous_secret_until = row.secret, now + BOTH_VALID
    row.secret = new_secret()
    row.version += 1
    row.save(update_fields=["secret", "previous_secret", "previous_secret_until", "version"])
    _note(row, "Webhook's secret replaced", actor)
    return row


def valid_secrets(endpoint: WebhookEndpoint, *, now: dt.datetime) -> list[str]:
    until = endpoint.previous_secret_until
    old = endpoint.previous_secret if until is not None and now < until else None
    return [secret for secret in (endpoint.secret, old) if secret]


@transaction.atomic
def disable_endpoint(
    endpoint: WebhookEndpoint, *, reason: str, now: dt.datetime, actor: str = ""
) -> WebhookEndpoint:
    """Nothing more is sent to it, and nothing tried again."""
    row = _locked(endpoint)
    if row.disabled_at is None:
        row.disabled_at, row.disabled_reason = now, reason[:200]
        row.save(update_fields=["disabled_at", "disabled_reason"])
        _stop_retries(row, now=now)
        _note(row, "Webhook switched off", actor)
    return row


@transaction.atomic
def disable_failing(endpoint_id: int, *, version: int, now: dt.datetime) -> None:
    """Switch off what nothing got through to for days, and say so; other endpoints are told by the event. One that was
    changed since it failed is left on."""
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    endpoint = rows.filter(pk=endpoint_id, version=version, disabled_at=None, deleted_at=None).first()
    if endpoint is None:
        return
    since = endpoint.failing_since or now
    reason = f"{GAVE_UP} {since:%-d %b %Y, %H:%M} UTC."
    disable_endpoint(endpoint, reason=reason, now=now)
    Event.objects.create(
        workspace_id=endpoint.workspace_id,
        type=EventType.WEBHOOK_DISABLED,
        occurred_at=now,
        actor="Keyturn",
        data={"endpoint_id": str(endpoint.public_id), "reason": reason},
    )


def host_of(endpoint: WebhookEndpoint) -> str:
    return endpoint.host


def gave_up(endpoint: WebhookEndpoint) -> bool:
    """Whether Keyturn switched it off, and not a person or a program."""
    return endpoint.disabled_at is not None and endpoint.disabled_reason.startswith(GAVE_UP)


@transaction.atomic
def enable_endpoint(endpoint: WebhookEndpoint, *, actor: str = "") -> WebhookEndpoint:
    """It hears of what becomes visible from now on."""
    row = _locked(endpoint)
    if row.disabled_at is not None:
        row.disabled_at, row.disabled_reason = None, ""
        row.position = _now_at(row.workspace_id)
        row.version += 1
        _set_health(row, HEALTHY)
        row.save()
        _note(row, "Webhook switched on", actor)
    return row


@transaction.atomic
def delete_endpoint(endpoint: WebhookEndpoint, *, now: dt.datetime, actor: str = "") -> None:
    """The row stays for its log of deliveries; it is shown to nobody."""
    row = _locked(endpoint)
    if row.deleted_at is None:
        row.deleted_at = now
        row.save(update_fields=["deleted_at"])
        _stop_retries(row, now=now)
        _note(row, "Webhook deleted", actor)


def _note(endpoint: WebhookEndpoint, what: str, actor: str) -> None:
    if actor:
        told = ", ".join(filter(None, (endpoint.description, host_of(endpoint))))
        note_change(endpoint.workspace, what, told, actor=actor)


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)


def _checked(url: str) -> str:
    return check_url(url, allow_private=settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE)


def _now_at(workspace_id: int) -> int:
    last = Event.objects.filter(workspace=workspace_id).aggregate(last=Max("position"))["last"]
    return last or 0


def _set_health(row: WebhookEndpoint, health: Health) -> None:
    row.failures, row.failing_since = health.failures, health.failing_since
    row.paused_until = health.paused_until


def _stop_retries(row: WebhookEndpoint, *, now: dt.datetime) -> None:
    WebhookDelivery.objects.filter(endpoint=row, status=DeliveryStatus.PENDING).update(
        status=DeliveryStatus.FAILED, next_try_at=None, finished_at=now
    )
