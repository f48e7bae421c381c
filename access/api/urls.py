"""Addresses of the REST face, mounted at /api/v1/. Whatever else is asked below it is answered in JSON, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.urls import path, re_path

from access.api import (
    access_keys,
    bulk,
    codes,
    doors,
    events,
    feeds,
    hooks,
    places,
    problems,
    reservations,
    staff,
)
from access.api.docs import show_docs
from access.api.rates import told_of_rate
from access.api.schema import SchemaView

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

app_name = "api"
ONE_RESERVATION = "reservations/<str:source>/<path:external_id>"
ONE_ENDPOINT = "webhook-endpoints/<uuid:public_id>"


def at(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return path(address, told_of_rate(view), name=name)


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", show_docs, name="docs"),
    at("properties/", places.list_properties, "property-list"),
    at("units/", places.list_units, "unit-list"),
    at("doors/", doors.list_doors, "door-list"),
    at("doors/<uuid:public_id>", doors.one_door, "door-detail"),
    at("reservations/", reservations.many_reservations, "reservation-list"),
    at("reservations/bulk", bulk.put_reservations, "reservation-bulk"),
    at(f"{ONE_RESERVATION}/access-keys", access_keys.keys_of_reservation, "reservation-keys"),
    at(ONE_RESERVATION, reservations.one_reservation, "reservation-detail"),
    at("access-keys/", access_keys.list_keys, "access-key-list"),
    at("access-codes/", codes.list_codes, "access-code-list"),
    at("access-codes/<uuid:public_id>", codes.one_code, "access-code-detail"),
    at("staff-access/", staff.many_staff, "staff-access-list"),
    at("staff-access/<uuid:public_id>", staff.one_staff, "staff-access-detail"),
    at("calendar-feeds/", feeds.many_feeds, "calendar-feed-list"),
    at("calendar-feeds/<uuid:public_id>", feeds.one_feed, "calendar-feed-detail"),
    at("problems/", problems.list_problems, "problem-list"),
    at("problems/<uuid:public_id>", problems.one_problem, "problem-detail"),
    at("events/", events.list_events, "event-list"),
    at("events/<uuid:public_id>", events.one_event, "event-detail"),
    at("webhook-endpoints/", hooks.many_endpoints, "webhook-list"),
    at(ONE_ENDPOINT, hooks.one_endpoint, "webhook-detail"),
    at(f"{ONE_ENDPOINT}/secret", hooks.rotate, "webhook-secret"),
    at(f"{ONE_ENDPOINT}/replay", hooks.replay_many, "webhook-replay"),
    at(f"{ONE_ENDPOINT}/deliveries/", hooks.deliveries, "webhook-deliveries"),
    at(
        f"{ONE_ENDPOINT}/deliveries/<uuid:delivery>/replay",
        hooks.replay_one,
        "webhook-delivery-replay",
    ),
    re_path(r"^(?P<rest>[\s\S]*)$", told_of_rate(reservations.no_such_address), name="unknown"),
]
