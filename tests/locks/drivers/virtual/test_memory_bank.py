"""The memory bank through the contract, against the database bank as its model, and how quick it is."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locks.brands import BRANDS
from locks.capabilities import OfflineKind
from locks.drivers.base import CodeToPut, LockLog, OfflineRequest
from locks.drivers.registry import get_driver
from locks.drivers.virtual import moods, outside
from locks.drivers.virtual.driver import VirtualDriver
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.memory_bank import MemoryBank, bank_in_use, use_bank, would_open
from locks.drivers.virtual.mood_rules import Mood
from locks.drivers.virtual.state import LockState
from tests.factories import make_virtual_lock
from tests.locks.drivers.contract import BENCH_CAPACITY, END, START, Bench, DriverContract

NOW = START - dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ONLINE = sorted(key for key, brand in BRANDS.items() if brand.capabilities.online_codes)
_numbers = itertools.count(1)


def memory_bench(bank: MemoryBank, brand: str, **fields: Any) -> Bench:
    state = bank.add_lock(brand=brand, name="Front", account_key=f"login-{next(_numbers)}", **fields)
    return Bench(
        driver=VirtualDriver(bank),
        credentials={"account_key": state.account_key},
        device=state.external_id,
        capabilities=state.capabilities,
    )


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank(clock=lambda: NOW, rng=random.Random(1))


class TestMemoryBank(DriverContract):
    @pytest.fixture(params=ONLINE)
    def bench(self, request: pytest.FixtureRequest, bank: MemoryBank) -> Bench:
        return memory_bench(bank, request.param, capacity=BENCH_CAPACITY)


def test_driver_of_the_registry_speaks_to_the_bank_in_use(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "nuki")
    driver = get_driver("virtual-memory")

    with use_bank(bank):
        ref = Bench(driver, bench.credentials, bench.device, bench.capabilities).applied(bench.code()).ref

    assert bench.held().keys() == {ref}
    with pytest.raises(RuntimeError, match="No memory bank is in use"):
        bank_in_use()


def test_bank_tells_what_a_lock_counted_and_whether_it_would_open(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "nuki")
    state = bank.lock(bench.device)
    bench.applied(bench.code(1))
    bench.applied(bench.code(2))
    bench.observe()
    bench.remove("2")

    tally = bank.tally(bench.device)

    assert (tally.writes, tally.reads, tally.commands, tally.busiest_minute) == (3, 1, 4, 3)
    pin = bench.pin(1)
    assert pin is not None
    assert not would_open(state, pin, NOW)
    assert would_open(state, pin, START)
    assert not bank.keypad(bench.device, pin).opened
    assert bank.keypad(bench.device, pin, at=START).slot == 1
    assert not would_open(state, pin, END)


def test_moods_of_a_lock_in_memory_are_obeyed_and_cleared(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "nuki")
    bank.set_mood(bench.device, Mood.OFFLINE)
    bank.set_mood(bench.device, "rejecting", reason="busy", calls=1)

    assert not bench.status().online
    assert set(bank.moods_of(bench.device)) == {Mood.OFFLINE, Mood.REJECTING}
    bank.clear_moods(bench.device)
    assert bank.moods_of(bench.device) == {}
    assert bench.status().online


def test_hint_is_given_by_a_brand_that_pushes_and_can() -> None:
    hints: list[str] = []
    bank = MemoryBank(clock=lambda: NOW, hint=lambda state, now: hints.append(state.brand))
    devices = {brand: memory_bench(bank, brand).device for brand in ("nuki", "wyze", "schlage")}
    bank.set_mood(devices["schlage"], Mood.OFFLINE)

    for device in devices.values():
        bank.keypad(device, "135792")

    assert hints == ["nuki"]


def test_latency_passes_by_the_sleep_that_was_given() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    bank = MemoryBank(clock=lambda: NOW, sleep=sleep, latency=lambda state, call: 1.5)
    bench = memory_bench(bank, "nuki")
    bank.set_mood(bench.device, Mood.SLOW, seconds=2)

    bench.observe()

    assert slept == [3.5]


def test_call_on_the_memory_bank_takes_microseconds(bank: MemoryBank) -> None:
    bench = memory_bench(bank, "nuki")
    bench.applied(bench.code())

    async def read() -> float:
        async with bench.driver.connect(bench.credentials) as connection:
            begun = time.perf_counter()
            for _ in range(1000):
                await connection.list_codes(bench.device)
            return (time.perf_counter() - begun) / 1000

    best = min(asyncio.run(read()) for _ in range(3))

    assert best < 0.0005  # ten times what it takes, for machines that are busy


# One sequence of things that happen, told to a lock of each bank.

MINUTES = st.integers(-120, 240)
PINS = st.sampled_from(["739184", "605182", "481926"])
WINDOWS = st.sampled_from([(None, None), (START, END), (START + 2 * HOUR, END), (START, START + HOUR)])
STEPS = st.one_of(
    st.tuples(st.just("put"), PINS, WINDOWS, st.sampled_from([None, "1", "2"]), st.booleans()),
    st.tuples(st.just("remove"), st.sampled_from(["1", "2", "3"])),
    st.tuples(st.just("list")),
    st.tuples(st.just("status")),
    st.tuples(st.just("log")),
    st.tuples(st.just("turn"), st.booleans()),
    st.tuples(st.just("auto_lock"), st.booleans(), st.sampled_from([None, 5, 60])),
    st.tuples(st.just("keypad"), PINS),
    st.tuples(st.just("issue"), st.sampled_from(list(OfflineKind)), st.integers(0, 3)),
    st.tuples(st.just("foreign"), PINS, WINDOWS),
    st.tuples(st.just("edit"), st.integers(1, 3), PINS),
    st.tuples(st.just("delete"), st.sampled_from([None, 1, 2])),
    st.tuples(st.just("mood"), st.sampled_from(sorted(set(Mood) - {Mood.SLOW}))),
    st.tuples(st.just("clear"), st.sampled_from(sorted(Mood))),
    st.tuples(st.just("crowd"), st.integers(1, 30), st.sampled_from([1, 40])),
    st.tuples(st.just("wait"), MINUTES.filter(lambda minutes: minutes > 0)),
)


class Both:
    """A lock in each bank, and one clock."""

    def __init__(self, brand: str, travel: time_machine.Traveller) -> None:
        self.travel, self.now = travel, NOW
        reports = {"pin_lengths": [6]}
        self.row = make_virtual_lock(brand, reports=reports, capacity=3)
        self.bank = MemoryBank(clock=lambda: self.now)
        self.state = self.bank.add_lock(
            brand=brand,
            name=self.row.name,
            account_key=self.row.account_key,
            external_id=str(self.row.external_id),
            reports=reports,
            capacity=3,
            secret=self.row.secret or "",
        )

    def do(self, step: tuple[Any, ...]) -> tuple[Any, Any]:
        action, *args = step
        if action == "wait":
            self.now += dt.timedelta(minutes=args[0])
            self.travel.move_to(self.now, tick=False)
            return None, None
        act: dict[str, Callable[..., tuple[Any, Any]]] = {
            "keypad": self._keypad,
            "foreign": self._foreign,
            "edit": self._edit,
            "delete": self._delete,
            "crowd": self._crowd,
        }
        if action in act:
            return act[action](*args)
        if action == "mood":
            moods.set_mood(self.row, args[0])
            self.bank.set_mood(self.state.external_id, args[0])
            return None, None
        if action == "clear":
            moods.clear_mood(self.row, args[0])
            self.bank.clear_mood(self.state.external_id, args[0])
            return None, None
        drivers = (VirtualDriver(), VirtualDriver(self.bank))
        one, other = (self._call(driver, action, args) for driver in drivers)
        return one, other

    def _call(self, driver: VirtualDriver, action: str, args: list[Any]) -> Any:
        device = self.state.external_id
        bench = Bench(driver, {"account_key": self.row.account_key}, device, self.state.capabilities)
        match action, args:
            case "put", [pin, (starts_at, ends_at), ref, enabled]:
                pin = None if self.state.capabilities.assigns_pin else pin
                code = CodeToPut(pin, f"Guest {pin}", ref, starts_at, ends_at, enabled)
                return _without_pins(bench.put(code))
            case "remove", [ref]:
                return bench.remove(ref)
            case "list", []:
                return _without_pins(bench.observe())
            case "status", []:
                return bench.call(lambda connection: connection.read_status(device))
            case "turn", [locked]:
                return bench.call(
                    lambda connection: (
                        connection.lock_door(device) if locked else connection.unlock_door(device)
                    )
                )
            case "auto_lock", [enabled, seconds]:
                return bench.call(
                    lambda connection: connection.configure_auto_lock(
                        device, enabled=enabled, seconds=seconds
                    )
                )
            case "issue", [kind, variant]:
                return bench.issue(_request(kind, variant))
            case _:
                log = bench.call(lambda connection: connection.read_log(device, ""))
                return _without_keys(log) if isinstance(log, LockLog) else log

    def _keypad(self, pin: str) -> tuple[Any, Any]:
        return keypad(self.row, pin), self.bank.keypad(self.state.external_id, pin)

    def _foreign(self, pin: str, window: tuple[Any, Any]) -> tuple[Any, Any]:
        fields = {"pin": pin, "name": "Owner", "starts_at": window[0], "ends_at": window[1]}
        return _either(
            lambda: outside.add_foreign_code(self.row, **fields).slot,
            lambda: self.bank.add_foreign_code(self.state.external_id, **fields).slot,
        )

    def _edit(self, slot: int, pin: str) -> tuple[Any, Any]:
        return _either(
            lambda: outside.edit_from_outside(self.row, slot, pin=pin).slot,
            lambda: self.bank.edit_from_outside(self.state.external_id, slot, pin=pin).slot,
        )

    def _crowd(self, jobs: int, minutes: int) -> tuple[Any, Any]:
        each = dt.timedelta(minutes=minutes)
        outside.crowd_bridge(self.row, jobs, each=each)
        self.bank.crowd_bridge(self.state.external_id, jobs, each=each)
        return None, None

    def _delete(self, slot: int | None) -> tuple[Any, Any]:
        return _either(
            lambda: outside.delete_from_outside(self.row, slot),
            lambda: self.bank.delete_from_outside(self.state.external_id, slot),
        )


def _request(kind: OfflineKind, variant: int) -> OfflineRequest:
    ends = {OfflineKind.HOURLY: START + 3 * HOUR, OfflineKind.DAILY: START + dt.timedelta(days=40)}
    return OfflineRequest(kind, START, ends.get(kind), variant)


def _either(*acts: Any) -> tuple[Any, Any]:
    def answer(act: Any) -> Any:
        try:
            return act()
        except outside.OutsideError as error:
            return str(error)

    one, other = map(answer, acts)
    return one, other


def _without_pins(answer: Any) -> Any:
    """PINs that a lock chose are its own affair in each bank."""
    codes = tuple(
        (code.ref, code.name, code.starts_at, code.ends_at) for code in getattr(answer, "codes", ())
    )
    return type(answer), getattr(answer, "ref", ""), getattr(answer, "reason", None), codes


def _without_keys(log: LockLog) -> list[tuple[Any, ...]]:
    return [(entry.at, entry.kind, entry.method, entry.ref) for entry in log.entries]


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(brand=st.sampled_from(sorted(BRANDS)), steps=st.lists(STEPS, min_size=3, max_size=20))
def test_both_banks_give_the_same_answers(
    travel: time_machine.Traveller, brand: str, steps: list[tuple[Any, ...]]
) -> None:
    travel.move_to(NOW, tick=False)
    both = Both(brand, travel)

    for step in steps:
        one, other = both.do(step)
        assert one == other, step

    if not both.state.capabilities.assigns_pin:
        assert _memory_of(both) == [
            (code.slot, code.pin, code.starts_at, code.ends_at, code.enabled, code.foreign)
            for code in both.row.codes.order_by("slot")
        ]


def _memory_of(both: Both) -> list[tuple[Any, ...]]:
    state: LockState = both.state
    return [
        (code.slot, code.pin, code.starts_at, code.ends_at, code.enabled, code.foreign)
        for _, code in sorted(state.codes.items())
    ]
