"""access_codes/get, list and generate_code: what is read of managed codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q, QuerySet

from access.codes import generate_pin
from access.models import AccessCode
from access.seam.endpoints.finding import find_asked_code, find_device
from access.seam.errors import invalid
from access.seam.kinds import Id, Many, Text, Whole
from access.seam.paging import PAGED, page_of
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.codes import managed_codes, show_code, show_codes

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()

# The documented default; no answer is longer.
LIMIT: Final = 55_000
DIGITS: Final = Text(20, shortest=1)
ONE_CODE: Final = {"access_code_id": may(Id()), "device_id": may(Id()), "code": may(DIGITS)}
KEY: Final = Text(200)


@routes.read("access_codes/get", ONE_CODE, for_sessions=True)
def get_code(call: Call) -> Answer:
    return {"access_code": show_code(find_asked_code(call), call)}


@routes.read(
    "access_codes/list",
    {
        "device_id": may(Id()),
        "device_ids": may(Many(Id())),
        "access_code_ids": may(Many(Id())),
        "customer_key": may(KEY),
        "user_identifier_key": may(KEY),
        "access_grant_id": may(Id()),
        "access_grant_key": may(KEY),
        "access_method_id": may(Id()),
        "search": may(Text(200)),
        **PAGED,
    },
    for_sessions=True,
)
def list_codes(call: Call) -> Answer:
    """Codes that wait in a backup pool belong to nobody yet and are left out."""
    codes, pagination = page_of(call, _chosen(call), limit=LIMIT)
    return {"access_codes": show_codes(codes, call), "pagination": pagination}


@routes.read(
    "access_codes/generate_code",
    {"device_id": needs(Id()), "preferred_code_length": may(Whole(1, 20))},
    for_sessions=True,
)
def generate_code(call: Call) -> Answer:
    device = find_device(call, call["device_id"])
    pin = generate_pin(device, preferred_length=call.get("preferred_code_length"), now=call.now)
    return {"generated_code": {"device_id": str(device.public_id), "code": pin}}


_BY: Final = {
    "device_id": "device__public_id",
    "device_ids": "device__public_id__in",
    "access_code_ids": "public_id__in",
    "customer_key": "device__account__customer_key",
    "access_grant_id": "grant__public_id",
    "access_method_id": "public_id",
    "search": "name__icontains",
}


def _chosen(call: Call) -> QuerySet[AccessCode]:
    asked = [name for name in (*_BY, "user_identifier_key", "access_grant_key") if name in call]
    if not asked:
        raise invalid('Either "device_id" or "access_code_ids" must be provided', "device_id")
    rows = managed_codes(call).exclude(is_backup=True, pulled_for=None)
    if "access_grant_key" in call:
        return rows.none()  # nobody gives grants keys of their own here
    if "user_identifier_key" in call:
        sessions = Q(device__account__client_sessions__user_identifier_key=call["user_identifier_key"])
        rows = rows.filter(sessions).distinct()
    return rows.filter(**{path: call[name] for name, path in _BY.items() if name in call})
