"""Offline codes at the keypad: right by the lock's own clock, with no connection, in every rule of their brand."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locks.capabilities import OfflineKind
from locks.drivers.base import Issued, OfflineRequest, Rejected, RejectReason
from locks.drivers.virtual.memory_bank import MemoryBank
from locks.drivers.virtual.mood_rules import Mood
from locks.drivers.virtual.serving import issue_offline_code
from locks.drivers.virtual.state import LockState

NOW = dt.datetime(2027, 6, 1, 12, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
START = NOW + 3 * HOUR
HOURLY, DAILY, ONE_TIME = OfflineKind.HOURLY, OfflineKind.DAILY, OfflineKind.ONE_TIME


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank(clock=lambda: NOW, rng=random.Random(5))


def new_lock(bank: MemoryBank, brand: str = "igloohome", **fields: Any) -> LockState:
    return bank.add_lock(brand=brand, name="Front", account_key="login", **fields)


def ask(
    lock: LockState,
    kind: OfflineKind,
    starts_at: dt.datetime,
    ends_at: dt.datetime | None = None,
    variant: int = 0,
) -> Issued | Rejected:
    outcome = issue_offline_code(lock, OfflineRequest(kind, starts_at, ends_at, variant), NOW)
    assert isinstance(outcome, Issued | Rejected)
    return outcome


def issued(lock: LockState, *args: Any, **fields: Any) -> str:
    outcome = ask(lock, *args, **fields)
    assert isinstance(outcome, Issued), outcome
    return outcome.pin


def refused(lock: LockState, *args: Any, **fields: Any) -> RejectReason:
    outcome = ask(lock, *args, **fields)
    assert isinstance(outcome, Rejected)
    return outcome.reason


def opened(bank: MemoryBank, lock: LockState, pin: str, *moments: dt.datetime) -> list[bool]:
    return [bank.keypad(lock.external_id, pin, at=at).opened for at in moments]


def test_hourly_code_opens_exactly_in_its_hours_and_takes_no_place(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    pin = issued(lock, HOURLY, START, START + 4 * HOUR)

    assert opened(bank, lock, pin, START - MINUTE, START, START + 4 * HOUR - MINUTE, START + 4 * HOUR) == [
        False,
        True,
        True,
        False,
    ]
    assert lock.codes == {}


def test_code_is_issued_and_opens_while_the_lock_has_no_connection(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    bank.set_mood(lock.external_id, Mood.OFFLINE)
    bank.set_mood(lock.external_id, Mood.BRIDGE_OFFLINE)

    pin = issued(lock, HOURLY, START, START + HOUR)

    assert opened(bank, lock, pin, START) == [True]


@pytest.mark.parametrize(
    ("mood", "settings", "reason"),
    [
        (Mood.DISCONNECTED, {}, RejectReason.ACCOUNT_DISCONNECTED),
        (Mood.OUTAGE, {}, RejectReason.OUTAGE),
        (Mood.ACCOUNT_CONDITION, {"condition": "invalid_credentials"}, RejectReason.ACCOUNT_DISCONNECTED),
        (Mood.CONDITION, {"condition": "lockly_time_zone_not_configured"}, RejectReason.NO_SLOT),
    ],
)
def test_code_is_not_issued_without_login_lock_system_or_zone(
    bank: MemoryBank, mood: Mood, settings: dict[str, str], reason: RejectReason
) -> None:
    lock = new_lock(bank, "lockly")
    bank.set_mood(lock.external_id, mood, **settings)

    assert refused(lock, HOURLY, START, START + HOUR) is reason


def test_lock_judges_by_its_own_clock(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    pin = issued(lock, HOURLY, START, START + HOUR)
    bank.set_mood(lock.external_id, Mood.DRIFTING_CLOCK, seconds=600)

    assert opened(bank, lock, pin, START - 10 * MINUTE, START + 50 * MINUTE) == [True, False]


def test_code_of_one_lock_does_not_open_another(bank: MemoryBank) -> None:
    lock, other = new_lock(bank), new_lock(bank)
    pin = issued(lock, HOURLY, START, START + 6 * HOUR)

    assert opened(bank, other, pin, START) == [False]


def test_old_code_does_not_come_alive_when_the_counter_of_starts_comes_round(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    pin = issued(lock, HOURLY, START, START + 6 * HOUR)

    assert not any(opened(bank, lock, pin, *(START + number * 2048 * HOUR for number in (1, 2, 3))))


def test_long_code_must_be_used_first_within_a_day(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    unused, used = (issued(lock, HOURLY, START, START + 48 * HOUR, variant=number) for number in (0, 1))

    assert opened(bank, lock, used, START + 23 * HOUR, START + 47 * HOUR) == [True, True]
    assert opened(bank, lock, unused, START + 25 * HOUR, START + 47 * HOUR) == [False, False]


def test_code_of_a_day_may_be_used_first_at_its_end(bank: MemoryBank) -> None:
    lock = new_lock(bank)

    assert opened(bank, lock, issued(lock, HOURLY, START, START + DAY), START + DAY - MINUTE) == [True]


def test_one_time_code_works_once_within_a_day_of_its_start(bank: MemoryBank) -> None:
    lock = new_lock(bank)
    first, second = (issued(lock, ONE_TIME, START, variant=number) for number in (0, 4))

    assert opened(bank, lock, first, START - MINUTE, START + HOUR, START + HOUR) == [False, True, False]
    assert opened(bank, lock, second, START + DAY) == [False]
    assert opened(bank, lock, second, START + DAY - MINUTE) == [True]


def test_daily_code_ends_at_its_time_of_day_across_a_change_of_clocks(bank: MemoryBank) -> None:
    lock = new_lock(bank, time_zone="Europe/Zurich")
    zurich = zoneinfo.ZoneInfo("Europe/Zurich")
    starts_at = dt.datetime(2027, 10, 1, 16, 0, tzinfo=zurich)
    ends_at = dt.datetime(2027, 11, 2, 16, 0, tzinfo=zurich)
    pin = issued(lock, DAILY, starts_at, ends_at)

    assert opened(bank, lock, pin, starts_at, ends_at - MINUTE, ends_at) == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "starts_at", "ends_at", "reason"),
    [
        (HOURLY, START + MINUTE, START + HOUR + MINUTE, RejectReason.NO_SLOT),
        (HOURLY, START, START + HOUR + MINUTE, RejectReason.NO_SLOT),
        (HOURLY, START, START + 673 * HOUR, RejectReason.INVALID_WINDOW),
        (HOURLY, START, START, RejectReason.INVALID_WINDOW),
        (HOURLY, START, None, RejectReason.INVALID_WINDOW),
        (HOURLY, NOW - 2 * HOUR, NOW - HOUR, RejectReason.INVALID_WINDOW),
        (DAILY, START, START + 28 * DAY, RejectReason.INVALID_WINDOW),
        (DAILY, START, START + 368 * DAY, RejectReason.INVALID_WINDOW),
        (DAILY, START, START + 30 * DAY + HOUR, RejectReason.NO_SLOT),
        (ONE_TIME, START, START + HOUR, RejectReason.INVALID_WINDOW),
        (ONE_TIME, START + MINUTE, None, RejectReason.NO_SLOT),
        (ONE_TIME, NOW - 25 * HOUR, None, RejectReason.INVALID_WINDOW),
    ],
)
def test_window_that_igloohome_has_not_is_refused(
    bank: MemoryBank,
    kind: OfflineKind,
    starts_at: dt.datetime,
    ends_at: dt.datetime | None,
    reason: RejectReason,
) -> None:
    assert refused(new_lock(bank), kind, starts_at, ends_at) is reason


@pytest.mark.parametrize(("kind", "longest"), [(HOURLY, 672 * HOUR), (DAILY, 367 * DAY)])
def test_longest_window_is_issued(bank: MemoryBank, kind: OfflineKind, longest: dt.timedelta) -> None:
    lock = new_lock(bank)
    pin = issued(lock, kind, START, START + longest)

    assert opened(bank, lock, pin, START, START + longest - MINUTE, START + longest) == [True, True, False]


def test_oracode_takes_the_windows_of_its_user_levels_in_its_own_zone(bank: MemoryBank) -> None:
    lock = new_lock(bank, "dormakaba_oracode", time_zone="America/New_York")
    york = zoneinfo.ZoneInfo("America/New_York")
    starts_at, ends_at = (dt.datetime(2027, 6, day, hour, tzinfo=york) for day, hour in ((2, 16), (5, 10)))
    pin = issued(lock, DAILY, starts_at, ends_at)

    assert opened(bank, lock, pin, starts_at - MINUTE, starts_at, ends_at - MINUTE, ends_at) == [
        False,
        True,
        True,
        False,
    ]
    assert refused(lock, DAILY, starts_at + HOUR, ends_at) is RejectReason.NO_SLOT
    assert refused(lock, DAILY, starts_at, ends_at + 31 * DAY) is RejectReason.INVALID_WINDOW
    hourly = issued(lock, HOURLY, starts_at + HOUR, ends_at)
    assert opened(bank, lock, hourly, starts_at, starts_at + HOUR) == [False, True]
    assert refused(lock, HOURLY, starts_at + MINUTE, ends_at) is RejectReason.NO_SLOT
    assert refused(lock, ONE_TIME, starts_at) is RejectReason.NOT_ALLOWED


def test_oracode_without_a_level_for_guests_has_no_slot(bank: MemoryBank) -> None:
    master = {"user_level_id": "9", "name": "Master", "is_24_hour": True, "is_master": True}
    lock = new_lock(bank, "dormakaba_oracode", reports={"user_levels": [master]})

    assert refused(lock, HOURLY, START, START + HOUR) is RejectReason.NO_SLOT


@pytest.mark.parametrize("typed", ["", "1", "12345678", "0000000000", "999999999999", "1234567890123456"])
def test_digits_that_nobody_issued_do_not_open(bank: MemoryBank, typed: str) -> None:
    assert opened(bank, new_lock(bank), typed, START) == [False]


@settings(max_examples=60, deadline=None)
@given(
    brand=st.sampled_from(["igloohome", "lockly"]),
    offset=st.integers(8, 500),
    hours=st.integers(1, 672),
    variant=st.integers(0, 2),
    zone=st.sampled_from(["", "Europe/Zurich", "Asia/Kolkata", "America/St_Johns"]),
    share=st.floats(0, 0.999),
)
def test_every_hourly_code_opens_in_its_window_and_not_outside(
    brand: str, offset: int, hours: int, variant: int, zone: str, share: float
) -> None:
    bank = MemoryBank(clock=lambda: NOW)
    lock = new_lock(bank, brand, time_zone=zone)
    variant = variant if brand == "igloohome" else 0
    local = dt.datetime(2027, 6, 1, 15, 0, tzinfo=zoneinfo.ZoneInfo(zone or "UTC"))
    starts_at = local.astimezone(dt.UTC) + offset * HOUR
    ends_at = starts_at + hours * HOUR
    pin = issued(lock, HOURLY, starts_at, ends_at, variant=variant)
    within = starts_at + share * min(ends_at - starts_at, DAY)

    assert opened(bank, lock, pin, starts_at - MINUTE, within, ends_at) == [False, True, False]


@settings(max_examples=50, deadline=None)
@given(
    one=st.tuples(st.integers(0, 2000), st.integers(1, 672), st.integers(0, 2)),
    other=st.tuples(st.integers(0, 2000), st.integers(1, 672), st.integers(0, 2)),
)
def test_different_windows_have_different_pins(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    lock = new_lock(MemoryBank(clock=lambda: NOW))

    pins = [
        issued(lock, HOURLY, START + start * HOUR, START + (start + hours) * HOUR, variant=variant)
        for start, hours, variant in (one, other)
    ]

    assert (pins[0] == pins[1]) == (one == other)
