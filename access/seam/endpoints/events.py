"""events/*: what happened, in the order in which it was written down: what a lock tells late is told late, so that a
program that reads on misses nothing. What an event says is access.telling's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q, QuerySet

from access.codes.revealing import note_looks
from access.models import AccessCode, Event
from access.seam.errors import invalid, not_found
from access.seam.kinds import Id, Many, Moment, Text, Whole
from access.seam.reading import may
from access.seam.routing import Answer, Routes
from access.telling import SEAM_TYPES, seam_events, with_told

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()
LIMIT: Final = 500
WORD: Final = Text(200)
_BY: Final = {
    "event_ids": "public_id__in",
    "event_type": "type",
    "event_types": "type__in",
    "access_code_id": "access_code__public_id",
    "access_code_ids": "access_code__public_id__in",
    "device_id": "device__public_id",
    "device_ids": "device__public_id__in",
    "connect_webview_id": "webview__public_id",
    "access_grant_id": "access_code__grant__public_id",
    "access_grant_ids": "access_code__grant__public_id__in",
    # As in access_codes/list: a grant's method is its code.
    "access_method_id": "access_code__public_id",
    "access_method_ids": "access_code__public_id__in",
}

# There are no spaces here, no systems of access control and no user identities, and so nothing of theirs happened.
_OF_NOTHING_HERE: Final = {
    **dict.fromkeys(
        (
            "space_id", "user_identity_id", "acs_access_group_id", "acs_credential_id", "acs_encoder_id",
            "acs_entrance_id", "acs_system_id", "acs_user_id",
        ),
        may(Id()),
    ),
    **dict.fromkeys(("space_ids", "acs_system_ids"), may(Many(Id()))),
}  # fmt: skip


@routes.read(
    "events/get",
    {"event_id": may(Id()), "device_id": may(Id()), "event_type": may(WORD)},
    for_sessions=True,
)
def get_event(call: Call) -> Answer:
    """By its id, or the latest of its type on a device."""
    if "event_id" in call:
        named = {"event_id": call["event_id"]}
        rows = _rows(call).filter(public_id=call["event_id"])
    elif "device_id" in call and "event_type" in call:
        named = {name: call[name] for name in ("device_id", "event_type")}
        rows = _rows(call).filter(device__public_id=call["device_id"], type=call["event_type"])
    else:
        raise invalid('Either "event_id" OR "device_id" and "event_type" must be provided', "event_id")
    event = rows.order_by("-occurred_at", "-pk").first()
    if event is None:
        raise not_found("event", **named)
    return {"event": _show(call, [event])[0]}


@routes.read(
    "events/list",
    {
        "since": may(Moment()),
        "between": may(Many(Moment(), least=2, most=2)),
        "event_ids": may(Many(Id())),
        "event_id": may(Id()),
        "event_type": may(WORD),
        "event_types": may(Many(WORD)),
        "access_code_id": may(Id()),
        "access_code_ids": may(Many(Id())),
        "device_id": may(Id()),
        "device_ids": may(Many(Id())),
        "connected_account_id": may(Id()),
        "connect_webview_id": may(Id()),
        "access_grant_id": may(Id()),
        "access_grant_ids": may(Many(Id())),
        "access_method_id": may(Id()),
        "access_method_ids": may(Many(Id())),
        **_OF_NOTHING_HERE,
        "customer_key": may(WORD),
        "limit": may(Whole(1)),
        "unstable_offset": may(Whole(0, 100_000)),
    },
    for_sessions=True,
)
def list_events(call: Call) -> Answer:
    if not {"since", "between", "event_ids", "event_id"} & call.values.keys():
        raise invalid('Either "since" or "between" must be provided', "since")
    first = call.get("unstable_offset", 0)
    rows = _chosen(call).order_by("created_at", "pk")
    size = min(call.get("limit", LIMIT), LIMIT)
    return {"events": _show(call, list(rows[first : first + size]))}


def _rows(call: Call) -> QuerySet[Event]:
    return with_told(call.rows(Event).filter(type__in=SEAM_TYPES))


def _chosen(call: Call) -> QuerySet[Event]:
    rows = _rows(call).filter(**{path: call[name] for name, path in _BY.items() if name in call})
    if _OF_NOTHING_HERE.keys() & call.values.keys():
        return rows.none()
    if "event_id" in call:
        rows = rows.filter(public_id=call["event_id"])
    if "since" in call:
        rows = rows.filter(created_at__gt=call["since"])
    if "between" in call:
        first, last = sorted(call["between"])
        rows = rows.filter(created_at__gte=first, created_at__lte=last)
    if "connected_account_id" in call:
        one = call["connected_account_id"]
        rows = rows.filter(Q(account__public_id=one) | Q(device__account__public_id=one))
    if "customer_key" in call:
        key = call["customer_key"]
        rows = rows.filter(Q(account__customer_key=key) | Q(device__account__customer_key=key))
    return rows


def _show(call: Call, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Where an event tells a PIN, its reader is noted to have seen it."""
    told = seam_events(events, with_code=call.caller.may_reveal)
    shown = {event.access_code_id or 0 for event, one in zip(events, told, strict=True) if _tells_pin(one)}
    if shown:
        codes = AccessCode.objects.filter(pk__in=shown).select_related("device__account", "grant")
        rows = codes.defer("device__account__credentials", "grant__pin")
        note_looks(list(rows), reader=call.caller.reader, actor=call.actor, now=call.now)
    return told


def _tells_pin(told: dict[str, Any]) -> bool:
    changed = told.get("changed_properties", ())
    return told.get("code") is not None or any(
        one["property"] == "code" and one["to"] is not None for one in changed
    )
