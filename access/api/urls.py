"""Addresses of the REST face, mounted at /api/v1/. Whatever else is asked below it is answered in JSON, too."""

from __future__ import annotations

from django.urls import path, re_path

from access.api import places, reservations
from access.api.schema import SchemaView

app_name = "api"

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("properties/", places.list_properties, name="property-list"),
    path("units/", places.list_units, name="unit-list"),
    path("reservations/", reservations.many_reservations, name="reservation-list"),
    path(
        "reservations/<str:source>/<path:external_id>",
        reservations.one_reservation,
        name="reservation-detail",
    ),
    re_path(r"^(?P<rest>[\s\S]*)$", reservations.no_such_address, name="unknown"),
]
