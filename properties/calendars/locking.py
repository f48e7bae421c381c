"""Lock a feed and what a read of it or a decision may change, in the order that properties.booking states."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from properties.compiled import compiled
from properties.models import CalendarFeed, Property, Stay


def lock_feed(feed_id: int) -> CalendarFeed | None:
    """With every property whose stays may change, before any stay: a person may have moved some to another one."""
    feed = _locked_feed.first(feed_id)
    if feed is None:
        return None
    locked = _locked_places(feed.pk, feed.unit.property_id)
    feed.unit.property = {place.pk: place for place in locked}[feed.unit.property_id]
    return feed


@compiled
def _locked_feed(feed_id: int) -> QuerySet[CalendarFeed]:
    feeds = CalendarFeed.objects.select_for_update(of=("self",)).select_related("unit__property__workspace")
    return feeds.filter(pk=feed_id)


@compiled
def _locked_places(feed_id: int, property_id: int) -> QuerySet[Property]:
    moved = Stay.objects.filter(feed_events__feed=feed_id).values("unit__property")
    wanted = Property.objects.filter(Q(pk=property_id) | Q(pk__in=moved)).select_related("workspace")
    return wanted.select_for_update(of=("self",), no_key=True).order_by("pk")
