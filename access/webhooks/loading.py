"""What the loop asks of the database: is there anything to do, for which endpoints, and what is due again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from access.models import WebhookEndpoint
from access.webhooks.endpoints import valid_secrets
from access.webhooks.judging import Health
from access.webhooks.lane import Retry, Target
from access.webhooks.shelf import load_messages

DUE_AT_ONCE: Final = 100
_OUTLOOK = """
WITH ready AS (
    SELECT id, workspace_id, position FROM access_webhookendpoint
    WHERE disabled_at IS NULL AND deleted_at IS NULL AND (paused_until IS NULL OR paused_until <= %(now)s)
)
SELECT EXISTS (SELECT 1 FROM access_event WHERE position IS NULL)
    OR EXISTS (SELECT 1 FROM ready r WHERE EXISTS (
        SELECT 1 FROM access_event e WHERE e.workspace_id = r.workspace_id AND e.position > r.position))
    OR EXISTS (SELECT 1 FROM access_webhookdelivery d JOIN ready r ON r.id = d.endpoint_id
        WHERE d.next_try_at <= %(now)s) AS anything,
    LEAST(
        (SELECT min(next_try_at) FROM access_webhookdelivery WHERE next_try_at > %(now)s),
        (SELECT min(paused_until) FROM access_webhookendpoint WHERE paused_until > %(now)s)) AS next_at
"""
_WAITING = """
SELECT w.id FROM access_webhookendpoint w
WHERE w.disabled_at IS NULL AND w.deleted_at IS NULL AND (w.paused_until IS NULL OR w.paused_until <= %(now)s)
    AND (EXISTS (SELECT 1 FROM access_event e WHERE e.workspace_id = w.workspace_id AND e.position > w.position)
    OR EXISTS (SELECT 1 FROM access_webhookdelivery d WHERE d.endpoint_id = w.id AND d.next_try_at <= %(now)s))
"""
_LIVE = "SELECT id, version FROM access_webhookendpoint WHERE disabled_at IS NULL AND deleted_at IS NULL"
_RETRIES = """
SELECT due.id, due.event_id, due.attempts, w.id
FROM unnest(%(endpoints)s::bigint[]) AS w (id) CROSS JOIN LATERAL (
    SELECT d.id, d.event_id, d.attempts FROM access_webhookdelivery d
    WHERE d.endpoint_id = w.id AND d.next_try_at <= %(now)s
    ORDER BY d.next_try_at, d.event_id LIMIT %(most)s
) AS due
"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """`next_at`: when something will be due without anybody's doing."""

    anything: bool
    next_at: dt.datetime | None


def look_ahead(now: dt.datetime) -> Outlook:
    """One statement, all that an idle loop asks."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTLOOK, {"now": now})
        return Outlook(*cursor.fetchone())


def live_endpoints() -> set[tuple[int, int]]:
    """Their ids and versions."""
    return {(row[0], row[1]) for row in _rows(_LIVE, {})}


def targets_waiting(now: dt.datetime, *, besides: Collection[int]) -> list[Target]:
    """Endpoints that have something to be told, but those that are being told already."""
    waiting = {row[0] for row in _rows(_WAITING, {"now": now})} - set(besides)
    rows = WebhookEndpoint.objects.filter(pk__in=waiting) if waiting else []
    return [_target(row, now=now) for row in rows]


def due_retries(endpoint_ids: Collection[int], *, now: dt.datetime) -> dict[int, list[Retry]]:
    if not endpoint_ids:
        return {}
    rows = _rows(_RETRIES, {"endpoints": list(endpoint_ids), "now": now, "most": DUE_AT_ONCE})
    messages = load_messages(row[1] for row in rows) if rows else {}
    due: dict[int, list[Retry]] = {}
    for delivery_id, event_id, attempts, endpoint_id in rows:
        if event_id in messages:
            due.setdefault(endpoint_id, []).append(Retry(delivery_id, attempts, messages[event_id]))
    return due


def _target(row: WebhookEndpoint, *, now: dt.datetime) -> Target:
    return Target(
        endpoint_id=row.pk,
        workspace_id=row.workspace_id,
        url=row.url or "",
        flavour=row.flavour,
        event_types=tuple(row.event_types),
        secrets=tuple(valid_secrets(row, now=now)),
        position=row.position,
        health=Health(row.failures, row.failing_since, row.paused_until),
        version=row.version,
    )


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, ...]] = cursor.fetchall()
        return rows
