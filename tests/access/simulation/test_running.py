"""Small worlds lived through: the same seed gives the same figures, and a bug that is put in is found."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

import pytest
from django.core.management import call_command

from access.simulation import holders, wiring
from access.simulation.employing import Employment
from access.simulation.figures import HELD, add_up, figures_of, table_of
from access.simulation.lives import Lives
from access.simulation.measuring import PROMISES, Counts
from access.simulation.running import Order, run_part
from access.simulation.scenario import DAY, START, Booking, DoorPlan, Happening, HousePlan, Scenario
from access.simulation.world import World
from locks.drivers.base import Applied
from locks.drivers.virtual import serving
from locks.drivers.virtual.state import LockState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
SMALL = Order(doors=4, days=5, faults="standard", seed="5", parts=1)
CALM = Order(doors=4, days=5, faults="none", seed="5", parts=1)
KEYS = {
    "stays", "codes", "lockout_minutes_per_1000_stays", "announced_lockout_minutes_per_1000_stays",
    "stale_minutes_per_1000_stays", "foreign_codes_touched", "unexplained_pin_changes", "writes_per_needed_write",
    "reads_per_lock_day", "alerts_in_time", "alerts_false", "promises",
}  # fmt: skip


def figures(counts: Counts, order: Order) -> dict[str, Any]:
    return figures_of(add_up([counts]), asdict(order))


def test_same_seed_gives_the_same_figures() -> None:
    first = run_part(SMALL, 0)
    call_command("flush", interactive=False, verbosity=0)
    again = run_part(SMALL, 0)
    assert asdict(first) == asdict(again)
    assert first.stays > 5


def test_calm_world_keeps_every_promise_with_no_command_too_many() -> None:
    counts = run_part(CALM, 0)
    shown = figures(counts, CALM)
    assert shown.keys() >= KEYS
    assert shown["promises"] == dict.fromkeys(PROMISES, HELD)
    assert shown["writes_per_needed_write"] == 1.0
    assert shown["lockout_minutes_per_1000_stays"] == 0
    assert "Held: P1" in table_of(shown)


def test_keypad_that_refuses_what_the_lock_shows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_state: LockState, _pin: str, _at: dt.datetime) -> bool:
        return False

    monkeypatch.setattr(wiring, "would_open", refuse)
    counts = run_part(CALM, 0)
    assert counts.lockout_minutes > 60
    assert "was refused" in counts.broken["P2"]


def holding_world(*happenings: tuple[float, str]) -> Scenario:
    """A cleaner on Tuesdays and Wednesdays from ten to twelve, at two doors."""
    doors = (DoorPlan("d0", "yale", (0,)), DoorPlan("e", "lockly", ()))
    house = HousePlan(0, "UTC", dt.time(15), dt.time(11), 0, 0, 1, doors)
    days = {"days": (1, 2), "begins": dt.time(10), "ends": dt.time(12)}
    first = START.date()
    cleaner = Employment("w", "cleaner", "Greta", ("d0", "e"), first, **days)  # type: ignore[arg-type]
    told = tuple(
        Happening(START + hours * HOUR, 0, what, 0, {"employment": cleaner, "day": None})
        for hours, what in happenings
    )
    return Scenario((house,), told)


def test_holder_opens_in_each_window_and_only_there() -> None:
    with World.of(holding_world((1, "employ"), (35, "repin"), (59, "dismiss")), seed="1") as world:
        world.live_until(START + 4 * DAY)
        counts = world.measure()
        assert [spell for lock in world.shed.all.values() for spell in lock.watch.spells] == []
    assert counts.broken == {}
    assert (counts.holders, counts.writes) == (1, counts.needed_writes)


def test_holders_code_that_is_never_taken_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "remove_code", lambda _state, ref, _now: Applied(ref))
    with World.of(holding_world((1, "employ")), seed="1") as world:
        world.live_until(START + 4 * DAY)
        stale = [spell for spell in world.shed["e"].watch.spells if spell.stale]
    assert stale
    assert stale[0].begins == START + DAY + 12 * HOUR + 2 * MINUTE


def test_holder_who_gets_no_later_windows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "sweep_staff", lambda **_: 0)
    with World.of(holding_world((1, "employ")), seed="1") as world:
        world.live_until(START + 16 * DAY)
        counts = world.measure()
    assert counts.lockout_minutes >= 4 * 60


def test_driver_that_confirms_removals_and_does_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "remove_code", lambda _state, ref, _now: Applied(ref))
    counts = run_part(CALM, 0)
    assert "should be there" in counts.broken["P6"]
    assert counts.alerts > 0


def test_pin_that_changes_without_a_word_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lives, "reissued", lambda *_args, **_kwargs: None)
    house = HousePlan(0, "UTC", dt.time(15), dt.time(11), 0, 0, 1, (DoorPlan("d0", "yale", (0,)),))
    arrival = START.date() + DAY
    booking = Booking("b", 0, 0, "", "Lea Frei", arrival, arrival + 2 * DAY)
    happenings = tuple(
        Happening(START + hours * HOUR, 0, what, 0, {"booking": booking})
        for hours, what in ((1, "book"), (20, "reissue"))
    )
    with World.of(Scenario((house,), happenings), seed="1") as world:
        world.live_until(START + 2 * DAY)
        counts = world.measure()
    assert counts.unexplained_pin_changes == 1
    assert "told before" in counts.broken["P5"]


def test_stay_that_is_made_longer_after_its_end_opens_its_door_again_and_that_is_right() -> None:
    house = HousePlan(0, "UTC", dt.time(15), dt.time(11), 0, 0, 1, (DoorPlan("d0", "yale", (0,)),))
    arrival = START.date() + DAY
    booking = Booking("b", 0, 0, "pms", "Lea Frei", arrival, arrival + DAY)
    longer = replace(booking, departure=arrival + 2 * DAY)
    happenings = tuple(
        Happening(START + hours * HOUR, 0, "book", 0, {"booking": one})
        for hours, one in ((1, booking), (2 * 24 + 13, longer))
    )
    with World.of(Scenario((house,), happenings), seed="1") as world:
        world.live_until(START + 5 * DAY)
        counts = world.measure()
    assert counts.broken == {}
    assert counts.stale_minutes == counts.lockout_minutes == 0
    assert counts.needed_writes == counts.writes
