"""Offline codes for the stays of doors whose lock takes no others. Called by access.declaring.

Such a code cannot be moved: one that no longer serves the stay is left to run out, and another one is computed. That
is the one way in which a stay's PIN changes by itself, and the stay's page says so.
"""

from __future__ import annotations

import datetime as dt

from access.codes.assigning import declare_offline
from access.codes.devices import zone_of_lock
from access.codes.offline import offline_window
from access.codes.shapes import CodeRefused, Rounding
from access.codes.windows import Bounds
from access.enums import EventType
from access.events import record_code_event
from access.models import AccessCode, AccessGrant
from locks.devices import capabilities_of
from locks.models import Device


def is_offline_only(device: Device) -> bool:
    capabilities = capabilities_of(device)
    return not capabilities.online_codes and bool(capabilities.offline_kinds)


def declare_offline_for_stay(
    grant: AccessGrant, device: Device, *, name: str, bounds: Bounds, actor: str, now: dt.datetime
) -> AccessCode:
    """Declare the code; one for whose stay the lock has no window is declared too, stopped, and says why. One that the
    stay had before and that goes on is theirs again: the lock opens by it whatever was asked meanwhile."""
    former = _take_again(grant, device, name=name, bounds=bounds, actor=actor, now=now)
    if former is not None:
        return former
    code = AccessCode(device=device, grant=grant, name=name)
    try:
        declare_offline(code, bounds, one_time=False, rounding=Rounding.DAY, now=now, outwards=True)
    except CodeRefused as refused:
        code.is_offline = True
        code.starts_at, code.ends_at = bounds.starts_at, bounds.ends_at
        code.stopped, code.message = refused.type.value[:40], refused.message[:300]
        code.save()
    record_code_event(code, EventType.CODE_CREATED, now=now, actor=actor)
    return code


def _take_again(
    grant: AccessGrant, device: Device, *, name: str, bounds: Bounds, actor: str, now: dt.datetime
) -> AccessCode | None:
    if grant.stay_id is None:
        return None
    codes = (
        AccessCode.objects.select_for_update(of=("self",))
        .filter(device=device, grant__stay=grant.stay_id, is_offline=True, stopped="", ended_at=None)
        .exclude(revoked_at=None)
        .order_by("-pk")
    )
    code = next((code for code in codes if still_serves(code, bounds, now=now)), None)
    if code is not None:
        code.device, code.grant, code.name = device, grant, name
        code.revoked_at, code.revoke_reason = None, ""
        code.failures, code.next_try_at = 0, None
        code.save()
        record_code_event(code, EventType.CODE_CHANGED, now=now, actor=actor, change="restored")
    return code


def still_serves(code: AccessCode, bounds: Bounds, *, now: dt.datetime) -> bool:
    """Tell whether the code's window is what the lock can do for the stay as it is booked now."""
    if code.stopped:
        return (code.starts_at, code.ends_at) == (bounds.starts_at, bounds.ends_at)
    try:
        wanted = offline_window(
            bounds,
            capabilities_of(code.device),
            one_time=False,
            rounding=Rounding.DAY,
            zone=zone_of_lock(code.device),
            now=now,
            outwards=True,
        )
    except CodeRefused:
        return False
    begun = code.starts_at is not None and code.starts_at <= now
    same_start = code.starts_at == wanted.starts_at or (
        begun and wanted.starts_at <= now + dt.timedelta(days=1)
    )
    return same_start and code.ends_at == wanted.ends_at
