"""Every brand of the virtual driver through the contract, and what only some brands do."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from locks.brands import BRANDS
from locks.capabilities import PinRule
from locks.drivers.base import Applied, Empty, Known, Rejected, RejectReason, Unreadable, UnreadableReason
from locks.drivers.registry import UnknownDriver, get_driver
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.memory import capabilities_of_lock
from locks.drivers.virtual.outside import add_foreign_code
from tests.factories import make_virtual_lock
from tests.locks.drivers.contract import BENCH_CAPACITY, START, Bench, DriverContract

if TYPE_CHECKING:
    from locks.drivers.virtual.models import VirtualLock

pytestmark = pytest.mark.django_db

ONLINE = sorted(key for key, brand in BRANDS.items() if brand.capabilities.online_codes)


def bench_of(lock: VirtualLock) -> Bench:
    return Bench(
        driver=get_driver("virtual"),
        credentials={"account_key": lock.account_key},
        device=str(lock.external_id),
        capabilities=capabilities_of_lock(lock),
    )


class TestVirtualDriver(DriverContract):
    @pytest.fixture(params=ONLINE)
    def bench(self, request: pytest.FixtureRequest) -> Bench:
        return bench_of(make_virtual_lock(request.param, capacity=BENCH_CAPACITY))


def test_registry_without_such_a_driver_says_which_there_are() -> None:
    with pytest.raises(UnknownDriver, match="There is no driver “zwave”; there are: virtual"):
        get_driver("zwave")


def test_offline_brand_takes_no_codes_and_cannot_be_read() -> None:
    bench = bench_of(make_virtual_lock("dormakaba_oracode"))

    outcome, observation = bench.put(bench.code()), bench.observe()

    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectReason.NOT_ALLOWED
    assert isinstance(observation, Unreadable)
    assert observation.reason is UnreadableReason.NOT_SUPPORTED


def test_list_of_devices_tells_what_a_lock_reports_of_itself() -> None:
    lock = make_virtual_lock("ttlock", reports={"pin_rules": ["cannot_contain_0789"]}, capacity=20)
    plain = make_virtual_lock("ttlock", account_key=lock.account_key)

    found = bench_of(lock).call(lambda connection: connection.list_devices())

    assert isinstance(found, tuple)
    assert [device.external_id for device in found] == [str(lock.external_id), str(plain.external_id)]
    assert found[0].capabilities is not None
    assert found[0].capabilities.pin_rules == {PinRule.CANNOT_CONTAIN_0789}
    assert found[0].capabilities.max_codes == 20
    assert found[1].capabilities is None
    assert found[1].model == "Virtual TTLock"


def test_schlage_reports_its_one_length_and_refuses_others() -> None:
    bench = bench_of(make_virtual_lock("schlage"))

    outcome = bench.put(bench.code(pin="739184"))

    assert bench.capabilities.pin_lengths == (4,)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectReason.INVALID_PIN


def test_kwikset_widens_a_window_to_whole_minutes() -> None:
    bench = bench_of(make_virtual_lock("kwikset"))
    starts_at, ends_at = START.replace(second=42), START.replace(hour=19, minute=23, second=42)

    ref = bench.applied(bench.code(starts_at=starts_at, ends_at=ends_at)).ref

    seen = bench.held()[ref]
    assert seen.starts_at == START
    assert seen.ends_at == START.replace(hour=19, minute=24)


def test_kwikset_does_not_show_codes_made_elsewhere() -> None:
    lock = make_virtual_lock("kwikset")
    add_foreign_code(lock, pin="7391")
    bench = bench_of(lock)

    assert isinstance(bench.observe(), Empty)
    assert keypad(lock, "7391").opened


@pytest.mark.parametrize("brand", ["smartthings", "wyze"])
def test_foreign_code_is_listed_without_pin_where_the_brand_hides_it(brand: str) -> None:
    lock = make_virtual_lock(brand)
    add_foreign_code(lock, pin="739184", name="Cleaner")

    observation = bench_of(lock).observe()

    assert isinstance(observation, Known)
    assert [(code.name, code.pin) for code in observation.codes] == [("Cleaner", None)]


@pytest.mark.parametrize("brand", ["schlage", "wyze"])
def test_second_code_of_one_name_is_refused_where_names_are_unique(brand: str) -> None:
    bench = bench_of(make_virtual_lock(brand))
    bench.applied(bench.code(1, name="Ann"))

    outcome = bench.put(bench.code(2, name="ann"))

    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectReason.DUPLICATE_NAME
    assert isinstance(bench.put(bench.code(2, name="Anna")), Applied)


def test_salto_chooses_the_pin_and_keeps_it_when_the_window_moves() -> None:
    lock = make_virtual_lock("salto_ks")
    bench = bench_of(lock)
    first = bench.applied(bench.code())

    moved = bench.applied(bench.code(ref=first.ref, starts_at=START + dt.timedelta(days=1)))

    assert first.pin is not None
    assert len(first.pin) == 6
    assert moved.pin == first.pin
    assert isinstance(bench.put(bench.code(pin="739184")), Rejected)


def test_cleared_place_rests_before_it_is_used_again() -> None:
    bench = bench_of(make_virtual_lock("yale", capacity=3))
    first = bench.applied(bench.code(1))
    bench.remove(first.ref)

    refs = [bench.applied(bench.code(number)).ref for number in (1, 2, 3)]

    assert refs == ["2", "3", "1"]


def test_wrong_login_sees_no_lock() -> None:
    lock = make_virtual_lock()
    stranger = Bench(
        get_driver("virtual"), {"account_key": "other"}, str(lock.external_id), capabilities_of_lock(lock)
    )
    nobody = Bench(get_driver("virtual"), {}, str(lock.external_id), capabilities_of_lock(lock))

    refused = nobody.call(lambda connection: connection.list_devices())

    assert stranger.call(lambda connection: connection.list_devices()) == ()
    assert isinstance(stranger.observe(), Unreadable)
    assert isinstance(refused, Unreadable)
    assert refused.reason is UnreadableReason.ACCOUNT_DISCONNECTED
