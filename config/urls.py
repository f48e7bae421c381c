"""The roots of all addresses. The admin signs in through allauth, so that a second factor counts there too."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the way allauth documents

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("access.api.urls")),
    path("", include("properties.urls")),
    path("", include("locks.urls")),
    path("", include("locks.drivers.virtual.urls")),
    path("", include("access.urls")),
]
