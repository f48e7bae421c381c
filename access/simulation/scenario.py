"""What will happen in the simulated world: houses, bookings, people's mistakes and faults, from a seed. Pure.

Each house has dice of its own, so that what happens in it does not depend on how many houses there are or on which
worker has it. Moments are whole minutes after the start; nothing here knows what the application will make of it.
`casting` says how often things happen, `calendars` puts bookings into a channel's words.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from access.simulation import casting
from access.simulation.casting import (
    BRAND_WEIGHTS,
    GUESTS,
    NIGHT_WEIGHTS,
    ZONES,
    Rates,
    rates_of,
)
from access.simulation.employing import write_holders
from locks.brands import BRANDS

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
START = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)  # both clock changes of the north lie within 40 days of it
QUARTER = 15


@dataclass(frozen=True, slots=True)
class DoorPlan:
    """`flats` empty: an entrance for all flats of the house."""

    key: str
    brand: str
    flats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HousePlan:
    number: int
    zone: str
    check_in: dt.time
    check_out: dt.time
    buffer_before: int
    buffer_after: int
    flats: int
    doors: tuple[DoorPlan, ...]

    @property
    def key(self) -> str:
        return f"h{self.number}"


@dataclass(frozen=True, slots=True)
class Booking:
    """As it stands at some moment. `channel` "" = comes by REST."""

    key: str
    house: int
    flat: int
    channel: str
    guest: str
    arrival: dt.date
    departure: dt.date
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """`what` names the act (see access.simulation.acting); `data` are its arguments."""

    at: dt.datetime
    order: int
    what: str
    house: int
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    houses: tuple[HousePlan, ...]
    happenings: tuple[Happening, ...]


def write_scenario(
    *, doors: int, days: int, faults: str, seed: str, part: int = 0, parts: int = 1
) -> Scenario:
    """`part` of `parts`: every so-manieth house, for one worker."""
    houses = [house for house in plan_houses(doors=doors, seed=seed) if house.number % parts == part]
    happenings: list[Happening] = []
    for house in houses:
        dice = random.Random(f"{seed}/{house.number}/events")  # noqa: S311
        happenings += _HouseWriter(house, days, rates_of(faults), dice).write()
    happenings.sort(key=lambda one: (one.at, one.house, one.order))
    return Scenario(tuple(houses), tuple(happenings))


def plan_houses(*, doors: int, seed: str) -> list[HousePlan]:
    houses: list[HousePlan] = []
    left = doors
    while left > 0:
        number = len(houses)
        house = _plan_house(number, left, random.Random(f"{seed}/{number}"))  # noqa: S311
        houses.append(house)
        left -= len(house.doors)
    return houses


def _plan_house(number: int, left: int, dice: random.Random) -> HousePlan:
    shared = left > casting.FEWEST_BESIDE_ENTRANCE
    flats = min(dice.choices(casting.FLATS, weights=casting.FLAT_WEIGHTS)[0], left - shared)
    brands = list(BRAND_WEIGHTS)
    chosen = dice.choices(brands, weights=[BRAND_WEIGHTS[brand] for brand in brands], k=flats + 1)
    online = [brand for brand in brands if BRANDS[brand].capabilities.online_codes]
    if chosen[flats] not in online:
        chosen[flats] = dice.choice(online)
    doors = [DoorPlan(f"h{number}-d{flat}", chosen[flat], (flat,)) for flat in range(flats)]
    if shared:
        doors.append(DoorPlan(f"h{number}-e", chosen[flats], ()))
    return HousePlan(
        number=number,
        zone=dice.choice(ZONES),
        check_in=dt.time(dice.choice((14, 15, 15, 16))),
        check_out=dt.time(dice.choice((10, 11, 11))),
        buffer_before=dice.choice((0, 0, 0, 30)),
        buffer_after=dice.choice((0, 0, 0, 15)),
        flats=flats,
        doors=tuple(doors),
    )


class _HouseWriter:
    """Writes down what happens in one house; dice are thrown in one order, whatever the rates."""

    def __init__(self, house: HousePlan, days: int, rates: Rates, dice: random.Random) -> None:
        self.house, self.days, self.rates, self.dice = house, days, rates, dice
        self.found: list[Happening] = []

    def write(self) -> list[Happening]:
        for flat in range(self.house.flats):
            channel = self.dice.choices(("airbnb", "pms", ""), weights=(4, 3, 3))[0]
            self._bookings_of(flat, channel)
            self._feed_faults(flat, channel)
        for door in self.house.doors:
            self._hands_at(door)
            self._faults_of(door)
        self._account_faults()
        self._misplaced_doors()
        for turn in write_holders(self.house, start=START, days=self.days, dice=self.dice):
            self.note(turn.at, turn.what, employment=turn.employment, day=turn.day)
        return self.found

    def note(self, at: dt.datetime, what: str, **data: object) -> None:
        if START <= at < START + self.days * DAY:
            self.found.append(Happening(at, len(self.found), what, self.house.number, data))

    def _moment(self, day: float, *, step: int = QUARTER) -> dt.datetime:
        return START + round(day * 24 * 60 / step) * step * MINUTE

    def _bookings_of(self, flat: int, channel: str) -> None:
        day, number = -self.dice.randint(0, 5), 0
        while day < self.days + 10:
            nights = self.dice.choices(range(1, 15), weights=NIGHT_WEIGHTS)[0]
            arrival = START.date() + day * DAY
            booking = Booking(
                key=f"{self.house.key}-f{flat}-{number}",
                house=self.house.number,
                flat=flat,
                channel=channel,
                guest=f"{self.dice.choice(GUESTS)} {number}",
                arrival=arrival,
                departure=arrival + nights * DAY,
            )
            gap = self.dice.choices(casting.GAP_DAYS, weights=casting.GAP_WEIGHTS)[0]
            self._life_of(booking, day, gap)
            day, number = day + nights + gap, number + 1

    def _life_of(self, booking: Booking, day: int, gap: int) -> None:
        dice = self.dice
        lead = dice.expovariate(1 / 18) + 0.2
        if dice.random() < casting.LAST_MINUTE:
            lead = dice.uniform(-0.8, -0.5)  # after check-in on the day of arrival
        made = max(day - lead, 0.0)
        at = self._moment(made)
        self.note(at, "book", booking=booking)
        ahead = day - made
        roll = dice.random()
        share, free = dice.random(), dice.random()
        if roll < casting.CANCELLED and ahead > 1:
            self.note(self._moment(made + share * (ahead - 0.5)), "cancel", booking=booking)
        elif roll < casting.MOVED and ahead > casting.DAYS_TO_MOVE and gap:
            shift = dice.choice((-1, 1)) if gap > 1 else 0
            moved = _moved(
                booking, arrive=min(shift, 0), leave=gap if free < casting.EVEN else -1 if shift < 0 else 1
            )
            self.note(self._moment(made + share * (ahead - 1.5)), "move", booking=moved)
        elif roll < casting.EXTENDED and gap:
            self.note(self._moment(day + 1 + share), "move", booking=_moved(booking, arrive=0, leave=1))
        elif roll < casting.OVERRIDDEN and ahead > 1:
            hours = dice.choice((-2, -1, 1))
            self.note(self._moment(made + share * (ahead - 0.4)), "override", booking=booking, hours=hours)
        elif roll < casting.REISSUED:
            late = made + share * (ahead + 1.5)
            self.note(self._moment(late), "reissue", booking=booking)
        elif roll < casting.RENAMED and ahead > 1:
            named = _renamed(booking, f"{dice.choice(GUESTS)} R")
            self.note(self._moment(made + share * (ahead - 0.5)), "move", booking=named)
        else:
            self._mistake_with(booking, roll, made, ahead)

    def _mistake_with(self, booking: Booking, roll: float, made: float, ahead: float) -> None:
        """What a manager does and puts right: at the desk only, since a channel's calendar would say it again."""
        dice = self.dice
        late = made + dice.random() * (ahead + 1)
        if roll < casting.REISSUED_TWICE:
            for minutes in (0, dice.choice((1, 5, 40))):
                self.note(self._moment(late) + minutes * MINUTE, "reissue", booking=booking)
        elif roll < casting.MISDATED and not booking.channel and ahead > casting.DAYS_TO_MOVE:
            wrong = _moved(booking, arrive=1, leave=1)
            at = self._moment(made + dice.random() * (ahead - 1))
            self.note(at, "move", booking=wrong)
            self.note(at + dice.choice((2, 15, 55)) * MINUTE, "move", booking=booking)
        elif roll < casting.REINSTATED and not booking.channel:
            at = self._moment(max(made + 1 / 96, late - 1))
            self.note(at, "cancel_by_hand", booking=booking)
            self.note(at + dice.choice((1, 10, 300)) * MINUTE, "reinstate", booking=booking)

    def _misplaced_doors(self) -> None:
        """A flat's own door is given to another flat, and back again."""
        flats = [door for door in self.house.doors if len(door.flats) == 1]
        for at in self._times(casting.DOOR_MISPLACED_DAYS) if len(flats) > 1 else []:
            door, other = self.dice.sample(flats, 2)
            back = at + self.dice.choice((3, 30, 240)) * MINUTE
            if back < START + (self.days - 1) * DAY:
                self.note(at, "misplace_door", door=door.key, flat=other.flats[0])
                self.note(back, "misplace_door", door=door.key, flat=door.flats[0])

    def _times(self, every_days: float) -> list[dt.datetime]:
        """Moments of a Poisson process, at whole minutes."""
        if not every_days:
            return []
        moments = []
        day = self.dice.expovariate(1 / every_days)
        while day < self.days:
            moments.append(self._moment(day, step=1))
            day += self.dice.expovariate(1 / every_days)
        return moments

    def _feed_faults(self, flat: int, channel: str) -> None:
        for at in self._times(self.rates.feed) if channel else []:
            kind = self.dice.choice(("empty", "cut", "garbage", "failed"))
            hours = self.dice.choice((1, 3, 8))
            self.note(at, "feed_fault", flat=flat, kind=kind)
            self.note(at + hours * 60 * MINUTE, "feed_well", flat=flat)

    def _hands_at(self, door: DoorPlan) -> None:
        for at in self._times(self.rates.foreign):
            self.note(
                at, "foreign_code", door=door.key, stays=self.dice.randint(2, 40), draw=self.dice.random()
            )
        for at in self._times(self.rates.edit):
            act = self.dice.choice(("pin", "name", "disable", "window", "delete", "delete"))
            self.note(at, "edit_code", door=door.key, act=act, draw=self.dice.random())

    def _faults_of(self, door: DoorPlan) -> None:
        for mood in self.rates.moods:
            for at in self._times(mood.every_days):
                minutes = round(self.dice.uniform(*mood.minutes)) if mood.minutes else 0
                settings = dict(mood.settings)
                if mood.seconds:
                    settings["seconds"] = round(self.dice.uniform(*mood.seconds))
                self.note(at, "mood", door=door.key, mood=mood.name, settings=settings)
                if minutes:
                    self.note(at + minutes * MINUTE, "mood_over", door=door.key, mood=mood.name)

    def _account_faults(self) -> None:
        for brand in sorted({door.brand for door in self.house.doors}):
            for at in self._times(self.rates.logout):
                self.note(at, "logout", brand=brand)
                self.note(at + self.dice.randint(30, 180) * MINUTE, "login", brand=brand)


def _moved(booking: Booking, *, arrive: int, leave: int) -> Booking:
    arrival = booking.arrival + arrive * DAY
    departure = max(booking.departure + leave * DAY, arrival + DAY)
    return Booking(
        booking.key, booking.house, booking.flat, booking.channel, booking.guest, arrival, departure
    )


def _renamed(booking: Booking, guest: str) -> Booking:
    return Booking(
        booking.key, booking.house, booking.flat, booking.channel, guest, booking.arrival, booking.departure
    )
