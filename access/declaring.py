"""From a stay to its declared codes: one grant, one code on each device of the unit's doors.

Level-based: `declare_stay` looks at the stay as it is now and makes the declarations agree; called twice, or late, or
after a crash it does the same. It runs when a changed stay is announced, and from `sweep_stays` for announcements
that were missed. Only after it did its work is the stay's revision acknowledged, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, QuerySet

from access.backups.pulling import follow_original, revive_backup
from access.codes.for_stays import declare_offline_for_stay, is_offline_only, still_serves
from access.codes.windows import Bounds
from access.enums import EventType
from access.events import record_code_event
from access.issuing import (
    REPLACED,
    TRIES,
    PinTaken,
    PinUse,
    declare_code,
    declare_codes,
    ensure_pin,
    issue_new_pin,
    live_codes_of,
    pin_may_change,
    replace_pin,
    revoke_code,
)
from access.models import AccessCode, AccessGrant
from access.preferring import is_new_wish, issue_preferred
from access.shifting import name_for, shift
from locks.constraints import pin_problem
from locks.devices import capabilities_of
from locks.models import Device
from locks.queries import managed_devices
from locks.waking import wake_devices
from properties import booking
from properties.compiled import compiled
from properties.enums import CancelReason, StayKind, StayStatus
from properties.models import Stay

logger = logging.getLogger(__name__)

ACTOR = "Keyturn"
HELD = "held"
ENTITLED_KINDS = (StayKind.GUEST, StayKind.OWNER, StayKind.LEASE)


def is_entitled(stay: Stay) -> bool:
    """Tell whether this stay gives the right to open doors at all."""
    return stay.status == StayStatus.CONFIRMED and stay.kind in ENTITLED_KINDS and not stay.hold_access


@transaction.atomic
def declare_stay(stay_id: int, *, now: dt.datetime) -> None:
    """Make the declared codes agree with the stay, and acknowledge its revision."""
    stay = _locked_stay.first(stay_id)
    if stay is None:
        return
    grant = _locked_grant.first(stay_id)
    if grant is not None:
        grant.stay = stay
    if not is_entitled(stay):
        if grant is not None:
            _revoke(grant, stay, now=now)
        elif stay.cancel_reason:
            # Dropped out first, cancelled then: what counts is how it stands now.
            AccessGrant.objects.filter(stay=stay).update(revoke_reason=stay.cancel_reason)
    elif grant is not None or not _is_over(stay, now=now):
        # Only of a stay that was changed can there be an earlier grant.
        grant = grant or (_restored_grant(stay) if stay.revision > 1 else None)
        if grant is not None:
            _agree(grant, stay, now=now)
        else:
            grant = AccessGrant(workspace=stay.workspace, stay=stay)
            _agree(grant, stay, now=now, is_new=True)
    booking.acknowledge(stay.pk, revision=stay.revision)


@compiled
def _locked_stay(stay_id: int) -> QuerySet[Stay]:
    stays = Stay.objects.select_for_update(of=("self",), no_key=True)
    return stays.select_related("unit__property", "guest", "workspace").filter(pk=stay_id)


@compiled
def _locked_grant(stay_id: int) -> QuerySet[AccessGrant]:
    """Without key locks, as for every stay and grant: an event may be written about them meanwhile."""
    grants = AccessGrant.objects.select_for_update(no_key=True)
    return grants.filter(stay=stay_id, revoked_at=None).order_by("pk")


def sweep_stays(*, now: dt.datetime, limit: int = 200) -> int:
    """Declare every stay whose newest revision nobody has taken up; return how many there were."""
    stay_ids = booking.unacknowledged_stays(limit=limit)
    for stay_id in stay_ids:
        try:
            declare_stay(stay_id, now=now)
        except Exception as error:  # noqa: BLE001  -- one stay must not keep the others from their codes
            logger.error("Stay %s cannot be declared: %s", stay_id, type(error).__name__)  # noqa: TRY400
    return len(stay_ids)


def _is_over(stay: Stay, *, now: dt.datetime) -> bool:
    return stay.ends_at is not None and stay.ends_at <= now


def _restored_grant(stay: Stay) -> AccessGrant | None:
    """Bring back the grant of a stay that nobody cancelled: it dropped out of its calendar, or was tentative for a
    while. Same guest, same PIN (P5). After a cancellation there is a new one."""
    last = AccessGrant.objects.filter(stay=stay).order_by("-pk").first()
    if last is None or last.revoke_reason in (CancelReason.EXPLICIT, CancelReason.PERSON):
        return None
    last.revoked_at, last.revoke_reason = None, ""
    last.save(update_fields=["revoked_at", "revoke_reason"])
    return last


def _revoke(grant: AccessGrant, stay: Stay, *, now: dt.datetime) -> None:
    grant.revoked_at = now
    grant.revoke_reason = _why_none(stay)[:40]
    grant.save(update_fields=["revoked_at", "revoke_reason"])
    codes = list(live_codes_of(grant))
    told = stay.get_cancel_reason_display() or f"stay is {_why_none(stay)}"
    for code in codes:
        revoke_code(code, reason=str(told)[:40], now=now, actor=ACTOR)
    wake_devices([code.device_id for code in codes], at=now)


def _why_none(stay: Stay) -> str:
    held = stay.status == StayStatus.CONFIRMED and stay.hold_access
    return stay.cancel_reason or (HELD if held else stay.status)


def _agree(grant: AccessGrant, stay: Stay, *, now: dt.datetime, is_new: bool = False) -> None:
    """`is_new`: the grant has no codes yet, nor ever had, and is saved here."""
    devices = managed_devices(stay.unit_id, stay.unit.property_id)
    wanted_ids = {device.pk for device in devices}
    wish = stay.preferred_code
    note, touched = "", set[int]()
    if wish is not None and is_new_wish(grant, wish) and not _is_over(stay, now=now):
        if is_new:
            grant.save()
        note = issue_preferred(grant, wish, devices, actor=ACTOR, now=now)
        touched |= wanted_ids
    covered, followed = (set(), set()) if is_new else _follow_stay(grant, stay, wanted_ids, now=now)
    missing = [device for device in devices if device.pk not in covered]
    is_due = bool(missing) and not _is_over(stay, now=now)
    use = ensure_pin(grant, devices, now=now) if is_due else PinUse.SHARED
    if _is_unsaved(grant):
        grant.save()
    if is_due:
        _declare_missing(grant, stay, missing, now=now, pin_use=use)
        touched |= wanted_ids
    if note:
        AccessGrant.objects.filter(pk=grant.pk, pin_note="").update(pin_note=note[:200])
    wake_devices(touched | followed, at=now)


def _is_unsaved(grant: AccessGrant) -> bool:
    return grant.pk is None


def _follow_stay(
    grant: AccessGrant, stay: Stay, wanted_ids: set[int], *, now: dt.datetime
) -> tuple[set[int], set[int]]:
    """Let the codes that there are follow the stay; return the devices that have one then, and those to be woken."""
    touched: set[int] = set()
    covered: set[int] = set()
    for code in live_codes_of(grant):
        if code.device_id not in wanted_ids:
            revoke_code(code, reason="door no longer belongs to the stay", now=now, actor=ACTOR)
            touched.add(code.device_id)
        elif code.is_offline and not still_serves(code, _bounds(stay), now=now):
            revoke_code(code, reason="the stay was moved", now=now, actor=ACTOR)
            touched.add(code.device_id)
        else:
            covered.add(code.device_id)
            if not code.is_offline and _move(code, stay, now=now):
                touched.add(code.device_id)
    revived = _revive(grant, stay, wanted_ids - covered, now=now)
    return covered | revived, touched | revived


def _move(code: AccessCode, stay: Stay, *, now: dt.datetime) -> bool:
    """Give the code the stay's window and name, keeping its PIN; tell whether anything changed."""
    told = shift(code, stay, now=now)
    if told is None:
        return False
    code.save()
    follow_original(code, start_moved=told.start_moved, actor=ACTOR, now=now)
    record_code_event(
        code, EventType.CODE_CHANGED, now=now, actor=ACTOR, before=told.before, after=told.after
    )
    return True


def _revive(grant: AccessGrant, stay: Stay, device_ids: set[int], *, now: dt.datetime) -> set[int]:
    """Take back revocations that no lock has confirmed yet, but not of PINs that were replaced: the same PIN on the
    same door needs no second code."""
    revived: set[int] = set()
    if not device_ids:
        return revived
    for code in reversed(_tombstones(grant.pk, sorted(device_ids))):  # the newest counts
        if code.device_id in revived:
            continue
        code.revoked_at, code.revoke_reason = None, ""
        code.failures, code.next_try_at = 0, None
        code.save(update_fields=["revoked_at", "revoke_reason", "failures", "next_try_at"])
        record_code_event(code, EventType.CODE_CHANGED, now=now, actor=ACTOR, change="restored")
        revive_backup(code, actor=ACTOR, now=now)
        _move(code, stay, now=now)
        revived.add(code.device_id)
    return revived


@compiled
def _tombstones(grant_id: int, device_ids: Sequence[int]) -> QuerySet[AccessCode]:
    return (
        AccessCode.objects.select_for_update(of=("self",))
        .filter(grant=grant_id, device__in=device_ids, ended_at=None)
        .exclude(revoked_at=None)
        .exclude(revoke_reason=REPLACED)
        .exclude(is_backup=True)
        .exclude(is_offline=True)
        .select_related("device__account", "grant")
        .order_by("pk")
    )


def _declare_missing(
    grant: AccessGrant, stay: Stay, missing: Sequence[Device], *, now: dt.datetime, pin_use: PinUse
) -> None:
    """Declare codes on the devices that have none. A clash ends in another PIN for all doors while nobody can know
    the first, else in a PIN of its own for the door where it is taken."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                _declare_on_all(grant, stay, missing, now=now, pin_use=pin_use)
        except PinTaken:
            if not pin_may_change(grant):
                break
            grant = replace_pin(grant, actor=ACTOR, now=now, reason="the first one was taken", also=missing)
            pin_use = PinUse.SHARED
        else:
            return
    for device in missing:
        try:
            with transaction.atomic():
                _declare_on(grant, stay, device, now=now)
        except PinTaken:
            _declare_on(grant, stay, device, now=now, pin_use=PinUse.OWN)
            grant.pin_note = f"The PIN is taken at {device.name}, so that door has its own."[:200]
            grant.save(update_fields=["pin_note"])


def _declare_on_all(
    grant: AccessGrant, stay: Stay, devices: Sequence[Device], *, now: dt.datetime, pin_use: PinUse
) -> None:
    online = []
    for device in devices:
        if is_offline_only(device):
            _declare_on(grant, stay, device, now=now)
        else:
            online.append(device)
    window = (stay.starts_at, stay.ends_at)
    declare_codes(grant, online, name=name_for(stay), window=window, now=now, actor=ACTOR, pin_use=pin_use)


def _declare_on(
    grant: AccessGrant,
    stay: Stay,
    device: Device,
    *,
    now: dt.datetime,
    pin_use: PinUse = PinUse.SHARED,
) -> None:
    if is_offline_only(device):
        declare_offline_for_stay(
            grant, device, name=name_for(stay), bounds=_bounds(stay), actor=ACTOR, now=now
        )
        return
    window = (stay.starts_at, stay.ends_at)
    declare_code(grant, device, name=name_for(stay), window=window, now=now, actor=ACTOR, pin_use=pin_use)


def _bounds(stay: Stay) -> Bounds:
    return Bounds(stay.starts_at, stay.ends_at)


@transaction.atomic
def swap_pin_after_clash(code: AccessCode, *, now: dt.datetime) -> bool:
    """The lock (or a code on it) has this PIN already, or takes it no longer: issue another where that harms nobody;
    tell whether it did."""
    if code.grant is None:
        return False
    grants = AccessGrant.objects.select_for_update(no_key=True)
    grant = grants.filter(pk=code.grant.pk, revoked_at=None).first()
    current = AccessCode.objects.filter(pk=code.pk, revoked_at=None, pin_key=code.pin_key).exists()
    if grant is None or not current or not pin_may_change(grant):
        return False
    AccessGrant.objects.filter(pk=grant.pk).update(automatic_swaps=F("automatic_swaps") + 1)
    fits = code.pin is None or pin_problem(code.pin, capabilities_of(code.device)) is None
    what = "is in use at" if fits else "is none that fits"
    issue_new_pin(grant, actor=ACTOR, now=now, reason=f"the first one {what} {code.device.name}")
    return True
