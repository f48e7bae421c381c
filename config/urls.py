"""The roots of all addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("access.api.urls")),
    path("seam/", include("access.seam.urls")),
    path("", include("properties.urls")),
    path("", include("locks.urls")),
    path("", include("locks.drivers.virtual.urls")),
    path("", include("access.urls")),
]
