"""Find what a request names, among what its sender sees; what is not there is a documented 404."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from access.models import AccessCode, LockCode
from access.pins import pin_key_of
from access.seam.errors import invalid, not_found
from access.seam.shapes.codes import managed_code, managed_codes
from locks.models import Device
from properties.compiled import compiled

if TYPE_CHECKING:
    from access.seam.routing import Call


def find_device(call: Call, device_id: uuid.UUID) -> Device:
    """With its account and workspace."""
    if call.caller.sees_all:
        device = _device_of.first(call.workspace.pk, device_id)
    else:
        device = next(iter(_with_account(call.rows(Device), device_id)), None)
    if device is None:
        raise not_found("device", device_id=device_id)
    device.account.workspace = call.workspace
    return device


@compiled
def _device_of(workspace: int, device_id: uuid.UUID) -> QuerySet[Device]:
    return _with_account(Device.objects.in_workspace(workspace), device_id)


def _with_account(rows: QuerySet[Device], device_id: uuid.UUID) -> QuerySet[Device]:
    return rows.filter(public_id=device_id).select_related("account").defer("account__credentials")


def find_devices(call: Call, device_ids: list[uuid.UUID]) -> list[Device]:
    """Return them in the order in which they were named, without doubles."""
    rows = call.rows(Device).select_related("account__workspace").defer("account__credentials")
    found = {device.public_id: device for device in rows.filter(public_id__in=device_ids)}
    missing = next((one for one in device_ids if one not in found), None)
    if missing is not None:
        raise not_found("device", device_id=missing)
    return [found[one] for one in dict.fromkeys(device_ids)]


def find_code(call: Call, access_code_id: uuid.UUID, *, device_id: uuid.UUID | None = None) -> AccessCode:
    """A managed code; on this device, where one is named."""
    if call.caller.sees_all:
        code = managed_code.first(call.workspace.pk, access_code_id)
    else:
        # An order would cost a fifth of the query, and there is one at most.
        code = next(iter(managed_codes(call).filter(public_id=access_code_id)[:1]), None)
    if code is None or device_id not in {None, code.device.public_id}:
        named = {"access_code_id": access_code_id, "device_id": device_id}
        raise not_found("access_code", **{name: one for name, one in named.items() if one is not None})
    return code


def find_place(call: Call, places: QuerySet[LockCode], **by: Any) -> LockCode:
    """An unmanaged code, by what the request named."""
    place = places.filter(**by).order_by("pk").first()
    if place is None:
        raise not_found("access_code", **_named(call))
    return place


def find_asked_code(call: Call) -> AccessCode:
    """By `access_code_id`, or by `device_id` and `code`; of two codes of one PIN the one that stays comes first."""
    check_one_way(call)
    if "access_code_id" in call:
        return find_code(call, call["access_code_id"], device_id=call.get("device_id"))
    rows = managed_codes(call).filter(device__public_id=call["device_id"], pin_key=pin_key_of(call["code"]))
    code = min(rows, key=lambda one: (one.revoked_at is not None, one.pk), default=None)
    if code is None:
        raise not_found("access_code", **_named(call))
    return code


def check_one_way(call: Call) -> None:
    """A code is named by its id, or by its device and its digits. Who may not see PINs may not try them out either."""
    has_id, has_code, has_device = (name in call for name in ("access_code_id", "code", "device_id"))
    if has_id and has_code:
        raise invalid('Both "access_code_id" and "code" can not be provided', "access_code_id", "code")
    if not has_id and not has_code and not has_device:
        raise invalid('Either "access_code_id" OR "code" and "device_id" must be provided', "access_code_id")
    if not has_id and has_code != has_device:
        missing = "device_id" if has_code else "code"
        raise invalid('Both "device_id" and "code" must be provided if one is', missing)
    if has_code and not call.caller.may_reveal:
        raise invalid("Without the scope “reveal” a code is found by its access_code_id only.", "code")


def _named(call: Call) -> dict[str, Any]:
    """What was looked for, without digits."""
    return {name: call[name] for name in ("access_code_id", "device_id") if name in call}
