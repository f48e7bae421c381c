from __future__ import annotations

import pytest

from locks.drivers.virtual.logbook import writes
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.outside import (
    OutsideError,
    add_foreign_code,
    delete_from_outside,
    edit_from_outside,
)
from tests.factories import make_virtual_lock
from tests.locks.drivers.contract import Bench
from tests.locks.drivers.virtual.test_driver import bench_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock() -> VirtualLock:
    return make_virtual_lock("yale")


@pytest.fixture
def bench(lock: VirtualLock) -> Bench:
    return bench_of(lock)


def test_change_from_outside_is_seen_by_reading_only(lock: VirtualLock, bench: Bench) -> None:
    ref = bench.applied(bench.code()).ref
    foreign = add_foreign_code(lock, pin="605182", name="Owner")

    edit_from_outside(lock, int(ref), pin="605183")

    held = bench.held()
    assert {code.ref: code.pin for code in held.values()} == {ref: "605183", str(foreign.slot): "605182"}
    assert writes(lock) == 1

    delete_from_outside(lock)

    assert bench.held() == {}


def test_change_from_outside_that_cannot_be_is_refused(lock: VirtualLock) -> None:
    with pytest.raises(OutsideError, match="There is no code in place 7"):
        edit_from_outside(lock, 7, pin="605183")
    with pytest.raises(OutsideError, match="A code on a lock has no “colour”"):
        edit_from_outside(lock, 7, colour="red")
    with pytest.raises(OutsideError, match="needs 4 to 6 digits"):
        add_foreign_code(lock, pin="1")
