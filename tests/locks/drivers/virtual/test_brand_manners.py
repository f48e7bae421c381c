"""What locks of each brand do beyond the contract: what they tell of the door, refuse, hang on and announce."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from locks.brands import BRANDS
from locks.drivers.base import (
    AccountStatusReport,
    Applied,
    Empty,
    LogKind,
    LogMethod,
    Rejected,
    RejectReason,
    Unreadable,
    UnreadableReason,
)
from locks.drivers.hints import announce_change
from locks.drivers.virtual.battery import CURVES, drained
from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.memory_bank import MemoryBank
from locks.drivers.virtual.mood_rules import Mood
from locks.drivers.virtual.moods import set_mood
from locks.drivers.virtual.outside import (
    OutsideError,
    add_foreign_code,
    change_pin_length,
    delete_from_outside,
    edit_from_outside,
    set_parts,
    tamper,
    turn_by_hand,
)
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device
from tests.factories import make_device, make_virtual_lock
from tests.locks.drivers.contract import START, Bench
from tests.locks.drivers.virtual.test_driver import bench_of
from tests.locks.drivers.virtual.test_memory_bank import memory_bench

NOW = START - dt.timedelta(days=1)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock: Clock) -> MemoryBank:
    return MemoryBank(clock=clock)


def told(bench: Bench) -> list[tuple[Any, ...]]:
    return [(entry.kind, entry.method, entry.ref) for entry in bench.log().entries]


@pytest.mark.parametrize("brand", ["august", "nuki", "kwikset", "wyze", "schlage", "igloohome"])
def test_log_names_the_code_that_opened_only_where_the_brand_does(bank: MemoryBank, brand: str) -> None:
    bench = memory_bench(bank, brand)
    ref = bench.applied(bench.code()).ref

    assert bank.keypad(bench.device, bench.pin() or "", at=START).opened

    names = BRANDS[brand].capabilities.names_opening_code
    assert told(bench) == [(LogKind.UNLOCKED, LogMethod.KEYCODE, ref if names else None)]


@pytest.mark.parametrize(("brand", "entries"), [("kwikset", 1), ("igloohome", 4), ("nuki", 0)])
def test_refused_entries_are_told_as_the_brand_does(bank: MemoryBank, brand: str, entries: int) -> None:
    bench = memory_bench(bank, brand)

    for _ in range(4):
        bank.keypad(bench.device, "135798")

    assert told(bench) == [(LogKind.DENIED, LogMethod.KEYCODE, None)] * entries


def test_good_code_begins_the_count_of_wrong_tries_anew(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "kwikset")
    bench.applied(bench.code())

    for pin in ("13579", "13579", bench.pin() or "", "13579", "13579"):
        bank.keypad(bench.device, pin, at=START)

    assert LogKind.DENIED not in {kind for kind, _, _ in told(bench)}


@pytest.mark.parametrize(("brand", "method"), [("kwikset", LogMethod.AUTOMATIC), ("nuki", LogMethod.UNKNOWN)])
def test_lock_locks_itself_after_its_seconds(
    bank: MemoryBank, clock: Clock, brand: str, method: LogMethod
) -> None:
    bench = memory_bench(bank, brand)
    bench.call(lambda connection: connection.configure_auto_lock(bench.device, enabled=True, seconds=20))
    bench.call(lambda connection: connection.unlock_door(bench.device))

    clock.now += 19 * SECOND
    early = bench.status().locked
    clock.now += SECOND

    assert (early, bench.status().locked) == (False, True)
    assert bench.log().entries[-1].at == NOW + 20 * SECOND
    assert told(bench)[-1] == (LogKind.LOCKED, method, None)


@pytest.mark.parametrize("seconds", [0, 61, -5])
def test_auto_lock_out_of_range_is_refused(bank: MemoryBank, seconds: int) -> None:
    bench = memory_bench(bank, "yale")

    outcome = bench.call(
        lambda connection: connection.configure_auto_lock(bench.device, enabled=True, seconds=seconds)
    )

    assert isinstance(outcome, Rejected)


def test_bolt_that_is_stuck_says_so_and_stays(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "yale")
    bank.set_mood(bench.device, Mood.JAMMED, calls=1)

    outcome = bench.call(lambda connection: connection.unlock_door(bench.device))

    assert isinstance(outcome, Rejected)
    assert bench.status().locked
    assert told(bench) == [(LogKind.JAMMED, LogMethod.REMOTE, None)]


def test_cursor_reads_on_and_the_log_keeps_a_hundred(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "igloohome")
    for _ in range(120):
        bank.keypad(bench.device, "135798")
    log = bench.log()

    bank.keypad(bench.device, "135798")

    assert len(log.entries) == 100
    assert len(bench.log(log.cursor).entries) == 1
    assert len(bench.log("not of ours").entries) == 100


def test_command_that_is_never_confirmed_is_given_up(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "kwikset")
    bank.set_mood(bench.device, Mood.UNCONFIRMED, calls=1)

    outcome = bench.put(bench.code())

    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectReason.UNCONFIRMED
    assert isinstance(bench.observe(), Empty)


def test_windows_are_listed_an_hour_off_and_kept_as_they_are(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "schlage")
    ref = bench.applied(bench.code()).ref
    bank.set_mood(bench.device, Mood.SHIFTED_READS, calls=1)

    first, second = bench.held()[ref], bench.held()[ref]

    assert first.starts_at == START + dt.timedelta(hours=1)
    assert second.starts_at == START


def test_bridge_carries_five_locks_and_its_troubles_are_theirs(bank: MemoryBank) -> None:
    benches = []
    for _ in range(7):
        state = bank.add_lock(brand="igloohome", name="Door", account_key="login")
        benches.append(
            Bench(
                memory_bench(bank, "yale").driver,
                {"account_key": "login"},
                state.external_id,
                state.capabilities,
            )
        )
    assert [bench.status().gateway for bench in benches] == ["bridge-1"] * 5 + ["bridge-2"] * 2

    bank.set_mood(benches[0].device, Mood.BRIDGE_QUEUE_FULL)
    outcomes = [bench.put(bench.code()) for bench in benches]
    bank.clear_mood(benches[4].device, Mood.BRIDGE_QUEUE_FULL)
    bank.set_mood(benches[6].device, Mood.BRIDGE_OFFLINE)

    assert [getattr(outcome, "reason", None) for outcome in outcomes] == [
        RejectReason.BRIDGE_QUEUE_FULL
    ] * 5 + [None] * 2
    assert isinstance(benches[0].put(benches[0].code()), Applied)
    observation, status = benches[5].observe(), benches[5].status()
    assert isinstance(observation, Unreadable)
    assert observation.reason is UnreadableReason.BRIDGE_OFFLINE
    assert not status.online
    assert status.conditions == {"hub_disconnected"}


@pytest.mark.parametrize("condition", sorted(DEVICE_CONDITIONS))
def test_condition_is_told_refuses_what_it_says_and_clears(bank: MemoryBank, condition: str) -> None:
    bench = memory_bench(bank, "yale")
    effect = DEVICE_CONDITIONS[condition]
    bank.set_mood(bench.device, Mood.CONDITION, condition=condition)

    status, outcome, observation = bench.status(), bench.put(bench.code()), bench.observe()
    turned = bench.call(lambda connection: connection.unlock_door(bench.device))

    assert status.conditions == {condition}
    refusal = effect.refuses or effect.refuses_new
    refusal = refusal or (RejectReason.INVALID_WINDOW if effect.refuses_windows else None)
    assert getattr(outcome, "reason", None) == refusal
    assert isinstance(observation, Unreadable) == (effect.refuses is not None)
    assert getattr(turned, "reason", None) == (effect.refuses or effect.refuses_bolt)
    bank.clear_mood(bench.device, Mood.CONDITION, condition=condition)
    assert bench.status().conditions == frozenset()
    assert isinstance(bench.put(bench.code(2)), Applied)


@pytest.mark.parametrize("condition", sorted(ACCOUNT_CONDITIONS))
def test_condition_of_an_account_is_told_for_all_its_locks(bank: MemoryBank, condition: str) -> None:
    bench = memory_bench(bank, "yale")
    other = bank.add_lock(brand="yale", name="Back", account_key=bench.credentials["account_key"])
    bank.set_mood(other.external_id, Mood.ACCOUNT_CONDITION, condition=condition)

    report = bench.call(lambda connection: connection.read_account())
    outcome = bench.put(bench.code())

    assert report == AccountStatusReport(frozenset({condition}))
    effect = ACCOUNT_CONDITIONS[condition]
    assert getattr(outcome, "reason", None) == (effect.refuses or effect.refuses_new)


def test_several_conditions_stand_beside_each_other(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "ttlock")
    for condition in ("ttlock_weak_gateway_signal", "power_saving_mode"):
        bank.set_mood(bench.device, Mood.CONDITION, condition=condition)

    bank.clear_mood(bench.device, Mood.CONDITION, condition="power_saving_mode")

    assert bench.status().conditions == {"ttlock_weak_gateway_signal"}


@pytest.mark.parametrize("condition", ["salto_ks_privacy_mode", "accessory_keypad_setup_required"])
def test_keypad_that_is_off_or_missing_opens_for_nobody(bank: MemoryBank, condition: str) -> None:
    bench = memory_bench(bank, "yale")
    bench.applied(bench.code())
    bank.set_mood(bench.device, Mood.CONDITION, condition=condition)

    assert not bank.keypad(bench.device, bench.pin() or "", at=START).opened


def test_f87_outage_is_neither_a_lost_login_nor_an_empty_account(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "yale")
    bank.set_mood(bench.device, Mood.OUTAGE)

    answers = [
        bench.call(lambda connection: connection.list_devices()),
        bench.call(lambda connection: connection.read_account()),
        bench.call(lambda connection: connection.read_status(bench.device)),
        bench.observe(),
    ]

    assert [getattr(answer, "reason", None) for answer in answers] == [UnreadableReason.OUTAGE] * 4
    assert getattr(bench.put(bench.code()), "reason", None) is RejectReason.OUTAGE


def test_removed_lock_is_listed_no_longer(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "yale")
    bank.set_mood(bench.device, Mood.REMOVED)

    assert bench.call(lambda connection: connection.list_devices()) == ()
    assert isinstance(bench.observe(), Unreadable)
    assert getattr(bench.put(bench.code()), "reason", None) is RejectReason.NOT_FOUND


@pytest.mark.parametrize("chemistry", ["", *sorted(CURVES)])
def test_battery_only_goes_down_and_ends_when_its_days_are_over(chemistry: str) -> None:
    levels = [drained(1.0, chemistry, lasted=dt.timedelta(days=day), days=100) for day in range(0, 121, 5)]

    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[20], levels[-1]) == (1.0, 0.0, 0.0)


def test_draining_lock_dies_with_its_battery_and_its_keypad_with_it(bank: MemoryBank, clock: Clock) -> None:
    bench = memory_bench(bank, "yale")
    state = bank.lock(bench.device)
    state.battery_chemistry = "alkaline"
    bench.applied(bench.code())
    bank.set_mood(bench.device, Mood.DRAINING, days=10)

    clock.now = START
    level = bench.status().battery_level
    assert level is not None
    assert 0.7 < level < 0.9
    assert bank.keypad(bench.device, bench.pin() or "").opened
    clock.now = START + dt.timedelta(days=9)

    assert not bench.status().online
    assert not bank.keypad(bench.device, bench.pin() or "", at=clock.now).opened
    assert getattr(bench.put(bench.code(2)), "reason", None) is RejectReason.DEVICE_OFFLINE


# The same in the database, where a lock has its row and a device that can be woken.


@pytest.mark.django_db
def test_log_and_parts_of_a_lock_are_kept_in_the_database() -> None:
    lock = set_parts(
        make_virtual_lock("kwikset", time_zone="Europe/Zurich", battery_chemistry="alkaline"),
        keypad_battery_level=0.4,
        door_open=True,
    )
    bench = bench_of(lock)
    with time_machine.travel(NOW, tick=False) as travel:
        bench.call(lambda connection: connection.configure_auto_lock(bench.device, enabled=True, seconds=20))
        turn_by_hand(lock, locked=False)
        travel.shift(60)
        tamper(lock)
        status = bench.status()

    assert status.time_zone == "Europe/Zurich"
    assert (status.battery_chemistry, status.keypad_battery_level, status.door_open) == (
        "alkaline",
        0.4,
        True,
    )
    assert (status.auto_lock, status.auto_lock_seconds, status.locked) == (True, 20, True)
    assert told(bench) == [
        (LogKind.UNLOCKED, LogMethod.MANUAL, None),
        (LogKind.LOCKED, LogMethod.AUTOMATIC, None),
        (LogKind.TAMPERED, LogMethod.UNKNOWN, None),
    ]
    with pytest.raises(OutsideError, match="A lock has no “colour”"):
        set_parts(lock, colour="red")


@pytest.mark.django_db
def test_new_length_of_codes_ends_them_all_on_a_lock_of_one_length() -> None:
    lock = make_virtual_lock("schlage")
    bench = bench_of(lock)
    bench.applied(bench.code())

    change_pin_length(lock, 6)

    lock.refresh_from_db()
    assert bench_of(lock).capabilities.pin_lengths == (6,)
    assert isinstance(bench.observe(), Empty)
    with pytest.raises(OutsideError, match="may have different lengths"):
        change_pin_length(make_virtual_lock("yale"), 6)


def asleep(device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(wake_at=None)


@pytest.mark.django_db
@pytest.mark.parametrize(("brand", "wakes"), [("nuki", True), ("wyze", False)])
def test_what_happens_at_the_lock_wakes_its_device_where_the_brand_pushes(brand: str, wakes: bool) -> None:
    device = make_device(brand=brand)
    lock = virtual_lock_of(device)
    acts: list[Callable[[], object]] = [
        lambda: keypad(lock, "135792", at=NOW),
        lambda: add_foreign_code(lock, pin="635792", now=NOW),
        lambda: edit_from_outside(lock, 1, name="Other", now=NOW),
        lambda: delete_from_outside(lock, 1, now=NOW),
    ]
    for act in acts:
        asleep(device)
        act()
        device.refresh_from_db()
        assert device.wake_at == (NOW if wakes else None)


@pytest.mark.django_db
def test_lock_that_cannot_be_reached_announces_nothing() -> None:
    device = make_device(brand="nuki")
    lock = set_mood(virtual_lock_of(device), Mood.OFFLINE)
    asleep(device)

    keypad(lock, "135792", at=NOW)

    device.refresh_from_db()
    assert device.wake_at is None


@pytest.mark.django_db
def test_hint_for_another_login_or_driver_wakes_nobody() -> None:
    device = make_device(brand="nuki")
    asleep(device)
    login = device.account.credentials["account_key"]

    assert announce_change("virtual", "somebody else", device.external_id, now=NOW) == 0
    assert announce_change("seam", login, device.external_id, now=NOW) == 0
    assert announce_change("virtual", login, device.external_id, now=NOW) == 1
