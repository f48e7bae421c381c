"""A place of a lock and the code row that stands for what it holds: held against others, read as evidence.

Both ways a foreign code gets a row of ours, to be kept or to be removed, start from `hold_place` and end in
`stand_in_place`: what the lock shows becomes what we "wrote", so that the planner finds it just as it is.
"""

from __future__ import annotations

import datetime as dt

from access.facts import shape_to_json
from access.foreign.refusals import ManagementRefused
from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from access.planning import Shape
from access.states import Seen, WriteState
from locks.capabilities import Capabilities
from locks.models import Device
from locks.names import appearance_name


def hold_place(lock_code: LockCode) -> LockCode:
    """Lock the device, then the row: the order in which a runner comes to them. Called in a transaction."""
    Device.objects.select_for_update(no_key=True).get(pk=lock_code.device_id)
    rows = LockCode.objects.select_for_update(of=("self",)).select_related("device__account", "access_code")
    place = rows.filter(pk=lock_code.pk).first()
    if place is None:
        raise ManagementRefused("access_code_not_found", "The lock no longer holds this code.")
    if place.access_code is None:
        # A look that began before a code came to this place may have recorded it as nobody's.
        live = AccessCode.objects.filter(device=place.device, ref=place.ref, ended_at=None)
        place.access_code = live.order_by("-is_managed", "-pk").first()
    return place


def row_for(place: LockCode) -> AccessCode:
    """Return the row that the code had when it was managed before, else a new one with the same id."""
    former = AccessCode.objects.select_related("device__account", "grant").filter(public_id=place.public_id)
    code = former.first() or AccessCode(public_id=place.public_id, device=place.device)
    code.device = place.device
    return code


def stand_in_place(
    code: AccessCode, place: LockCode, capabilities: Capabilities, *, now: dt.datetime
) -> None:
    """Take what the lock shows there for what was written. The caller saves the code, then the place."""
    code.appearance_name = (
        code.appearance_name or place.name or appearance_name(code.name, capabilities.name_rule).name
    )
    code.ref, code.write_state, code.seen = place.ref, WriteState.APPLIED, Seen.PRESENT
    key = None if place.pin is None else pin_key_of(place.pin)
    shown = Shape(
        code.pin_key if key is None else key,
        code.appearance_name,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        enabled=place.enabled,
    )
    code.written = shape_to_json(shown)
    code.seen_at = place.device.last_read_at or now
    # Nobody wrote it just now: a reading need not wait for anything to settle before its absence counts.
    code.written_at = code.seen_at - capabilities.settle
    code.failures, code.next_try_at, code.stopped = 0, None, ""
    code.message, code.refusal, code.outside = "", "", ""
    code.ended_at = None
