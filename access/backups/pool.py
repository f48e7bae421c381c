"""The backup pool of a device: ongoing codes that nobody knows, kept ready on the lock for the day a code fails.

`tend_pool` is level-based: it makes the declared pool what it should be now (declares what is missing, revokes what is
too much or was refused) and raises or clears the problems of the pool. It is called after a pull, when a door or a
setting changes, by the runner after a look that shows a pool which is not as it should be (every lock is looked at
once an hour at least), and by `sweep_pools` while a pool has an open problem.

A pool code belongs to nobody: it has no grant, and its PIN is shown nowhere. Pulling one is in access.backups.pulling.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from access.backups.levels import EMPTY_POOL, PARTIAL_POOL, POOL_PROBLEMS, PoolLevel, pool_problems, pool_room
from access.enums import EventType
from access.events import record_code_event
from access.issuing import PIN_CONSTRAINT, TRIES, choose_for, put_pin, revoke_code
from access.models import AccessCode, LockCode, Problem
from access.planning import NATIVE_LEAD
from access.problems import set_problems
from access.states import Seen
from locks.constraints import NoPin, takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device
from locks.waking import wake_devices
from properties.compiled import compiled

logger = logging.getLogger(__name__)

ACTOR = "Keyturn"
HOUSE_WORD = "Keyturn"
FRESH = dt.timedelta(minutes=10)
NOT_WANTED = "backup pool smaller"
REFUSED = "the lock refused this backup code"
TAKEN = "the PIN is in use on the lock"


def in_pool(**device: Any) -> Q:
    """Codes that wait in a pool, as a condition."""
    return Q(is_backup=True, pulled_for=None, revoked_at=None, ended_at=None, **device)


def is_ready(code: AccessCode) -> bool:
    """Tell whether the lock is known to hold this backup code so that it opens."""
    written = code.written or {}
    there = code.seen in (Seen.PRESENT, Seen.ASSUMED) and code.confirmed_at is not None
    return (
        there and code.pin_key is not None and written.get("pin_key") == code.pin_key and written["enabled"]
    )


def is_unsettled(device: Device, codes: Iterable[AccessCode], *, foreign: int, now: dt.datetime) -> bool:
    """Tell whether the pool among a device's live codes is worth tending after a look at the lock; asks no database.
    `foreign`: how many codes the lock holds that are not ours."""
    codes = list(codes)
    pool = [code for code in codes if code.is_backup and code.pulled_for_id is None]
    if any(code.ended_at is not None or not is_ready(code) for code in pool):
        return True
    wanted = 0
    if has_pool(device):
        others = foreign + sum(_takes_place(code, now=now) for code in codes if code not in pool)
        capacity = capabilities_of(device).max_codes
        wanted = pool_room(size=pool_size(device), capacity=capacity, others=others)
    return sum(code.revoked_at is None for code in pool) != wanted


def _takes_place(code: AccessCode, *, now: dt.datetime) -> bool:
    soon = code.starts_at is None or code.starts_at <= now + NATIVE_LEAD or code.written is not None
    return soon and code.ended_at is None and not code.is_offline


def can_have_pool(device: Device) -> bool:
    """`device` comes with its account's workspace."""
    able = capabilities_of(device)
    usable = (
        able.supports_backup_pool and able.online_codes and device.is_managed and device.removed_at is None
    )
    return usable and pool_size(device) > 0


def has_pool(device: Device) -> bool:
    """`device` comes with its account's workspace, and its door where it has one."""
    asked = device.backup_pool_enabled
    return can_have_pool(device) and (hasattr(device, "door") if asked is None else asked)


def pool_size(device: Device) -> int:
    return device.account.workspace.backup_pool_size


def level_of(device: Device, *, now: dt.datetime) -> PoolLevel:
    codes = _backups_on(device.pk)
    pool = [code for code in codes if code.pulled_for_id is None]
    ready = sum(map(is_ready, pool))
    is_on = has_pool(device)
    return PoolLevel(
        is_on=is_on,
        size=pool_size(device),
        room=_room(device, now=now) if is_on else 0,
        declared=len(pool),
        ready=ready,
        fresh=sum(not is_ready(code) and code.created_at > now - FRESH for code in pool),
        in_use=sum(code.pulled_for_id is not None and not _is_over(code, now=now) for code in codes),
        asked_for=bool(device.backup_pool_enabled),
    )


def _is_over(code: AccessCode, *, now: dt.datetime) -> bool:
    return code.ends_at is not None and code.ends_at <= now


def _room(device: Device, *, now: dt.datetime) -> int:
    capacity = capabilities_of(device).max_codes
    if capacity is None:
        return pool_size(device)
    others = len(_people_on(device.pk, now + NATIVE_LEAD)) + len(_foreign_on(device.pk))
    return pool_room(size=pool_size(device), capacity=capacity, others=others)


@transaction.atomic
def tend_pool(device: Device, *, now: dt.datetime) -> PoolLevel:
    """Make the pool of this device what it should be, as far as declaring goes, and say what is wrong with it."""
    # Codes before their device, as everywhere; two at once wait here for each other, and the second counts anew.
    pool = _locked_pool(device.pk)
    (device,) = _locked_device(device.pk)
    changed = _drop(device, pool, now=now)
    changed |= _declare_missing(device, now=now)
    if changed:
        wake_devices([device.pk], at=now)
    level = level_of(device, now=now)
    set_problems(device, pool_problems(level), among=set(POOL_PROBLEMS), now=now)
    return level


def fill_pool(device: Device, *, now: dt.datetime) -> int:
    """Declare what the pool lacks; return how many codes it then has, on the lock or on their way."""
    return tend_pool(device, now=now).declared


@compiled
def _locked_pool(device_id: int) -> QuerySet[AccessCode]:
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return rows.filter(in_pool(device=device_id)).order_by("pk")


@compiled
def _locked_device(device_id: int) -> QuerySet[Device]:
    rows = Device.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("account__workspace", "door").filter(pk=device_id)


@compiled
def _backups_on(device_id: int) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(device=device_id, ended_at=None, revoked_at=None, is_backup=True)


@compiled
def _people_on(device_id: int, soon: dt.datetime) -> QuerySet[AccessCode, int]:
    """Whose codes take a place by then, or have one; not those of the pool."""
    near = Q(starts_at=None) | Q(starts_at__lte=soon) | Q(written__isnull=False)
    people = AccessCode.objects.filter(near, device=device_id, ended_at=None, is_offline=False)
    return people.exclude(in_pool()).values_list("pk", flat=True)


@compiled
def _foreign_on(device_id: int) -> QuerySet[LockCode, int | None]:
    return LockCode.objects.filter(device=device_id, access_code=None).values_list("pin_key", flat=True)


def _wanted(device: Device, *, now: dt.datetime) -> int:
    return _room(device, now=now) if has_pool(device) else 0


def _drop(device: Device, pool: Sequence[AccessCode], *, now: dt.datetime) -> bool:
    """Revoke what the lock cannot take, and what is too much: first those that never got there."""
    taken = set(_foreign_on(device.pk)) - {None}
    useless = {code.pk: REFUSED for code in pool if code.stopped}
    useless |= {code.pk: TAKEN for code in pool if code.pin_key in taken and not is_ready(code)}
    kept = sorted(
        (code for code in pool if code.pk not in useless), key=lambda code: (not is_ready(code), code.pk)
    )
    useless |= {code.pk: NOT_WANTED for code in kept[_wanted(device, now=now) :]}
    for code in pool:
        if code.pk in useless:
            revoke_code(code, reason=useless[code.pk], now=now, actor=ACTOR)
    return bool(useless)


def _declare_missing(device: Device, *, now: dt.datetime) -> bool:
    missing = _wanted(device, now=now) - sum(code.pulled_for_id is None for code in _backups_on(device.pk))
    if missing <= 0:
        return False
    # One that is refused again and again must not be replaced without end: its tombstones count for a while.
    lately = AccessCode.objects.filter(device=device, is_backup=True, revoke_reason=REFUSED)
    missing -= lately.filter(revoked_at__gt=now - FRESH).count()
    return [_declare_one(device, now=now) for _ in range(missing)].count(True) > 0


def _declare_one(device: Device, *, now: dt.datetime) -> bool:
    """Insert one pool code with a PIN of its own; tell whether one was free."""
    for _ in range(TRIES):
        code = AccessCode(device=device, is_backup=True)
        code.name = f"Backup {str(code.public_id)[:8]} ({HOUSE_WORD})"
        if takes_our_pin(capabilities_of(device)):
            chosen = choose_for([device], now=now)
            if isinstance(chosen, NoPin):
                return False
            put_pin(code, chosen)
        try:
            with transaction.atomic():
                code.save()
        except IntegrityError as error:
            if PIN_CONSTRAINT not in str(error):
                raise
            continue
        record_code_event(code, EventType.CODE_CREATED, now=now, actor=ACTOR, is_backup=True)
        return True
    return False


def switch_pool(device: Device, *, on: bool | None, actor: str, now: dt.datetime) -> PoolLevel:
    """Switch the pool of a device on or off; None: leave it to the policy. Codes that were pulled stay.

    Two transactions, since codes are locked before their device; were the second lost, the sweep would do its work.
    """
    Device.objects.filter(pk=device.pk).update(backup_pool_enabled=on)
    logger.info("Backup pool of device %s is set to %s by %s", device.pk, on, actor)
    return tend_pool(device, now=now)


def resize_pools(workspace_id: int, *, now: dt.datetime) -> None:
    """The workspace's pool size changed: tend every pool of it, each in a transaction of its own."""
    for device in Device.objects.filter(account__workspace=workspace_id, is_managed=True).order_by("pk"):
        tend_pool(device, now=now)


def sweep_pools(*, now: dt.datetime) -> int:
    """Tend the pools with an open problem; return how many there were."""
    troubled = Problem.objects.filter(cleared_at=None, code__in=(EMPTY_POOL, PARTIAL_POOL))
    devices = list(Device.objects.filter(pk__in=troubled.values("device_id")).order_by("pk"))
    for device in devices:
        try:
            tend_pool(device, now=now)
        except Exception as error:  # noqa: BLE001  -- one lock's pool must not keep the others from theirs
            logger.error("Pool of device %s: %s", device.pk, type(error).__name__)  # noqa: TRY400
    return len(devices)
