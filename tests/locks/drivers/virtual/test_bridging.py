"""Bridges with queues: twenty commands wait, the next one is refused, and the bridge works them off by its clock."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import time_machine

from locks.devices import CapabilitiesError
from locks.drivers.base import Applied, CodeToPut, Rejected, RejectReason
from locks.drivers.virtual.bridging import QUEUES, bridge_of
from locks.drivers.virtual.driver import VirtualConnection
from locks.drivers.virtual.memory_bank import MemoryBank
from locks.drivers.virtual.provisioning import create_virtual_lock

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
RULE = QUEUES["igloohome"]


def remove(bank: MemoryBank, lock: str) -> object:
    return asyncio.run(VirtualConnection("login", bank).remove_code(lock, "1"))


def refused(outcome: object) -> bool:
    return isinstance(outcome, Rejected) and outcome.reason is RejectReason.BRIDGE_QUEUE_FULL


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank(clock=lambda: moment[0])


moment = [NOW]


@pytest.fixture(autouse=True)
def at_noon() -> None:
    moment[0] = NOW


def test_twenty_first_command_is_refused_whichever_lock_of_the_bridge_it_is_for(bank: MemoryBank) -> None:
    locks = [bank.add_lock(brand="igloohome", name="L", account_key="login") for _ in range(6)]
    behind, other = locks[:5], locks[5]
    assert len({lock.gateway for lock in behind}) == 1
    assert other.gateway != behind[0].gateway

    outcomes = [remove(bank, behind[number % 5].external_id) for number in range(21)]

    assert [refused(one) for one in outcomes] == [False] * 20 + [True]
    assert isinstance(remove(bank, other.external_id), Applied)


def test_queue_drains_by_the_bridges_own_clock(bank: MemoryBank) -> None:
    lock = bank.add_lock(brand="igloohome", name="L", account_key="login")
    for _ in range(RULE.places):
        remove(bank, lock.external_id)
    assert lock.bridge is not None

    moment[0] = NOW + 3 * RULE.job
    assert lock.bridge.waiting(moment[0]) == RULE.places - 3
    assert [refused(remove(bank, lock.external_id)) for _ in range(4)] == [False, False, False, True]
    moment[0] = NOW + 60 * RULE.job
    assert lock.bridge.waiting(moment[0]) == 0


def test_reading_needs_no_place_in_the_queue(bank: MemoryBank) -> None:
    lock = bank.add_lock(brand="igloohome", name="L", account_key="login")
    bank.crowd_bridge(lock.external_id, 50, each=dt.timedelta(hours=1))
    connection = VirtualConnection("login", bank)

    asyncio.run(connection.list_codes(lock.external_id))

    assert refused(asyncio.run(connection.put_code(lock.external_id, CodeToPut("482915", "Ada"))))
    assert lock.codes == {}


def test_command_that_does_not_reach_the_bridge_takes_no_place(bank: MemoryBank) -> None:
    lock = bank.add_lock(brand="igloohome", name="L", account_key="login")
    bank.set_mood(lock.external_id, "bridge_offline")
    remove(bank, lock.external_id)
    assert lock.bridge is not None
    assert lock.bridge.waiting(NOW) == 0


def test_only_bridges_that_tell_of_a_queue_have_one() -> None:
    assert bridge_of("igloohome", "") is None
    assert bridge_of("ttlock", "bridge-1") is None


@pytest.mark.django_db
def test_bridge_takes_five_locks_and_no_sixth() -> None:
    for number in range(5):
        create_virtual_lock(brand="igloohome", name=f"L{number}", account_key="login", gateway="attic")
    with pytest.raises(CapabilitiesError, match="takes 5 locks"), time_machine.travel(NOW, tick=False):
        create_virtual_lock(brand="igloohome", name="L6", account_key="login", gateway="attic")
