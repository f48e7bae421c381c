"""A feed in the laboratory: each `read` is one fetch with this content at this moment, through the real pipeline."""

from __future__ import annotations

import datetime as dt

from properties.calendars.fetching import Fetched, FetchFailed
from properties.calendars.syncing import absorb
from properties.enums import Decision, StayStatus
from properties.models import CalendarFeed, FeedEvent, FeedFetch, Stay
from tests.factories import NOW, make_feed
from tests.properties.calendars.samples import calendar

MINUTES = dt.timedelta(minutes=1)
TODAY = NOW.date()


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


class FeedLab:
    def __init__(self, feed: CalendarFeed | None = None, prodid: str = "generic") -> None:
        self.feed = feed or make_feed()
        self.prodid = prodid
        self.now = NOW

    def read(self, *events: list[str], after: dt.timedelta = 15 * MINUTES, times: int = 1) -> FeedFetch:
        return self.read_bytes(calendar(self.prodid, *events), after=after, times=times)

    def read_bytes(self, body: bytes, after: dt.timedelta = 15 * MINUTES, times: int = 1) -> FeedFetch:
        fetch = None
        for _ in range(times):
            fetch = absorb(self.feed, Fetched(body), started=self.now, now=self.now)
            self.now += after
        assert fetch is not None
        self.feed.refresh_from_db()
        return fetch

    def fail(self, message: str = "The server answers with status 500.") -> FeedFetch:
        fetch = absorb(self.feed, FetchFailed(message, 500), started=self.now, now=self.now)
        self.now += 15 * MINUTES
        assert fetch is not None
        self.feed.refresh_from_db()
        return fetch

    @property
    def stays(self) -> list[Stay]:
        return list(Stay.objects.filter(unit=self.feed.unit).order_by("arrival_date", "pk"))

    @property
    def live(self) -> list[Stay]:
        return [stay for stay in self.stays if stay.status != StayStatus.CANCELLED]

    @property
    def inbox(self) -> list[FeedEvent]:
        return list(self.feed.feed_events.filter(decision=Decision.PENDING).order_by("pk"))


def marks() -> list[tuple[int, int]]:
    """What access would see: revisions of all stays."""
    return list(Stay.objects.order_by("pk").values_list("pk", "revision"))
