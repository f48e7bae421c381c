"""Passes, messages and alerts in the admin, to look into. No link, no text and no address is shown."""

from __future__ import annotations

from django.contrib import admin

from access.models import (
    Alert,
    AlertChannel,
    AlertNotice,
    GuestPass,
    Message,
    MessageChannel,
    MessageTemplate,
    MessageText,
    PassUse,
)
from properties.admin_base import ReadOnlyAdmin


@admin.register(GuestPass)
class GuestPassAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "stay",
        "made_by",
        "made_at",
        "first_fetched_at",
        "first_opened_at",
        "revoked_at",
    )
    list_select_related = ("stay__guest",)
    search_fields = ("public_id", "stay__external_id", "stay__guest__name")
    hidden = ("shown_digest",)


@admin.register(PassUse)
class PassUseAdmin(ReadOnlyAdmin):
    list_display = ("guest_pass", "deed", "at", "device")
    list_filter = ("deed",)
    list_select_related = ("guest_pass", "device")


@admin.register(MessageChannel)
class MessageChannelAdmin(ReadOnlyAdmin):
    list_display = ("name", "workspace", "deleted_at")
    list_select_related = ("workspace",)
    search_fields = ("name",)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    list_display = ("name", "workspace", "kind", "anchor", "offset_minutes", "active_since", "deleted_at")
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name",)


@admin.register(MessageText)
class MessageTextAdmin(ReadOnlyAdmin):
    list_display = ("template", "language", "subject")
    list_filter = ("language",)
    list_select_related = ("template",)
    search_fields = ("template__name", "subject")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "template", "stay", "status", "due_at", "sent_at", "attempts")
    list_filter = ("status",)
    list_select_related = ("template", "stay__guest")
    search_fields = ("public_id", "template__name", "stay__external_id")
    hidden = ("told_digest",)


@admin.register(AlertChannel)
class AlertChannelAdmin(ReadOnlyAdmin):
    list_display = ("name", "workspace", "kind", "is_active", "last_sent_at", "failing_since")
    list_filter = ("kind", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name",)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("title", "workspace", "severity", "is_urgent", "count", "last_at", "cleared_at")
    list_filter = ("severity", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("title", "key")


@admin.register(AlertNotice)
class AlertNoticeAdmin(ReadOnlyAdmin):
    list_display = ("alert", "channel", "occasion", "status", "made_at", "sent_at")
    list_filter = ("status",)
    list_select_related = ("alert", "channel")
    search_fields = ("alert__title", "channel__name")
