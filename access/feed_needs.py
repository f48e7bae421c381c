"""What needs action about calendars: events that wait for a word, calendars that are not read or not believed.

Nothing else tells a person that bookings do not arrive, so each sentence says what to do. Called by access.boards; two
queries, however many calendars there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from access.needs import NEEDS_SHOWN, Need
from properties.enums import Decision, FetchOutcome
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Workspace

FEED_FAILURES: Final = 3
# Twice the longest wait after failures; calendars are read every few minutes.
PATIENCE: Final = dt.timedelta(hours=2)
# Cleaning rounds repeat, and no booking does; a calendar that is cut off is said as such when it stays so.
HARMLESS: Final = frozenset({"It repeats; a booking does not.", "The calendar ends in the middle of it."})


def feed_needs(workspace: Workspace, *, now: dt.datetime) -> list[Need]:
    needs = list(inbox_needs(workspace))
    for feed in troubled_feeds(workspace, now=now):
        needs += causes_of(feed, now=now)
    return needs


def inbox_needs(workspace: Workspace) -> Iterator[Need]:
    waiting = FeedEvent.objects.in_workspace(workspace).filter(decision=Decision.PENDING, retired_at=None)
    number = waiting.count()
    if number:
        yield Need(
            title=f"{number} calendar {'event waits' if number == 1 else 'events wait'} for your word",
            cause="Stay or block? Until you say, it gets no code.",
            label="Decide",
            symbol="inbox",
            tone="warn",
            url=reverse("feed-list") + "#inbox",
            rank=2,
        )


def troubled_feeds(workspace: Workspace, *, now: dt.datetime) -> QuerySet[CalendarFeed, Any]:
    """With what the latest fetch said, and what the latest that brought a calendar left out."""
    fetches = FeedFetch.objects.filter(feed=OuterRef("pk")).order_by("-started_at", "-pk")
    readings = fetches.filter(outcome__in=[FetchOutcome.OK, FetchOutcome.SUSPECT])
    return (
        CalendarFeed.objects.in_workspace(workspace)
        .filter(is_active=True)
        .annotate(
            said=Subquery(fetches.values("message")[:1]), left_out=Subquery(readings.values("skipped")[:1])
        )
        .filter(
            Q(failures__gte=FEED_FAILURES)
            | Q(last_good_at__lt=now - PATIENCE)
            | Q(last_good_at=None, created_at__lt=now - PATIENCE)
            | Q(mass_absence_since__isnull=False)
            | (Q(left_out__isnull=False) & ~Q(left_out=[]))
        )
        .select_related("unit__property")
        .order_by("-failures", "pk")[:NEEDS_SHOWN]
    )


def causes_of(feed: Any, *, now: dt.datetime) -> Iterator[Need]:
    """`feed` as troubled_feeds brings it."""
    held = feed.mass_absence_since is not None and not feed.mass_absence_allowed
    good_at = feed.last_good_at or feed.created_at
    if feed.failures >= FEED_FAILURES:
        yield unread_need(feed, f"It could not be read {feed.failures} times in a row.", good_at=good_at)
    elif held:
        yield need_about(
            feed,
            f"Bookings are gone from it since {say(feed.mass_absence_since, feed)}. That is usually a fault of the "
            "calendar, so their codes stay for now. Open it to say whether they are really gone.",
            look=("Bookings vanished", "warn", "warn"),
            episodes=[feed.mass_absence_since.isoformat()],
        )
    elif good_at < now - PATIENCE:
        since = f"since {say(good_at, feed)}" if feed.last_good_at else "yet"
        yield unread_need(feed, f"It was not read well {since}.", good_at=good_at)
    lost = [one for one in feed.left_out or [] if one.get("reason") not in HARMLESS]
    if lost:
        yield need_about(
            feed, describe_lost(lost), look=("Events left out", "warn", "warn"), episodes=lost_ones(lost)
        )


def lost_ones(lost: Sequence[dict[str, str | None]]) -> list[str]:
    return [str(one.get("uid") or one.get("summary"))[:100] for one in lost]


def unread_need(feed: Any, what: str, *, good_at: dt.datetime) -> Need:
    said = f" {feed.said}" if feed.said else ""
    todo = "Bookings and cancellations may be missing: read it again, or paste its present address from the channel."
    return need_about(
        feed, f"{what}{said} {todo}", look=("Not read", "error", "error"), episodes=[good_at.isoformat()]
    )


def describe_lost(lost: Sequence[dict[str, str | None]]) -> str:
    first = lost[0]
    name = first.get("summary") or first.get("uid") or "an event without a title"
    if len(lost) == 1:
        return f"“{name}” in it made no stay: {first.get('reason')} Mend it in the calendar, or add the stay by hand."
    return (
        f"{len(lost)} events in it made no stay, such as “{name}”: {first.get('reason')} Open it to see them all; mend "
        "them in the calendar, or add their stays by hand."
    )


def say(moment: dt.datetime, feed: CalendarFeed) -> str:
    return f"{moment.astimezone(feed.unit.property.zone):%a %-d %b, %H:%M}"


def need_about(
    feed: CalendarFeed, cause: str, *, look: tuple[str, str, str], episodes: Sequence[str]
) -> Need:
    """`episodes`: others when the same trouble comes back after it was gone."""
    label, symbol, tone = look
    return Need(
        title=str(feed),
        cause=cause,
        label=label,
        symbol=symbol,
        tone=tone,
        url=reverse("feed-detail", args=[feed.public_id]),
        subject=label,
        place=f"{feed.unit.property.name} · {feed.unit.name}",
        rank=1,
        causes=frozenset(f"{label}:{episode}" for episode in episodes),
    )
