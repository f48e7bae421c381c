"""Which devices a request is about: one by its id or name, many by the filters that both lists share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q, QuerySet

from access.models import ClientSession
from access.seam.errors import invalid, not_found
from access.seam.kinds import Id, Many, Moment, Record, Text, Whole
from access.seam.reading import Param, may
from access.seam.shapes.device_flags import flags_of
from access.seam.shapes.devices import MANUFACTURERS, with_relations
from locks.brands import BRANDS
from locks.devices import capabilities_of
from locks.models import Account, Device
from locks.sandbox import simulations_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access.seam.routing import Call

WORD: Final = Text(200)
FILTERS: Final[dict[str, Param]] = {
    "device_ids": may(Many(Id())),
    "device_type": may(WORD),
    "device_types": may(Many(WORD)),
    "manufacturer": may(WORD),
    "connected_account_id": may(Id()),
    "connected_account_ids": may(Many(Id())),
    "connect_webview_id": may(Id()),
    "custom_metadata_has": may(Record()),
    "created_before": may(Moment()),
    "include_if": may(Many(WORD)),
    "exclude_if": may(Many(WORD)),
    "user_identifier_key": may(WORD),
    "customer_key": may(WORD),
    "space_id": may(Id()),
    "unstable_location_id": may(WORD),
    "search": may(WORD),
}
LIMIT: Final[dict[str, Param]] = {"limit": may(Whole(1))}


def find_named_device(call: Call) -> Device:
    """By `device_id`, or by `name`: what people call it here, else what its lock system calls it."""
    rows = with_relations(call.rows(Device))
    if "device_id" in call:
        device = rows.filter(public_id=call["device_id"]).first()
        if device is None:
            raise not_found("device", device_id=call["device_id"])
        return device
    if call.get("name"):
        name = call["name"]
        found = rows.filter(Q(nickname=name) | Q(nickname="", name=name)).order_by("pk").first()
        if found is None:
            raise not_found("device", name=name)
        return found
    raise invalid("Either 'device_id' or 'name' is required")


def chosen_devices(call: Call, *, managed: bool) -> QuerySet[Device]:
    rows = with_relations(call.rows(Device)).filter(is_managed=managed)
    for name, narrow in _NARROW.items():
        if name in call:
            rows = rows.filter(narrow(call, call[name]))
    if "include_if" in call or "exclude_if" in call:
        rows = rows.filter(pk__in=_by_flags(call, rows))
    return rows


def _brands_of(types: Iterable[str]) -> list[str]:
    wanted = set(types)
    return [brand.key for brand in BRANDS.values() if brand.device_type in wanted]


def _made_by(manufacturer: str) -> list[str]:
    return [key for key in BRANDS if MANUFACTURERS.get(key, key) == manufacturer]


def accounts_of_user(call: Call, user_identifier_key: str) -> QuerySet[Account]:
    """Accounts that a session of this user was granted."""
    sessions = ClientSession.objects.in_workspace(call.workspace).filter(
        user_identifier_key=user_identifier_key, revoked_at=None
    )
    return Account.objects.filter(client_sessions__in=sessions)


def _sought(text: str) -> Q:
    return Q(name__icontains=text) | Q(nickname__icontains=text) | Q(account__login_name__icontains=text)


_NARROW: Final[dict[str, Any]] = {
    "device_ids": lambda _, ids: Q(public_id__in=ids),
    "device_type": lambda _, one: Q(brand__in=_brands_of([one])),
    "device_types": lambda _, many: Q(brand__in=_brands_of(many)),
    "manufacturer": lambda _, one: Q(brand__in=_made_by(one)),
    "connected_account_id": lambda _, one: Q(account__public_id=one),
    "connected_account_ids": lambda _, many: Q(account__public_id__in=many),
    "connect_webview_id": lambda _, one: Q(account__connect_webviews__public_id=one),
    "custom_metadata_has": lambda _, wanted: Q(custom_metadata__contains=wanted),
    "created_before": lambda _, moment: Q(created_at__lt=moment),
    "user_identifier_key": lambda call, one: Q(account__in=accounts_of_user(call, one)),
    "customer_key": lambda _, one: Q(account__customer_key=one),
    # Neither is there anything of here, and so no device in it.
    "space_id": lambda _, __: Q(pk__in=()),
    "unstable_location_id": lambda _, __: Q(pk__in=()),
    "search": lambda _, text: _sought(text),
}


def _by_flags(call: Call, rows: QuerySet[Device]) -> list[int]:
    """Flags follow from what a lock reports and from what is wrong with it, which the database cannot compute."""
    wanted, unwanted = set(call.get("include_if", ())), set(call.get("exclude_if", ()))
    found = []
    for device in rows:
        flags = flags_of(capabilities_of(device), device.conditions, simulations_of(device))
        usable = {name for name, can in flags.items() if can}
        if wanted <= usable and not unwanted & usable:
            found.append(device.pk)
    return found
