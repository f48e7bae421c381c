"""A code that we did not make may stay, a person says: nobody is asked about it again. Nothing is sent to the lock."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from access.foreign.places import hold_place
from access.foreign.refusals import ManagementRefused
from access.models import LockCode
from properties.noting import note_change


@transaction.atomic
def ignore_foreign_code(
    lock_code: LockCode, *, ignored: bool = True, actor: str, now: dt.datetime
) -> LockCode:
    """Ignore it, or have it asked about again. Without effect where it is so already."""
    place = hold_place(lock_code)
    if place.access_code is not None:
        raise ManagementRefused("access_code_managed", "This code changed hands meanwhile; look again.")
    if (place.ignored_at is not None) is ignored:
        return place
    place.ignored_at = now if ignored else None
    place.save(update_fields=["ignored_at"])
    named = f"“{place.name}”" if place.name else f"Place {place.ref}"
    what = "Unmanaged code left alone" if ignored else "Unmanaged code asked about again"
    workspace = place.device.account.workspace
    note_change(workspace, what, f"{named} on {place.device.name}", actor=actor, now=now)
    return place
