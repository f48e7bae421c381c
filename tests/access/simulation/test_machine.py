"""The simulated world as a state machine: bookings, holders, mistakes, edits at the lock, faults, kills, time passes.
Whatever Hypothesis finds to do, the promises hold by the keypad's word (P1 to P5, P7)."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from access.simulation.employing import Employment
from access.simulation.scenario import START, Booking, DoorPlan, HousePlan, Scenario
from access.simulation.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

DAY = dt.timedelta(days=1)
HOUSE = HousePlan(
    0,
    "Europe/Zurich",
    dt.time(15),
    dt.time(11),
    0,
    0,
    3,
    (
        DoorPlan("d0", "yale", (0,)),
        DoorPlan("d1", "smartthings", (1,)),
        DoorPlan("d2", "dormakaba_oracode", (2,)),
        DoorPlan("e", "lockly", ()),
    ),
)
HOURS = st.sampled_from([(dt.time(10), dt.time(12)), (dt.time(22), dt.time(6)), (dt.time(2, 30), dt.time(5))])
DAYS = st.sets(st.integers(0, 6), min_size=1, max_size=4).map(lambda days: tuple(sorted(days)))
DOORS = st.sampled_from(["d0", "d1", "e"])
PROMISED = {"P1", "P2", "P3", "P4", "P5", "P7"}
MOODS = st.sampled_from(
    [
        ("offline", {}),
        ("applied_but_timeout", {"calls": 1}),
        ("lost_command", {"calls": 1}),
        ("lost_write", {"calls": 1}),
        ("rejecting", {"calls": 2}),
    ]
)


class SimulatedHouse(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.callback(call_command, "flush", interactive=False, verbosity=0)
        self.world = self.stack.enter_context(World.of(Scenario((HOUSE,), ()), seed="machine"))
        self.bookings: dict[str, Booking] = {}
        self.booked = 0  # a key is nobody else's, even once its booking is cancelled
        self.free_from = [START.date()] * 3
        self.employed = 0
        self.moods: list[tuple[str, str]] = []

    @rule(
        flat=st.integers(0, 2),
        gap=st.integers(0, 3),
        nights=st.integers(1, 4),
        channel=st.sampled_from(["pms", ""]),
    )
    def book(self, flat: int, gap: int, nights: int, channel: str) -> None:
        arrival = max(self.free_from[flat], self.world.clock().date()) + gap * DAY
        key = f"b{self.booked}"
        self.booked += 1
        booking = Booking(key, 0, flat, channel, f"Guest {key}", arrival, arrival + nights * DAY)
        self.bookings[key] = booking
        self.free_from[flat] = booking.departure + 3 * DAY
        self.do("book", booking=booking)

    @rule(number=st.integers(0, 9), nights=st.integers(1, 2))
    def extend(self, number: int, nights: int) -> None:
        booking = self.pick(number)
        if booking is not None:
            later = Booking(
                booking.key,
                0,
                booking.flat,
                booking.channel,
                booking.guest,
                booking.arrival,
                booking.departure + DAY,
            )
            self.bookings[booking.key] = later
            self.do("move", booking=later)

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        booking = self.pick(number)
        if booking is not None:
            self.do("cancel", booking=booking)
            del self.bookings[booking.key]

    @rule(number=st.integers(0, 9))
    def reissue(self, number: int) -> None:
        booking = self.pick(number)
        if booking is not None:
            self.do("reissue", booking=booking)

    @rule(number=st.integers(0, 9), minutes=st.sampled_from([1, 300]))
    def cancel_and_reinstate(self, number: int, minutes: int) -> None:
        booking = self.pick(number)
        if booking is not None and not booking.channel:
            self.do("cancel_by_hand", booking=booking)
            self.world.live_until(self.world.clock() + minutes * dt.timedelta(minutes=1))
            self.do("reinstate", booking=booking)

    @rule(door=st.sampled_from([0, 1, 2]), other=st.sampled_from([0, 1, 2]), hours=st.sampled_from([0.1, 5]))
    def misplace_door(self, door: int, other: int, hours: float) -> None:
        self.do("misplace_door", door=f"d{door}", flat=other)
        self.world.live_until(self.world.clock() + dt.timedelta(hours=hours))
        self.do("misplace_door", door=f"d{door}", flat=door)

    @rule(days=DAYS, hours=HOURS, own=st.sampled_from(["d0", "d1"]))
    def employ(self, days: tuple[int, ...], hours: tuple[dt.time, dt.time], own: str) -> None:
        """Or change who is there, the next time."""
        holding = Employment(
            f"w{self.employed}",
            "cleaner",
            "Greta",
            (own, "e"),
            self.world.clock().date(),
            days=days,
            begins=hours[0],
            ends=hours[1],
        )
        known = holding.key in self.world.actor.holders.all
        self.do("reshape" if known else "employ", employment=holding, day=None)

    @rule(what=st.sampled_from(["repin", "dismiss"]))
    def change_holder(self, what: str) -> None:
        holder = self.world.actor.holders.all.get(f"w{self.employed}")
        if holder is not None and holder.holding is not None:
            self.do(what, employment=holder.holding, day=None)
            self.employed += what == "dismiss"

    @rule(door=DOORS, act=st.sampled_from(["pin", "window", "delete"]), draw=st.floats(0, 0.99))
    def edit(self, door: str, act: str, draw: float) -> None:
        self.do("edit_code", door=door, act=act, draw=draw)

    @rule(door=DOORS, draw=st.floats(0, 0.99))
    def type_foreign_code(self, door: str, draw: float) -> None:
        self.do("foreign_code", door=door, stays=30, draw=draw)

    @rule(door=DOORS, mood=MOODS)
    def break_lock(self, door: str, mood: tuple[str, dict[str, int]]) -> None:
        self.moods.append((door, mood[0]))
        self.do("mood", door=door, mood=mood[0], settings=mood[1])

    @rule()
    def mend_locks(self) -> None:
        while self.moods:
            door, mood = self.moods.pop()
            self.do("mood_over", door=door, mood=mood)

    @rule()
    def kill(self) -> None:
        self.do("kill")

    @rule(hours=st.sampled_from([0.2, 3, 20, 45]))
    def let_time_pass(self, hours: float) -> None:
        self.world.live_until(self.world.clock() + dt.timedelta(hours=hours))

    @invariant()
    def nobodys_code_is_touched_and_no_pin_changes(self) -> None:
        assert not self.world.lives.unexplained
        assert not [sentence for lock in self.world.shed.all.values() for sentence in lock.touched]

    def teardown(self) -> None:
        try:
            self.world.live_until(self.world.clock() + DAY)
            broken = self.world.measure().broken
            assert not PROMISED & broken.keys(), broken
        finally:
            self.stack.close()

    def pick(self, number: int) -> Booking | None:
        keys = sorted(self.bookings)
        return self.bookings[keys[number % len(keys)]] if keys else None

    def do(self, what: str, **data: object) -> None:
        self.world.actor.happen(what, 0, data)
        self.world.live_until(self.world.clock() + dt.timedelta(seconds=30))


def test_whatever_happens_in_a_house_its_promises_hold() -> None:
    run_state_machine_as_test(
        SimulatedHouse,
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
