"""How full a battery is in a word, and how long it will last."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locks.batteries import (
    LONGEST_DAYS,
    BatteryStatus,
    NoForecast,
    Reading,
    forecast,
    life_left,
    since_last_change,
    status_of,
)
from locks.enums import Chemistry

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def readings(levels: list[float], *, every: dt.timedelta = DAY) -> list[Reading]:
    """The last one is of now."""
    return [Reading(NOW - (len(levels) - 1 - at) * every, level) for at, level in enumerate(levels)]


def level_at(life: float, chemistry: str) -> float:
    """The level that a lock would report with so much life left."""
    return min(
        (step / 1000 for step in range(1001)), key=lambda level: abs(life_left(level, chemistry) - life)
    )


@pytest.mark.parametrize(
    ("level", "status"),
    [(0.0, "critical"), (0.09, "critical"), (0.1, "low"), (0.19, "low"), (0.2, "good"), (0.75, "full")],
)
def test_status_has_borders(level: float, status: str) -> None:
    assert status_of(level) == status


def test_lithium_is_low_while_it_still_looks_well() -> None:
    assert status_of(0.35, Chemistry.LITHIUM) is BatteryStatus.LOW
    assert status_of(0.35, Chemistry.ALKALINE) is BatteryStatus.GOOD


def test_status_does_not_flap_around_a_border() -> None:
    assert status_of(0.21, before=BatteryStatus.LOW) is BatteryStatus.LOW
    assert status_of(0.24, before=BatteryStatus.LOW) is BatteryStatus.GOOD
    assert status_of(0.19, before=BatteryStatus.GOOD) is BatteryStatus.LOW


@pytest.mark.parametrize("chemistry", ["", *Chemistry])
def test_forecast_finds_the_day_by_each_chemistry(chemistry: str) -> None:
    """Half of 200 days have passed: as many are left, whatever shape the level fell in."""
    lives = [1 - day / 200 for day in range(101)]
    found = forecast(readings([level_at(life, chemistry) for life in lives]), chemistry, now=NOW)

    assert found.days_left == pytest.approx(100, rel=0.1)
    assert found.days_left is not None
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest <= found.days_left <= found.latest


def test_lithium_at_eighty_percent_is_nearer_its_end_than_alkaline() -> None:
    levels = [0.9, 0.88, 0.86, 0.84, 0.82, 0.8]
    lithium = forecast(readings(levels), Chemistry.LITHIUM, now=NOW)
    alkaline = forecast(readings(levels), Chemistry.ALKALINE, now=NOW)

    assert lithium.days_left is not None
    assert alkaline.days_left is not None
    assert lithium.days_left < 7
    assert alkaline.days_left > 30


def test_nonsense_among_the_readings_hardly_moves_the_forecast() -> None:
    rng = random.Random(1)
    levels = [0.9 - day * 0.01 + rng.uniform(-0.01, 0.01) for day in range(40)]
    clean = forecast(readings(levels), now=NOW).days_left
    levels[10], levels[20], levels[30] = 0.0, 0.62, 0.3
    noisy = forecast(readings(levels), now=NOW).days_left

    assert clean is not None
    assert noisy == pytest.approx(clean, rel=0.2)


def test_only_readings_of_the_battery_that_is_in_count() -> None:
    old = [0.5 - day * 0.05 for day in range(8)]
    new = [1.0 - day * 0.005 for day in range(20)]
    found = forecast(readings([*old, *new]), now=NOW)

    assert found.since == NOW - 19 * DAY
    assert found.days_left is not None
    assert found.days_left > 100


@pytest.mark.parametrize(
    ("levels", "every", "reason"),
    [
        ([], DAY, NoForecast.TOO_FEW),
        ([0.9, 0.8, 0.7], 10 * DAY, NoForecast.TOO_FEW),
        ([0.9, 0.89, 0.88, 0.87], DAY / 4, NoForecast.TOO_SHORT),
        ([0.9, 0.9, 0.9, 0.9, 0.9], 3 * DAY, NoForecast.NOT_FALLING),
        ([0.5, 0.2, 0.1, 0.05, 1.0, 0.99], 3 * DAY, NoForecast.TOO_FEW),
    ],
)
def test_too_little_to_go_by_gives_a_reason_and_no_number(
    levels: list[float], every: dt.timedelta, reason: NoForecast
) -> None:
    found = forecast(readings(levels, every=every), now=NOW)

    assert (found.days_left, found.reason) == (None, reason)


def test_mains_power_needs_no_forecast() -> None:
    falling = readings([0.9 - day * 0.01 for day in range(30)])

    assert forecast(falling, now=NOW, has_direct_power=True).reason is NoForecast.MAINS


def test_level_that_has_held_for_long_lasts_longer() -> None:
    levels = [Reading(NOW - (100 - day) * DAY, 0.9 - day * 0.01) for day in range(10)]
    then = forecast(levels, now=NOW - 91 * DAY).days_left
    later = forecast(levels, now=NOW - 80 * DAY).days_left
    much_later = forecast(levels, now=NOW)

    assert then is not None
    assert later is not None
    assert later > then
    assert much_later.reason is NoForecast.NOT_FALLING


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10_000)), max_size=80),
    st.sampled_from(["", *map(str, Chemistry)]),
)
def test_any_history_gives_a_possible_answer(points: list[tuple[float, int]], chemistry: str) -> None:
    history = [Reading(NOW - dt.timedelta(hours=ago), level) for level, ago in points]
    history.sort(key=lambda reading: reading.at)

    found = forecast(history, chemistry, now=NOW)

    assert (found.days_left is None) == (found.reason is not None)
    assert found.days_left is None or 0 <= found.days_left <= LONGEST_DAYS
    assert len(since_last_change(history)) <= len(history)
