"""connected_accounts/*: accounts at lock systems, as somebody signed in to them on a connect webview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q, QuerySet

from access.connecting.deleting import delete_account
from access.connecting.metadata import MetadataError, checked_metadata
from access.seam.endpoints.choosing_devices import accounts_of_user
from access.seam.endpoints.rights import check_sandbox, check_whole
from access.seam.errors import invalid, not_found, refused
from access.seam.kinds import Choice, Flag, Id, Many, Record, Text
from access.seam.paging import PAGED, page_of
from access.seam.reading import may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.accounts import CAPABILITIES, show_account, show_accounts
from locks.models import Account
from locks.sandbox import SandboxRefused, end_login, look_at

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
LIMIT: Final = 11_000
WORD: Final = Text(200)
ACCOUNT: Final = {"connected_account_id": needs(Id())}
ALL_CAPABILITIES: Final = Many(Choice(("lock", "thermostat", "noise_sensor", "access_control", "camera")))


@routes.read(
    "connected_accounts/get",
    {"connected_account_id": may(Id()), "email": may(Text(200))},
    for_sessions=True,
)
def get_account(call: Call) -> Answer:
    if "connected_account_id" in call:
        return {"connected_account": show_account(_find(call), call)}
    if not call.get("email"):
        raise invalid('Either "connected_account_id" or "email" must be provided', "connected_account_id")
    email = call["email"].strip().casefold()
    account = _rows(call).filter(login_name=email).order_by("pk").first()
    if account is None:
        raise not_found("connected_account", email=email)
    return {"connected_account": show_account(account, call)}


@routes.read(
    "connected_accounts/list",
    {
        "custom_metadata_has": may(Record()),
        "user_identifier_key": may(WORD),
        "customer_key": may(WORD),
        "space_id": may(Id()),
        "search": may(WORD),
        **PAGED,
    },
    for_sessions=True,
)
def list_accounts(call: Call) -> Answer:
    accounts, pagination = page_of(call, _chosen(call), limit=LIMIT)
    return {"connected_accounts": show_accounts(accounts, call), "pagination": pagination}


@routes.change(
    "connected_accounts/update",
    {
        **ACCOUNT,
        "automatically_manage_new_devices": may(Flag()),
        "custom_metadata": may(Record()),
        "customer_key": may(WORD),
        "accepted_capabilities": may(ALL_CAPABILITIES),
        "display_name": may(Text(255, shortest=1)),
    },
    "PATCH",
    "PUT",
    for_sessions=True,
)
def update_account(call: Call) -> Answer:
    """Metadata is replaced as a whole."""
    check_whole(call)
    account = _find(call)
    changes: dict[str, object] = {field: call[name] for name, field in _FIELDS.items() if name in call}
    if "accepted_capabilities" in call and not set(CAPABILITIES) <= set(call["accepted_capabilities"]):
        raise invalid(
            "Accounts here are of locks: leave “lock” among the capabilities.", "accepted_capabilities"
        )
    if "custom_metadata" in call:
        try:
            changes["custom_metadata"] = checked_metadata(call["custom_metadata"])
        except MetadataError as error:
            raise invalid(str(error), "custom_metadata") from error
    if changes:
        Account.objects.filter(pk=account.pk).update(**changes)
    return {}


_FIELDS: Final = {
    "automatically_manage_new_devices": "manages_new_devices",
    "customer_key": "customer_key",
    "display_name": "name",
}


@routes.change("connected_accounts/delete", {**ACCOUNT, "sync": may(Flag())}, "DELETE", for_sessions=True)
def delete(call: Call) -> Answer:
    check_whole(call)
    delete_account(_find(call), actor=call.actor, now=call.now)
    return {}


@routes.change("connected_accounts/sync", ACCOUNT, for_sessions=True)
def sync(call: Call) -> Answer:
    """Its locks, and what they hold, are asked for at once."""
    check_whole(call)
    account = _find(call)
    look_at(account.devices.filter(removed_at=None).values_list("pk", flat=True), now=call.now)
    return {}


@routes.change("connected_accounts/simulate/disconnect", ACCOUNT, for_sessions=True)
def simulate_disconnect(call: Call) -> Answer:
    check_whole(call)
    check_sandbox(call)
    account = Account.objects.get(pk=_find(call).pk)
    try:
        end_login(account, now=call.now)
    except SandboxRefused as error:
        raise refused("device_type_not_supported", str(error)) from error
    return {}


def _rows(call: Call) -> QuerySet[Account]:
    return call.rows(Account).defer("credentials")


def _find(call: Call) -> Account:
    account = _rows(call).filter(public_id=call["connected_account_id"]).first()
    if account is None:
        raise not_found("connected_account", connected_account_id=call["connected_account_id"])
    return account


def _chosen(call: Call) -> QuerySet[Account]:
    rows = _rows(call)
    if "custom_metadata_has" in call:
        rows = rows.filter(custom_metadata__contains=call["custom_metadata_has"])
    if "user_identifier_key" in call:
        rows = rows.filter(pk__in=accounts_of_user(call, call["user_identifier_key"]).values("pk"))
    if "customer_key" in call:
        rows = rows.filter(customer_key=call["customer_key"])
    if "space_id" in call:
        rows = rows.none()
    if "search" in call:
        text = call["search"]
        rows = rows.filter(Q(name__icontains=text) | Q(login_name__icontains=text))
    return rows
