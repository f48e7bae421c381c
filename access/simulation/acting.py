"""What people and channels do in the simulated world, done to the application through its own doors.

Bookings come as iCalendar text through the real parse, merge and apply path, or as the REST face saves them; managers
(`managing`), holders (`holders`) and hands at the locks (`hands`) have modules of their own. Beside each act stands
what it makes true (`lives`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import heapq
from collections.abc import Callable, Sequence
from functools import partial

from django.db.models import QuerySet

from access.simulation import hands
from access.simulation.calendars import break_calendar, write_calendar
from access.simulation.holders import Holders
from access.simulation.lanes import Lanes
from access.simulation.lives import Life, Lives
from access.simulation.managing import Manager
from access.simulation.scenario import Booking, Happening, Scenario
from access.simulation.stage import House
from access.simulation.wiring import Shed
from properties.booking import GuestDetails, StayDetails, cancel_stay, save_stay
from properties.calendars.fetching import Fetched, FetchFailed, FetchResult
from properties.calendars.rows import source_of
from properties.calendars.syncing import absorb
from properties.compiled import compiled
from properties.enums import CancelReason
from properties.models import CalendarFeed, FeedEvent, Stay

MINUTE = dt.timedelta(minutes=1)
REST_SOURCE = "desk"
# No reading shows these faults before there is a command.
OF_COMMANDS = frozenset({"applied_but_timeout", "lost_command", "lost_write", "rejecting", "slow", "full"})
DAY = dt.timedelta(days=1)
POLL_EVERY = 12 * MINUTE
QUICK_POLLS_SICK = 2
QUICK_POLLS = 5  # then hourly, while something is still missing


class Actor:
    """`lives` knows each booking; `queue` holds what is still to happen, by moment."""

    def __init__(
        self, scenario: Scenario, houses: dict[int, House], shed: Shed, lanes: Lanes, lives: Lives
    ) -> None:
        self.houses, self.shed, self.lanes, self.lives = houses, shed, lanes, lives
        self.clock = lanes.clock
        self.queue: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._number = 0
        self._is_calm = False
        self._calendars: dict[tuple[int, int], dict[str, Booking]] = {}
        self._sick: dict[tuple[int, int], str] = {}
        self._well_since: dict[tuple[int, int], dt.datetime] = {}
        self._polls: dict[tuple[int, int], int] = {}
        self._waiting: set[tuple[int, int]] = set()
        self.wrong_cancellations: list[str] = []
        self.holders = Holders(houses, shed, self.clock, self.at, lives.unexplained.append)
        manager = Manager(houses, lives, self.clock, self.at, self._tell)
        self._others = {**self.holders.acts, **manager.acts}
        for happening in scenario.happenings:
            self.at(happening.at, partial(self._do, happening))

    def at(self, moment: dt.datetime, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self.queue, (moment, self._number, act))

    def next_at(self) -> dt.datetime | None:
        return self.queue[0][0] if self.queue else None

    def act(self) -> None:
        """Do everything that is due; then let the engine see what was declared."""
        acted = False
        while self.queue and self.queue[0][0] <= self.clock():
            _, _, act = heapq.heappop(self.queue)
            act()
            acted = True
        if acted:
            self.lanes.refresh()

    def happen(self, what: str, house: int, data: dict[str, object]) -> None:
        """Let something happen as soon as time goes on."""
        self.at(self.clock(), partial(self._do, Happening(self.clock(), 0, what, house, data)))

    def _do(self, happening: Happening) -> None:
        act = self._others.get(happening.what) or getattr(self, f"_{happening.what}")
        act(happening.house, **happening.data)

    # bookings

    def _book(self, house: int, booking: Booking) -> None:
        if booking.channel:
            self._show(booking)
        else:
            self._save(booking)

    _move = _book

    def _cancel(self, house: int, booking: Booking) -> None:
        known = self.lives.get(booking.key)
        cancelled = dataclasses.replace(known.told if known else booking, cancelled=True)
        if booking.channel:
            self._show(cancelled)
            return
        stay = Stay.objects.get(source=REST_SOURCE, external_id=booking.key)
        stay = cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="API key", now=self.clock())
        self._learn(self._life(cancelled), stay)

    def _save(self, booking: Booking) -> None:
        house = self.houses[booking.house]
        unit = house.units[booking.flat]
        details = StayDetails(
            unit=unit,
            arrival_date=booking.arrival,
            departure_date=booking.departure,
            guest=GuestDetails(name=booking.guest),
        )
        saved = save_stay(
            house.place.workspace,
            source=REST_SOURCE,
            external_id=booking.key,
            details=details,
            actor="API key",
            now=self.clock(),
        )
        self._learn(self._life(booking), saved.stay)

    def _show(self, booking: Booking) -> None:
        """Put it into the channel's calendar, which is read at the next poll."""
        flat = (booking.house, booking.flat)
        self._calendars.setdefault(flat, {})[booking.key] = booking
        self._life(booking)
        self._polls[flat] = 0
        self._poll_at_next(flat)

    def _life(self, booking: Booking) -> Life:
        house = self.houses[booking.house]
        return self.lives.follow(booking, house.plan, house.doors_of(booking.flat), now=self.clock())

    def _poll_at_next(self, flat: tuple[int, int], *, wait: dt.timedelta = POLL_EVERY) -> None:
        if flat in self._waiting:
            return
        self._waiting.add(flat)
        offset = int(hashlib.sha256(repr(flat).encode()).hexdigest()[:4], 16) % 10 + 1
        self.at(self.clock() + max(wait - (11 - offset) * MINUTE, MINUTE), lambda: self._poll(flat))

    def _poll(self, flat: tuple[int, int]) -> None:
        self._waiting.discard(flat)
        now = self.clock()
        feed = self.houses[flat[0]].feeds[flat[1]]
        absorb(feed, self._answer(flat), started=now, now=now)
        self._learn_from(flat, feed)
        if flat in self._sick or self._is_missing(flat, feed):
            polls = self._polls[flat] = self._polls.get(flat, 0) + 1
            quick = polls < (QUICK_POLLS_SICK if flat in self._sick else QUICK_POLLS)
            self._poll_at_next(flat, wait=POLL_EVERY if quick else 60 * MINUTE)

    def _is_missing(self, flat: tuple[int, int], feed: CalendarFeed) -> bool:
        """A channel that drops what is cancelled, or was sick lately, leaves something out that is to be missed."""
        dropped = any(one.cancelled for one in self._calendars.get(flat, {}).values())
        lately = self._well_since.get(flat, self.clock()) + DAY > self.clock()
        return (dropped or (flat in self._well_since and lately)) and (_missed.first(feed.pk) is not None)

    def _answer(self, flat: tuple[int, int]) -> FetchResult:
        kind = self._sick.get(flat, "")
        if kind == "failed":
            return FetchFailed("The server answered with 503.", 503)
        bookings = self._calendars.get(flat, {})
        channel = next((one.channel for one in bookings.values()), "pms")
        body = write_calendar(channel, bookings.values(), now=self.clock())
        return Fetched(break_calendar(body, kind) if kind else body)

    def _learn_from(self, flat: tuple[int, int], feed: CalendarFeed) -> None:
        waiting = [
            life
            for life in self.lives.of_flat(flat)
            # A stay that was over may have been made longer since.
            if life.told.channel and not (life.is_over(self.clock()) and life.known in (None, life.told))
        ]
        uids = {uid_of(life.told): life for life in waiting}
        for stay in _stays_of(source_of(feed), list(uids)):
            life = uids[stay.external_id]
            if stay.status == "cancelled" and not life.told.cancelled:
                self.wrong_cancellations.append(
                    f"{life.key}: its booking stands in the calendar (now {self._sick.get(flat) or 'whole'}), "
                    f"and its stay was cancelled at {self.clock():%d %b %H:%M}."
                )
            self._learn(life, stay)

    def _learn(self, life: Life, stay: Stay) -> None:
        """The application knows what the calendar says: from here on it has to be true at the doors."""
        if life.learn(stay, now=self.clock()):
            self.lives.agree(life, now=self.clock())
            tell_at = self.lives.tell_at(life, now=self.clock())
            if tell_at is not None:
                self.at(tell_at, lambda: self._tell(life))

    def _tell(self, life: Life) -> None:
        again = self.lives.tell(life, now=self.clock())
        if again is not None:
            self.at(again, lambda: self._tell(life))

    # faults of calendars

    def _feed_fault(self, house: int, flat: int, kind: str) -> None:
        self._sick[house, flat] = kind
        self._poll_at_next((house, flat))

    def _feed_well(self, house: int, flat: int) -> None:
        self._sick.pop((house, flat), None)
        self._well_since[house, flat] = self.clock()
        self._polls[house, flat] = 0
        self._poll_at_next((house, flat))

    # at the locks

    def _foreign_code(self, house: int, door: str, stays: int, draw: float) -> None:
        slot = hands.type_foreign_code(self.shed, door, draw=draw)
        self.lanes.disturb(door)
        if slot is not None:
            self.at(self.clock() + stays * DAY, lambda: self._foreign_away(door, slot))

    def _foreign_away(self, door: str, slot: int) -> None:
        hands.clear_foreign_code(self.shed, door, slot)
        self.lanes.disturb(door)

    def _edit_code(self, house: int, door: str, act: str, draw: float) -> None:
        hands.edit_code(self.shed, door, act, draw=draw)
        self.lanes.disturb(door)

    def _mood(self, house: int, door: str, mood: str, settings: dict[str, object]) -> None:
        if not self._is_calm:
            self.shed.begin_fault(door, mood, settings)
            if mood not in OF_COMMANDS:
                self.lanes.disturb(door)

    def _mood_over(self, house: int, door: str, mood: str) -> None:
        self.shed.end_fault(door, mood)
        self.lanes.disturb(door)

    def _logout(self, house: int, brand: str) -> None:
        for door in self.houses[house].plan.doors:
            if door.brand == brand:
                self.lanes.disturb_account(door.key)
                self._mood(house, door.key, "disconnected", {})

    def _login(self, house: int, brand: str) -> None:
        for door in self.houses[house].plan.doors:
            if door.brand == brand:
                self.lanes.disturb_account(door.key)
                self._mood_over(house, door.key, "disconnected")

    def _kill(self, house: int) -> None:
        self.lanes.kill()

    def calm(self) -> None:
        """All faults end, and none begins again."""
        self._is_calm = True
        for lock in self.shed.all.values():
            for mood in sorted(self.shed.moods_of(lock.key)):
                self._mood_over(0, lock.key, mood)


@compiled
def _missed(feed_id: int) -> QuerySet[FeedEvent, int]:
    events = FeedEvent.objects.filter(feed=feed_id, missed__gt=0, retired_at=None)
    return events.values_list("pk", flat=True)[:1]


@compiled
def _stays_of(source: str, uids: Sequence[str]) -> QuerySet[Stay]:
    return Stay.objects.filter(source=source, external_id__in=uids).order_by("pk")


def uid_of(booking: Booking) -> str:
    if booking.channel == "airbnb":
        return f"1418fb94e984-{hashlib.sha256(booking.key.encode()).hexdigest()[:32]}@airbnb.com"
    return f"{booking.key}@pms.example"
