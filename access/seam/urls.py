"""Addresses of the Seam-compatible API, mounted at /seam/: all endpoints, and an answer in JSON for whatever else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from access.seam import pages
from access.seam.endpoints import (
    access_codes,
    action_attempts,
    changing_codes,
    client_sessions,
    connect_webviews,
    connected_accounts,
    devices,
    events,
    locks,
    simulating_devices,
    unmanaged_codes,
    unmanaged_devices,
    webhooks,
    workspaces,
)
from access.seam.routing import Routes, Table

if TYPE_CHECKING:
    from django.http import HttpRequest

app_name = "seam"

# One line for each module of endpoints.
MODULES: list[Routes] = [
    access_codes.routes,
    changing_codes.routes,
    unmanaged_codes.routes,
    action_attempts.routes,
    devices.routes,
    unmanaged_devices.routes,
    simulating_devices.routes,
    locks.routes,
    connected_accounts.routes,
    connect_webviews.routes,
    events.routes,
    webhooks.routes,
    workspaces.routes,
    client_sessions.routes,
]
# Pages for browsers below /seam; they come before the catch-all.
PAGES: list[URLPattern] = [path("connect_webviews/view", pages.view_webview, name="webview")]
# Groups of paths that the package can call and that are not about codes of locks.
FOREIGN = {
    "access_grants", "access_methods", "acs", "bridges", "cameras", "customers", "instant_keys", "media",
    "noise_sensors", "phones", "spaces", "thermostats", "user_identities",
}  # fmt: skip

TABLE = Table(MODULES, foreign=FOREIGN)


@csrf_exempt
def answer(request: HttpRequest, path: str) -> HttpResponse:
    return TABLE.answer(request, path)


urlpatterns = [*PAGES, re_path(r"^(?P<path>[\s\S]*)$", answer, name="endpoint")]
