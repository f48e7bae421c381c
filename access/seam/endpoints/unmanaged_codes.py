"""access_codes/unmanaged/*, and the simulation of somebody who types a code in at the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from access.enums import CodeAttemptType
from access.foreign import convert_code, delete_foreign_code, note_found
from access.models import AccessCode
from access.pins import pin_key_of
from access.seam.endpoints.attempting import latest_attempt, note_attempt, settled
from access.seam.endpoints.finding import check_one_way, find_device, find_place
from access.seam.errors import invalid, refused
from access.seam.kinds import Flag, Id, Text
from access.seam.limits import check_rate
from access.seam.paging import PAGED, page_of
from access.seam.reading import Params, may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_code_attempt
from access.seam.shapes.unmanaged import all_places, show_place, show_places, unmanaged_places
from locks.brands import brand_of
from locks.devices import capabilities_of
from locks.sandbox import SandboxRefused, type_in_code

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()

LIMIT: Final = 300_000
_SYNC: Final[Params] = {"sync": may(Flag())}
_CONVERTING: Final[Params] = {
    "allow_external_modification": may(Flag(), "is_external_modification_allowed"),
    "force": may(Flag()),
}


@routes.read(
    "access_codes/unmanaged/get",
    {"access_code_id": may(Id()), "device_id": may(Id()), "code": may(Text(20, shortest=1))},
    for_sessions=True,
)
def get_unmanaged(call: Call) -> Answer:
    check_one_way(call)
    by: dict[str, Any] = {"pin_key": pin_key_of(call["code"])} if "code" in call else {}
    if "access_code_id" in call:
        by["public_id"] = call["access_code_id"]
    if "device_id" in call:
        by["device__public_id"] = call["device_id"]
    return {"access_code": show_place(find_place(call, unmanaged_places(call), **by), call)}


@routes.read(
    "access_codes/unmanaged/list",
    {"device_id": needs(Id()), "search": may(Text(200)), "user_identifier_key": may(Text(200)), **PAGED},
    for_sessions=True,
)
def list_unmanaged(call: Call) -> Answer:
    find_device(call, call["device_id"])
    rows = unmanaged_places(call).filter(device__public_id=call["device_id"])
    if "search" in call:
        rows = rows.filter(name__icontains=call["search"])
    places, pagination = page_of(call, rows, limit=LIMIT)
    return {"access_codes": show_places(places, call), "pagination": pagination}


@routes.change(
    "access_codes/unmanaged/delete", {"access_code_id": needs(Id()), **_SYNC}, "DELETE", for_sessions=True
)
def delete_unmanaged(call: Call) -> Answer:
    """Asked again, it is the same removal and the same attempt."""
    kind = CodeAttemptType.DELETE_UNMANAGED
    place = find_place(call, unmanaged_places(call), public_id=call["access_code_id"])
    with transaction.atomic():
        attempt = None if place.access_code is None else latest_attempt(place.access_code, kind)
        if attempt is None:
            check_rate(call, place.device, kind)
            code = delete_foreign_code(place, actor=call.actor, now=call.now)
            attempt = note_attempt(call, kind, code)
    attempt.access_code = settled(call, _code_of(attempt.access_code))
    return {"action_attempt": show_code_attempt(attempt, now=call.now)}


@routes.change(
    "access_codes/unmanaged/convert_to_managed",
    {"access_code_id": needs(Id()), **_CONVERTING, **_SYNC},
    "PATCH",
    for_sessions=True,
)
def convert_to_managed(call: Call) -> Answer:
    return _convert(call)


@routes.change(
    "access_codes/unmanaged/update",
    {"access_code_id": needs(Id()), "is_managed": needs(Flag()), **_CONVERTING},
    "PATCH",
    for_sessions=True,
)
def update_unmanaged(call: Call) -> Answer:
    if not call["is_managed"]:
        raise invalid(
            "This code is unmanaged already. To let go of a managed code, use /access_codes/update.",
            "is_managed",
        )
    return _convert(call)


@routes.change(
    "access_codes/simulate/create_unmanaged_access_code",
    {
        "device_id": needs(Id()),
        "name": needs(Text(200, shortest=1)),
        "code": needs(Text(8, shortest=4, pattern="[0-9]+", hint="Code must be 4 to 8 digits")),
    },
)
def simulate_unmanaged(call: Call) -> Answer:
    """The lock holds the code at once; the next reading only confirms it."""
    device = find_device(call, call["device_id"])
    if not call.workspace.is_sandbox:
        raise refused("workspace_not_sandbox", "Codes are simulated in sandbox workspaces only.")
    capabilities = capabilities_of(device)
    if not (capabilities.online_codes and capabilities.reads_foreign_codes):
        raise refused(
            "device_type_not_supported",
            f'Device type "{brand_of(device.brand).device_type}" is not supported for simulating creation of '
            "unmanaged codes",
        )
    try:
        with transaction.atomic():
            ref = type_in_code(device, pin=call["code"], name=call["name"], now=call.now)
            place = note_found(device, ref, pin=call["code"], name=call["name"], now=call.now)
    except SandboxRefused as error:
        raise invalid(str(error), "code") from error
    return {"access_code": show_place(place, call)}


def _convert(call: Call) -> Answer:
    """A refusal is written down by the domain, so nothing here may roll it back."""
    place = find_place(call, all_places(call), public_id=call["access_code_id"])
    check_rate(call, place.device, CodeAttemptType.CONVERT)
    code = convert_code(
        place,
        allow_external_modification=call.get("allow_external_modification", False),
        force=call.get("force", False),
        actor=call.actor,
        now=call.now,
    )
    attempt = note_attempt(call, CodeAttemptType.CONVERT, code)
    attempt.access_code = settled(call, code)
    return {"action_attempt": show_code_attempt(attempt, now=call.now)}


def _code_of(code: AccessCode | None) -> AccessCode:
    if code is None:
        raise RuntimeError("An attempt about a code without a code.")
    return code
