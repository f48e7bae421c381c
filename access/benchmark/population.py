"""What is due in a measure: accounts, devices and codes, made in bulk, and the same codes at the lock system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.benchmark import driver
from access.facts import shape_to_json
from access.models import AccessCode
from access.pins import held_until, pin_key_of
from access.planning import Shape
from access.states import Seen, WriteState
from locks.models import Account, Device
from locks.waking import wake_devices
from properties.models import Workspace

# Locks of no brand that the table knows report all that differs from the most cautious one.
NATIVE = {"native_scheduling": True, "keeps_log": False, "supports_backup_pool": False}
STAGED = {"holds_disabled_codes": True, "keeps_log": False, "supports_backup_pool": False}


@dataclass(frozen=True, slots=True)
class Plot:
    """How much there is: `accounts` with `devices` in all, and `codes` on each device."""

    accounts: int
    devices: int
    codes: int


def make_devices(plot: Plot, *, socket: str, reports: Mapping[str, Any], now: dt.datetime) -> list[Device]:
    """Devices that were seen just now and of which nothing is due."""
    workspace = Workspace.objects.create(name="Benchmark", backup_pool_size=0)
    accounts = Account.objects.bulk_create(
        Account(
            workspace=workspace,
            driver=driver.KEY,
            brand=driver.KEY,
            name=f"Account {number}",
            credentials={"socket": socket, "account": str(number)},
            synced_at=now,
        )
        for number in range(plot.accounts)
    )
    return Device.objects.bulk_create(
        Device(
            account=accounts[number % len(accounts)],
            external_id=f"lock-{number}",
            brand=driver.KEY,
            name=f"Lock {number}",
            capabilities=dict(reports),
            backup_pool_enabled=False,
            online=True,
            last_seen_at=now,
            last_read_at=now,
        )
        for number in range(plot.devices)
    )


def declare_codes(devices: Sequence[Device], *, each: int, now: dt.datetime) -> None:
    """Codes that should be on their locks already, and are not."""
    window = now - dt.timedelta(hours=1), now + dt.timedelta(days=3)
    AccessCode.objects.bulk_create(
        _code(device, pin=f"{1000 + number}", window=window) for device in devices for number in range(each)
    )


def stage_codes(devices: Sequence[Device], dues: Sequence[dt.datetime], *, lead: dt.timedelta) -> None:
    """On every other lock a code that is there, switched off, and is due to be switched on; on the others one that
    is due to be removed. `lead`: how long before its window a code is switched on."""
    codes = []
    for number, (device, due) in enumerate(zip(devices, dues, strict=True)):
        opening = number % 2 == 0
        ends_at = due + dt.timedelta(days=2) if opening else due
        window = (due + lead, ends_at) if opening else (due - dt.timedelta(days=2), ends_at)
        code = _code(device, pin="2580", window=window)
        shape = Shape(code.pin_key, code.name, enabled=not opening)
        code.written, code.write_state, code.ref = shape_to_json(shape), WriteState.APPLIED, "1"
        code.appearance_name, code.seen, code.attempts = code.name, Seen.PRESENT, 1
        code.written_at = code.seen_at = code.confirmed_at = device.last_read_at
        code.set_at = None if opening else code.starts_at
        codes.append(code)
    AccessCode.objects.bulk_create(codes)


def held_by_locks(devices: Sequence[Device]) -> dict[str, dict[str, dict[str, Any]]]:
    """What the lock system must hold for what was staged."""
    codes = AccessCode.objects.filter(device__in=devices).exclude(ref="").select_related("device")
    return {
        code.device.external_id: {
            code.ref: {
                "ref": code.ref,
                "pin": code.pin,
                "name": code.name,
                "starts_at": None,
                "ends_at": None,
                "enabled": (code.written or {})["enabled"],
            }
        }
        for code in codes
    }


def make_due(devices: Sequence[Device], dues: Sequence[dt.datetime]) -> None:
    for device, due in zip(devices, dues, strict=True):
        device.wake_at = due
    Device.objects.bulk_update(devices, ["wake_at"], batch_size=1000)
    # The rest of what waking does: runners hear of it.
    wake_devices([devices[0].pk], at=dues[0])


def _code(device: Device, *, pin: str, window: tuple[dt.datetime, dt.datetime]) -> AccessCode:
    starts_at, ends_at = window
    return AccessCode(
        device=device,
        name="Imogen Varga",
        pin=pin,
        pin_key=pin_key_of(pin),
        starts_at=starts_at,
        ends_at=ends_at,
        pin_held_until=held_until(ends_at),
    )
