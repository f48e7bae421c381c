"""The virtual locks' own memory in the admin, to look into; PINs are not shown here either."""

from __future__ import annotations

from django.contrib import admin

from locks.drivers.virtual.models import VirtualBridge, VirtualCode, VirtualLock, VirtualLogEntry
from properties.admin_base import ReadOnlyAdmin


@admin.register(VirtualLock)
class VirtualLockAdmin(ReadOnlyAdmin):
    list_display = ("name", "brand", "account_key", "online", "locked", "battery_level", "clock_offset")
    list_filter = ("brand", "online", "locked")
    search_fields = ("name", "external_id", "account_key")


@admin.register(VirtualBridge)
class VirtualBridgeAdmin(ReadOnlyAdmin):
    list_display = ("gateway", "account_key")
    search_fields = ("gateway", "account_key")


@admin.register(VirtualCode)
class VirtualCodeAdmin(ReadOnlyAdmin):
    list_display = ("slot", "lock", "name", "enabled", "starts_at", "ends_at", "written_at")
    list_filter = ("enabled",)
    list_select_related = ("lock",)
    search_fields = ("name", "lock__name")


@admin.register(VirtualLogEntry)
class VirtualLogEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "lock", "action", "slot", "detail")
    list_filter = ("action",)
    list_select_related = ("lock",)
    search_fields = ("lock__name", "action")
