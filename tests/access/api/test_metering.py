"""The rate of a key holds for all web processes together, and costs less than a statement for each call."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.api.metering import MOST, PART, Meter
from access.api_keys import create_key
from tests.factories import make_workspace

NOW = 1_800_000_000.0


@pytest.fixture
def key_id() -> int:
    return create_key(make_workspace(), name="k")[0].pk


def admitted(
    meters: list[Meter], key_id: int, *, asked: int, limit: int, span: float = 60, now: float = NOW
) -> int:
    """How many of `asked` calls go through, one process after the other."""
    answers = [meters[n % len(meters)].count(key_id, limit=limit, span=span, now=now) for n in range(asked)]
    return sum(answer.allowed for answer in answers)


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 3, 20, 600])
@pytest.mark.parametrize("processes", [1, 2, 5])
def test_processes_let_through_together_what_one_would(limit: int, processes: int, key_id: int) -> None:
    meters = [Meter() for _ in range(processes)]
    assert admitted(meters, key_id, asked=3 * limit + 20, limit=limit) == limit
    # A third of the span later a third is free again.
    assert admitted(meters, key_id, asked=limit + 20, limit=limit, now=NOW + 20) == limit // 3
    assert admitted(meters, key_id, asked=2 * limit + 20, limit=limit, now=NOW + 200) == limit


@pytest.mark.django_db
def test_one_process_leaves_little_unused_to_the_others(key_id: int) -> None:
    idle, busy = Meter(), Meter()
    assert idle.count(key_id, limit=600, span=60, now=NOW).allowed
    assert admitted([busy], key_id, asked=700, limit=600) >= 600 - MOST


@pytest.mark.django_db
def test_counting_costs_a_statement_for_many_calls_and_none_where_nothing_is_left(key_id: int) -> None:
    meter = Meter()
    with CaptureQueriesContext(connection) as first:
        admitted([meter], key_id, asked=MOST, limit=600)
    assert len(first) == 1
    with CaptureQueriesContext(connection) as whole:
        assert admitted([meter], key_id, asked=600 - MOST, limit=600) == 600 - MOST
    assert len(whole) < 100
    with CaptureQueriesContext(connection) as refused:
        assert admitted([meter], key_id, asked=100, limit=600) == 0
    assert len(refused) <= 1
    assert MOST // PART > 1


@pytest.mark.django_db
def test_answer_tells_what_is_left_and_when_one_more_is(key_id: int) -> None:
    meter = Meter()
    told = [meter.count(key_id, limit=3, span=60, now=NOW + n) for n in (0, 1, 2, 3)]
    assert [answer.allowed for answer in told] == [True, True, True, False]
    assert [answer.left for answer in told] == [2, 1, 0, 0]
    assert told[3].wait == pytest.approx(17)
    assert not meter.count(key_id, limit=3, span=60, now=NOW + 19.9).allowed
    assert meter.count(key_id, limit=3, span=60, now=NOW + 20.1).allowed


@pytest.mark.django_db
def test_other_rate_and_other_key_count_anew(key_id: int) -> None:
    meter, other = Meter(), create_key(make_workspace(), name="k")[0].pk
    assert admitted([meter], key_id, asked=9, limit=2) == 2
    assert admitted([meter], other, asked=9, limit=2) == 2
    assert admitted([meter], key_id, asked=9, limit=4) == 0
    assert admitted([meter], key_id, asked=9, limit=4, now=NOW + 30) == 2
    assert not meter.count(key_id, limit=0, span=60, now=NOW).allowed


@pytest.mark.django_db
def test_clock_that_is_set_back_shuts_out_for_one_span_at_most(key_id: int) -> None:
    assert admitted([Meter()], key_id, asked=9, limit=2, now=NOW + 86_400) == 2
    assert admitted([Meter()], key_id, asked=9, limit=2) == 0
    assert admitted([Meter()], key_id, asked=9, limit=2, now=NOW + 60) == 2


@pytest.mark.django_db(transaction=True)
def test_processes_at_the_same_moment_let_no_call_too_many_through() -> None:
    key_id = create_key(make_workspace(), name="k")[0].pk
    let_through: list[int] = []

    def call() -> None:
        try:
            # Each asks for more than all may have, so that none keeps what it took in advance.
            let_through.append(admitted([Meter()], key_id, asked=250, limit=200))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == 200


@pytest.mark.django_db
def test_count_is_no_write_to_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'access_keyrate'")
        assert cursor.fetchone() == ("u",)
