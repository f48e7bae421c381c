"""Unmanaged access codes: what locks hold that is not ours, as the founding API shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q, QuerySet

from access.foreign.converting import conversion_problem
from access.foreign.deleting import deletion_problem
from access.foreign.listing import note_foreign_looks
from access.models import LockCode
from access.seam.shapes.common import Troubles
from access.telling.moments import told_moment
from locks.devices import capabilities_of

if TYPE_CHECKING:
    from access.seam.routing import Call

# Passing reasons, which say nothing about the code itself.
_FOR_NOW: Final = frozenset({"device_unmanaged", "access_code_being_removed", "access_code_managed"})


def all_places(call: Call) -> QuerySet[LockCode]:
    rows = call.rows(LockCode).select_related("device__account", "access_code")
    return rows.defer("device__account__credentials", "access_code__pin")


def unmanaged_places(call: Call) -> QuerySet[LockCode]:
    """With those that are being removed on somebody's word, until they are gone."""
    return all_places(call).filter(Q(access_code=None) | Q(access_code__is_managed=False))


def show_place(place: LockCode, call: Call) -> dict[str, Any]:
    return show_places([place], call)[0]


def show_places(places: Sequence[LockCode], call: Call) -> list[dict[str, Any]]:
    if call.caller.may_reveal:
        note_foreign_looks(places, reader=call.caller.reader, actor=call.actor, now=call.now)
    troubles = Troubles(
        devices=(place.device_id for place in places),
        accounts=(place.device.account_id for place in places),
    )
    return [_show(place, call, troubles) for place in places]


def _show(place: LockCode, call: Call, troubles: Troubles) -> dict[str, Any]:
    capabilities = capabilities_of(place.device)
    convertible = conversion_problem(place, capabilities, now=call.now)
    deletable = deletion_problem(place, capabilities)
    waits = place.starts_at is not None and place.starts_at > call.now
    is_set = place.enabled and not waits
    is_time_bound = place.starts_at is not None or place.ends_at is not None
    # Said where it is so, and left out elsewhere.
    barred = {"cannot_be_managed": convertible, "cannot_delete_unmanaged_access_code": deletable}
    return {
        "access_code_id": str(place.public_id),
        "device_id": str(place.device.public_id),
        "workspace_id": str(call.workspace.public_id),
        "name": place.name or None,
        "code": place.pin if call.caller.may_reveal else None,
        "type": "time_bound" if is_time_bound else "ongoing",
        "status": "set" if is_set else "unset",
        "display_status": _label(place, is_set=is_set),
        "starts_at": told_moment(place.starts_at),
        "ends_at": told_moment(place.ends_at),
        "created_at": told_moment(place.first_seen_at),
        "is_managed": False,
        "dormakaba_oracode_metadata": None,
        **{name: True for name, why in barred.items() if why is not None and why.type not in _FOR_NOW},
        **troubles.of_device(place.device_id, place.device.account_id),
    }


def _label(place: LockCode, *, is_set: bool) -> str:
    if place.access_code is not None:
        return "Removing"
    return "Active" if is_set else "Not active"
