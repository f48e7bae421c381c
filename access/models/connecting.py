"""Connect webviews: pages on which somebody signs in to a lock system, for a program that asked for it."""

from __future__ import annotations

from django.db import models

from access.enums import WebviewStatus
from locks.models import Account
from properties.models import Workspace
from properties.scoping import PublicModel


class ConnectWebview(PublicModel):
    """One login (facts on the founding API, 11). Its page is opened by whoever has `token`, and by nobody else.

    `request` holds what was asked for and is only told again: accepted_capabilities, provider_category,
    excluded_providers, device_selection_mode, customer_key. `accepted_providers`: provider keys, computed from those.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connect_webviews")
    token = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=12, choices=WebviewStatus, default=WebviewStatus.PENDING)
    accepted_providers = models.JSONField(default=list)
    any_provider_allowed = models.BooleanField(default=False)
    request = models.JSONField(default=dict, blank=True)
    custom_redirect_url = models.CharField(max_length=2000, blank=True)
    custom_redirect_failure_url = models.CharField(max_length=2000, blank=True)
    custom_metadata = models.JSONField(default=dict, blank=True)
    manages_new_devices = models.BooleanField(default=True)
    wait_for_device_creation = models.BooleanField(default=False)
    selected_provider = models.CharField(max_length=40, blank=True)
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="connect_webviews"
    )
    authorized_at = models.DateTimeField(null=True, blank=True)
    failed_logins = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"Connect webview {self.public_id}"
