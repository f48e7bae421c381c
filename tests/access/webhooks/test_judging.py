"""When to try again, when to leave an endpoint alone, when to give it up."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from access.webhooks.judging import (
    DISABLE_AFTER,
    FAILING_FROM,
    HEALTHY,
    LONGEST_PAUSE,
    MAX_ATTEMPTS,
    SHORTEST_PAUSE,
    after_failure,
    next_try,
)
from tests.factories import NOW


def test_retries_follow_the_table() -> None:
    waits = []
    for attempts in range(1, MAX_ATTEMPTS):
        moment = next_try(attempts, now=NOW)
        assert moment is not None
        waits.append((moment - NOW).total_seconds())
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert next_try(MAX_ATTEMPTS, now=NOW) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100_000)), max_size=60))
def test_health_is_that_of_the_failures_since_the_last_success(story: list[tuple[bool, int]]) -> None:
    health, now = HEALTHY, NOW
    failed: list[dt.datetime] = []
    for succeeded, seconds in story:
        now += dt.timedelta(seconds=seconds)
        failed = [] if succeeded else [*failed, now]
        health = HEALTHY if succeeded else after_failure(health, now=now)
        assert health.failures == len(failed)
        assert health.failing_since == (failed[0] if failed else None)
        assert health.is_failing is (len(failed) >= FAILING_FROM)
        if health.is_failing:
            assert health.paused_until is not None
            assert SHORTEST_PAUSE <= health.paused_until - now <= LONGEST_PAUSE
            assert health.is_paused(now)
            assert health.is_over(now) is (now - failed[0] >= DISABLE_AFTER)
        else:
            assert not health.is_paused(now)
            assert not health.is_over(now)
