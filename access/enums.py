"""Closed vocabularies that are stored; those of planning and status are in access.states and named here too."""

from __future__ import annotations

from django.db import models

from access.states import CodeState, ProblemCode, Seen, Status, WriteState

__all__ = [
    "CodeState",
    "EventType",
    "PinOrigin",
    "ProblemCode",
    "ProblemKind",
    "Seen",
    "Status",
    "WriteState",
]


class PinOrigin(models.TextChoices):
    RANDOM = "random", "Random"
    PHONE = "phone", "Last digits of the phone"
    GIVEN = "given", "Chosen by a person"


class ProblemKind(models.TextChoices):
    ERROR = "error", "Error"
    WARNING = "warning", "Warning"


class EventType(models.TextChoices):
    """The founding API's event names, and our own for what it has no word for (stay.*, pin.*)."""

    CODE_CREATED = "access_code.created", "Code declared"
    CODE_CHANGED = "access_code.changed", "Code changed"
    CODE_SCHEDULED = "access_code.scheduled_on_device", "Code stored on the lock"
    CODE_SET = "access_code.set_on_device", "Code active on the lock"
    CODE_REMOVED = "access_code.removed_from_device", "Code gone from the lock"
    CODE_DELETED = "access_code.deleted", "Code ended"
    CODE_DELAY_SETTING = "access_code.delay_in_setting_on_device", "Code late"
    CODE_FAILED_SETTING = "access_code.failed_to_set_on_device", "Code could not be set"
    CODE_DELAY_REMOVING = "access_code.delay_in_removing_from_device", "Removal late"
    CODE_FAILED_REMOVING = "access_code.failed_to_remove_from_device", "Code could not be removed"
    CODE_MODIFIED_OUTSIDE = "access_code.modified_external_to_seam", "Code edited outside"
    CODE_DELETED_OUTSIDE = "access_code.deleted_external_to_seam", "Code deleted outside"
    FOREIGN_CREATED = "access_code.unmanaged.created", "Unmanaged code found"
    FOREIGN_REMOVED = "access_code.unmanaged.removed", "Unmanaged code gone"
    DEVICE_CONNECTED = "device.connected", "Lock online"
    DEVICE_DISCONNECTED = "device.disconnected", "Lock offline"
    ACCOUNT_DISCONNECTED = "connected_account.disconnected", "Account connection lost"
    ACCOUNT_CONNECTED = "connected_account.connected", "Account connected"
    PIN_ISSUED = "pin.issued", "New code issued"
    PIN_REVEALED = "pin.revealed", "Code shown"
