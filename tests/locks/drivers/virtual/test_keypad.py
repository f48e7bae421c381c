from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locks.brands import BRANDS
from locks.drivers.base import Applied, CodeToPut
from locks.drivers.virtual import memory
from locks.drivers.virtual.keypad import KeypadResult, keypad
from locks.drivers.virtual.models import VirtualLock, VirtualLogEntry
from locks.drivers.virtual.moods import Mood, set_mood
from tests.factories import make_virtual_lock

pytestmark = pytest.mark.django_db

START = dt.datetime(2027, 6, 1, 15, 0, tzinfo=dt.UTC)
END = dt.datetime(2027, 6, 4, 11, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
NATIVE = sorted(
    key
    for key, brand in BRANDS.items()
    if brand.capabilities.native_scheduling and not brand.capabilities.assigns_pin
)
PIN = "739184"


def programmed(brand: str, **fields: object) -> VirtualLock:
    lock = make_virtual_lock(brand, reports={"pin_lengths": [6]})
    code = CodeToPut(**{"pin": PIN, "name": "Ana", "starts_at": START, "ends_at": END, **fields})  # type: ignore[arg-type]
    assert isinstance(memory.put(lock, code, now=START - MINUTE), Applied)
    return lock


@pytest.mark.parametrize("brand", NATIVE)
def test_native_code_opens_from_its_start_until_before_its_end(brand: str) -> None:
    lock = programmed(brand)

    opened = [
        keypad(lock, PIN, at=at).opened for at in (START - MINUTE, START, END - MINUTE, END, END + MINUTE)
    ]

    assert opened == [False, True, True, False, False]


def test_lock_goes_by_its_own_clock() -> None:
    lock = programmed("yale")
    set_mood(lock, Mood.DRIFTING_CLOCK, seconds=300)

    assert keypad(lock, PIN, at=START - 5 * MINUTE).opened
    assert not keypad(lock, PIN, at=END - 5 * MINUTE).opened


@pytest.mark.parametrize("brand", ["lockly", "smartthings"])
def test_lock_without_schedules_opens_whatever_the_time(brand: str) -> None:
    lock = programmed(brand)

    assert keypad(lock, PIN, at=START - dt.timedelta(days=30)).opened


@pytest.mark.parametrize("brand", ["lockly", "smartthings"])
def test_disabled_code_does_not_open(brand: str) -> None:
    lock = programmed(brand, enabled=False)

    assert keypad(lock, PIN, at=START) == KeypadResult(opened=False)


def test_keypad_works_without_connection() -> None:
    lock = programmed("yale")
    set_mood(lock, Mood.OFFLINE)
    set_mood(lock, Mood.DISCONNECTED)

    assert keypad(lock, PIN, at=START) == KeypadResult(opened=True, slot=1)


@pytest.mark.parametrize("typed", ["", "7391", "7391840", "739185", "\uff17\uff13\uff19\uff11\uff18\uff14"])
def test_anything_but_the_pin_is_refused(typed: str) -> None:
    assert not keypad(programmed("yale"), typed, at=START).opened


def test_keypad_is_logged_without_the_pin_and_turns_the_bolt() -> None:
    lock = programmed("yale")

    keypad(lock, "000111", at=START)
    keypad(lock, PIN, at=START + MINUTE)

    entries = list(
        VirtualLogEntry.objects.filter(lock=lock).order_by("at").values_list("action", "slot", "detail")
    )
    lock.refresh_from_db()
    assert entries == [("keypad_refused", None, ""), ("keypad_opened", 1, "")]
    assert not lock.locked


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    windows=st.lists(
        st.tuples(st.sampled_from(["739184", "739185"]), st.integers(0, 12), st.integers(1, 12)),
        min_size=1,
        max_size=6,
    ),
    hour=st.integers(-1, 26),
)
def test_door_opens_exactly_when_an_accepted_window_holds(
    windows: list[tuple[str, int, int]], hour: int
) -> None:
    lock = make_virtual_lock("yale")
    accepted: list[tuple[str, dt.datetime, dt.datetime]] = []
    for pin, first, length in windows:
        bounds = (START + dt.timedelta(hours=first), START + dt.timedelta(hours=first + length))
        code = CodeToPut(pin=pin, name="x", starts_at=bounds[0], ends_at=bounds[1])
        free = not any(
            other == pin and bounds[0] < end and start < bounds[1] for other, start, end in accepted
        )
        outcome = memory.put(lock, code, now=START)
        assert isinstance(outcome, Applied) == free
        if free:
            accepted.append((pin, *bounds))
    at = START + dt.timedelta(hours=hour)

    opened = keypad(lock, "739184", at=at).opened

    assert opened == any(pin == "739184" and start <= at < end for pin, start, end in accepted)
