"""An unmanaged code becomes ours, just as it stands on the lock: same id, PIN, name and window, and no command sent.

`force` takes over a code that another workspace of this installation manages on the same physical lock: one that
its lock system lists under the same id, with the same PIN in the same place. The PIN is the proof: who can read it
has the lock, and nobody can end another workspace's codes by naming its locks.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from access.declaring import declare_stay
from access.enums import EventType
from access.events import record_code_event, record_device_event
from access.foreign.places import hold_place, row_for, stand_in_place
from access.foreign.refusals import UNSUPPORTED_DEVICE, ManagementRefused
from access.foreign.releasing import release_code
from access.issuing import PIN_CONSTRAINT, put_pin
from access.models import AccessCode, LockCode
from access.problems import set_problems
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.waking import wake_devices

TRANSFERRED = "management_transferred"


def convert_code(
    lock_code: LockCode,
    *,
    allow_external_modification: bool = False,
    force: bool = False,
    actor: str,
    now: dt.datetime,
) -> AccessCode:
    """Manage this code from now on; asked for again, it is the same code. A refusal is written down as an event."""
    try:
        with transaction.atomic():
            return _convert(lock_code, allow_external_modification, force=force, actor=actor, now=now)
    except ManagementRefused as refusal:
        record_device_event(
            lock_code.device,
            EventType.FOREIGN_NOT_CONVERTED,
            now=now,
            actor=actor,
            access_code_id=str(lock_code.public_id),
            name=lock_code.name,
            type=refusal.type,
            message=refusal.message,
        )
        raise


def _convert(
    lock_code: LockCode, allow_external_modification: bool, *, force: bool, actor: str, now: dt.datetime
) -> AccessCode:
    rivals = _rivals(lock_code)
    place = hold_place(lock_code)
    if place.access_code is not None and place.access_code.is_managed:
        return place.access_code
    capabilities = capabilities_of(place.device)
    problem = conversion_problem(place, capabilities, now=now)
    if problem is not None:
        raise problem
    if rivals and not force:
        raise ManagementRefused(
            "managed_by_another_workspace",
            "Another workspace manages this code. Take it over only if the lock is yours: its codes end there.",
        )
    for rival in rivals:
        release_code(rival, reason="taken over by another workspace", actor="Keyturn", now=now)
        _look_again(rival, now=now)
    code = _managed_row(place, capabilities, now=now)
    code.allow_external_modification = allow_external_modification
    code.transferred_at = now if rivals else None
    _save(code, place)
    record_code_event(code, EventType.FOREIGN_CONVERTED, now=now, actor=actor, name=place.name)
    if rivals:
        set_problems(code, {TRANSFERRED}, among={TRANSFERRED}, now=now)
    wake_devices([place.device_id], at=now)
    return code


def conversion_problem(
    place: LockCode, capabilities: Capabilities, *, now: dt.datetime
) -> ManagementRefused | None:
    """Say why this code cannot be managed as it stands, as far as its own lock tells."""
    if not place.device.is_managed:
        return ManagementRefused(
            "device_unmanaged", "Manage the lock first; then its codes can be taken over."
        )
    if not capabilities.converts_foreign_codes:
        return ManagementRefused(
            UNSUPPORTED_DEVICE, "Locks of this brand don't let codes made elsewhere be taken over."
        )
    if place.access_code is not None:
        return ManagementRefused("access_code_being_removed", "This code is just being removed.")
    if place.pin is None and not capabilities.assigns_pin:
        return ManagementRefused(
            "code_unreadable",
            "The lock doesn't tell the PIN of this code, so Keyturn couldn't put it right. Make a new code instead.",
        )
    if not place.enabled:
        return ManagementRefused(
            "code_disabled", "This code is switched off at the lock. Switch it on in the lock's app first."
        )
    return _window_problem(place, now=now)


def _window_problem(place: LockCode, *, now: dt.datetime) -> ManagementRefused | None:
    if (place.starts_at is None) != (place.ends_at is None):
        return ManagementRefused(
            "unsupported_time_frame",
            "This code has only a start or only an end. Give it both or neither in the lock's app first.",
        )
    if place.ends_at is not None and place.ends_at <= now:
        return ManagementRefused("access_code_expired", "This code has run out. Delete it instead.")
    return None


def _rivals(lock_code: LockCode) -> list[AccessCode]:
    """Return the codes, locked, by which others manage what stands in this place."""
    if lock_code.pin_key is None:
        return []
    device = lock_code.device
    return list(
        AccessCode.objects.select_for_update(of=("self",))
        .filter(
            device__external_id=device.external_id,
            device__account__driver=device.account.driver,
            device__brand=device.brand,
            ref=lock_code.ref,
            pin_key=lock_code.pin_key,
            revoked_at=None,
            ended_at=None,
        )
        .exclude(device=device)
        .select_related("device__account", "grant__stay")
        .order_by("pk")
    )


def _look_again(rival: AccessCode, *, now: dt.datetime) -> None:
    """Who lost the code may still have a guest to let in: the stay is declared anew, with a PIN of its own."""
    stay_id = rival.grant.stay_id if rival.grant is not None else None
    wake_devices([rival.device_id], at=now)
    if stay_id is not None:
        transaction.on_commit(lambda: declare_stay(stay_id, now=now), robust=True)


def _managed_row(place: LockCode, capabilities: Capabilities, *, now: dt.datetime) -> AccessCode:
    code = row_for(place)
    code.grant = None
    code.name, code.appearance_name = place.name, place.name
    code.starts_at, code.ends_at = place.starts_at, place.ends_at
    code.is_backup, code.pulled_for, code.common_code_key = False, None, ""
    put_pin(code, place.pin)
    manage_in_place(code, place, capabilities, now=now)
    return code


def manage_in_place(
    code: AccessCode, place: LockCode, capabilities: Capabilities, *, now: dt.datetime
) -> None:
    """Make the row a live managed one with what the place shows as its evidence; nothing of it is news."""
    code.is_managed = True
    code.revoked_at, code.revoke_reason = None, ""
    stand_in_place(code, place, capabilities, now=now)
    code.confirmed_at = now
    code.set_at = now if code.starts_at is None or code.starts_at <= now else None


def _save(code: AccessCode, place: LockCode) -> None:
    try:
        put_in_place(code, place)
    except IntegrityError as error:
        if PIN_CONSTRAINT not in str(error):
            raise
        raise _clash(code) from None


def put_in_place(code: AccessCode, place: LockCode) -> None:
    """Save the row and let the place lead to it. IntegrityError where another live code has the PIN."""
    with transaction.atomic():
        code.save()
    place.access_code = code
    place.save(update_fields=["access_code"])


def _clash(code: AccessCode) -> ManagementRefused:
    others = AccessCode.objects.filter(device=code.device, pin_key=code.pin_key, ended_at=None)
    other = others.exclude(pk=code.pk).order_by("pk").first()
    named = f"“{other.name}”" if other is not None and other.name else "another code"
    return ManagementRefused(
        "duplicate_access_code",
        f"The PIN of this code is also that of {named}, which Keyturn manages here. Change or end that one first.",
        code_id=str(other.public_id) if other is not None else "",
    )
