"""A code that we did not make is removed: on a person's word, never otherwise (P4).

The word becomes a row with `is_managed` False that is revoked from the start, and the runner removes what stands in
its place as it removes any tombstone: when the lock can be reached, again until a reading shows that it is gone.
That row is nobody's access code; it appears in no list of codes, and only access_code.unmanaged.removed tells of it.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from access.foreign.places import hold_place, row_for, stand_in_place
from access.foreign.refusals import UNSUPPORTED_DEVICE, ManagementRefused
from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.waking import wake_devices


@transaction.atomic
def delete_foreign_code(lock_code: LockCode, *, actor: str, now: dt.datetime) -> AccessCode:
    """Have the code removed from the lock; asked for again, it is the same removal."""
    place = hold_place(lock_code)
    if place.access_code is not None and not place.access_code.is_managed:
        return place.access_code
    capabilities = capabilities_of(place.device)
    problem = deletion_problem(place, capabilities)
    if problem is not None:
        raise problem
    code = row_for(place)
    code.grant, code.is_managed = None, False
    code.is_backup, code.pulled_for, code.transferred_at = False, None, None
    code.name, code.appearance_name = place.name, place.name
    code.pin, code.pin_key = place.pin, None if place.pin is None else pin_key_of(place.pin)
    # An empty range: this row claims its PIN from nobody, or the code that clashes with the foreign one stood in the
    # way of the very act that ends the clash.
    code.starts_at, code.ends_at, code.pin_held_until = now, None, now
    code.revoked_at, code.revoke_reason = now, f"deleted by {actor}"[:40]
    stand_in_place(code, place, capabilities, now=now)
    code.save()
    place.access_code = code
    place.save(update_fields=["access_code"])
    wake_devices([place.device_id], at=now)
    return code


def deletion_problem(place: LockCode, capabilities: Capabilities) -> ManagementRefused | None:
    if place.access_code is not None and place.access_code.is_managed:
        return ManagementRefused("access_code_managed", "Keyturn manages this code; end it as such.")
    if not place.device.is_managed:
        return ManagementRefused("device_unmanaged", "Manage the lock first; then its codes can be deleted.")
    if not (capabilities.online_codes and capabilities.reads_foreign_codes):
        return ManagementRefused(
            UNSUPPORTED_DEVICE,
            "Locks of this brand don't let codes made elsewhere be deleted. Use the lock's app.",
        )
    return None
