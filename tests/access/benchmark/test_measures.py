"""Every measure, small: that it comes to its figures. How large they are is the machine's matter."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from access.benchmark import api, drain, due, idle, lateness, memory, pages, planning, webhooks
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.benchmark.listening_post import Tally
from access.benchmark.population import Plot
from access.benchmark.table import BENCHMARKS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench() -> Bench:
    now = connection.settings_dict
    account = f"{quote(now['USER'])}:{quote(now['PASSWORD'], safe='')}@{now['HOST']}:{now['PORT'] or 5432}"
    return Bench(f"postgres://{account}/{now['NAME']}")


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_every_line_of_the_table_names_a_function() -> None:
    assert all(callable(import_string(path)) for path in BENCHMARKS.values())


def test_drain_counts_every_call_against_the_shortest_time(bench: Bench) -> None:
    (figure,) = drain.measure(bench, plot=Plot(accounts=2, devices=4, codes=2), seconds=0.1)

    assert figure.name == "drain"
    assert figure.details["calls"] == {"list": 8, "put": 8}
    assert figure.details["broken_caps"] == {}
    # Two devices of an account: eight calls of a tenth of a second, ten at a time, but four after each other.
    assert figure.bound == pytest.approx(0.4)
    assert figure.value is not None
    assert figure.value > 0.4


def test_mixed_drain_is_held_against_the_work_that_there_was(bench: Bench) -> None:
    (figure,) = drain.measure_mixed(bench, plot=Plot(accounts=1, devices=2, codes=2), longest=0.5)

    assert figure.name == "drain_mixed"
    assert figure.bound == pytest.approx(2.0)
    assert figure.limit == 1.25


def test_lateness_tells_three_parts_of_what_was_late(bench: Bench) -> None:
    figures = by_name(lateness.measure(bench, a_second=4, seconds=2))

    assert list(figures) == ["lateness_p50", "lateness_p99", "lateness_p999"]
    values = [figure.value or 0 for figure in figures.values()]
    # A reading and a command, half a second each.
    assert 1.0 <= values[0] <= values[1] <= values[2]
    assert figures["lateness_p50"].details["changes"] == 8


def test_due_is_asked_among_each_size(bench: Bench) -> None:
    figures = by_name(due.measure(bench, sizes=(2_000, 4_000), times=20))

    assert list(figures) == [
        "due_2000",
        "due_4000",
        "due_growth",
        "sweep_stays",
        "sweep_staff",
        "sweep_backups",
    ]
    assert all(figure.value for figure in figures.values())
    assert figures["due_growth"].bound == 1.5


def test_idle_counts_the_statements_of_a_worker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    figures = by_name(idle.measure(bench, seconds=2.0, warm_up=0.0))

    assert figures["idle"].value
    assert any("django_q_ormq" in kind for kind in figures["idle"].details["by_kind"])
    assert figures["idle_redis"].reason == "this machine has no redis-server"


def test_tally_tells_statements_from_what_frames_them() -> None:
    tally = Tally()
    for text in ("BEGIN", 'SELECT 1 FROM "a" WHERE x', 'UPDATE "a" SET x = 1', "COMMIT"):
        tally.note(text)

    assert (tally.statements, tally.transactions) == (4, 2)
    assert tally.kinds == {"BEGIN": 1, 'SELECT "a"': 1, 'UPDATE "a"': 1, "COMMIT": 1}


def test_planning_needs_no_database_and_plans_both_kinds_of_lock(bench: Bench) -> None:
    (figure,) = planning.measure(bench, codes=20, seconds=0.05)

    assert figure.at_least
    assert figure.value
    assert figure.details["steps"] > 0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_memory_is_told_of_web_and_workers(bench: Bench) -> None:
    (figure,) = memory.measure(bench, settle=0.0)

    assert figure.value
    assert figure.details["web"]["processes"] >= 2
    assert figure.details["workers"]["processes"] > 5


def test_webhooks_counts_every_delivery_to_a_live_endpoint(bench: Bench) -> None:
    figures = by_name(webhooks.measure(bench, events=30, live=2))

    assert list(figures) == ["webhooks", "webhooks_single"]
    assert figures["webhooks"].details["deliveries"] == 60
    assert figures["webhooks"].details["told_again"] == 0
    assert figures["webhooks"].value is not None


def test_apis_are_measured_in_each_size_and_compared(bench: Bench) -> None:
    figures = by_name(api.measure(bench, sizes=(100, 200), times=4, rounds=2))

    assert [name for name in figures if name.startswith("api_get_")] == [
        "api_get_100",
        "api_get_200",
        "api_get_growth",
    ]
    assert {name for name, figure in figures.items() if figure.bound == 25.0} == {
        f"api_{kind}_{size}" for kind in ("get", "create") for size in (100, 200)
    }
    assert all(figure.value for figure in figures.values())
    # Every request of every round counts, and there are enough of them for a hundredth to be several.
    assert {figure.details["requests"] for figure in figures.values() if figure.details} == {8}
    assert api.TIMES * api.ROUNDS >= 500


def test_pages_are_asked_of_portfolios_of_both_sizes(bench: Bench) -> None:
    figures = by_name(pages.measure(bench, large=20, medium=10, rounds=1, times=1))

    assert list(figures) == [f"page_{name}" for name in pages.PAGES]
    assert all(figure.value and figure.bound == 300.0 for figure in figures.values())
