"""Where events are delivered to, and what became of each delivery."""

from __future__ import annotations

from typing import ClassVar, Final
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q

from access.enums import DeliveryStatus, WebhookFlavour
from access.models.history import Event
from properties.fields import EncryptedTextField
from properties.models import User, Workspace
from properties.scoping import PublicModel

# How the reason begins where Keyturn switched it off itself; a person or a program gives no such one.
GAVE_UP: Final = "Nothing got through since"


class WebhookEndpoint(PublicModel):
    """An address that is told of events. `event_types`: names, or ["*"].

    `position`: up to which event (`Event.position`) deliveries were made out. `previous_secret` signs beside `secret`
    until `previous_secret_until`. `failing_since`: since when nothing got through; from some days on the endpoint is
    disabled, `disabled_reason` says why. `paused_until`: the next moment at which an address that fails is tried.
    `version` is raised by whoever changes how it is delivered to: what a lane of an older one knows no longer counts.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="webhook_endpoints")
    flavour = models.CharField(max_length=10, choices=WebhookFlavour, default=WebhookFlavour.KEYTURN)
    url = EncryptedTextField()
    description = models.CharField(max_length=200, blank=True)
    event_types = models.JSONField(default=list)
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    position = models.BigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["workspace"],
                condition=Q(disabled_at__isnull=True, deleted_at__isnull=True),
                name="webhook_live",
            ),
        ]

    @property
    def host(self) -> str:
        """What may be shown of its address: the rest may be a secret."""
        return urlsplit(self.url or "").hostname or "an address"

    def __str__(self) -> str:
        return f"Webhook {self.public_id}"


class WebhookDelivery(PublicModel):
    """One event to one endpoint. `next_try_at` None: nothing more will be sent by itself.

    `log`: one entry per attempt: {"at", "ms", "status" (null: no answer), "response" (its beginning), "error"}.
    """

    workspace_path = "endpoint__workspace"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    log = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once_per_endpoint")
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="delivery_latest"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.public_id}"
