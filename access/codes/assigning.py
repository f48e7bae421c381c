"""Declare an offline code: its window, and room for it in its slot. The runner has its PIN assigned afterwards.

`variant_of` tells the lock system which of the codes of one slot is meant. It is counted, not stored: codes of a slot
are numbered as they were declared, and rows of offline codes never go.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from access.codes.devices import zone_of_lock
from access.codes.offline import offline_window, slot_of
from access.codes.shapes import CodeRefused, Refusal, Rounding
from access.codes.windows import Bounds
from access.models import AccessCode
from locks.capabilities import OfflineKind, OfflineRule
from locks.devices import capabilities_of
from locks.models import Device


def declare_offline(
    code: AccessCode,
    bounds: Bounds,
    *,
    one_time: bool,
    rounding: Rounding,
    now: dt.datetime,
    outwards: bool = False,
) -> None:
    """Give an unsaved code its offline window and save it. Two writers take turns at the device."""
    Device.objects.select_for_update(no_key=True).get(pk=code.device.pk)
    capabilities, zone = capabilities_of(code.device), zone_of_lock(code.device)
    window = offline_window(
        bounds, capabilities, one_time=one_time, rounding=rounding, zone=zone, now=now, outwards=outwards
    )
    code.is_offline, code.is_one_time_use = True, one_time
    code.offline_kind, code.starts_at, code.ends_at = window.kind, window.starts_at, window.ends_at
    rule = capabilities.offline_rule(window.kind)
    if rule is not None and _of_slot(code, rule).count() >= rule.per_slot:
        raise _slot_full(rule)
    code.save()


def variant_of(code: AccessCode) -> int:
    """Return the number of an offline code among those of its slot, from 0."""
    rule = capabilities_of(code.device).offline_rule(OfflineKind(code.offline_kind))
    return 0 if rule is None else _of_slot(code, rule).filter(pk__lt=code.pk).count()


def _of_slot(code: AccessCode, rule: OfflineRule) -> QuerySet[AccessCode]:
    assert code.starts_at is not None  # noqa: S101 -- an offline code always begins at some time
    first, last = slot_of(code.starts_at, rule, zone_of_lock(code.device))
    codes = AccessCode.objects.filter(
        device=code.device,
        is_offline=True,
        offline_kind=rule.kind,
        starts_at__gte=first,
        starts_at__lt=last,
    )
    # Of a user level, codes that end at another time are other codes.
    return codes.filter(ends_at=code.ends_at) if rule.by_user_level else codes


def _slot_full(rule: OfflineRule) -> CodeRefused:
    if rule.by_user_level:
        return CodeRefused(
            Refusal.INVALID,
            "This lock has one offline code only for each window, and somebody has that of this window. "
            "Choose another end.",
            "ends_at",
        )
    unit = "day" if rule.slot >= dt.timedelta(days=1) else "hour"
    codes = "one such offline code" if rule.per_slot == 1 else f"{rule.per_slot} such offline codes"
    return CodeRefused(
        Refusal.INVALID,
        f"Only {codes} can begin in one {unit} on this lock, and there is no room left in this one. "
        f"Choose a start in another {unit}.",
        "starts_at",
    )
