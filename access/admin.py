"""Grants, codes, what locks hold, events, problems, API keys and heartbeats in the admin, to look into.

No PIN is shown. An API key can be revoked; making one is `manage.py create_api_key` or the workspace's page, since
the key is shown once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils import timezone

from access import admin_of_messages  # noqa: F401 -- registers its own
from access.api_keys import revoke_key
from access.models import (
    AccessCode,
    AccessGrant,
    ActionAttempt,
    ApiKey,
    ClientSession,
    CodeAttempt,
    ConnectWebview,
    Event,
    HandledNote,
    Heartbeat,
    IdempotentAnswer,
    KeyRate,
    LockCode,
    PersonalToken,
    PinLook,
    Problem,
    StaffAccess,
    WebhookDelivery,
    WebhookEndpoint,
)
from properties.admin_base import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "workspace",
        "stay",
        "pin_origin",
        "revealed_at",
        "revoked_at",
        "revoke_reason",
    )
    list_filter = ("pin_origin", "workspace")
    list_select_related = ("workspace", "stay__guest")
    search_fields = ("public_id", "stay__external_id", "stay__guest__name")


@admin.register(StaffAccess)
class StaffAccessAdmin(ReadOnlyAdmin):
    list_display = (
        "holder_name",
        "kind",
        "workspace",
        "rule",
        "first_day",
        "last_day",
        "declare_at",
        "ended_at",
    )
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("public_id", "holder_name")


@admin.register(AccessCode)
class AccessCodeAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "device", "name", "starts_at", "ends_at", "write_state", "seen", "ended_at")
    list_filter = ("write_state", "seen", "stopped", "device__account__workspace")
    list_select_related = ("device",)
    search_fields = ("public_id", "name", "device__name")


@admin.register(LockCode)
class LockCodeAdmin(ReadOnlyAdmin):
    list_display = (
        "ref",
        "device",
        "name",
        "access_code",
        "enabled",
        "starts_at",
        "ends_at",
        "first_seen_at",
    )
    list_filter = ("enabled",)
    list_select_related = ("device", "access_code")
    search_fields = ("ref", "name", "device__name")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "type", "actor", "workspace", "device", "stay")
    list_filter = ("type", "workspace")
    list_select_related = ("workspace", "device", "stay__guest")
    search_fields = ("public_id", "actor", "device__name", "stay__external_id")
    ordering = ("-occurred_at",)


@admin.register(Problem)
class ProblemAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "code", "kind", "workspace", "account", "device", "message", "cleared_at")
    list_filter = ("kind", "code", "workspace")
    list_select_related = ("workspace", "account", "device")
    search_fields = ("public_id", "code", "message", "device__name")
    ordering = ("-raised_at",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "workspace", "created_by", "created_at", "last_used_at", "revoked_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace", "created_by")
    search_fields = ("name", "prefix", "public_id")
    actions = ("revoke",)

    @admin.action(description="Revoke the selected keys: programs that use them are refused from now on")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys:
            revoke_key(key, now=timezone.now())
        self.message_user(request, "The selected keys are revoked.")


@admin.register(KeyRate)
class KeyRateAdmin(ReadOnlyAdmin):
    list_display = ("key", "taken")
    list_select_related = ("key",)


@admin.register(ActionAttempt)
class ActionAttemptAdmin(ReadOnlyAdmin):
    list_display = ("type", "device", "status", "requested_by", "requested_at", "finished_at", "error_type")
    list_filter = ("type", "status", "device__account__workspace")
    list_select_related = ("device",)
    search_fields = ("public_id", "device__name", "requested_by")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "beat_at")


@admin.register(CodeAttempt)
class CodeAttemptAdmin(ReadOnlyAdmin):
    list_display = ("type", "workspace", "access_code", "requested_by", "created_at")
    list_filter = ("type", "workspace")
    list_select_related = ("workspace", "access_code")
    search_fields = ("public_id", "requested_by")


@admin.register(PersonalToken)
class PersonalTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")


@admin.register(ClientSession)
class ClientSessionAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "workspace", "user_identifier_key", "created_at", "expires_at", "revoked_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("public_id", "user_identifier_key", "customer_key")


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(ReadOnlyAdmin):
    list_display = ("idempotency_key", "key", "status", "created_at")
    list_select_related = ("key",)
    search_fields = ("idempotency_key",)


@admin.register(PinLook)
class PinLookAdmin(ReadOnlyAdmin):
    list_display = ("reader", "access_code", "first_at")
    list_select_related = ("access_code",)
    search_fields = ("reader", "access_code__public_id")


@admin.register(ConnectWebview)
class ConnectWebviewAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "workspace", "status", "selected_provider", "account", "created_at")
    list_filter = ("status", "workspace")
    list_select_related = ("workspace", "account")
    search_fields = ("public_id",)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "workspace", "flavour", "description", "failing_since", "disabled_at")
    list_filter = ("flavour", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("public_id", "description")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "endpoint", "event", "status", "attempts", "next_try_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("endpoint", "event")
    search_fields = ("public_id", "endpoint__public_id", "event__public_id")


@admin.register(HandledNote)
class HandledNoteAdmin(ReadOnlyAdmin):
    list_display = ("title", "workspace", "tone", "handled_by", "handled_at", "withdrawn_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("title", "handled_by")
