"""Accounts, devices and doors in the admin. Credentials are never shown; leases and wake-ups belong to runners."""

from __future__ import annotations

from django.contrib import admin

from locks.models import Account, BatteryReading, Device, Door
from properties.admin_base import ReadMostlyAdmin, ReadOnlyAdmin


@admin.register(Account)
class AccountAdmin(ReadMostlyAdmin):
    editable = ("name",)
    list_display = ("name", "workspace", "driver", "brand", "status", "lease_owner", "lease_until")
    list_filter = ("status", "driver", "brand", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("name", "public_id")


@admin.register(Device)
class DeviceAdmin(ReadMostlyAdmin):
    editable = ("name",)
    list_display = (
        "name",
        "account",
        "brand",
        "online",
        "battery_level",
        "wake_at",
        "failures",
        "last_read_at",
    )
    list_filter = ("online", "brand", "is_managed", "account__workspace")
    list_select_related = ("account",)
    search_fields = ("name", "external_id", "public_id")


@admin.register(Door)
class DoorAdmin(ReadOnlyAdmin):
    """Which units a door serves decides who may open it; the pages change that, so that stays follow."""

    list_display = ("name", "property", "device", "serves_all_units")
    list_filter = ("serves_all_units", "property__workspace")
    list_select_related = ("property", "device")
    search_fields = ("name", "property__name", "device__name", "public_id")


@admin.register(BatteryReading)
class BatteryReadingAdmin(ReadOnlyAdmin):
    list_display = ("device", "at", "level", "of_keypad")
    list_filter = ("of_keypad", "device__account__workspace")
    list_select_related = ("device",)
    search_fields = ("device__name",)
