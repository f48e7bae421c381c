"""The admin's door: superusers only, signed in through allauth, so that a second factor counts there too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SuperuserSite(AdminSite):
    """The admin looks across all workspaces, so a right on single models is not enough to come in."""

    site_header = site_title = "Keyturn administration"
    # Its table has rows that are shorter than its head; the index and the path above each page lead everywhere.
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and bool(request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")
