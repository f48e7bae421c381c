"""What other hands did to our codes: put right, or left as it is where that is allowed, and never a dead end."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.planning import Budget, Declared, Put, Step
from access.states import Outside, ProblemCode
from locks.capabilities import Capabilities
from tests.access.planning.world import NATIVE, NOW, STAGING, World, declared, plan

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


def inside(count: int = 1, capabilities: Capabilities = NATIVE, **fields: Any) -> World:
    """A lock that holds this many codes, each inside its window."""
    world = World(capabilities)
    for number in range(1, count + 1):
        world.declare(declared(number, start=-1, **fields))
    world.converge(NOW)
    return world


def problems(world: World, code_id: int = 1) -> set[ProblemCode]:
    return set(next(fact for fact in world.look(NOW + MINUTE).facts if fact.code_id == code_id).problems)


def pins(world: World) -> dict[str, str | None]:
    return {ref: place.pin for ref, place in world.places.items()}


@pytest.mark.parametrize("capabilities", [NATIVE, STAGING], ids=["native", "staging"])
@pytest.mark.parametrize("edit", [{"pin": "1111"}, {"name": "Somebody"}], ids=["pin", "name"])
def test_edit_is_told_of_and_put_right(capabilities: Capabilities, edit: dict[str, str]) -> None:
    world = inside(capabilities=capabilities)
    before = dict(world.places)

    world.edit(1, **edit)

    assert ProblemCode.MODIFIED_OUTSIDE in problems(world)
    world.converge(NOW + MINUTE)
    assert world.places == before
    assert problems(world) == set()


def test_edit_that_cannot_be_put_right_yet_stays_told_of() -> None:
    world = inside()
    world.edit(1, name="Somebody")
    world.look(NOW + MINUTE)
    for minutes in (2, 12, 22):
        decided = world.look(NOW + minutes * MINUTE)
        assert ProblemCode.MODIFIED_OUTSIDE in decided.facts[0].problems
        assert decided.steps


def test_allowed_edit_is_left_as_it_is() -> None:
    world = inside(allow_external=True)
    world.edit(1, pin="1111")

    world.converge(NOW + MINUTE)

    assert pins(world) == {"1": "1111"}
    assert problems(world) == {ProblemCode.MODIFIED_OUTSIDE}


def test_allowed_removal_is_left_as_it_is() -> None:
    world = inside(allow_external=True)
    world.places.clear()

    world.converge(NOW + MINUTE)

    assert world.places == {}
    assert world.codes[1].outside is Outside.REMOVED
    assert problems(world) == {ProblemCode.MODIFIED_OUTSIDE}


def test_seam_80_allowed_edit_does_not_stop_what_is_declared_anew() -> None:
    world = inside(allow_external=True)
    world.edit(1, pin="1111")
    world.converge(NOW + MINUTE)
    ends_at = NOW + 90 * HOUR

    world.change(1, ends_at=ends_at)
    world.converge(NOW + 2 * MINUTE)

    assert (world.places["1"].pin, world.places["1"].ends_at) == ("4001", ends_at)


@given(st.permutations(["4001", "4002", "4003", "4004", "5555"]))
def test_seam_83_codes_that_got_each_others_pins_are_all_put_right(shuffled: list[str]) -> None:
    world = inside(4)
    for number, pin in enumerate(shuffled[:4], start=1):
        world.edit(number, pin=pin)

    for minute in itertools.count(1):
        if not world.turn(NOW + minute * MINUTE).steps:
            break
        assert minute < 20, "they block each other"

    by_code = {code.id: world.places[code.ref].pin for code in world.codes.values()}
    assert by_code == {number: f"400{number}" for number in (1, 2, 3, 4)}
    assert world.refusals == 0


def test_seam_96_hour_of_a_changed_clock_is_nobodys_doing() -> None:
    shifting = dataclasses.replace(NATIVE, shifts_with_clocks=True)
    for capabilities, edited in ((shifting, False), (NATIVE, True)):
        world = inside(capabilities=capabilities)
        place = world.places["1"]
        assert place.starts_at is not None
        assert place.ends_at is not None

        world.edit(1, starts_at=place.starts_at - HOUR, ends_at=place.ends_at - HOUR)

        assert (ProblemCode.MODIFIED_OUTSIDE in problems(world)) is edited


FUTURE = dataclasses.replace(NATIVE, start_in_future=True, start_lead=MINUTE, both_bounds=True, grain=MINUTE)


def test_f67_start_in_the_past_is_sent_as_the_earliest_that_the_lock_takes() -> None:
    world = inside(capabilities=FUTURE)

    assert world.refusals == 0
    assert world.places["1"].starts_at == NOW + MINUTE
    assert world.look(NOW + 5 * MINUTE).steps == ()


def test_f67_end_that_moves_keeps_the_start_that_the_lock_has() -> None:
    world = inside(capabilities=FUTURE)
    world.change(1, ends_at=NOW + 5 * HOUR)

    world.converge(NOW + HOUR)

    assert world.refusals == 0
    assert world.places["1"].starts_at == NOW + MINUTE
    assert world.places["1"].ends_at == NOW + 5 * HOUR


def test_spare_codes_wait_behind_guests_and_leave_them_half_of_the_commands() -> None:
    world = World(NATIVE)
    for number in range(1, 6):
        world.declare(spare(number))
    world.declare(declared(9, start=2))
    decided = plan_with(world, Budget(left=4, for_pool=2))

    assert [step.code_id for step in decided] == [9, 1]
    assert all(isinstance(step, Put) for step in decided)


def test_one_command_on_trial_may_be_for_the_pool_where_no_guest_needs_it() -> None:
    world = World(NATIVE)
    world.declare(spare(1))
    world.declare(spare(2))

    assert plan_with(world, Budget(left=1, for_pool=0)) == ()
    assert [step.code_id for step in plan_with(world, Budget(left=1, for_pool=1))] == [1]
    world.declare(declared(9, start=2))
    assert [step.code_id for step in plan_with(world, Budget(left=1, for_pool=1))] == [9]


def spare(number: int) -> Declared:
    return dataclasses.replace(declared(number), starts_at=None, ends_at=None, spare=True)


def plan_with(world: World, budget: Budget) -> tuple[Step, ...]:
    codes = list(world.codes.values())
    return plan(codes, world.observe(NOW), world.capabilities, now=NOW, budget=budget).steps


def test_offline_code_is_computed_once_and_never_sent() -> None:
    world = World(NATIVE)
    world.declare(dataclasses.replace(declared(1), pin=None, pin_key=None, is_offline=True))

    world.converge(NOW)

    assert world.codes[1].pin == "9001"
    assert world.commands == 1
    assert world.places == {}


def test_offline_code_that_is_revoked_goes_on_until_its_end_and_is_told_of() -> None:
    world = World(NATIVE)
    world.declare(dataclasses.replace(declared(1, start=-1, hours=3), is_offline=True, revoked_at=NOW))

    assert problems(world) == {ProblemCode.OFFLINE_GOES_ON}
    world.converge(NOW + 3 * HOUR)

    assert world.ended == {1}
    assert world.commands == 0
