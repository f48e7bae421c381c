"""The conformance suite of locks.drivers.base: whatever a driver speaks to, these must hold.

A driver's tests subclass `DriverContract` and give the fixture `bench`: one lock that nothing else uses, empty, with
room for `BENCH_CAPACITY` codes, and able to hold codes of ours (`online_codes`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from asgiref.sync import async_to_sync

from locks.capabilities import Capabilities, OfflineKind, OfflineRule
from locks.constraints import PinSpace, choose_pin, common_constraints, space_problem
from locks.drivers.base import (
    AccountStatusReport,
    Applied,
    CodeToPut,
    Connection,
    DeviceStatus,
    Driver,
    Empty,
    Issued,
    IssueOutcome,
    Known,
    LockLog,
    LogKind,
    LogMethod,
    ObservedCode,
    OfflineRequest,
    Outcome,
    Rejected,
    RejectReason,
    Unreadable,
)

BENCH_CAPACITY = 4
START = dt.datetime(2027, 6, 1, 15, 0, tzinfo=dt.UTC)
END = START + dt.timedelta(days=3)
STRANGER = "00000000-0000-0000-0000-000000000000"

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """A lock on the bench. `pin(n)`: the n-th of a row of different PINs that it takes, None where it assigns them."""

    driver: Driver
    credentials: Mapping[str, Any]
    device: str
    capabilities: Capabilities

    def call(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        async def run() -> T:
            async with self.driver.connect(self.credentials) as connection:
                return await use(connection)

        return async_to_sync(run)()

    def pin(self, number: int = 1) -> str | None:
        if self.capabilities.assigns_pin:
            return None
        used: list[str] = []
        rng = random.Random(2027)
        while len(used) < number:
            pin = choose_pin(self.space, taken=used.__contains__, rng=rng)
            assert isinstance(pin, str)
            used.append(pin)
        return used[-1]

    @property
    def space(self) -> PinSpace:
        return common_constraints([("bench", self.capabilities)])

    def code(self, number: int = 1, **fields: Any) -> CodeToPut:
        window = {"starts_at": START, "ends_at": END} if self.capabilities.native_scheduling else {}
        return CodeToPut(**{"pin": self.pin(number), "name": f"Guest {number}", **window, **fields})

    def put(self, code: CodeToPut) -> Outcome:
        return self.call(lambda connection: connection.put_code(self.device, code))

    def applied(self, code: CodeToPut) -> Applied:
        outcome = self.put(code)
        assert isinstance(outcome, Applied), outcome
        return outcome

    def remove(self, ref: str) -> Outcome:
        return self.call(lambda connection: connection.remove_code(self.device, ref))

    def observe(self) -> Known | Empty | Unreadable:
        return self.call(lambda connection: connection.list_codes(self.device))

    def issue(self, request: OfflineRequest) -> IssueOutcome:
        return self.call(lambda connection: connection.issue_offline_code(self.device, request))

    def log(self, cursor: str = "") -> LockLog:
        log = self.call(lambda connection: connection.read_log(self.device, cursor))
        assert isinstance(log, LockLog), log
        return log

    def status(self) -> DeviceStatus:
        status = self.call(lambda connection: connection.read_status(self.device))
        assert isinstance(status, DeviceStatus), status
        return status

    def held(self) -> dict[str, ObservedCode]:
        observation = self.observe()
        assert not isinstance(observation, Unreadable), observation
        return {code.ref: code for code in observation.codes} if isinstance(observation, Known) else {}


def offline_request(kind: OfflineKind, rule: OfflineRule | None, **fields: Any) -> OfflineRequest:
    """A window that every brand with codes of this kind takes (user levels as from the factory)."""
    starts_at = START
    ends_at: dt.datetime | None = START + dt.timedelta(hours=5)
    if kind is OfflineKind.ONE_TIME:
        ends_at = None
    elif kind is OfflineKind.DAILY:
        by_level = rule is not None and rule.by_user_level
        starts_at = START.replace(hour=16) if by_level else START
        ends_at = START.replace(day=3, hour=10) if by_level else START + dt.timedelta(days=30)
    return OfflineRequest(
        **{"kind": kind, "starts_at": starts_at, "ends_at": ends_at, "name": "Ann", **fields}
    )


class DriverContract:
    def test_account_lists_the_lock(self, bench: Bench) -> None:
        found = bench.call(lambda connection: connection.list_devices())

        assert not isinstance(found, Unreadable)
        assert bench.device in {device.external_id for device in found}

    def test_status_of_a_healthy_lock_is_online(self, bench: Bench) -> None:
        status = bench.call(lambda connection: connection.read_status(bench.device))

        assert isinstance(status, DeviceStatus)
        assert status.online

    def test_new_lock_is_empty_and_not_unreadable(self, bench: Bench) -> None:
        assert isinstance(bench.observe(), Empty)

    def test_code_that_was_put_is_seen_in_its_place(self, bench: Bench) -> None:
        code = bench.code()

        outcome = bench.applied(code)

        seen = bench.held()[outcome.ref]
        pin = outcome.pin if bench.capabilities.assigns_pin else code.pin
        assert seen.pin == (pin if bench.capabilities.reads_pins else None)
        assert seen.enabled
        assert (seen.starts_at, seen.ends_at) == (code.starts_at, code.ends_at)
        assert code.name.startswith(seen.name or "")

    def test_lock_that_assigns_pins_tells_the_pin(self, bench: Bench) -> None:
        outcome = bench.applied(bench.code())

        assert (outcome.pin is not None) == bench.capabilities.assigns_pin

    def test_code_without_window_is_kept_without(self, bench: Bench) -> None:
        outcome = bench.applied(bench.code(starts_at=None, ends_at=None))

        seen = bench.held()[outcome.ref]
        assert (seen.starts_at, seen.ends_at) == (None, None)

    def test_window_is_kept_only_by_locks_with_schedules(self, bench: Bench) -> None:
        outcome = bench.applied(bench.code(starts_at=START, ends_at=END))

        seen = bench.held()[outcome.ref]
        kept = (START, END) if bench.capabilities.native_scheduling else (None, None)
        assert (seen.starts_at, seen.ends_at) == kept

    def test_code_put_over_another_keeps_its_place(self, bench: Bench) -> None:
        first = bench.applied(bench.code(1))
        other = bench.applied(bench.code(2))
        renewed = bench.code(1 if bench.capabilities.assigns_pin else 3, name="New", ref=first.ref)

        outcome = bench.applied(renewed)

        assert outcome.ref == first.ref
        assert set(bench.held()) == {first.ref, other.ref}
        assert bench.held()[first.ref].name == "New"

    def test_code_put_again_unchanged_changes_nothing(self, bench: Bench) -> None:
        first = bench.applied(bench.code())
        before = bench.held()

        bench.applied(bench.code(ref=first.ref))

        assert bench.held() == before

    def test_code_put_over_an_empty_place_is_not_found(self, bench: Bench) -> None:
        first = bench.applied(bench.code())
        bench.remove(first.ref)

        outcome = bench.put(bench.code(ref=first.ref))

        assert isinstance(outcome, Rejected)
        assert outcome.reason is RejectReason.NOT_FOUND
        assert bench.held() == {}

    def test_removed_code_is_gone_and_others_stay(self, bench: Bench) -> None:
        first, other = bench.applied(bench.code(1)), bench.applied(bench.code(2))

        outcome = bench.remove(first.ref)

        assert isinstance(outcome, Applied)
        assert set(bench.held()) == {other.ref}

    def test_removal_repeated_is_applied(self, bench: Bench) -> None:
        first = bench.applied(bench.code())
        bench.remove(first.ref)

        assert isinstance(bench.remove(first.ref), Applied)

    def test_f53_every_place_from_first_to_last_can_be_written(self, bench: Bench) -> None:
        codes = [bench.code(number) for number in range(1, BENCH_CAPACITY + 2)]

        refs = [bench.applied(code).ref for code in codes[:BENCH_CAPACITY]]
        refused = bench.put(codes[-1])

        assert len(set(refs)) == BENCH_CAPACITY
        assert set(bench.held()) == set(refs)
        assert isinstance(refused, Rejected)
        assert refused.reason is RejectReason.FULL

    def test_full_lock_takes_a_code_once_one_is_removed(self, bench: Bench) -> None:
        refs = [bench.applied(bench.code(number)).ref for number in range(1, BENCH_CAPACITY + 1)]
        bench.remove(refs[1])

        outcome = bench.applied(bench.code(BENCH_CAPACITY + 1))

        assert set(bench.held()) == {refs[0], *refs[2:], outcome.ref}

    def test_second_code_with_the_same_pin_is_refused(self, bench: Bench) -> None:
        first = bench.applied(bench.code(1))

        outcome = bench.put(bench.code(1, name="Guest 2"))

        if bench.capabilities.assigns_pin:
            assert isinstance(outcome, Applied)
            assert outcome.pin != first.pin
        else:
            assert isinstance(outcome, Rejected)
            assert outcome.reason is RejectReason.DUPLICATE_PIN
            assert set(bench.held()) == {first.ref}

    def test_same_pin_in_another_time_is_kept_where_windows_are(self, bench: Bench) -> None:
        bench.applied(bench.code(1))
        later = bench.code(1, name="Guest 2", starts_at=END, ends_at=END + dt.timedelta(days=1))

        outcome = bench.put(later)

        assert isinstance(outcome, Applied) == bench.capabilities.holds_same_pin_in_disjoint_windows

    def test_pin_of_another_length_is_refused(self, bench: Bench) -> None:
        outcome = bench.put(bench.code(pin="739"))

        assert isinstance(outcome, Rejected)
        assert outcome.reason in {RejectReason.INVALID_PIN, RejectReason.NOT_ALLOWED}
        assert bench.held() == {}

    def test_f83_pin_keeps_its_leading_zero_or_is_refused(self, bench: Bench) -> None:
        pin = "0412739185"[: bench.capabilities.pin_lengths[0]]
        takes_it = not bench.capabilities.assigns_pin and space_problem(pin, bench.space) is None

        outcome = bench.put(bench.code(pin=pin))

        assert isinstance(outcome, Applied) == takes_it
        shown = pin if bench.capabilities.reads_pins else None
        assert [code.pin for code in bench.held().values()] == ([shown] if takes_it else [])

    def test_window_that_ends_before_it_begins_is_refused_or_dropped(self, bench: Bench) -> None:
        outcome = bench.put(bench.code(starts_at=END, ends_at=START))

        if bench.capabilities.native_scheduling:
            assert isinstance(outcome, Rejected)
            assert outcome.reason is RejectReason.INVALID_WINDOW
        else:
            assert isinstance(outcome, Applied)

    def test_disabled_code_is_held_until_switched_on_or_refused(self, bench: Bench) -> None:
        outcome = bench.put(bench.code(enabled=False))

        if bench.capabilities.holds_disabled_codes:
            assert isinstance(outcome, Applied)
            assert not bench.held()[outcome.ref].enabled
            bench.applied(bench.code(ref=outcome.ref))
            assert [(code.ref, code.enabled) for code in bench.held().values()] == [(outcome.ref, True)]
        else:
            assert isinstance(outcome, Rejected)
            assert outcome.reason is RejectReason.NOT_ALLOWED

    def test_name_too_long_is_cut_and_never_refused(self, bench: Bench) -> None:
        name = "Bartholomew Featherstonehaugh the Younger of Upper Slaughter, and family"

        outcome = bench.applied(bench.code(name=name))

        shown = bench.held()[outcome.ref].name
        assert shown
        assert len(shown) <= bench.capabilities.name_rule.max_length
        assert name.startswith(shown)

    def test_bolt_is_turned(self, bench: Bench) -> None:
        unlocked = bench.call(lambda connection: connection.unlock_door(bench.device))
        locked = bench.call(lambda connection: connection.lock_door(bench.device))

        assert isinstance(unlocked, Applied) == bench.capabilities.can_unlock
        assert isinstance(locked, Applied) == bench.capabilities.can_lock

    def test_lock_of_another_account_is_not_there(self, bench: Bench) -> None:
        stranger = replace(bench, device=STRANGER)

        outcome = stranger.put(bench.code())

        assert isinstance(stranger.observe(), Unreadable)
        assert isinstance(outcome, Rejected)
        assert outcome.reason is RejectReason.NOT_FOUND

    def test_answers_do_not_show_pins(self, bench: Bench) -> None:
        code = bench.code()
        outcome = bench.applied(code)

        shown = f"{code!r} {outcome!r} {bench.observe()!r} {bench.put(bench.code(1, name='Guest 2'))!r}"

        assert (code.pin or outcome.pin or "?") not in shown

    def test_half_a_window_is_refused_where_both_bounds_are_needed(self, bench: Bench) -> None:
        outcome = bench.put(bench.code(starts_at=START, ends_at=None))

        if bench.capabilities.both_bounds:
            assert isinstance(outcome, Rejected)
            assert outcome.reason is RejectReason.INVALID_WINDOW
        else:
            assert isinstance(outcome, Applied)

    def test_start_in_the_past_is_refused_where_it_must_lie_ahead(self, bench: Bench) -> None:
        outcome = bench.put(bench.code(starts_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), ends_at=END))

        assert isinstance(outcome, Rejected) == bench.capabilities.start_in_future
        if isinstance(outcome, Rejected):
            assert outcome.reason is RejectReason.INVALID_WINDOW

    def test_account_tells_what_is_wrong_with_it(self, bench: Bench) -> None:
        assert bench.call(lambda connection: connection.read_account()) == AccountStatusReport()

    def test_healthy_status_tells_of_nothing_wrong(self, bench: Bench) -> None:
        status = bench.status()

        assert status.conditions == frozenset()
        assert status.battery_level is not None

    def test_auto_lock_is_set_where_the_lock_has_it(self, bench: Bench) -> None:
        outcome = bench.call(
            lambda connection: connection.configure_auto_lock(bench.device, enabled=True, seconds=20)
        )

        has_it = bench.capabilities.auto_lock
        assert isinstance(outcome, Applied) == has_it
        assert (bench.status().auto_lock, bench.status().auto_lock_seconds) == (
            (True, 20) if has_it else (None, None)
        )

    def test_log_tells_what_was_turned_from_afar_and_only_what_is_new(self, bench: Bench) -> None:
        before = bench.log()
        bench.call(lambda connection: connection.unlock_door(bench.device))

        log = bench.log(before.cursor)

        assert [(entry.kind, entry.method) for entry in log.entries] == [
            (LogKind.UNLOCKED, LogMethod.REMOTE)
        ] * bench.capabilities.can_unlock
        assert bench.log(log.cursor) == LockLog((), log.cursor)
        assert bench.log().entries == before.entries + log.entries

    def test_offline_code_is_the_same_whenever_asked_for_and_takes_no_place(self, bench: Bench) -> None:
        for kind in sorted(bench.capabilities.offline_kinds):
            request = offline_request(kind, bench.capabilities.offline_rule(kind))

            first, again = bench.issue(request), bench.issue(request)

            assert isinstance(first, Issued), first
            assert again == first
            assert first.pin.isdecimal()
            assert len(first.pin) <= 12
            assert first.pin not in repr(first)
        if bench.capabilities.online_codes:
            assert bench.held() == {}

    def test_offline_codes_of_one_slot_differ_and_are_limited(self, bench: Bench) -> None:
        for kind in sorted(bench.capabilities.offline_kinds):
            rule = bench.capabilities.offline_rule(kind)
            assert rule is not None
            requests = [offline_request(kind, rule, variant=number) for number in range(rule.per_slot + 1)]

            *issued, refused = [bench.issue(request) for request in requests]

            assert len({one.pin for one in issued if isinstance(one, Issued)}) == rule.per_slot
            assert isinstance(refused, Rejected)
            assert refused.reason is RejectReason.NO_SLOT

    def test_offline_code_of_a_kind_that_the_lock_has_not_is_not_allowed(self, bench: Bench) -> None:
        for kind in set(OfflineKind) - bench.capabilities.offline_kinds:
            outcome = bench.issue(offline_request(kind, None))

            assert isinstance(outcome, Rejected)
            assert outcome.reason is RejectReason.NOT_ALLOWED

    def test_lock_of_another_account_tells_nothing(self, bench: Bench) -> None:
        stranger = replace(bench, device=STRANGER)
        request = offline_request(OfflineKind.HOURLY, None)

        assert isinstance(stranger.call(lambda connection: connection.read_log(STRANGER, "")), Unreadable)
        assert isinstance(stranger.call(lambda connection: connection.read_status(STRANGER)), Unreadable)
        assert isinstance(stranger.issue(request), Rejected)
