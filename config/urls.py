"""The roots of all addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.contrib import admin
from django.http import Http404
from django.urls import include, path

if TYPE_CHECKING:
    from django.http import HttpRequest


def no_page(request: HttpRequest) -> NoReturn:
    raise Http404


urlpatterns = [
    path("admin/", admin.site.urls),
    # Addresses are not verified here: whoever could take any would be invited, and be told of, under it.
    path("accounts/email/", no_page, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("access.api.urls")),
    path("seam/", include("access.seam.urls")),
    path("", include("properties.urls")),
    path("", include("locks.urls")),
    path("", include("locks.drivers.virtual.urls")),
    path("", include("access.urls")),
]
