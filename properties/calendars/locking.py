"""Lock a feed and what a read of it or a decision may change, in the order that properties.booking states."""

from __future__ import annotations

from django.db.models import Q

from properties.models import CalendarFeed, Property, Stay


def lock_feed(feed_id: int) -> CalendarFeed | None:
    """With every property whose stays may change, before any stay: a person may have moved some to another one."""
    feeds = CalendarFeed.objects.select_for_update(of=("self",)).select_related("unit__property__workspace")
    feed = feeds.filter(pk=feed_id).first()
    if feed is None:
        return None
    moved = Stay.objects.filter(feed_events__feed=feed).values("unit__property")
    wanted = Property.objects.filter(Q(pk=feed.unit.property_id) | Q(pk__in=moved)).select_related(
        "workspace"
    )
    locked = wanted.select_for_update(of=("self",), no_key=True).order_by("pk")
    feed.unit.property = {place.pk: place for place in locked}[feed.unit.property_id]
    return feed
