"""The planner under chosen cases and under Hypothesis: it comes to rest, keeps windows, and leaves strangers alone."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.planning import Budget, Declared, Put, Remove
from access.states import ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.drivers.base import Empty, Known, ObservedCode, Unreadable, UnreadableReason
from tests.access.planning.world import MASKED, NATIVE, NOW, PLAIN, STAGING, Fate, World, declared, plan

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
KINDS = [NATIVE, STAGING, PLAIN, MASKED]
STRANGER = ObservedCode("f1", "9999", "Owner")


def opens(world: World, code_id: int, at: dt.datetime) -> bool:
    """Ask the lock's memory, by the lock's own rules, whether a guest's PIN opens."""
    places = [place for place in world.places.values() if place.name == f"Guest {code_id}"]
    return any(
        place.enabled
        and (place.starts_at is None or place.starts_at <= at)
        and (place.ends_at is None or at < place.ends_at)
        for place in places
    )


@pytest.mark.parametrize("kind", KINDS)
def test_plan_opens_within_the_window_and_at_no_other_time(kind: Capabilities) -> None:
    world = World(kind)
    code = declared(1, start=100, hours=24)
    assert code.starts_at is not None
    assert code.ends_at is not None
    world.declare(code)

    wakes = 0
    now: dt.datetime | None = NOW
    while now is not None and now < code.ends_at + HOUR:
        world.converge(now)
        early = JIT_EARLY if kind is PLAIN else dt.timedelta(minutes=1)
        if now < code.starts_at - early:
            assert not opens(world, 1, now)
        if code.starts_at <= now < code.ends_at:
            assert opens(world, 1, now)
        now = world.look(now).wake_at
        wakes += 1

    assert world.ended == {1}
    assert not world.places
    assert wakes < 600  # a reading every ten minutes, and little more


JIT_EARLY = dt.timedelta(hours=1, minutes=1)


def test_plan_loads_a_native_code_72_hours_ahead_and_no_earlier() -> None:
    world = World(NATIVE)
    world.declare(declared(1, start=100))

    early = world.look(NOW)

    assert early.steps == ()
    assert early.wake_at == NOW + 28 * HOUR
    (step,) = world.look(NOW + 28 * HOUR).steps
    assert isinstance(step, Put)
    assert step.shape.starts_at == NOW + 100 * HOUR


@pytest.mark.parametrize(("kind", "enabled"), [(STAGING, False), (PLAIN, True)])
def test_plan_programs_just_in_time_60_minutes_ahead(kind: Capabilities, enabled: bool) -> None:
    world = World(kind)
    world.declare(declared(1, start=3))

    assert world.look(NOW + 2 * HOUR - MINUTE).steps == ()
    (step,) = world.look(NOW + 2 * HOUR).steps

    assert isinstance(step, Put)
    assert step.shape.enabled is enabled
    assert step.shape.starts_at is None


def test_f76_plan_writes_nothing_for_24_hours_after_coming_to_rest() -> None:
    for kind in KINDS:
        world = World(kind)
        world.declare(declared(1, start=-2, hours=100))
        world.declare(declared(2, start=30))
        world.converge(NOW)
        before = world.commands
        for quarter in range(96):
            world.converge(NOW + quarter * 15 * MINUTE)
        assert world.commands == before


def test_plan_moves_the_window_of_the_same_code() -> None:
    world = World(NATIVE)
    world.declare(declared(1))
    world.converge(NOW)
    (place,) = world.places
    world.change(1, ends_at=NOW + 90 * HOUR)

    (step,) = world.look(NOW).steps

    assert isinstance(step, Put)
    assert step.ref == place


def test_plan_leaves_a_just_in_time_code_alone_when_only_its_end_moves() -> None:
    world = World(STAGING)
    world.declare(declared(1, start=-1))
    world.converge(NOW)
    world.change(1, ends_at=NOW + 90 * HOUR)

    assert world.look(NOW).steps == ()


def test_plan_keeps_a_preloaded_code_whose_stay_moved_far_ahead() -> None:
    world = World(NATIVE)
    world.declare(declared(1))
    world.converge(NOW)
    world.change(1, starts_at=NOW + 200 * HOUR, ends_at=NOW + 220 * HOUR)

    world.converge(NOW)

    (place,) = world.places.values()
    assert place.starts_at == NOW + 200 * HOUR


def test_plan_takes_a_just_in_time_code_off_when_its_stay_moved_ahead() -> None:
    world = World(STAGING)
    world.declare(declared(1, start=0))
    world.converge(NOW)
    world.change(1, starts_at=NOW + 20 * HOUR, ends_at=NOW + 40 * HOUR)

    world.converge(NOW)

    assert not world.places
    assert world.codes.keys() == {1}


@pytest.mark.parametrize("reason", list(UnreadableReason))
def test_f19_plan_sends_nothing_to_a_lock_it_cannot_read(reason: UnreadableReason) -> None:
    code = declared(1, start=-1, written=None)

    decided = plan([code], Unreadable(reason), NATIVE, now=NOW)

    assert decided.steps == ()
    assert decided.foreign is None
    assert decided.facts[0].seen is None
    assert ProblemCode.ARRIVAL_IN_DANGER in decided.facts[0].problems


def test_f87_plan_never_takes_an_outage_for_a_removal() -> None:
    world = World(NATIVE)
    world.declare(declared(1, start=-1))
    world.converge(NOW)
    world.change(1, revoked_at=NOW)

    decided = plan([world.codes[1]], Unreadable(UnreadableReason.TIMEOUT), NATIVE, now=NOW)

    assert not decided.facts[0].ended


def test_f65_a_command_done_in_silence_is_found_again_and_not_repeated() -> None:
    for kind in KINDS:
        world = World(kind)
        world.declare(declared(1, start=-1))
        world.turn(NOW, Fate.SILENT)

        world.converge(NOW + MINUTE)

        assert world.commands == 1
        assert len(world.places) == 1
        assert world.codes[1].seen is Seen.PRESENT


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Amara Diallo"},
        {"pin": "7788", "pin_key": 7788},
        {"name": "Amara", "pin": "7788", "pin_key": 7788},
    ],
)
def test_f65_a_command_done_in_silence_is_found_again_though_its_code_was_changed_meanwhile(
    change: dict[str, object],
) -> None:
    """Otherwise it stays on the lock as a stranger's: nobody takes it off, and its PIN is in the way."""
    for kind in KINDS:
        world = World(kind)
        world.declare(declared(1, start=-1))
        world.turn(NOW, Fate.SILENT)
        world.change(1, **change)

        world.converge(NOW + MINUTE)

        (place,) = world.places.values()
        assert place.name == world.codes[1].name
        assert place.pin in (None, world.codes[1].pin)


def test_f65_a_lost_command_is_repeated_only_when_it_can_no_longer_arrive() -> None:
    world = World(NATIVE)
    world.declare(declared(1, start=-1))
    world.turn(NOW, Fate.LOST)

    at_once = world.look(NOW + dt.timedelta(seconds=1))
    later = world.look(NOW + dt.timedelta(seconds=6))

    assert at_once.steps == ()
    assert at_once.wake_at == NOW + dt.timedelta(seconds=5)
    assert len(later.steps) == 1


def test_plan_adopts_a_command_that_arrives_after_it_was_given_up() -> None:
    world = World(NATIVE)
    code = declared(1, start=-1, attempts=1)
    world.declare(code)
    world.places["7"] = ObservedCode("7", code.pin, code.name, code.starts_at, code.ends_at)

    world.converge(NOW)

    assert list(world.places) == ["7"]
    assert world.codes[1].seen is Seen.PRESENT


def test_f75_a_reading_from_before_our_write_proves_nothing() -> None:
    slow = dataclasses.replace(NATIVE, settle=dt.timedelta(seconds=30))
    world = World(slow)
    world.declare(declared(1, start=-1))
    world.turn(NOW)

    stale = plan(list(world.codes.values()), Empty(NOW - MINUTE), slow, now=NOW + dt.timedelta(seconds=20))
    settling = plan(list(world.codes.values()), Empty(NOW), slow, now=NOW + dt.timedelta(seconds=20))
    settled = plan(list(world.codes.values()), Empty(NOW + MINUTE), slow, now=NOW + MINUTE)

    assert (stale.steps, settling.steps) == ((), ())
    assert stale.facts[0].seen is None
    assert len(settled.steps) == 1


def test_f44_masked_pins_are_not_rewritten() -> None:
    world = World(MASKED)
    world.declare(declared(1, start=-1))
    world.converge(NOW)

    assert world.look(NOW + HOUR).steps == ()


def test_f81_odd_place_ends_no_reading() -> None:
    for kind in (NATIVE, STAGING, MASKED):
        world = World(kind, next_place=5)
        odd = {"1": ObservedCode("1", None), "9": ObservedCode("9", "", "", None, NOW, enabled=False)}
        world.foreign = odd | {"x": ObservedCode("x", "0000", "\0")}
        for code_id in (1, 2, 3):
            world.declare(declared(code_id, start=-1))
        world.converge(NOW)
        places = [*world.foreign.values(), *reversed(world.places.values())]

        decided = plan(
            list(world.codes.values()), Known((places[0], *places[3:], *places[1:3]), NOW), kind, now=NOW
        )

        assert decided.steps == ()
        assert {fact.seen for fact in decided.facts} == {Seen.PRESENT}
        assert {place.ref for place in decided.foreign or ()} == {"1", "9", "x"}


def test_plan_restores_a_code_that_was_edited_outside() -> None:
    world = World(NATIVE)
    world.declare(declared(1, start=-1))
    world.converge(NOW)
    (ref,) = world.places
    world.places[ref] = dataclasses.replace(world.places[ref], ends_at=None)

    decided = world.look(NOW + MINUTE)

    assert decided.steps
    assert ProblemCode.MODIFIED_OUTSIDE in decided.facts[0].problems
    world.converge(NOW + MINUTE)
    assert world.places[ref].ends_at is not None


def test_plan_restores_a_code_that_was_deleted_outside() -> None:
    world = World(PLAIN)
    world.declare(declared(1, start=-1))
    world.converge(NOW)
    world.places.clear()

    world.converge(NOW + MINUTE)

    assert opens(world, 1, NOW + MINUTE)


def test_plan_leaves_a_strangers_code_in_our_former_place_alone() -> None:
    world = World(PLAIN)
    world.declare(declared(1, start=-1))
    world.converge(NOW)
    (ref,) = world.places
    stranger = ObservedCode(ref, "7777", "Plumber")
    world.foreign = {"x": stranger}
    world.places.clear()
    world.change(1, revoked_at=NOW)

    decided = world.look(NOW)

    assert not any(step for step in decided.steps if step.ref == ref)
    assert world.ended == {1}


def test_f50_a_foreign_code_with_our_pin_asks_for_another_pin_and_sends_nothing() -> None:
    world = World(NATIVE, foreign={"f1": ObservedCode("f1", "4001", "Owner")})
    world.declare(declared(1))

    decided = world.look(NOW)

    assert decided.steps == ()
    assert decided.facts[0].needs_other_pin
    assert ProblemCode.DUPLICATE in decided.facts[0].problems


def test_f51_a_full_lock_gets_no_command_and_the_nearest_arrival_comes_first() -> None:
    small = dataclasses.replace(NATIVE, max_codes=2)
    world = World(small, foreign={"f1": STRANGER})
    world.declare(declared(1, start=40))
    world.declare(declared(2, start=2))

    decided = world.look(NOW)

    assert [step.code_id for step in decided.steps] == [2]
    problems = {fact.code_id: fact.problems for fact in decided.facts}
    assert ProblemCode.NO_SPACE in problems[1]
    assert ProblemCode.NO_SPACE not in problems[2]


def test_f58_a_lock_that_cannot_be_read_is_assumed_to_hold_what_it_confirmed() -> None:
    blind = dataclasses.replace(PLAIN, reads_codes=False)
    observed = Unreadable(UnreadableReason.NOT_SUPPORTED)
    (step,) = plan([declared(1, start=-1)], observed, blind, now=NOW).steps
    assert isinstance(step, Put)
    sent = declared(1, start=-1, written=step.shape, written_at=NOW, ref="5", write_state=WriteState.APPLIED)

    kept = plan([sent], observed, blind, now=NOW)
    gone = plan([dataclasses.replace(sent, revoked_at=NOW)], observed, blind, now=NOW)

    assert kept.steps == ()
    assert kept.facts[0].seen is Seen.ASSUMED
    assert gone.steps == (Remove(1, "5"),)


def test_plan_stays_within_its_budget_and_comes_back_when_it_is_renewed() -> None:
    codes = [declared(number, start=-1) for number in range(1, 6)]

    decided = plan(codes, Empty(NOW), NATIVE, now=NOW, budget=Budget(2, 1, NOW + MINUTE))

    assert len(decided.steps) == 2
    assert decided.wake_at == NOW + MINUTE


def test_plan_tells_of_an_arrival_in_danger_half_an_hour_before() -> None:
    code = declared(1, start=0.5, failures=3, next_try_at=NOW + HOUR)

    calm = plan([code], Empty(NOW - MINUTE), NATIVE, now=NOW - MINUTE).facts[0]
    danger = plan([code], Empty(NOW), NATIVE, now=NOW).facts[0]

    assert ProblemCode.ARRIVAL_IN_DANGER not in calm.problems
    assert ProblemCode.ARRIVAL_IN_DANGER in danger.problems


def test_plan_ends_a_revoked_code_that_never_left_us_even_when_the_lock_is_silent() -> None:
    code = declared(1, revoked_at=NOW)

    decided = plan([code], Unreadable(UnreadableReason.DEVICE_OFFLINE), NATIVE, now=NOW)

    assert decided.facts[0].ended


CODES = st.builds(
    declared,
    st.just(0),
    start=st.floats(-100, 200),
    hours=st.floats(0.5, 300),
)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    codes=st.lists(CODES, max_size=6),
    revoked=st.sets(st.integers(0, 5)),
    foreign=st.integers(0, 3),
    turns=st.lists(st.tuples(st.floats(0, 60), st.sampled_from(Fate)), max_size=12),
)
def test_plan_converges_keeps_to_its_rights_and_repeats_nothing(
    kind: Capabilities,
    codes: list[Declared],
    revoked: set[int],
    foreign: int,
    turns: list[tuple[float, Fate]],
) -> None:
    world = World(
        kind, foreign={f"f{n}": ObservedCode(f"f{n}", f"99{n}0", f"Owner {n}") for n in range(foreign)}
    )
    strangers = dict(world.foreign)
    for number, code in enumerate(codes):
        pin = f"{4000 + number}"
        world.declare(dataclasses.replace(code, id=number, pin=pin, pin_key=int(pin), name=f"Guest {number}"))
    now = NOW
    for hours, fate in turns:
        now += dt.timedelta(hours=hours, seconds=10)
        decided = world.turn(now, fate)
        assert {step.code_id for step in decided.steps} <= set(range(len(codes)))
        assert not {step.ref for step in decided.steps} & set(strangers)
        for code_id in revoked & world.codes.keys():
            world.change(code_id, revoked_at=now)
    now += MINUTE

    world.converge(now)

    assert world.look(now).steps == ()
    assert world.foreign == strangers
    assert len(world.places) == len({place.name for place in world.places.values()})
    for code in codes_with_numbers(codes, world):
        inside = code.starts_at is None or code.starts_at <= now
        over = code.revoked_at is not None or (code.ends_at is not None and code.ends_at <= now)
        if over or code.id in world.ended:
            assert not opens(world, code.id, now)
        elif inside:
            assert opens(world, code.id, now)


def codes_with_numbers(codes: list[Declared], world: World) -> list[Declared]:
    return [world.codes[number] for number in range(len(codes)) if number in world.codes]


def test_f87_known_and_empty_are_not_the_same_as_unreadable() -> None:
    lost = declared(1, start=-1)
    assert plan([lost], Known((STRANGER,), NOW), NATIVE, now=NOW).foreign == (STRANGER,)
    assert plan([lost], Empty(NOW), NATIVE, now=NOW).foreign == ()


@pytest.mark.parametrize(("kind", "told"), [(NATIVE, False), (STAGING, True)], ids=["native", "staging"])
def test_code_that_the_lock_itself_has_closed_alarms_nobody_for_a_day(kind: Capabilities, told: bool) -> None:
    world = World(kind)
    world.declare(declared(1, start=-1, hours=2))
    world.converge(NOW)
    unreachable = Unreadable(UnreadableReason.DEVICE_OFFLINE)

    def delayed(hours: float) -> bool:
        now = NOW + dt.timedelta(hours=hours)
        decided = plan(list(world.codes.values()), unreachable, kind, now=now)
        return ProblemCode.DELAY_IN_REMOVING in decided.facts[0].problems

    assert delayed(1.5) is told
    assert delayed(26)
