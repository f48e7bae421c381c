"""Places that two codes name, places that others took meanwhile, PINs that serve twice, starts that pass on the way:
what a plan must not do to a guest, or to a stranger's code."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest

from access.planning import Budget, Declared, Plan, Put, Remove, Shape
from access.states import ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Known, ObservedCode
from tests.access.planning.world import NATIVE, NOW, PLAIN, STAGING, World, declared, plan

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
SETTLING = dataclasses.replace(NATIVE, settle=MINUTE)
SHARING = dataclasses.replace(NATIVE, holds_same_pin_in_disjoint_windows=True)
FUTURE = dataclasses.replace(
    NATIVE, start_in_future=True, start_lead=15 * SECOND, both_bounds=True, grain=MINUTE
)


def sent(code: Declared, state: WriteState, *, seconds_ago: int, **fields: Any) -> Declared:
    """A code whose window went to the lock so long ago."""
    shape = Shape(code.pin_key, code.name, code.starts_at, code.ends_at)
    at = NOW - seconds_ago * SECOND
    return dataclasses.replace(
        code, write_state=state, written=shape, written_at=at, attempts=1, seen=Seen.NEVER, **fields
    )


def shown(ref: str, code: Declared) -> ObservedCode:
    return ObservedCode(ref, code.pin, code.name, code.starts_at, code.ends_at)


def look(codes: list[Declared], places: list[ObservedCode], capabilities: Capabilities = NATIVE) -> Plan:
    return plan(codes, Known(tuple(places), NOW), capabilities, now=NOW)


def seen(decided: Plan) -> dict[int, Seen | None]:
    return {fact.code_id: fact.seen for fact in decided.facts}


def test_lock_gets_nothing_where_its_budget_was_overdrawn() -> None:
    world = World(NATIVE)
    for number in range(1, 4):
        world.declare(declared(number, start=-1))

    decided = plan(list(world.codes.values()), world.observe(NOW), NATIVE, now=NOW, budget=Budget(-1, 0))

    assert decided.steps == ()


@pytest.mark.parametrize("hides_pins", [False, True])
def test_place_given_to_a_new_code_is_not_cleared_for_the_former_one(hides_pins: bool) -> None:
    """The former code's removal was done in silence, and its place given to the same guest's new PIN."""
    former = sent(declared(1, start=-1), WriteState.SENT, seconds_ago=20, ref="5", revoked_at=NOW - MINUTE)
    new = sent(dataclasses.replace(declared(2, start=-1), name="Guest 1"), WriteState.APPLIED, seconds_ago=5)
    new = dataclasses.replace(new, ref="5")
    place = shown("5", new)
    if hides_pins:
        place = dataclasses.replace(place, pin=None)

    for codes in itertools.permutations([former, new]):
        decided = look(list(codes), [place])
        assert seen(decided)[2] is Seen.PRESENT
        assert decided.steps == ()


@pytest.mark.parametrize("change", [{"revoked_at": NOW}, {"ends_at": NOW + 9 * HOUR}], ids=["gone", "moved"])
def test_p4_place_that_a_stranger_took_is_left_alone_while_our_write_settles(change: dict[str, Any]) -> None:
    code = sent(declared(1, start=-1), WriteState.APPLIED, seconds_ago=10, ref="5")
    code = dataclasses.replace(code, **change)

    decided = look([code], [ObservedCode("5", "7777", "Plumber")], SETTLING)

    assert decided.steps == ()
    assert decided.wake_at is not None
    assert decided.wake_at <= NOW + MINUTE


def test_what_settles_and_stands_is_removed_without_waiting() -> None:
    code = sent(declared(1, start=-1), WriteState.APPLIED, seconds_ago=10, ref="5", revoked_at=NOW)

    assert look([code], [], SETTLING).steps == (Remove(1, "5"),)


def test_windows_of_one_holder_that_got_no_answer_are_found_each_by_its_window() -> None:
    first, second = (
        sent(
            dataclasses.replace(declared(number, start=start, hours=2, pin="4001"), name="Holder"),
            WriteState.SENT,
            seconds_ago=10,
        )
        for number, start in ((1, 1), (2, 5))
    )

    decided = look([first, second], [shown("1", second), shown("2", first)], SHARING)

    assert {fact.code_id: fact.ref for fact in decided.facts} == {1: "2", 2: "1"}
    assert decided.steps == ()


def test_start_that_may_pass_on_the_way_is_sent_later() -> None:
    world = World(FUTURE)
    world.declare(declared(1, start=0))
    begins = world.codes[1].starts_at
    assert begins is not None
    world.turn(begins - 5 * SECOND)

    assert world.places["1"].starts_at == begins + MINUTE
    for seconds in (1, 30, 61, 600):
        assert world.turn(begins + seconds * SECOND).steps == ()


def test_holder_whose_next_window_begins_soon_is_in_no_danger() -> None:
    world = World(PLAIN)
    world.declare(declared(1, start=-2, hours=2.25, pin="4001"))
    world.declare(declared(2, start=0.5, hours=2, pin="4001"))
    world.converge(NOW)

    assert [fact.problems for fact in world.look(NOW + MINUTE).facts] == [frozenset(), frozenset()]

    # What holds on to the PIN when its own window is over is another matter.
    decided = world.look(NOW + 16 * MINUTE)
    assert ProblemCode.ARRIVAL_IN_DANGER in decided.facts[1].problems
    world.converge(NOW + 16 * MINUTE)
    assert [place.name for place in world.places.values()] == ["Guest 2"]


def test_pin_refused_as_taken_is_tried_again_when_its_time_has_come() -> None:
    code = dataclasses.replace(declared(1, start=-1), stopped="duplicate_pin", next_try_at=NOW + MINUTE)
    later = dataclasses.replace(code, next_try_at=NOW)

    assert look([code], []).steps == ()
    assert [type(step) for step in look([later], []).steps] == [Put]
    assert look([later], [ObservedCode("9", code.pin, "Plumber")]).steps == ()
    assert look([dataclasses.replace(later, stopped="not_allowed")], []).steps == ()


class Sharing(World):
    """A lock that takes a PIN twice where the windows lie apart."""

    def _refuses(self, step: Put, pin: str | None, now: dt.datetime) -> bool:
        shape = step.shape
        assert shape.starts_at is not None
        assert shape.ends_at is not None
        for ref, place in self.places.items():
            assert place.starts_at is not None
            assert place.ends_at is not None
            apart = place.ends_at <= shape.starts_at or shape.ends_at <= place.starts_at
            if place.pin == pin and ref != step.ref and not apart:
                return True
        return False


@pytest.mark.parametrize("hours", [2, -2, 1])
def test_windows_of_one_holder_that_all_move_are_moved_one_after_the_other(hours: int) -> None:
    world = Sharing(SHARING)
    for number, start in ((1, 4), (2, 6), (3, 8)):
        world.declare(declared(number, start=start, hours=2, pin="4001"))
    world.converge(NOW)
    assert len(world.places) == 3

    for code in list(world.codes.values()):
        assert code.starts_at is not None
        assert code.ends_at is not None
        shift = hours * HOUR
        world.change(code.id, starts_at=code.starts_at + shift, ends_at=code.ends_at + shift)
    world.converge(NOW + MINUTE)

    assert world.refusals == 0
    assert [world.places[code.ref].starts_at for code in world.codes.values()] == [
        NOW + (start + hours) * HOUR for start in (4, 6, 8)
    ]


def test_windows_of_one_holder_that_change_places_do_not_wait_for_each_other_for_ever() -> None:
    world = Sharing(SHARING)
    for number, start in ((1, 4), (2, 6)):
        world.declare(declared(number, start=start, hours=2, pin="4001"))
    world.converge(NOW)
    first, second = world.codes[1], world.codes[2]
    world.change(1, starts_at=second.starts_at, ends_at=second.ends_at)
    world.change(2, starts_at=first.starts_at, ends_at=first.ends_at)

    assert world.turn(NOW + MINUTE).steps


def test_guest_who_is_there_does_not_wait_until_many_others_are_cleared_away() -> None:
    world = World(STAGING)
    for number in range(1, 21):
        world.declare(declared(number, start=-30, hours=30))
    world.converge(NOW - HOUR)
    world.declare(declared(99, start=-0.5))

    decided = plan(list(world.codes.values()), world.observe(NOW), STAGING, now=NOW, budget=Budget(10, 5))

    assert [step.code_id for step in decided.steps] == [99, *range(1, 10)]


def test_full_lock_is_cleared_before_anybody_gets_a_place() -> None:
    world = World(STAGING)
    for number in range(1, 31):
        world.declare(declared(number, start=-30, hours=30))
    world.converge(NOW - HOUR)
    world.declare(declared(99, start=-0.5))

    assert {type(step) for step in world.look(NOW).steps} == {Remove}


def test_code_that_was_changed_into_another_place_is_found_though_no_answer_came() -> None:
    code = sent(declared(1, start=-1), WriteState.SENT, seconds_ago=20, ref="5")

    decided = look([code], [shown("6", code)])

    assert [(fact.seen, fact.ref, fact.needs_other_pin) for fact in decided.facts] == [
        (Seen.PRESENT, "6", False)
    ]
    assert decided.steps == ()


def test_removal_that_fails_again_and_again_does_not_come_before_an_arrival() -> None:
    world = World(STAGING)
    world.declare(declared(1, start=-30, hours=30))
    world.declare(declared(2, start=0))
    world.converge(NOW - HOUR)
    world.change(1, failures=5)

    assert [step.code_id for step in world.look(NOW).steps] == [2, 1]


def test_code_that_its_lock_gave_another_pin_in_silence_is_found_by_its_name_and_window() -> None:
    """It was confirmed and forgotten with one PIN; the second command was done, and its answer lost."""
    choosing = dataclasses.replace(NATIVE, assigns_pin=True)
    code = sent(declared(1, start=-1), WriteState.SENT, seconds_ago=20)
    place = dataclasses.replace(shown("6", code), pin="400251")

    decided = look([code], [place], choosing)

    (fact,) = decided.facts
    assert (fact.seen, fact.ref, fact.assigned_pin) == (Seen.PRESENT, "6", "400251")
    assert (decided.steps, decided.foreign) == ((), ())
    other = dataclasses.replace(place, name="Neighbour")
    assert look([code], [other], choosing).foreign == (other,)


def test_code_that_the_lock_claims_to_hold_is_waited_for_before_its_removal_counts_as_done() -> None:
    """Confirmed, not listed, refused as held: the lock lists what it holds with a delay that it does not tell."""
    refused = dataclasses.replace(
        declared(1, start=-1),
        write_state=WriteState.REJECTED,
        written_at=NOW - MINUTE,
        attempts=4,
        failures=3,
        claimed=True,
        revoked_at=NOW - MINUTE,
    )
    decided = look([refused], [])
    assert [fact.ended for fact in decided.facts] == [False]
    assert ProblemCode.FAILED_TO_REMOVE not in decided.facts[0].problems
    assert decided.wake_at is not None

    late = look([refused], [shown("17", refused)])
    assert late.steps == (Remove(1, "17"),)

    waited = dataclasses.replace(refused, written_at=NOW - 10 * MINUTE)
    assert decided.wake_at <= NOW + 9 * MINUTE
    assert [fact.ended for fact in look([waited], []).facts] == [True]


def test_code_that_the_lock_refused_at_the_first_command_is_gone_at_once() -> None:
    """Somebody else's code has the PIN."""
    refused = dataclasses.replace(
        declared(1, start=-1), write_state=WriteState.REJECTED, written_at=NOW, attempts=1, failures=1
    )
    revoked = dataclasses.replace(refused, revoked_at=NOW)
    assert [fact.ended for fact in look([revoked], []).facts] == [True]
