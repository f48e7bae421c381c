"""What each mood does to the three-valued answers, and that the memory tells the truth meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from locks.drivers.base import (
    Applied,
    DeviceStatus,
    Empty,
    Known,
    Rejected,
    RejectReason,
    Unknown,
    Unreadable,
    UnreadableReason,
)
from locks.drivers.virtual import memory
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import (
    MOOD_TEXT,
    Mood,
    MoodError,
    MoodSettings,
    clear_mood,
    clear_moods,
    disconnect_account,
    moods_of,
    set_mood,
)
from tests.factories import make_virtual_lock
from tests.locks.drivers.contract import Bench
from tests.locks.drivers.virtual.test_driver import bench_of

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def lock() -> VirtualLock:
    return make_virtual_lock("yale")


@pytest.fixture
def bench(lock: VirtualLock) -> Bench:
    return bench_of(lock)


def refs(lock: VirtualLock) -> list[str]:
    """What is really in memory."""
    return [code.ref for code in memory.read(lock)]


def reading(bench: Bench) -> Any:
    return bench.call(lambda connection: connection.list_codes(bench.device))


def test_offline_lock_answers_nothing_and_changes_nothing(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code(1)).ref
    set_mood(lock, Mood.OFFLINE)

    put, removal, observation = bench.put(bench.code(2)), bench.remove(ref), reading(bench)

    assert put == Rejected(RejectReason.DEVICE_OFFLINE, "The lock cannot be reached.")
    assert isinstance(removal, Rejected)
    assert isinstance(observation, Unreadable)
    assert observation.reason is UnreadableReason.DEVICE_OFFLINE
    assert bench.call(lambda connection: connection.read_status(bench.device)) == DeviceStatus(online=False)
    assert refs(lock) == [ref]


def test_lost_login_ends_all_locks_of_the_account(lock: VirtualLock, bench: Bench) -> None:
    other = make_virtual_lock("nuki", account_key=lock.account_key)
    disconnect_account(lock.account_key)

    found = bench.call(lambda connection: connection.list_devices())
    status = bench_of(other).call(lambda connection: connection.read_status(str(other.external_id)))

    assert isinstance(found, Unreadable)
    assert isinstance(status, Unreadable)
    assert status.reason is UnreadableReason.ACCOUNT_DISCONNECTED
    assert bench.put(bench.code()) == Rejected(
        RejectReason.ACCOUNT_DISCONNECTED, "The account's login was refused."
    )


def test_write_that_times_out_after_applying_is_unknown_and_done(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.APPLIED_BUT_TIMEOUT, calls=1)

    first = bench.put(bench.code(1))

    assert isinstance(first, Unknown)
    assert refs(lock) == ["1"]
    assert isinstance(bench.put(bench.code(2)), Applied)


def test_removal_that_times_out_after_applying_is_unknown_and_done(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code()).ref
    set_mood(lock, Mood.APPLIED_BUT_TIMEOUT)

    assert isinstance(bench.remove(ref), Unknown)
    assert refs(lock) == []


def test_lost_write_is_confirmed_and_forgotten(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.LOST_WRITE, calls=1)

    assert isinstance(bench.put(bench.code()), Applied)
    assert isinstance(reading(bench), Empty)
    bench.applied(bench.code())
    assert refs(lock) == ["2"]


def test_lost_removal_leaves_the_code(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code()).ref
    set_mood(lock, Mood.LOST_WRITE)

    assert isinstance(bench.remove(ref), Applied)
    assert refs(lock) == [ref]


def test_lost_command_is_unknown_and_not_done(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.LOST_COMMAND)

    assert isinstance(bench.put(bench.code()), Unknown)
    assert refs(lock) == []


@pytest.mark.parametrize("reason", list(RejectReason))
def test_rejecting_lock_gives_the_reason(lock: VirtualLock, bench: Bench, reason: RejectReason) -> None:
    set_mood(lock, Mood.REJECTING, reason=reason, calls=2)

    outcomes = [bench.put(bench.code()), bench.remove("1"), bench.put(bench.code())]

    assert [getattr(outcome, "reason", None) for outcome in outcomes] == [reason, reason, None]


def test_lock_may_reject_removals_alone(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.REJECTING, reason="busy", only="remove")

    ref = bench.applied(bench.code()).ref

    assert isinstance(bench.remove(ref), Rejected)


def test_full_lock_still_takes_changes_and_removals(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code(1)).ref
    set_mood(lock, Mood.FULL)

    refused = bench.put(bench.code(2))

    assert isinstance(refused, Rejected)
    assert refused.reason is RejectReason.FULL
    assert isinstance(bench.put(bench.code(1, ref=ref, name="New")), Applied)
    assert isinstance(bench.remove(ref), Applied)


def test_masked_reading_shows_places_without_pins(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code()).ref
    set_mood(lock, Mood.MASKED_READS)

    observation = reading(bench)

    assert isinstance(observation, Known)
    assert [(code.ref, code.pin) for code in observation.codes] == [(ref, None)]


def test_write_only_lock_is_unreadable_and_not_empty(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.WRITE_ONLY)

    observation = reading(bench)

    assert isinstance(bench.put(bench.code()), Applied)
    assert isinstance(observation, Unreadable)
    assert observation.reason is UnreadableReason.NOT_SUPPORTED


def test_stale_reading_tells_when_it_was_true(lock: VirtualLock, bench: Bench) -> None:
    with time_machine.travel(NOW, tick=False):
        old = bench.applied(bench.code(1)).ref
        set_mood(lock, Mood.STALE_READS)
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
        bench.applied(bench.code(2))
        observation = reading(bench)

    assert isinstance(observation, Known)
    assert [code.ref for code in observation.codes] == [old]
    assert observation.as_of == NOW
    assert observation.codes[0].pin == bench.pin(1)


def test_eventually_consistent_reading_hides_a_change_for_a_while(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.EVENTUALLY_CONSISTENT, seconds=60)
    with time_machine.travel(NOW, tick=False) as clock:
        ref = bench.applied(bench.code()).ref
        early = reading(bench)
        clock.shift(61)
        late = reading(bench)
        bench.remove(ref)
        after = reading(bench)

    assert isinstance(early, Empty)
    assert early.as_of == NOW
    assert isinstance(late, Known)
    assert isinstance(after, Known)
    assert refs(lock) == []


def test_stored_moods_hold_no_pin(lock: VirtualLock, bench: Bench) -> None:
    bench.applied(bench.code())
    set_mood(lock, Mood.STALE_READS)
    set_mood(lock, Mood.EVENTUALLY_CONSISTENT)
    bench.applied(bench.code(2))

    lock.refresh_from_db()

    assert "snapshot" in lock.moods[Mood.EVENTUALLY_CONSISTENT]
    assert not any(pin in str(lock.moods) for pin in (bench.pin(1), bench.pin(2)) if pin)


def test_slow_lock_answers_late(lock: VirtualLock, bench: Bench) -> None:
    set_mood(lock, Mood.SLOW, seconds=0.05, calls=1)
    started = dt.datetime.now(dt.UTC)

    bench.applied(bench.code())

    assert dt.datetime.now(dt.UTC) - started >= dt.timedelta(seconds=0.05)
    assert moods_of(VirtualLock.objects.get(pk=lock.pk)) == {}


def test_moods_are_listed_and_cleared(lock: VirtualLock) -> None:
    set_mood(lock, Mood.OFFLINE)
    set_mood(lock, Mood.DRIFTING_CLOCK, seconds=-90)
    lock = set_mood(lock, Mood.REJECTING, reason="full", calls=3)

    assert moods_of(lock) == {
        Mood.OFFLINE: MoodSettings(),
        Mood.DRIFTING_CLOCK: MoodSettings(seconds=-90),
        Mood.REJECTING: MoodSettings(reason=RejectReason.FULL, calls=3),
    }
    assert moods_of(clear_mood(lock, Mood.OFFLINE)).keys() == {Mood.DRIFTING_CLOCK, Mood.REJECTING}
    assert moods_of(clear_moods(lock)) == {}


def test_every_mood_can_be_set_without_settings_and_has_a_text(lock: VirtualLock) -> None:
    for mood in Mood:
        lock = set_mood(lock, mood)

    assert set(moods_of(lock)) == set(Mood)
    assert set(MOOD_TEXT) == set(Mood)


@pytest.mark.parametrize(
    ("mood", "settings", "sentence"),
    [
        ("angry", {}, "“angry” is not a mood"),
        ("full", {"seconds": 3}, "The mood “full” has no setting “seconds”."),
        ("full", {"calls": 0}, "“calls” must be a number from 1 to 1000."),
        ("slow", {"seconds": -1}, "“seconds” must be at most 600 and not negative."),
        ("slow", {"seconds": "soon"}, "“seconds” must be a number."),
        ("rejecting", {"reason": "mood"}, "“mood” is not one of: duplicate_pin"),
    ],
)
def test_mood_that_makes_no_sense_is_refused(
    lock: VirtualLock, mood: str, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MoodError) as caught:
        set_mood(lock, mood, **settings)

    assert str(caught.value).startswith(sentence)
