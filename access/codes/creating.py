"""Declare codes that belong to no stay: one, or one on each of several devices with the same PIN.

All-or-nothing: what is refused for one device is made on none. The devices are woken in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import transaction

from access.codes.assigning import declare_offline
from access.codes.clashes import PinTaken, check_pin, put_pin_and_save, sharing, taken_meanwhile
from access.codes.devices import check_backup_pool, check_new, enable_backup_pool
from access.codes.revealing import Look, note_first_look
from access.codes.shapes import CodeRefused, Kind, NewCode, OnNoCommonPin, Refusal
from access.codes.windows import Bounds, window_for
from access.enums import EventType
from access.events import code_event
from access.issuing import TRIES, space_of
from access.models import AccessCode, Event
from access.pins import taken_on
from locks.constraints import NoPin, choose_pin, pin_problem, takes_our_pin
from locks.devices import capabilities_of
from locks.loading import load_devices
from locks.models import Device
from locks.waking import wake_devices

NAME_LENGTH = 200
KEY_PREFIX = "auto_set_by_create_multiple_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class By:
    """Who declares a code, and the program that is told its PIN at once, if one is."""

    actor: str
    reader: str


def create_code(
    device: Device, new: NewCode, *, actor: str, now: dt.datetime, reader: str = "", joining: bool = False
) -> AccessCode:
    """Declare one code, and wake the device. Raise CodeRefused.

    `reader`: the program that is told its PIN in the answer, as in `note_looks`. `joining`: the caller has just read
    the device with its account, and ends the transaction that it is in where the code is refused.
    """
    if not joining:
        device = _fresh([device])[0]
    check_new(device, new)
    with transaction.atomic(savepoint=not joining):
        return _until_free(lambda: _create_one(device, new, By(actor, reader), now), new)


def create_codes(
    devices: Sequence[Device],
    new: NewCode,
    *,
    on_no_common_pin: OnNoCommonPin = OnNoCommonPin.THROW,
    actor: str,
    now: dt.datetime,
    reader: str = "",
) -> list[AccessCode]:
    """Declare a code on each device, with one PIN for all. Where that cannot be, refuse, or let the devices that
    cannot share it have codes of their own. `reader` as in `create_code`."""
    if not devices:
        raise CodeRefused(Refusal.INVALID, "Name at least one device.", "devices")
    devices = _fresh(devices)
    for device in devices:
        check_new(device, new)
    # What has nothing to do with the PIN is refused first: else a refusal without a trace tells whether a PIN is free.
    for device in devices:
        _check_period(device, new, now=now)
    key = "" if new.pin is not None else f"{KEY_PREFIX}{uuid.uuid4()}"
    new = replace(new, common_code_key=key)
    by = By(actor, reader)
    # What one attempt wrote before a PIN was found taken is undone.
    attempt = transaction.atomic(lambda: _create_all(devices, new, on_no_common_pin, by, now))
    return _until_free(attempt, new)


def generate_pin(device: Device, *, preferred_length: int | None = None, now: dt.datetime) -> str:
    """Return a PIN that the device takes and that is free on it; nothing is declared."""
    device = _fresh([device])[0]
    check_new(device, NewCode())
    if not takes_our_pin(capabilities_of(device)):
        raise CodeRefused(
            Refusal.UNSUPPORTED_DEVICE,
            f"{device.name} chooses its codes itself. Leave the PIN empty.",
            "pin",
        )
    return _chosen([device], preferred_length, now=now)


def _fresh(devices: Sequence[Device]) -> list[Device]:
    """As they are now, without doubles, in the order in which they were named."""
    found = load_devices(device.pk for device in devices)
    return [found[pk] for pk in dict.fromkeys(device.pk for device in devices)]


def _until_free(create: Callable[[], T], new: NewCode) -> T:
    """A PIN that we chose and another writer took is chosen again; one that a person chose is refused."""
    for _ in range(TRIES):
        try:
            return create()
        except PinTaken:
            if new.pin is not None:
                raise taken_meanwhile() from None
    raise CodeRefused(Refusal.INVALID, "No code is free on this lock. Remove codes that nobody needs.", "pin")


def _create_one(device: Device, new: NewCode, by: By, now: dt.datetime) -> AccessCode:
    code = _create_with_pin(device, new, _pin_for(device, new, now=now), by, now)
    _finish([device], new, now=now)
    return code


def _create_all(
    devices: Sequence[Device], new: NewCode, on_no_common_pin: OnNoCommonPin, by: By, now: dt.datetime
) -> list[AccessCode]:
    shared, pin = _shared(devices, new, now=now)
    if len(shared) < len(devices) and len(devices) > 1 and on_no_common_pin is OnNoCommonPin.THROW:
        raise _cannot_share(devices, shared, new)
    codes = []
    # In one order for everybody: offline codes are numbered under their device's lock.
    for device in sorted(devices, key=lambda device: device.pk):
        own = new if device in shared else replace(new, pin=None)
        device_pin = pin if device in shared else _pin_for(device, own, now=now)
        codes.append(_create_with_pin(device, own, device_pin, by, now))
    _finish(devices, new, now=now)
    return sorted(codes, key=lambda code: devices.index(code.device))


def _finish(devices: Sequence[Device], new: NewCode, *, now: dt.datetime) -> None:
    """Codes are locked before their devices, so this comes last."""
    if new.use_backup_pool:
        for device in sorted(devices, key=lambda device: device.pk):
            enable_backup_pool(device)
    wake_devices([device.pk for device in devices], at=now)


def _shared(devices: Sequence[Device], new: NewCode, *, now: dt.datetime) -> tuple[list[Device], str | None]:
    """Return the devices that can have one PIN, as many as there are from the first on, and that PIN."""
    if new.is_offline:
        return [], None
    ours = sharing(devices)
    if new.pin is not None:
        fitting = [one for one in ours if pin_problem(new.pin, capabilities_of(one)) is None]
        return fitting, new.pin
    group: list[Device] = []
    pin: str | None = None
    for device in ours:
        chosen = _try_to_choose([*group, device], new.preferred_length, now=now)
        if not isinstance(chosen, NoPin):
            group, pin = [*group, device], chosen
    return group, pin


def _cannot_share(devices: Sequence[Device], shared: Sequence[Device], new: NewCode) -> CodeRefused:
    if new.is_offline:
        return CodeRefused(
            Refusal.INVALID,
            "Offline codes are computed for each lock, so several locks cannot share one. "
            "Create them one by one, or allow random codes.",
            "on_no_common_pin",
        )
    outside = next(device for device in devices if device not in shared)
    capabilities = capabilities_of(outside)
    if not takes_our_pin(capabilities):
        reason = f"{outside.name} chooses its codes itself."
    elif new.pin is not None:
        reason = pin_problem(new.pin, capabilities, lock=outside.name) or ""
    else:
        reason = space_of(sharing(devices)).problem or f"No code is free on {outside.name} and the others."
    return CodeRefused(
        Refusal.INVALID,
        f"These locks cannot share one code. {reason} Allow random codes where a code cannot be shared.",
        "pin" if new.pin is not None else "on_no_common_pin",
    )


def _pin_for(device: Device, new: NewCode, *, now: dt.datetime) -> str | None:
    """Return the PIN that was given, or one that is chosen, or None where the lock assigns it."""
    if new.pin is not None:
        if new.is_offline:
            raise CodeRefused(
                Refusal.INVALID,
                "An offline code is computed by the lock system. Leave the PIN empty.",
                "pin",
            )
        check_pin(device, new.pin)
        return new.pin
    if new.is_offline or not takes_our_pin(capabilities_of(device)):
        return None
    return _chosen([device], new.preferred_length, now=now)


def _chosen(devices: Sequence[Device], preferred_length: int | None, *, now: dt.datetime) -> str:
    chosen = _try_to_choose(devices, preferred_length, now=now)
    if isinstance(chosen, NoPin):
        raise CodeRefused(Refusal.INVALID, chosen.reason, "pin")
    return chosen


def _try_to_choose(
    devices: Sequence[Device], preferred_length: int | None, *, now: dt.datetime
) -> str | NoPin:
    taken = taken_on([device.pk for device in devices], now=now)
    return choose_pin(space_of(devices), taken=taken, preferred_length=preferred_length)


def _create_with_pin(device: Device, new: NewCode, pin: str | None, by: By, now: dt.datetime) -> AccessCode:
    code = AccessCode(
        device=device,
        name=cleaned_name(new.name),
        prefer_native_scheduling=new.prefer_native_scheduling,
        allow_external_modification=new.allow_external_modification,
        common_code_key=new.common_code_key,
    )
    asked = Bounds(new.starts_at, new.ends_at)
    _check_pool(device, new)
    if new.is_offline:
        declare_offline(code, asked, one_time=new.is_one_time_use, rounding=new.max_time_rounding, now=now)
    else:
        window = window_for(asked, capabilities_of(device), now=now)
        code.starts_at, code.ends_at = window.starts_at, window.ends_at
        put_pin_and_save(code, pin, just_chosen=pin is not None and new.pin is None)
    events = [code_event(code, EventType.CODE_CREATED, now=now, actor=by.actor)]
    if by.reader:
        events += note_first_look(Look(code, by.reader, by.actor), now=now)
    Event.objects.bulk_create(events)
    return code


def _check_period(device: Device, new: NewCode, *, now: dt.datetime) -> None:
    _check_pool(device, new)
    if not new.is_offline:
        window_for(Bounds(new.starts_at, new.ends_at), capabilities_of(device), now=now)


def _check_pool(device: Device, new: NewCode) -> None:
    if new.use_backup_pool:
        is_time_bound = Bounds(new.starts_at, new.ends_at).kind is Kind.TIME_BOUND
        check_backup_pool(device, is_time_bound=is_time_bound and not new.is_offline)


def cleaned_name(name: str) -> str:
    """The full name; what the lock shows is cut from it by its brand's rule."""
    return " ".join(name.replace("\0", "").split())[:NAME_LENGTH]
