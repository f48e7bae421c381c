"""Add, change, pause and resume calendar feeds; called by pages and the sample portfolio. A feed keeps its unit.

Each change that makes a fetch worth while enqueues one on commit; should that be lost, the feed is due a few minutes
later all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from properties.booking.locking import locked_units
from properties.calendars.addresses import RefusedAddressError, read_url
from properties.calendars.queueing import enqueue_fetch
from properties.calendars.scheduling import CLAIM
from properties.enums import AmbiguousPolicy, Channel
from properties.models import CalendarFeed, Unit
from properties.noting import in_words, note_change

CHANGEABLE: Final = frozenset({"name", "url", "channel", "ambiguous_policy"})
MAX_NAME: Final = 100


class FeedError(ValueError):
    """The feed cannot be like this: `errors` maps a field to a sentence. Never holds the address."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@transaction.atomic
def add_feed(
    unit: Unit,
    *,
    url: str,
    name: str = "",
    channel: str = "",
    ambiguous_policy: str = AmbiguousPolicy.ASK,
    actor: str,
    now: dt.datetime,
) -> CalendarFeed:
    """Raise FeedError."""
    unit = locked_units().get(pk=unit.pk)
    if unit.archived_at is not None:
        raise FeedError({"unit": _archived(unit, "a calendar is added to it")})
    feed = CalendarFeed(unit=unit)
    _assign(feed, {"url": url, "name": name, "channel": channel, "ambiguous_policy": ambiguous_policy})
    feed.next_fetch_at = now + CLAIM
    feed.save()
    _note(feed, "Calendar added", feed.masked_url, actor=actor, now=now)
    enqueue_fetch(feed.pk)
    return feed


@transaction.atomic
def change_feed(feed: CalendarFeed, *, actor: str, now: dt.datetime, **fields: Any) -> CalendarFeed:
    """Change these fields and keep the others; raise FeedError."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"These are not fields of a feed: {', '.join(sorted(unknown))}")
    feed = _lock(feed)
    before = {name: getattr(feed, name) for name in fields}
    _assign(feed, fields)
    changed = [name for name, was in before.items() if getattr(feed, name) != was]
    if changed:
        _note(feed, "Calendar changed", _told(changed, before, feed), actor=actor, now=now)
    return _save_and_fetch(feed, now=now)


@transaction.atomic
def pause_feed(feed: CalendarFeed, *, actor: str, now: dt.datetime) -> CalendarFeed:
    feed = _lock(feed)
    feed.is_active = False
    feed.next_fetch_at = None
    feed.save()
    _note(feed, "Calendar paused", actor=actor, now=now)
    return feed


@transaction.atomic
def resume_feed(feed: CalendarFeed, *, actor: str, now: dt.datetime) -> CalendarFeed:
    """Raise FeedError where its unit is archived."""
    feed = _lock(feed)
    # Whoever archives holds the calendars first, so that the unit is looked at only now.
    feed.unit.refresh_from_db(fields=["archived_at"])
    if feed.unit.archived_at is not None:
        raise FeedError({"is_active": _archived(feed.unit, "its calendar is read again")})
    feed.is_active = True
    _note(feed, "Calendar resumed", actor=actor, now=now)
    return _save_and_fetch(feed, now=now)


@transaction.atomic
def fetch_now(feed: CalendarFeed, *, now: dt.datetime) -> CalendarFeed:
    """A paused feed stays paused."""
    feed = _lock(feed)
    return _save_and_fetch(feed, now=now) if feed.is_active else feed


@transaction.atomic
def allow_mass_absence(feed: CalendarFeed, *, actor: str, now: dt.datetime) -> CalendarFeed:
    """A person says that the bookings which vanished are really gone; it counts until that is settled."""
    feed = _lock(feed)
    feed.mass_absence_allowed = True
    _note(feed, "Calendar: missing stays may be cancelled", actor=actor, now=now)
    return _save_and_fetch(feed, now=now)


def _archived(unit: Unit, then: str) -> str:
    return f"{unit} is archived: bring it back before {then}."


def _note(feed: CalendarFeed, what: str, told: str = "", *, actor: str, now: dt.datetime) -> None:
    place = feed.unit.property
    named = f"{feed.name} of {feed.unit}" if feed.name else str(feed)
    told = f"{named}: {told}" if told else named
    note_change(place.workspace, what, told, actor=actor, now=now, place=place)


def _told(changed: Iterable[str], before: Mapping[str, Any], feed: CalendarFeed) -> str:
    """An address is a secret, before and after."""
    return "; ".join(
        "another address"
        if name == "url"
        else in_words({name: [str(before[name]), str(getattr(feed, name))]})
        for name in changed
    )


def _lock(feed: CalendarFeed) -> CalendarFeed:
    rows = CalendarFeed.objects.select_for_update(of=("self",)).select_related("unit__property__workspace")
    return rows.get(pk=feed.pk)


def _save_and_fetch(feed: CalendarFeed, *, now: dt.datetime) -> CalendarFeed:
    # Everything is judged again, so the whole calendar is wanted.
    feed.etag = feed.last_modified = ""
    feed.next_fetch_at = now + CLAIM if feed.is_active else None
    feed.save()
    if feed.is_active:
        enqueue_fetch(feed.pk)
    return feed


def _assign(feed: CalendarFeed, fields: Mapping[str, Any]) -> None:
    errors: dict[str, str] = {}
    for name, value in fields.items():
        setattr(feed, name, value)
    if "url" in fields:
        try:
            feed.url = str(read_url(fields["url"], allow_private=settings.KEYTURN_FEEDS_ALLOW_PRIVATE))
        except RefusedAddressError as refused:
            errors["url"] = str(refused)
    feed.name = " ".join(feed.name.split())
    if len(feed.name) > MAX_NAME:
        errors["name"] = f"Use at most {MAX_NAME} characters."
    if feed.channel and feed.channel not in Channel.values:
        errors["channel"] = "Choose one of the channels, or leave it empty."
    if feed.ambiguous_policy not in AmbiguousPolicy.values:
        errors["ambiguous_policy"] = "Choose one of the policies."
    if errors:
        raise FeedError(errors)
