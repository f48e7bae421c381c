"""Every code of the catalogue, raised by its real trigger through a virtual lock, seen, and cleared by itself.

CASES and CONDITIONS together are the catalogue, less what nothing in this system can raise; the last tests hold that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine

from access.catalogue import (
    CATALOGUE,
    LATER_NAMES,
    LATER_WARNINGS,
    OTHER_NAMES,
    OUT_OF_REACH,
    REPORTED_BY_ACCOUNTS,
    REPORTED_BY_DEVICES,
)
from access.codes import CodeChanges, NewCode, create_code, delete_code, update_code
from access.enums import ProblemKind
from access.foreign import convert_code
from access.models import AccessCode, Problem
from access.running import calling
from access.states import ProblemCode
from locks.drivers.base import RejectReason
from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import set_mood
from locks.drivers.virtual.outside import (
    add_foreign_code,
    crowd_bridge,
    delete_from_outside,
    edit_from_outside,
    set_parts,
    tamper,
)
from locks.models import Account, Device
from locks.provisioning import connect_account, sync_account_devices
from locks.waking import wake_devices
from properties.models import Workspace
from tests.access.health.house import House, make_house
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
PIN = "482915"


@dataclass(frozen=True)
class Case:
    """How a problem comes and goes. `heal` None: the lock's moods are cleared."""

    brand: str
    cause: Callable[[House], object]
    heal: Callable[[House], object] | None = None
    looks: int = 2
    kind: ProblemKind | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def refusing(reason: RejectReason, **settings: Any) -> Callable[[House], None]:
    """A code is declared while the lock refuses new ones for this reason."""

    def cause(house: House) -> None:
        house.mood("rejecting", reason=reason, **settings)
        house.code(hours=(-1, 90))

    return cause


def refusing_removal(mood: str, **settings: Any) -> Callable[[House], None]:
    def cause(house: House) -> None:
        code = house.code(hours=(-1, 90))
        house.look()
        house.mood(mood, **settings)
        delete_code(code, actor="test", now=house.now)

    return cause


def mood(name: str, **settings: Any) -> Callable[[House], None]:
    def cause(house: House) -> None:
        house.code(hours=(-1, 90))
        house.mood(name, **settings)

    return cause


def crowd_the_bridge(house: House) -> None:
    """Another program has given it twenty slow commands."""
    crowd_bridge(house.lock, 20, each=2 * HOUR, now=house.now)
    house.code(hours=(-1, 90))


def let_it_drain(house: House) -> None:
    house.travel.shift(3 * HOUR)


def stranger_with_our_pin(house: House) -> None:
    add_foreign_code(house.lock, pin=PIN, now=house.now)
    house.code(hours=(-1, 90), pin=PIN)


def strangers_away(house: House) -> None:
    delete_from_outside(house.lock, house.lock.codes.get(foreign=True).slot, now=house.now)
    house.heal()
    # The lock refused the PIN outright: a person has to say that it may be tried again.
    code = AccessCode.objects.get(ended_at=None)
    update_code(code, CodeChanges(name="Ada again"), actor="test", now=house.now)


def fill(house: House) -> None:
    VirtualLock.objects.filter(pk=house.lock.pk).update(capacity=1)
    sync_account_devices(house.account, now=house.now)
    add_foreign_code(house.lock, pin="731946", now=house.now)
    house.look()
    house.code(hours=(-1, 90))


def unfill(house: House) -> None:
    delete_from_outside(house.lock, house.lock.codes.get(foreign=True).slot, now=house.now)
    VirtualLock.objects.filter(pk=house.lock.pk).update(capacity=5)
    sync_account_devices(house.account, now=house.now)


def edit_and_refuse(house: House) -> None:
    code = house.code(hours=(-1, 90))
    house.look()
    house.mood("rejecting", reason="busy")
    edit_from_outside(house.lock, int(AccessCode.objects.get(pk=code.pk).ref), now=house.now, pin="739461")


def change_refused(house: House) -> None:
    code = house.code(hours=(-1, 90))
    house.look()
    house.mood("rejecting", reason=RejectReason.DUPLICATE_PIN)
    update_code(AccessCode.objects.get(pk=code.pk), CodeChanges(pin="739461"), actor="test", now=house.now)


def change_again(house: House) -> None:
    house.heal()
    code = AccessCode.objects.get(ended_at=None)
    update_code(code, CodeChanges(pin="739462"), actor="test", now=house.now)


def no_longer_takes_length(house: House) -> None:
    house.code(hours=(-1, 90), pin="48291")
    VirtualLock.objects.filter(pk=house.lock.pk).update(reports={"pin_lengths": [6]})


def takes_length_again(house: House) -> None:
    VirtualLock.objects.filter(pk=house.lock.pk).update(reports={})
    house.look()
    update_code(AccessCode.objects.get(ended_at=None), CodeChanges(pin="48292"), actor="test", now=house.now)


def change_pin(house: House) -> None:
    house.heal()
    update_code(AccessCode.objects.get(ended_at=None), CodeChanges(pin="739463"), actor="test", now=house.now)


def take_over(house: House) -> None:
    """Another workspace manages a code on the same lock; ours takes it over by force."""
    theirs = connect(house, make_workspace())
    create_code(theirs, NewCode(name="Theirs", pin=PIN), actor="test", now=house.now)
    wake_devices([theirs.pk], at=house.now)
    house.look(2)
    place = house.device.lock_codes.get()
    convert_code(place, force=True, actor="test", now=house.now)


def connect(house: House, workspace: Workspace) -> Device:
    """The same login once more, as another account."""
    key = house.account.credentials["account_key"]
    other = connect_account(
        workspace,
        driver="virtual",
        brand=house.device.brand,
        name="The same again",
        credentials={"account_key": key, "as": "somebody else"},
        now=house.now,
    )
    sync_account_devices(other, now=house.now)
    device = other.devices.select_related("account__workspace").get()
    Device.objects.filter(pk=device.pk).update(backup_pool_enabled=False)
    return device


def outlive(house: House) -> None:
    house.look(after=200 * HOUR)


def takes_no_codes(house: House) -> None:
    """The lock turns out to take no codes from a distance, as one that lost its bridge for good."""
    house.code(hours=(-1, 90))
    VirtualLock.objects.filter(pk=house.lock.pk).update(reports={"online_codes": False})


def takes_codes(house: House) -> None:
    VirtualLock.objects.filter(pk=house.lock.pk).update(reports={})


def revoke_offline(house: House) -> None:
    long_algopin(house)
    house.look()
    AccessCode.objects.update(revoked_at=house.now)


def forget(house: House) -> None:
    delete_from_outside(house.lock, now=house.now)


def quiet_day(house: House) -> None:
    house.look(after=25 * HOUR)


def end_code(house: House) -> None:
    delete_code(AccessCode.objects.get(ended_at=None), actor="test", now=house.now)


def long_algopin(house: House) -> None:
    start = house.now.replace(minute=0) + HOUR
    new = NewCode(name="Ada", is_offline=True, starts_at=start, ends_at=start + 72 * HOUR)
    create_code(house.device, new, actor="test", now=house.now)


def oracode_without_slot(house: House) -> None:
    house.mood("rejecting", reason=RejectReason.NO_SLOT)
    long_algopin(house)


def drop_often(house: House) -> None:
    for _ in range(4):
        house.mood("offline")
        house.look(after=5 * MINUTE)
        house.heal()
        house.look(after=5 * MINUTE)


def hold_still(house: House) -> None:
    house.look(after=3 * HOUR)


def former_code_again(house: House) -> None:
    code = house.code(hours=(-1, 90), pin=PIN)
    house.look()
    delete_code(code, actor="test", now=house.now)
    house.look()
    add_foreign_code(house.lock, pin=PIN, now=house.now)


def stumble(house: House) -> None:
    code = house.code(hours=(-1, 90))
    AccessCode.objects.filter(pk=code.pk).update(written={"nonsense": True})
    with pytest.raises(KeyError):
        house.look()


def mend(house: House) -> None:
    AccessCode.objects.update(written=None)


def second_account(house: House) -> None:
    connect(house, house.device.account.workspace)


def drop_second_account(house: House) -> None:
    """Its login sees other locks now."""
    account = Account.objects.exclude(pk=house.device.account_id).get()
    Account.objects.filter(pk=account.pk).update(credentials={"account_key": "elsewhere"})
    house.travel.shift(11 * MINUTE)
    wake_devices(account.devices.values_list("pk", flat=True), at=house.now)


def tell_zone(zone: str) -> Callable[[House], None]:
    def tell(house: House) -> None:
        set_parts(house.lock, time_zone=zone)

    return tell


def same_zone(house: House) -> None:
    set_parts(house.lock, time_zone=house.device.door.property.time_zone)


def battery(level: float) -> Callable[[House], None]:
    def fit(house: House) -> None:
        VirtualLock.objects.filter(pk=house.lock.pk).update(battery_level=level)

    return fit


def keypad_battery(level: float) -> Callable[[House], None]:
    def fit(house: House) -> None:
        set_parts(house.lock, keypad_battery_level=level)

    return fit


def lose_driver(house: House) -> None:
    Account.objects.update(driver="none of that name")


def find_driver(house: House) -> None:
    Account.objects.update(driver="virtual")


R = RejectReason
CASES: dict[str, Case] = {
    # Codes, in general.
    "arrival_in_danger": Case("nuki", refusing(R.BUSY)),
    "delay_in_setting_on_device": Case("nuki", refusing(R.BUSY)),
    "failed_to_set_on_device": Case("nuki", refusing(R.BUSY), looks=4),
    "delay_in_removing_from_device": Case("nuki", refusing_removal("rejecting", reason=R.BUSY)),
    "failed_to_remove_from_device": Case("nuki", refusing_removal("rejecting", reason=R.BUSY), looks=4),
    "duplicate_code_on_device": Case("nuki", stranger_with_our_pin, strangers_away),
    "duplicate_code_attempt_prevented": Case("nuki", change_refused, change_again),
    "no_space_for_access_code_on_device": Case("nuki", fill, unfill),
    "code_modified_external_to_seam": Case("nuki", edit_and_refuse),
    "device_cannot_program_online_codes": Case("nuki", takes_no_codes, takes_codes),
    "offline_code_still_works": Case("igloohome", revoke_offline, outlive),
    "management_transferred": Case("nuki", take_over, end_code),
    # Codes, by brand.
    "igloohome_bridge_offline": Case("igloohome", mood("bridge_offline")),
    "igloohome_bridge_too_many_pending_jobs": Case("igloohome", crowd_the_bridge, let_it_drain),
    "kwikset_unable_to_confirm_code": Case("kwikset", mood("unconfirmed"), kind=ProblemKind.WARNING, looks=1),
    "kwikset_unable_to_confirm_deletion": Case("kwikset", refusing_removal("unconfirmed")),
    "smartthings_failed_to_set_access_code": Case(
        "smartthings", refusing(R.BUSY), looks=1, kind=ProblemKind.WARNING
    ),
    "smartthings_failed_to_set_after_multiple_retries": Case("smartthings", refusing(R.BUSY), looks=4),
    "smartthings_no_free_slots_available": Case("smartthings", fill, unfill),
    "august_lock_invalid_code_length": Case("august", no_longer_takes_length, takes_length_again, looks=3),
    "august_lock_bad_access_code_format": Case("august", refusing(R.INVALID_PIN), change_pin),
    "august_device_slots_full": Case("august", fill, unfill),
    "august_lock_missing_keypad": Case("august", mood("condition", condition="august_lock_missing_keypad")),
    "august_device_programming_delay": Case("august", mood("unconfirmed"), kind=ProblemKind.WARNING, looks=1),
    "august_lock_temporarily_offline": Case("august", mood("offline"), kind=ProblemKind.WARNING),
    "salto_ks_user_not_subscribed": Case("salto_ks", mood("condition", condition="subscription_required")),
    "wyze_duplicate_code_name": Case("wyze", refusing(R.DUPLICATE_NAME)),
    "wyze_potential_duplicate_code": Case("wyze", stranger_with_our_pin, strangers_away),
    "dormakaba_oracode_no_valid_user_level": Case("dormakaba_oracode", oracode_without_slot, outlive),
    "schlage_detected_duplicate": Case("schlage", refusing(R.DUPLICATE_NAME)),
    "schlage_creation_outage": Case("schlage", refusing(R.OUTAGE)),
    "igloo_algopin_must_be_used_within_24_hours": Case("igloohome", long_algopin, outlive),
    # Devices.
    "device_offline": Case("nuki", mood("offline")),
    "device_removed": Case("nuki", mood("removed")),
    "device_unreadable": Case("nuki", mood("slow", seconds=1), looks=4),
    "device_fault": Case("nuki", stumble, mend, looks=0),
    "device_tampered": Case("nuki", lambda house: tamper(house.lock, now=house.now), quiet_day),
    "device_has_flaky_connection": Case("nuki", drop_often, hold_still, looks=0),
    "former_code_on_device": Case("nuki", former_code_again, forget),
    "max_access_codes_reached": Case("nuki", fill, unfill),
    "low_battery": Case("nuki", battery(0.15), battery(0.95), kind=ProblemKind.WARNING),
    "accessory_keypad_low_battery": Case("nuki", keypad_battery(0.1), keypad_battery(0.9)),
    "time_zone_mismatch": Case("nuki", tell_zone("America/New_York"), same_zone),
    "time_zone_unknown": Case("nuki", tell_zone("Mars/Olympus"), tell_zone("Europe/Zurich")),
    # Accounts.
    "account_disconnected": Case("nuki", mood("disconnected")),
    "account_unreachable": Case("nuki", lose_driver, find_driver),
    "provider_service_unavailable": Case("nuki", mood("outage")),
    "devices_connected_to_other_account": Case("nuki", second_account, drop_second_account),
}  # fmt: skip
# Tested with the pools that they are about, in tests/access/backups.
POOLS = {
    "empty_backup_access_code_pool",
    "partial_backup_access_code_pool",
    "many_active_backup_codes",
    "using_backup_access_code",
    "guest_reports_failure",
}
OF_DEVICES = sorted(DEVICE_CONDITIONS.keys() & REPORTED_BY_DEVICES)
OF_ACCOUNTS = sorted(ACCOUNT_CONDITIONS.keys() & REPORTED_BY_ACCOUNTS)


@pytest.mark.parametrize("code", CASES)
def test_seam_47_problem_is_raised_by_its_trigger_and_clears(
    code: str, travel: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[code]
    monkeypatch.setattr(calling, "CALL_SECONDS", 0.5)
    house = make_house(travel, case.brand, **case.fields)
    assert code not in house.problems()

    case.cause(house)
    house.look(case.looks)

    assert code in house.problems()
    raised = Problem.objects.filter(code=code, cleared_at=None).first()
    assert raised is not None
    assert raised.kind == (case.kind or CATALOGUE[code].kind)

    (case.heal or House.heal)(house)
    house.look(3)

    assert code not in house.problems()


@pytest.mark.parametrize("code", OF_DEVICES)
def test_condition_of_a_device_is_raised_on_it_and_clears(code: str, travel: time_machine.Traveller) -> None:
    house = make_house(travel, "august")

    house.mood("condition", condition=code)
    house.look(2)
    assert code in set(house.device.problems.filter(cleared_at=None).values_list("code", flat=True))

    house.heal()
    house.look(2)
    assert code not in house.problems()


@pytest.mark.parametrize("code", OF_ACCOUNTS)
def test_condition_of_an_account_is_raised_on_it_alone_and_clears(
    code: str, travel: time_machine.Traveller
) -> None:
    house = make_house(travel, "august")

    set_mood(house.lock, "account_condition", condition=code)
    house.look(3)
    raised = Problem.objects.filter(code=code, cleared_at=None)
    assert [problem.account_id for problem in raised] == [house.device.account_id]

    house.heal()
    house.look(3)
    assert code not in house.problems()


def test_cases_are_the_whole_catalogue_less_what_nothing_can_raise() -> None:
    walked = {*CASES, *OF_DEVICES, *OF_ACCOUNTS, *POOLS}

    assert walked == CATALOGUE.keys() - OUT_OF_REACH.keys()


def test_every_problem_of_the_planner_has_its_text() -> None:
    assert set(map(str, ProblemCode)) <= CATALOGUE.keys()


def test_each_text_says_what_is_wrong_and_how_it_clears() -> None:
    for code, text in CATALOGUE.items():
        assert len(code) <= 60
        assert text.message.endswith(".")
        assert text.clears.endswith(".")
        assert text.concerns
        assert len(text.sentence) <= 300


def test_other_names_lead_to_the_catalogue() -> None:
    assert {*LATER_NAMES, *LATER_WARNINGS, *OTHER_NAMES.values()} <= CATALOGUE.keys()
