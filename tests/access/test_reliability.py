from __future__ import annotations

import datetime as dt

import pytest

from access.enums import EventType
from access.models import Event
from access.reliability import Confirmation, by_brand, measure, quantile, summarize
from tests.factories import NOW
from tests.world import World, make_world


def confirmed(seconds: float, *, brand: str = "yale", commands: int = 1) -> Confirmation:
    return Confirmation(brand, confirmed=True, seconds=seconds, commands=commands)


def test_shares_and_quantiles_of_enough_codes() -> None:
    rows = [confirmed(float(number)) for number in range(1, 101)]
    found = summarize("All", [*rows, *[Confirmation("yale", confirmed=False)] * 25])

    assert (found.codes, found.confirmed, found.success, found.first_try) == (125, 100, 0.8, 1.0)
    assert (found.median, found.p95) == (50.0, 95.0)
    assert sum(bucket.number for bucket in found.buckets) == 100
    assert not found.is_thin


def test_few_codes_are_no_rate() -> None:
    found = summarize("All", [confirmed(1.0), confirmed(2.0)])

    assert (found.success, found.first_try, found.median, found.p95) == (None, None, None, None)
    assert found.is_thin


def test_slowest_in_twenty_needs_twenty() -> None:
    assert summarize("All", [confirmed(1.0)] * 19).p95 is None
    assert summarize("All", [confirmed(1.0)] * 20).p95 == 1.0


@pytest.mark.parametrize(
    ("values", "part", "is_"), [([1.0], 0.5, 1.0), ([1, 2, 3, 4], 0.5, 2), ([1, 2, 3], 0.95, 3)]
)
def test_quantile_is_one_of_the_values(values: list[float], part: float, is_: float) -> None:
    assert quantile(values, part) == is_


def test_brand_with_most_codes_comes_first() -> None:
    found = by_brand([confirmed(1, brand="schlage"), confirmed(1), confirmed(2)])

    assert [(one.name, one.codes) for one in found] == [("Yale", 2), ("Schlage", 1)]


def tell(
    world: World, kind: EventType, at: dt.datetime, *, sent: dt.datetime | None = None, commands: int = 1
) -> None:
    Event.objects.create(
        workspace=world.workspace, type=kind, occurred_at=at, access_code=world.code, device=world.device,
        data={"sent_at": sent and sent.isoformat(), "commands": commands},
    )  # fmt: skip


def test_code_counts_once_and_by_the_command_that_was_confirmed(db: None) -> None:
    world = make_world("Quay", now=NOW - dt.timedelta(days=40))
    at = NOW - dt.timedelta(days=3)
    tell(world, EventType.CODE_FAILED_SETTING, at - dt.timedelta(hours=1))
    tell(world, EventType.CODE_SCHEDULED, at, sent=at - dt.timedelta(seconds=4), commands=3)
    tell(world, EventType.CODE_SET, at + dt.timedelta(days=2), sent=at - dt.timedelta(seconds=4), commands=3)

    assert measure(world.workspace, now=NOW) == [
        Confirmation("schlage", confirmed=True, seconds=4.0, commands=3)
    ]


def test_code_that_never_came_counts_as_failed(db: None) -> None:
    world = make_world("Quay", now=NOW - dt.timedelta(days=40))
    tell(world, EventType.CODE_FAILED_SETTING, NOW - dt.timedelta(days=1))
    tell(world, EventType.CODE_SET, NOW - dt.timedelta(days=31), sent=NOW - dt.timedelta(days=31))

    assert measure(world.workspace, now=NOW) == [Confirmation("schlage", confirmed=False)]
