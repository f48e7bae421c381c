from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from access.occupancy.segments import CodeLine, Line, segments_of
from access.states import CodeState

OPENS = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
CLOSES = OPENS + dt.timedelta(days=4)
HOUR = dt.timedelta(hours=1)
MOMENTS = st.integers(-48, 150).map(lambda hours: OPENS + hours * HOUR)
SIGHTINGS = st.lists(st.tuples(MOMENTS, st.booleans()), max_size=4).map(lambda found: tuple(sorted(found)))


def line(**fields: Any) -> CodeLine:
    fields.setdefault("state", CodeState.ACTIVE)
    return CodeLine(OPENS, CLOSES, **fields)


def looks(code: CodeLine, *, now: dt.datetime) -> list[tuple[Line, float]]:
    return [(one.line, (one.ends_at - one.begins_at) / HOUR) for one in segments_of(code, now=now)]


@given(
    st.lists(SIGHTINGS, max_size=3).map(tuple), st.sampled_from(CodeState), st.none() | MOMENTS, st.none() | MOMENTS,
    MOMENTS,
)  # fmt: skip
def test_segments_follow_each_other_over_the_whole_window(
    known: Any, state: CodeState, gone_at: Any, declared_at: Any, now: dt.datetime
) -> None:
    found = segments_of(line(known=known, state=state, gone_at=gone_at, declared_at=declared_at), now=now)

    begin = max(OPENS, declared_at or OPENS)
    if begin >= CLOSES:
        assert found == ()
        return
    assert (found[0].begins_at, found[-1].ends_at) == (begin, CLOSES)
    assert all(
        one.ends_at == two.begins_at and one.line != two.line for one, two in itertools.pairwise(found)
    )


def test_code_that_came_late_was_missing_until_then() -> None:
    code = line(known=(((OPENS + 3 * HOUR, True),),))

    assert looks(code, now=OPENS + 10 * HOUR) == [(Line.MISSING, 3), (Line.ACTIVE, 7), (Line.ON_LOCK, 86)]


def test_code_that_other_hands_deleted_was_missing_meanwhile() -> None:
    known = ((OPENS - HOUR, True), (OPENS + 2 * HOUR, False), (OPENS + 5 * HOUR, True))

    assert looks(line(known=(known,)), now=OPENS + 6 * HOUR)[:3] == [
        (Line.ACTIVE, 2), (Line.MISSING, 3), (Line.ACTIVE, 1),
    ]  # fmt: skip


def test_code_that_is_not_due_yet_is_planned() -> None:
    assert looks(line(state=CodeState.PLANNED), now=OPENS - HOUR) == [(Line.PLANNED, 96)]


def test_code_that_the_lock_refuses_is_missing_ahead() -> None:
    assert looks(line(state=CodeState.FAILED), now=OPENS - HOUR) == [(Line.MISSING, 96)]


def test_code_of_a_past_stay_was_active_and_is_removed() -> None:
    known = ((OPENS - HOUR, True), (CLOSES - 2 * HOUR, False))
    code = line(known=(known,), state=CodeState.ENDED, gone_at=CLOSES - 2 * HOUR)

    assert looks(code, now=CLOSES + HOUR) == [(Line.ACTIVE, 94), (Line.REMOVED, 2)]


def test_nothing_is_missing_before_it_was_declared() -> None:
    code = line(state=CodeState.PROGRAMMING, declared_at=OPENS + 20 * HOUR)

    assert looks(code, now=OPENS + 20 * HOUR) == [(Line.PLANNED, 76)]
