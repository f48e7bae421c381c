"""What a program or a test may do with virtual locks from outside: bring them in, unplug them, type at them.

Called by access.connecting and the Seam-compatible face. Only the virtual driver's own functions touch its tables; the
device is looked at anew afterwards and learns of it as of any lock, by reading.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from locks.models import Account, Device
from locks.provisioning import VIRTUAL
from locks.waking import ask_devices

if TYPE_CHECKING:
    from locks.drivers.virtual.models import VirtualLock

HUB_CONDITIONS: Mapping[str, str] = {
    "august": "august_lock_missing_bridge",
    "ttlock": "ttlock_lock_not_paired_to_gateway",
}
USUAL_HUB_CONDITION = "hub_disconnected"
SUBSCRIPTION = "subscription_required"


class SandboxRefused(ValueError):
    """A virtual lock, or one that is not virtual, does not take it; the message is a sentence."""


class Simulation(enum.StrEnum):
    CONNECTION = "connection"
    DISCONNECTION = "disconnection"
    REMOVAL = "removal"
    HUB_CONNECTION = "hub_connection"
    HUB_DISCONNECTION = "hub_disconnection"
    PAID_SUBSCRIPTION = "paid_subscription"
    KEYPAD_ENTRY = "keypad_entry"


# Which simulations the founding API offers for which brand (facts 11.3).
SIMULATIONS: Mapping[str, frozenset[Simulation]] = {
    "august": frozenset(Simulation) - {Simulation.PAID_SUBSCRIPTION},
    "yale": frozenset({Simulation.CONNECTION, Simulation.DISCONNECTION, Simulation.REMOVAL}),
    "ttlock": frozenset({Simulation.HUB_CONNECTION, Simulation.HUB_DISCONNECTION}),
    "igloohome": frozenset({Simulation.HUB_CONNECTION, Simulation.HUB_DISCONNECTION}),
    "nuki": frozenset({Simulation.PAID_SUBSCRIPTION}),
}


@dataclass(frozen=True, slots=True)
class SandboxLock:
    """A virtual lock to be; `reports`: what it says of itself over its brand's row."""

    name: str
    reports: Mapping[str, Any] = field(default_factory=dict)


def simulations_of(device: Device) -> frozenset[Simulation]:
    """What can be simulated on this device; `device` comes with its account's workspace."""
    is_virtual = device.account.driver == VIRTUAL and device.account.workspace.is_sandbox
    return SIMULATIONS.get(device.brand, frozenset()) if is_virtual else frozenset()


def furnish_login(account_key: str, *, brand: str, locks: Sequence[SandboxLock], time_zone: str = "") -> None:
    """Give a login its locks where it has none yet, and let it be a good one again."""
    from locks.drivers.virtual.models import VirtualLock
    from locks.drivers.virtual.moods import Mood, clear_mood
    from locks.drivers.virtual.provisioning import create_virtual_lock

    present = list(VirtualLock.objects.filter(account_key=account_key))
    for lock in present:
        clear_mood(lock, Mood.DISCONNECTED)
        clear_mood(lock, Mood.ACCOUNT_CONDITION, condition="invalid_credentials")
    if present:
        return
    parts: dict[str, Any] = {"time_zone": time_zone} if time_zone else {}
    for wanted in locks:
        create_virtual_lock(
            brand=brand, name=wanted.name, account_key=account_key, reports=wanted.reports, **parts
        )


def clear_away(account: Account) -> None:
    """Take the virtual locks of an account out of the world."""
    from locks.drivers.virtual.models import VirtualLock

    if account.driver == VIRTUAL:
        VirtualLock.objects.filter(account_key=account.credentials.get("account_key", "")).delete()


def end_login(account: Account, *, now: dt.datetime) -> None:
    """As if the password had been changed at the lock system."""
    from locks.drivers.virtual.moods import disconnect_account

    if account.driver != VIRTUAL:
        raise SandboxRefused("Only virtual accounts can be disconnected for a trial.")
    disconnect_account(account.credentials.get("account_key", ""))
    look_at(account.devices.filter(removed_at=None).values_list("pk", flat=True), now=now)


def simulate(device: Device, what: Simulation, *, on: bool = True, now: dt.datetime) -> None:
    """Unplug or plug in. `on` False, for a subscription: it has run out."""
    from locks.drivers.virtual.moods import Mood, clear_mood, set_mood

    lock = _lock_of(device, what)
    match what:
        case Simulation.CONNECTION:
            clear_mood(lock, Mood.OFFLINE)
            clear_mood(lock, Mood.REMOVED)
        case Simulation.DISCONNECTION:
            set_mood(lock, Mood.OFFLINE)
        case Simulation.REMOVAL:
            set_mood(lock, Mood.REMOVED)
        case Simulation.HUB_CONNECTION | Simulation.HUB_DISCONNECTION:
            condition = HUB_CONDITIONS.get(device.brand, USUAL_HUB_CONDITION)
            change = clear_mood if what is Simulation.HUB_CONNECTION else set_mood
            change(lock, Mood.CONDITION, condition=condition)
        case Simulation.PAID_SUBSCRIPTION:
            change = clear_mood if on else set_mood
            change(lock, Mood.CONDITION, condition=SUBSCRIPTION)
        case Simulation.KEYPAD_ENTRY:
            raise SandboxRefused("A code is typed with `type_code`.")
    look_at([device.pk], now=now)


def type_code(device: Device, pin: str, *, now: dt.datetime) -> bool:
    """Type a code at the lock's keypad; return whether the door opened."""
    from locks.drivers.virtual.keypad import keypad

    opened = keypad(_lock_of(device, Simulation.KEYPAD_ENTRY), pin, at=now).opened
    look_at([device.pk], now=now)
    return opened


def lock_at_keypad(device: Device, *, now: dt.datetime) -> None:
    from locks.drivers.virtual.outside import turn_by_hand

    turn_by_hand(_lock_of(device, Simulation.KEYPAD_ENTRY), locked=True, now=now)
    look_at([device.pk], now=now)


def type_in_code(device: Device, *, pin: str, name: str, now: dt.datetime) -> str:
    """Somebody programs a code at the lock itself; return the place that holds it."""
    from locks.drivers.virtual.outside import OutsideError, add_foreign_code
    from locks.drivers.virtual.provisioning import virtual_lock_of

    _check_virtual(device)
    try:
        code = add_foreign_code(virtual_lock_of(device), pin=pin, name=name, now=now)
    except OutsideError as error:
        raise SandboxRefused(str(error)) from error
    look_at([device.pk], now=now)
    return str(code.slot)


@transaction.atomic
def look_at(device_ids: Any, *, now: dt.datetime) -> None:
    """Have devices asked for everything at once: list, status, log and codes."""
    ids = list(device_ids)
    Account.objects.filter(devices__in=ids).update(synced_at=None)
    ask_devices(ids, at=now)


def _lock_of(device: Device, what: Simulation) -> VirtualLock:
    from locks.drivers.virtual.provisioning import virtual_lock_of

    _check_virtual(device)
    if what not in SIMULATIONS.get(device.brand, frozenset()):
        raise SandboxRefused("This type of lock has no such simulation.")
    return virtual_lock_of(device)


def _check_virtual(device: Device) -> None:
    if device.account.driver != VIRTUAL:
        raise SandboxRefused("Only virtual locks can be simulated.")
