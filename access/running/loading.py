"""Load one device with all that a plan for it needs, under the account's lease."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from access.facts import declared_of
from access.models import AccessCode, LockCode
from access.planning import Declared, runs_natively
from access.planning.shapes import ENABLE_LEAD
from access.running.leases import Lease, fenced
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.models import Device
from locks.names import appearance_name

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Work:
    """One device with its live codes, as loaded. `seq` tells later whether the declarations have changed since.

    `strangers`: since when the places are known that were not ours at the last reading. `budget`: commands that the
    lock may still get before `budget_until` (P7).
    """

    device: Device
    codes: tuple[AccessCode, ...]
    declared: tuple[Declared, ...]
    capabilities: Capabilities
    strangers: Mapping[str, dt.datetime]
    seq: int
    budget: int
    budget_until: dt.datetime

    def declared_by_id(self, code_id: int) -> Declared:
        return next(declared for declared in self.declared if declared.id == code_id)


def load_work(lease: Lease, device_id: int, *, now: dt.datetime) -> Work | None:
    """None where the device is gone."""
    with fenced(lease):
        devices = Device.objects.select_related("account")
        device = devices.filter(pk=device_id, account=lease.account_id).first()
        if device is None:
            return None
        codes = list(
            AccessCode.objects.select_related("device__account", "grant")
            .filter(device=device, ended_at=None)
            .order_by("pk")
        )
        places = list(device.lock_codes.all())
        capabilities = capabilities_of(device)
        _name_codes(codes, places, capabilities)
    recent = recent_commands(device, now=now)
    return Work(
        device=device,
        codes=tuple(codes),
        declared=_declared(codes, places, capabilities),
        capabilities=capabilities,
        strangers={place.ref: place.first_seen_at for place in places if place.access_code_id is None},
        seq=device.declared_seq,
        budget=max(0, capabilities.commands_per_minute - len(recent)),
        budget_until=(recent[0] if recent else now) + MINUTE,
    )


def recent_commands(device: Device, *, now: dt.datetime) -> list[dt.datetime]:
    """Return when the commands of the last minute were sent, oldest first."""
    moments = (dt.datetime.fromisoformat(text) for text in device.command_times)
    return sorted(moment for moment in moments if moment > now - MINUTE)


def _declared(
    codes: Sequence[AccessCode], places: Sequence[LockCode], capabilities: Capabilities
) -> tuple[Declared, ...]:
    shown = {place.access_code_id: place.name or None for place in places}
    declared = [replace(declared_of(code), shown_name=shown.get(code.pk)) for code in codes]
    # Many guests may arrive at a shared door at once, and the lock takes only so many commands a minute.
    starts = Counter(code.starts_at for code in declared if not runs_natively(code, capabilities))
    return tuple(
        replace(
            code,
            enable_lead=ENABLE_LEAD + (starts[code.starts_at] // capabilities.commands_per_minute) * MINUTE,
        )
        for code in declared
    )


def _name_codes(codes: Sequence[AccessCode], places: Sequence[LockCode], capabilities: Capabilities) -> None:
    """Give each new code its name on the lock, once, so that it stays the same from look to look.

    A lock that hides PINs gets unique names: there, a name is all by which a lost command is found again.
    """
    nameless = [code for code in codes if not code.appearance_name]
    if not nameless:
        return
    rule = capabilities.name_rule
    rule = replace(rule, unique=rule.unique or not capabilities.reads_pins)
    taken = {code.appearance_name for code in codes if code.appearance_name}
    taken.update(place.name for place in places if place.access_code_id is None)
    for code in nameless:
        code.appearance_name = appearance_name(code.name, rule, taken).name
        taken.add(code.appearance_name)
        AccessCode.objects.filter(pk=code.pk).update(appearance_name=code.appearance_name)
