"""The lock system of the benchmark judges us, so it is judged first."""

from __future__ import annotations

import asyncio
from typing import Any

from access.benchmark.cloud import MAX_PER_ACCOUNT, Cloud


def call(device: str, *, account: str = "a", kind: str = "list", **fields: Any) -> dict[str, Any]:
    return {"call": kind, "account": account, "device": device, **fields}


def serve(cloud: Cloud, *calls: dict[str, Any]) -> list[dict[str, Any]]:
    async def all_at_once() -> list[dict[str, Any]]:
        return await asyncio.gather(*(cloud.serve(each) for each in calls))

    return asyncio.run(all_at_once())


def test_calls_within_the_caps_break_none() -> None:
    cloud = Cloud(seconds=0.001)

    serve(cloud, *(call(f"lock-{number}") for number in range(MAX_PER_ACCOUNT)))

    assert cloud.report()["broken_caps"] == {}
    assert cloud.report()["calls"] == {"list": MAX_PER_ACCOUNT}


def test_one_call_too_many_is_counted() -> None:
    cloud = Cloud(seconds=0.001)

    serve(cloud, *(call(f"lock-{number}") for number in range(MAX_PER_ACCOUNT + 1)))
    serve(cloud, call("lock-1"), call("lock-1"))

    assert cloud.report()["broken_caps"] == {"account": 1, "device": 1}


def test_work_is_summed_for_each_account_and_device() -> None:
    cloud = Cloud(seconds=0.002)

    for _ in range(3):
        serve(cloud, call("lock-1"), call("lock-2"), call("lock-3", account="b"))

    report = cloud.report()
    assert round(report["most_work_of_an_account"], 6) == 0.012
    assert round(report["longest_chain"], 6) == 0.006
    assert report["last"] > report["first"]


def test_each_lock_has_a_pace_of_its_own_that_a_seed_repeats() -> None:
    def paces(seed: int) -> list[float]:
        cloud = Cloud(longest=9.5, seed=seed)
        return [cloud.duration(f"lock-{number % 50}") for number in range(200)]

    assert paces(7) == paces(7)
    assert paces(7) != paces(8)
    assert all(0.5 <= seconds <= 9.5 for seconds in paces(7))
    assert len(set(paces(7))) > 50


def test_what_is_put_is_listed_until_it_is_removed() -> None:
    cloud = Cloud()
    code = {"ref": None, "pin": "2580", "name": "n", "starts_at": None, "ends_at": None, "enabled": True}

    (put,) = serve(cloud, call("lock-1", kind="put", code=code))
    (listed,) = serve(cloud, call("lock-1"))
    serve(cloud, call("lock-1", kind="remove", ref=put["ref"]))
    (empty,) = serve(cloud, call("lock-1"))

    assert listed["codes"] == [{**code, "ref": put["ref"]}]
    assert empty["codes"] == []
    assert [device for device, _ in cloud.writes] == ["lock-1", "lock-1"]
