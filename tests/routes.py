"""Every address of the URLconf, and what the walks over them must know: whose page it is, and for which object.

The routes come from the resolver. tests/test_outsiders.py fails for one that no table here names, so whoever adds a
route says here who may come in.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from access.needs import Need
from tests.world import World


def foreign_code(world: World) -> uuid.UUID:
    place = world.device.lock_codes.order_by("-ref").first()
    return place.public_id if place is not None else uuid.UUID(int=0)


def need_key(world: World) -> str:
    """Of a row that needs action on Today; what it is about need not be there any more."""
    return Need("", "", "", "", "", url="/", scope=str(world.workspace.public_id)).key


# Pages about one object: how its address is built from a world.
OBJECT_PAGES: dict[str, Callable[[World], dict[str, Any]]] = {
    "stay-detail": lambda w: {"public_id": w.stay.public_id},
    "stay-edit": lambda w: {"public_id": w.stay.public_id},
    "stay-times": lambda w: {"public_id": w.stay.public_id},
    "stay-proof": lambda w: {"public_id": w.stay.public_id},
    "stay-proof-code": lambda w: {"public_id": w.stay.public_id},
    "stay-cancel": lambda w: {"public_id": w.stay.public_id},
    "stay-reinstate": lambda w: {"public_id": w.stay.public_id},
    "stay-hold": lambda w: {"public_id": w.stay.public_id},
    "stay-reveal": lambda w: {"public_id": w.stay.public_id},
    "stay-new-code": lambda w: {"public_id": w.stay.public_id},
    "stay-pass-new": lambda w: {"public_id": w.stay.public_id},
    "stay-pass-revoke": lambda w: {"public_id": w.stay.public_id},
    "stay-message": lambda w: {"public_id": w.stay.public_id},
    "message-detail": lambda w: {"public_id": w.told.message.public_id},
    "message-again": lambda w: {"public_id": w.told.message.public_id},
    "guest-channel-delete": lambda w: {"public_id": w.told.guest_channel.public_id},
    "template-edit": lambda w: {"public_id": w.told.template.public_id},
    "template-preview": lambda w: {"public_id": w.told.template.public_id},
    "template-switch": lambda w: {"public_id": w.told.template.public_id},
    "template-delete": lambda w: {"public_id": w.told.template.public_id},
    "alert-edit": lambda w: {"public_id": w.told.alert_channel.public_id},
    "alert-test": lambda w: {"public_id": w.told.alert_channel.public_id},
    "alert-delete": lambda w: {"public_id": w.told.alert_channel.public_id},
    "device-detail": lambda w: {"public_id": w.device.public_id},
    "device-read": lambda w: {"public_id": w.device.public_id},
    "device-keypad": lambda w: {"public_id": w.device.public_id},
    "device-moods": lambda w: {"public_id": w.device.public_id},
    "device-mood": lambda w: {"public_id": w.device.public_id},
    "device-parts": lambda w: {"public_id": w.device.public_id},
    "device-hands": lambda w: {"public_id": w.device.public_id},
    "device-turn": lambda w: {"public_id": w.device.public_id, "turn": "unlock"},
    "device-attempt": lambda w: {"public_id": w.device.public_id},
    "device-unmanage": lambda w: {"public_id": w.device.public_id},
    "device-manage": lambda w: {"public_id": w.device.public_id},
    "foreign-convert": lambda w: {"public_id": foreign_code(w)},
    "foreign-delete": lambda w: {"public_id": foreign_code(w)},
    "foreign-reveal": lambda w: {"public_id": foreign_code(w)},
    "foreign-ignore": lambda w: {"public_id": foreign_code(w)},
    **dict.fromkeys(
        ("device-account", "device-account-reconnect", "device-account-ask", "device-account-delete"),
        lambda w: {"public_id": w.account.public_id},
    ),
    "device-door": lambda w: {"public_id": w.device.public_id},
    "device-stays": lambda w: {"public_id": w.device.public_id},
    "device-backups": lambda w: {"public_id": w.device.public_id},
    "device-battery": lambda w: {"public_id": w.device.public_id},
    "code-outside": lambda w: {"public_id": w.code.public_id},
    "code-outside-keep": lambda w: {"public_id": w.code.public_id},
    "code-backup": lambda w: {"public_id": w.code.public_id},
    "stay-code-fails": lambda w: {"public_id": w.stay.public_id},
    "device-code-create": lambda w: {"public_id": w.device.public_id},
    "code-detail": lambda w: {"public_id": w.loose_code.public_id},
    "code-edit": lambda w: {"public_id": w.loose_code.public_id},
    "code-delete": lambda w: {"public_id": w.loose_code.public_id},
    "code-reveal": lambda w: {"public_id": w.loose_code.public_id},
    "need-row": lambda w: {"key": need_key(w)},
    "need-act": lambda w: {"key": need_key(w), "deed": "handled"},
    "need-again": lambda w: {"key": need_key(w)},
    "door-create": lambda w: {"public_id": w.place.public_id},
    "door-edit": lambda w: {"public_id": w.door.public_id},
    "door-remove": lambda w: {"public_id": w.door.public_id},
    "staff-detail": lambda w: {"public_id": w.holder.public_id},
    "staff-edit": lambda w: {"public_id": w.holder.public_id},
    "staff-end": lambda w: {"public_id": w.holder.public_id},
    "staff-skip": lambda w: {"public_id": w.holder.public_id},
    "staff-reveal": lambda w: {"public_id": w.holder.public_id},
    "staff-new-code": lambda w: {"public_id": w.holder.public_id},
    "property-detail": lambda w: {"public_id": w.place.public_id},
    "property-edit": lambda w: {"public_id": w.place.public_id},
    "unit-create": lambda w: {"public_id": w.place.public_id},
    "unit-edit": lambda w: {"public_id": w.unit.public_id},
    "property-remove": lambda w: {"public_id": w.place.public_id},
    "unit-remove": lambda w: {"public_id": w.unit.public_id},
    "unit-archive": lambda w: {"public_id": w.unit.public_id},
    "unit-bring-back": lambda w: {"public_id": w.unit.public_id},
    "feed-remove": lambda w: {"public_id": w.feed.public_id},
    "feed-detail": lambda w: {"public_id": w.feed.public_id},
    "feed-edit": lambda w: {"public_id": w.feed.public_id},
    "feed-act": lambda w: {"public_id": w.feed.public_id, "action": "pause"},
    "feed-event-decide": lambda w: {"public_id": w.feed_event.public_id},
    **dict.fromkeys(
        ("team-role", "team-link", "team-remove"),
        lambda w: {"pk": w.workspace.memberships.get(user=w.staff).pk},
    ),
    "property-copy": lambda w: {"public_id": w.place.public_id},
    **dict.fromkeys(
        (
            "webhook-detail",
            "webhook-edit",
            "webhook-switch",
            "webhook-secret",
            "webhook-delete",
            "webhook-replay",
        ),
        lambda w: {"public_id": w.endpoint.public_id},
    ),
    "webhook-delivery-replay": lambda w: {
        "public_id": w.endpoint.public_id,
        "delivery": w.delivery.public_id,
    },
    "token-revoke": lambda w: {"pk": w.token.pk},
    "api-key-rotate": lambda w: {"public_id": w.key.public_id},
    "api-key-revoke": lambda w: {"public_id": w.key.public_id},
}
# Pages about the sender's own workspace.
OWN_PAGES = {
    "api:docs",
    "message-list", "message-settings", "guest-channel-create", "template-list", "template-create", "template-usual",
    "alert-list", "alert-create",
    "staff-list", "staff-create",
    "board", "timeline", "readiness", "reliability", "stay-list", "stay-create", "device-list",
    "device-create", "property-list", "property-create", "property-many", "unit-many", "workspace-create",
    "feed-list", "feed-create", "feed-events-decide", "api-key-list", "api-key-create", "token-list", "token-create",
    "workspace-switch",
    "styleguide", "styleguide-guest",
    "device-account-list", "device-account-connect", "device-account-connected",
    "webhook-list", "webhook-create", "settings", "team", "team-invite", "audit", "audit-export", "search",
}  # fmt: skip
# What staff may only look at, or not even that.
FOR_MANAGERS = {
    "need-act", "need-again",
    "staff-list", "staff-create", "staff-detail", "staff-edit", "staff-end", "staff-skip", "staff-reveal",
    "staff-new-code",
    "stay-create", "stay-edit", "stay-times", "stay-cancel", "stay-reinstate", "stay-hold", "stay-reveal",
    "stay-new-code", "stay-proof-code",
    "device-create", "device-read", "device-moods", "door-create", "door-edit", "door-remove", "property-create",
    "property-edit", "unit-create", "unit-edit", "feed-create", "feed-edit", "feed-act", "feed-event-decide",
    "feed-events-decide", "property-remove", "unit-remove", "unit-archive", "unit-bring-back",
    "feed-remove", "property-many", "unit-many",
    "workspace-create", "settings", "property-copy", "audit", "audit-export",
    "team", "team-invite", "team-role", "team-link", "team-remove",
    "webhook-list", "webhook-create", "webhook-detail", "webhook-edit", "webhook-switch", "webhook-secret",
    "webhook-delete", "webhook-replay", "webhook-delivery-replay",
    "api-key-list", "api-key-create", "api-key-rotate", "api-key-revoke",
    "device-unmanage", "device-manage", "foreign-convert", "foreign-delete", "foreign-ignore",
    "device-account-list", "device-account-connect", "device-account-connected", "device-account",
    "device-account-reconnect", "device-account-ask", "device-account-delete", "device-door", "device-stays",
    "device-turn", "device-mood", "device-parts", "device-hands",
    "stay-pass-new", "stay-pass-revoke", "stay-message",
    "message-list", "message-settings", "guest-channel-create", "template-list", "template-create", "template-usual",
    "alert-list", "alert-create", "message-detail", "message-again", "guest-channel-delete", "template-edit",
    "template-preview", "template-switch", "template-delete", "alert-edit", "alert-test", "alert-delete",
    "foreign-reveal", "device-backups", "device-battery", "code-backup", "code-outside", "code-outside-keep",
    "stay-code-fails",
    "device-code-create", "code-edit", "code-delete", "code-reveal",
}  # fmt: skip
# The REST face, by key: object routes are A's own addresses.
API_OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "api:reservation-detail": lambda w: {"source": w.stay.source, "external_id": w.stay.external_id},
    "api:reservation-keys": lambda w: {"source": w.stay.source, "external_id": w.stay.external_id},
    "api:door-detail": lambda w: {"public_id": w.door.public_id},
    "api:access-code-detail": lambda w: {"public_id": w.code.public_id},
    "api:staff-access-detail": lambda w: {"public_id": w.holder.public_id},
    "api:calendar-feed-detail": lambda w: {"public_id": w.feed.public_id},
    "api:problem-detail": lambda w: {"public_id": w.problem.public_id},
    "api:event-detail": lambda w: {"public_id": w.event.public_id},
    "api:webhook-detail": lambda w: {"public_id": w.endpoint.public_id},
    "api:webhook-secret": lambda w: {"public_id": w.endpoint.public_id},
    "api:webhook-replay": lambda w: {"public_id": w.endpoint.public_id},
    "api:webhook-deliveries": lambda w: {"public_id": w.endpoint.public_id},
    "api:webhook-delivery-replay": lambda w: {
        "public_id": w.endpoint.public_id,
        "delivery": w.delivery.public_id,
    },
}
API_OWN = {
    "api:reservation-list", "api:property-list", "api:unit-list", "api:schema", "api:door-list",
    "api:access-key-list", "api:access-code-list", "api:staff-access-list", "api:calendar-feed-list",
    "api:problem-list", "api:event-list", "api:webhook-list", "api:reservation-bulk",
}  # fmt: skip
# They answer nothing to a look.
API_ACTIONS = {
    "api:reservation-bulk",
    "api:webhook-secret",
    "api:webhook-replay",
    "api:webhook-delivery-replay",
}
API_NOTHING = {"api:unknown"}
# The Seam-compatible API answers all its paths at one address; tests/access/seam/test_outsiders.py walks over them.
SEAM = {"seam:endpoint"}
# Sign-in pages of allauth know no workspace.
SIGN_IN = re.compile(r"(account|mfa|socialaccount|usersessions)_")
SIGN_IN_ARGUMENTS = {"key": "MQ:1abcde:x", "uidb36": "1", "provider": "x"}
# Sign-in pages of lock systems: open to whoever has the token of their address, and to nobody else.
BY_TOKEN: dict[str, Callable[[World], dict[str, Any]]] = {
    **dict.fromkeys(
        ("pass", "pass-live", "pass-opened", "pass-code", "pass-help", "pass-check", "pass-manifest"),
        lambda w: {"token": w.told.guest_pass.token},
    ),
    "pass-open": lambda w: {"token": w.told.guest_pass.token, "device_id": w.device.public_id},
    "connect-start": lambda w: {"token": w.webview.token},
    "connect-brands": lambda w: {"token": w.webview.token},
    "connect-finish": lambda w: {"token": w.webview.token},
    "connect-sign-in": lambda w: {"token": w.webview.token, "provider": "schlage"},
}
# Open to everyone and about nobody (seam:webview leads to one of the above, by its token).
OPEN: set[str] = {"healthz", "seam:webview"}

# Django's own old addresses of the admin's pages; they lead to the named ones.
UNNAMED = "unnamed"


@dataclass(frozen=True)
class Route:
    name: str
    parameters: frozenset[str]

    def address(self, arguments: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=arguments)


def routes() -> Iterator[Route]:
    yield from _walk(get_resolver(), "", frozenset())


def _walk(resolver: URLResolver, space: str, outer: frozenset[str]) -> Iterator[Route]:
    for one in resolver.url_patterns:
        found = outer | set(one.pattern.regex.groupindex)
        if isinstance(one, URLResolver):
            yield from _walk(one, f"{space}{one.namespace}:" if one.namespace else space, found)
        elif isinstance(one, URLPattern):
            yield Route(f"{space}{one.name or UNNAMED}", frozenset(found))


ROUTES = list(routes())
ADMIN = [one for one in ROUTES if one.name.startswith("admin:") and one.name != f"admin:{UNNAMED}"]
PAGES = [route for route in ROUTES if route.name in OBJECT_PAGES or route.name in OWN_PAGES]


API = [route for route in ROUTES if route.name in {*API_OBJECTS, *API_OWN, *API_NOTHING}]


def is_classified(route: Route) -> bool:
    named = (*OBJECT_PAGES, *OWN_PAGES, *API_OBJECTS, *API_OWN, *API_NOTHING, *SEAM, *BY_TOKEN, *OPEN)
    return route.name in named or route.name.startswith("admin:") or bool(SIGN_IN.match(route.name))


def arguments_of(route: Route, world: World) -> dict[str, Any]:
    if route.name in OBJECT_PAGES:
        return OBJECT_PAGES[route.name](world)
    if route.name in API_OBJECTS:
        return API_OBJECTS[route.name](world)
    if route.name in BY_TOKEN:
        return BY_TOKEN[route.name](world)
    if route.name in API_NOTHING:
        return {"rest": "x"}
    if route.name in SEAM:
        return {"path": "access_codes/list"}
    return {name: SIGN_IN_ARGUMENTS[name] for name in route.parameters}
