"""Write down what became of attempts: for all endpoints in one transaction, with the place that each one has reached.

Killed before it, they are made again; killed after it, never. An event that was deleted meanwhile takes its deliveries
with it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from access.codes.revealing import Look, note_all_looks
from access.models import AccessCode, WebhookEndpoint
from access.webhooks.endpoints import disable_failing, host_of
from access.webhooks.judging import Health
from access.webhooks.lane import Result

# Made once: a new one for each of a thousand rows costs more than the rows.
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_INSERT = """
INSERT INTO access_webhookdelivery
    (public_id, created_at, endpoint_id, event_id, status, attempts, next_try_at, finished_at, log)
SELECT gen_random_uuid(), %s, r.endpoint_id, r.event_id, r.status, r.attempts, r.next_try_at, r.finished_at,
    jsonb_build_array(r.entry::jsonb)
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS r (endpoint_id, event_id, status, attempts, next_try_at, finished_at, entry)
JOIN access_event e ON e.id = r.event_id
JOIN access_webhookendpoint w ON w.id = r.endpoint_id
ON CONFLICT (endpoint_id, event_id) DO UPDATE SET
    status = excluded.status, attempts = excluded.attempts, next_try_at = excluded.next_try_at,
    finished_at = excluded.finished_at, log = access_webhookdelivery.log || excluded.log
"""
_UPDATE = """
UPDATE access_webhookdelivery d SET
    status = r.status, attempts = r.attempts, next_try_at = r.next_try_at, finished_at = r.finished_at,
    log = d.log || jsonb_build_array(r.entry::jsonb)
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS r (id, status, attempts, next_try_at, finished_at, entry)
WHERE d.id = r.id
"""
_ENDPOINTS = """
UPDATE access_webhookendpoint w SET
    position = greatest(w.position, r.position),
    failures = CASE WHEN w.version = r.version THEN r.failures ELSE w.failures END,
    failing_since = CASE WHEN w.version = r.version THEN r.failing_since ELSE w.failing_since END,
    paused_until = CASE WHEN w.version = r.version THEN r.paused_until ELSE w.paused_until END
FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[])
    AS r (id, version, position, failures, failing_since, paused_until)
WHERE w.id = r.id
"""
_STOPPED = """
UPDATE access_webhookdelivery d SET status = 'failed', next_try_at = NULL, finished_at = %s
FROM access_webhookendpoint w
WHERE w.id = d.endpoint_id AND w.id = ANY(%s) AND d.status = 'pending'
    AND (w.disabled_at IS NOT NULL OR w.deleted_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What one endpoint's lane has to have written down. `version`: of the endpoint that the lane knew."""

    endpoint_id: int
    version: int
    position: int
    health: Health
    first: Sequence[Result]
    retried: Sequence[Result]


def write_down(reports: Sequence[Report], *, now: dt.datetime) -> None:
    first = [result for report in reports for result in report.first]
    retried = [result for report in reports for result in report.retried]
    with transaction.atomic():
        _note_looks([*first, *retried], now=now)
        _insert(first, now=now)
        _update(retried)
        _follow(reports)
        # One that was switched off meanwhile is not tried again, whatever its lane did not know.
        pending = {result.endpoint_id for result in (*first, *retried) if result.next_try_at is not None}
        if pending:
            _run(_STOPPED, [now, list(pending)])
    for report in reports:
        if report.health.is_over(now):
            disable_failing(report.endpoint_id, version=report.version, now=now)


def _note_looks(results: Sequence[Result], *, now: dt.datetime) -> None:
    """Whoever was sent a PIN has seen it, whatever it answered. One that changed meanwhile is told anew."""
    told = {(result.endpoint_id, *result.look) for result in results if result.look is not None}
    if not told:
        return
    found = AccessCode.objects.filter(pk__in={code for _, code, _ in told}).select_related(
        "device__account", "grant"
    )
    codes = {
        (code.pk, code.pin_key): code for code in found.defer("device__account__credentials", "grant__pin")
    }
    endpoints = WebhookEndpoint.objects.in_bulk({endpoint for endpoint, _, _ in told})
    note_all_looks(
        [
            Look(codes[code, key], f"webhook:{endpoint}", f"Webhook to {host_of(endpoints[endpoint])}"[:200])
            for endpoint, code, key in sorted(told)
            if (code, key) in codes and endpoint in endpoints
        ],
        now=now,
    )


def _insert(results: Sequence[Result], *, now: dt.datetime) -> None:
    if results:
        columns = [
            [result.endpoint_id for result in results],
            [result.event_id for result in results],
            *_shared(results),
        ]
        _run(_INSERT, [now, *columns])


def _update(results: Sequence[Result]) -> None:
    if results:
        _run(_UPDATE, [[result.delivery_id for result in results], *_shared(results)])


def _shared(results: Sequence[Result]) -> list[list[Any]]:
    return [
        [result.status for result in results],
        [result.attempts for result in results],
        [result.next_try_at for result in results],
        [result.finished_at for result in results],
        [_to_json(result.entry) for result in results],
    ]


def _follow(reports: Sequence[Report]) -> None:
    # In one order, so that two who write never wait for each other.
    rows = sorted(reports, key=lambda report: report.endpoint_id)
    columns = [
        [report.endpoint_id for report in rows],
        [report.version for report in rows],
        [report.position for report in rows],
        [report.health.failures for report in rows],
        [report.health.failing_since for report in rows],
        [report.health.paused_until for report in rows],
    ]
    _run(_ENDPOINTS, columns)


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
