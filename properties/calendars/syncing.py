"""Bring one calendar feed up to date: fetch and read (no transaction), then judge and apply in one transaction.

Called by properties.tasks. Two at once do no harm: the feed's row is locked while a read is applied, and a read that
began before the last applied one, or before the feed was changed, is dropped. Every other fetch leaves a FeedFetch:
what came, what changed, what was skipped and why. Messages never hold the address.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from properties.calendars.applying import Application, apply_plan
from properties.calendars.classifying import classify_calendar
from properties.calendars.fetching import Fetched, FetchFailed, FetchResult, NotModified, fetch_calendar
from properties.calendars.known import FeedState, Plan, Read
from properties.calendars.locking import lock_feed
from properties.calendars.merging import merge
from properties.calendars.parsing import ParsedCalendar, parse_calendar
from properties.calendars.reading import Classified
from properties.calendars.rows import FORGET_AFTER, known_of_orphan, known_of_row, load_orphans, load_rows
from properties.calendars.scheduling import NEAR, next_fetch_at
from properties.compiled import compiled
from properties.enums import AmbiguousPolicy, Decision, FetchOutcome, StayStatus
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Stay

KEPT_FETCHES: Final = 200
KEPT_SKIPPED: Final = 100
# What a read changes of its feed; the address, which is encrypted anew each time, is none of it.
READ_FIELDS: Final = (
    *("last_fetch_at", "next_fetch_at", "last_good_at", "failures", "etag", "last_modified"),
    *("mass_absence_since", "mass_absence_allowed"),
)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a fetch brought, read and classified; pure work, and so done before anything is locked."""

    parsed: ParsedCalendar
    events: tuple[Classified, ...]


def sync_feed(feed_id: int, *, now: dt.datetime | None = None) -> FeedFetch | None:
    """None where the feed is gone, paused, changed, or was read by somebody else meanwhile. `now` is for tests.

    An error of the program is recorded as a failed fetch, so that somebody is told, and raised.
    """
    started = now or timezone.now()
    feed = CalendarFeed.objects.select_related("unit__property").filter(pk=feed_id, is_active=True).first()
    if feed is None:
        return None
    # While something is missing, each read counts: "not modified" would not show whether it is still so.
    whole = feed.feed_events.filter(missed__gt=0, retired_at__isnull=True).exists()
    result = fetch_calendar(
        feed.url or "",
        etag="" if whole else feed.etag,
        last_modified="" if whole else feed.last_modified,
        allow_private=settings.KEYTURN_FEEDS_ALLOW_PRIVATE,
    )
    try:
        return absorb(feed, result, started=started, now=now or timezone.now())
    except Exception as unforeseen:
        # Its text may hold what the calendar says of a guest.
        failed = FetchFailed(f"Keyturn could not take the calendar over ({type(unforeseen).__name__}).")
        absorb(feed, failed, started=started, now=now or timezone.now())
        raise


def absorb(
    feed: CalendarFeed, result: FetchResult, *, started: dt.datetime, now: dt.datetime
) -> FeedFetch | None:
    """Apply what a fetch brought, and schedule the next one.

    `feed` is as it was when the fetch began: what came from an address, or was read in a zone, that has changed since
    is dropped.
    """
    content = _read_content(feed, result.body) if isinstance(result, Fetched) else None
    with transaction.atomic():
        locked = lock_feed(feed.pk)
        if locked is None or _is_outdated(locked, feed, started):
            return None
        return _record(locked, result, content, started=started, now=now)


def _read_content(feed: CalendarFeed, body: bytes) -> _Content:
    parsed = parse_calendar(body, zone=feed.unit.property.zone)
    return _Content(parsed, classify_calendar(parsed, setting=feed.channel))


def _is_outdated(locked: CalendarFeed, feed: CalendarFeed, started: dt.datetime) -> bool:
    overtaken = locked.last_fetch_at is not None and locked.last_fetch_at > started
    return overtaken or not locked.is_active or _basis(locked) != _basis(feed)


def _basis(feed: CalendarFeed) -> tuple[str | None, str, str]:
    return feed.url, feed.channel, feed.unit.property.time_zone


def _record(
    feed: CalendarFeed,
    result: FetchResult,
    content: _Content | None,
    *,
    started: dt.datetime,
    now: dt.datetime,
) -> FeedFetch:
    fetch = FeedFetch(feed=feed, started_at=started, finished_at=now)
    match result:
        case FetchFailed():
            fetch.outcome, fetch.message = FetchOutcome.FAILED, result.message
            fetch.http_status = result.http_status
            feed.failures += 1
        case NotModified():
            fetch.outcome, fetch.http_status = FetchOutcome.NOT_MODIFIED, 304
            feed.failures, feed.last_good_at = 0, now
        case Fetched():
            fetch.http_status, fetch.size = 200, len(result.body)
    if isinstance(result, Fetched) and content is not None:
        _absorb_content(feed, fetch, result, content, now=now)
    is_first_today = feed.last_fetch_at is None or feed.last_fetch_at.date() != started.date()
    feed.last_fetch_at = started
    feed.next_fetch_at = next_fetch_at(
        now, failures=feed.failures, arrival_is_near=_arrival_is_near(feed, now)
    )
    feed.save(update_fields=READ_FIELDS)
    fetch.save()
    if is_first_today:
        _forget_old(feed, now)
    return fetch


def _absorb_content(
    feed: CalendarFeed, fetch: FeedFetch, result: Fetched, content: _Content, *, now: dt.datetime
) -> None:
    today = now.astimezone(feed.unit.property.zone).date()
    work = Application(
        feed=feed, rows=load_rows(feed, today=today), orphans=load_orphans(feed, now=now), now=now
    )
    plan = _plan(work, content, today=today)
    apply_plan(work, plan)
    fetch.outcome = FetchOutcome.SUSPECT if plan.suspect else FetchOutcome.OK
    fetch.message, fetch.events, fetch.changes = plan.message, len(content.events), work.changes
    read_skips = [
        {"uid": one.uid, "summary": one.summary, "reason": one.reason} for one in content.parsed.skipped
    ]
    fetch.skipped = [*work.refused, *read_skips][:KEPT_SKIPPED]
    feed.mass_absence_since, feed.mass_absence_allowed = plan.mass_absence_since, plan.mass_absence_allowed
    # A calendar that was not wholly believed or understood is wanted whole again.
    trusted = not plan.suspect and not work.refused and not content.parsed.skipped
    feed.etag, feed.last_modified = (result.etag, result.last_modified) if trusted else ("", "")
    feed.failures = 0
    if not plan.suspect:
        feed.last_good_at = now


def _plan(work: Application, content: _Content, *, today: dt.date) -> Plan:
    skipped = content.parsed.skipped
    known = [known_of_row(row) for row in work.rows.values()]
    known += [known_of_orphan(stay) for uid, stay in work.orphans.items() if uid not in work.rows]
    read = Read(
        events=content.events,
        complete=content.parsed.complete,
        now=work.now,
        today=today,
        unreadable=frozenset(one.uid for one in skipped if one.uid),
        nameless=tuple(one.nights for one in skipped if not one.uid),
    )
    state = FeedState(
        policy=AmbiguousPolicy(work.feed.ambiguous_policy),
        mass_absence_since=work.feed.mass_absence_since,
        mass_absence_allowed=work.feed.mass_absence_allowed,
    )
    return merge(known, read, state)


def _arrival_is_near(feed: CalendarFeed, now: dt.datetime) -> bool:
    return bool(_coming(feed.unit_id, now, now + NEAR))


@compiled
def _coming(unit_id: int, after: dt.datetime, until: dt.datetime) -> QuerySet[Stay, int]:
    coming = Stay.objects.filter(unit=unit_id, starts_at__gt=after, starts_at__lte=until)
    return coming.exclude(status=StayStatus.CANCELLED).values_list("pk", flat=True)[:1]


@compiled
def _oldest_kept(feed_id: int) -> QuerySet[FeedFetch, dt.datetime]:
    latest = FeedFetch.objects.filter(feed=feed_id).order_by("-started_at", "-pk")
    return latest.values_list("started_at", flat=True)[KEPT_FETCHES - 1 : KEPT_FETCHES]


def _forget_old(feed: CalendarFeed, now: dt.datetime) -> None:
    oldest = _oldest_kept.first(feed.pk)
    if oldest is not None:
        FeedFetch.objects.filter(feed=feed, started_at__lt=oldest).delete()
    gone = _gone(feed.pk, now - FORGET_AFTER)
    if gone:
        FeedEvent.objects.filter(pk__in=gone).delete()


@compiled
def _gone(feed_id: int, before: dt.datetime) -> QuerySet[FeedEvent, int]:
    """Events that were retired before, and that nothing hangs on: no stay, no person's decision."""
    retired = FeedEvent.objects.filter(feed=feed_id, retired_at__lt=before, stay__isnull=True)
    return retired.exclude(decision__in=[Decision.IGNORED, Decision.ACCEPTED]).values_list("pk", flat=True)
