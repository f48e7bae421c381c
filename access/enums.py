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


class AttemptStatus(models.TextChoices):
    PENDING = "pending", "Under way"
    SUCCESS = "success", "Done"
    ERROR = "error", "Failed"


class AttemptType(models.TextChoices):
    """Action types of the founding API: sent to a lock once, or done at a sandbox's lock by hand."""

    LOCK_DOOR = "LOCK_DOOR", "Lock"
    UNLOCK_DOOR = "UNLOCK_DOOR", "Unlock"
    CONFIGURE_AUTO_LOCK = "CONFIGURE_AUTO_LOCK", "Set auto-lock"
    SIMULATE_KEYPAD_ENTRY = "SIMULATE_KEYPAD_CODE_ENTRY", "Type a code (sandbox)"
    SIMULATE_MANUAL_LOCK = "SIMULATE_MANUAL_LOCK_VIA_KEYPAD", "Lock by hand (sandbox)"


class CodeAttemptType(models.TextChoices):
    """Action types of the founding API whose outcome is read off a code."""

    CREATE = "CREATE_ACCESS_CODE", "Create code"
    UPDATE = "UPDATE_ACCESS_CODE", "Change code"
    DELETE = "DELETE_ACCESS_CODE", "Delete code"
    CONVERT = "CONVERT_ACCESS_CODE_TO_MANAGED", "Take code over"
    DELETE_UNMANAGED = "DELETE_UNMANAGED_ACCESS_CODE", "Delete unmanaged code"
    RESET_SANDBOX = "RESET_SANDBOX_WORKSPACE", "Reset sandbox"


class Scope(models.TextChoices):
    """What an API key may do. Without `reveal` it is never shown a door code."""

    READ = "read", "Read"
    WRITE = "write", "Write"
    REVEAL = "reveal", "See door codes"


class WebviewStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    AUTHORIZED = "authorized", "Authorized"
    FAILED = "failed", "Failed"


class WebhookFlavour(models.TextChoices):
    """Whose shape of events an endpoint is sent."""

    KEYTURN = "keyturn", "Keyturn"
    SEAM = "seam", "Seam"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    SUCCEEDED = "succeeded", "Delivered"
    FAILED = "failed", "Given up"


class PassDeed(models.TextChoices):
    """What a guest does on the web pass."""

    REVEAL = "reveal", "Looked at the code"
    UNLOCK = "unlock", "Opened a door"
    REPORT = "report", "Said that the code fails"


class MessageKind(models.TextChoices):
    """Which messages guests get; those that follow an event are sent when it is so, the others at their times."""

    CONFIRMED = "confirmed", "Booking confirmed"
    BEFORE_ARRIVAL = "before_arrival", "Before arrival"
    CODE_READY = "code_ready", "Code ready"
    CODE_CHANGED = "code_changed", "Code changed"
    BACKUP_GIVEN = "backup_given", "Backup code given"
    CHECK_OUT = "check_out", "Check-out"
    FREE = "free", "Message of your own"


class Anchor(models.TextChoices):
    CONFIRMATION = "confirmation", "the confirmation"
    ARRIVAL = "arrival", "check-in"
    DEPARTURE = "departure", "check-out"
    EVENT = "event", "the event itself"


class SendStatus(models.TextChoices):
    """Of a message to a guest. SENDING without an end: it may have been sent; only a person sends it again."""

    PENDING = "pending", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    UNCERTAIN = "uncertain", "May have been sent"
    SKIPPED = "skipped", "Left out"


class AlertKind(models.TextChoices):
    """What managers can be told of: open problems by their kind, and news."""

    ERROR = "error", "Error"
    WARNING = "warning", "Warning"
    ENTRY = "entry", "First entry"


class NoticeStatus(models.TextChoices):
    PENDING = "pending", "Waiting"
    SENT = "sent", "Sent"
    DROPPED = "dropped", "Left out"


class ChannelKind(models.TextChoices):
    EMAIL = "email", "E-mail"
    APPRISE = "apprise", "Another service"


class StaffKind(models.TextChoices):
    CLEANER = "cleaner", "Cleaner"
    STAFF = "staff", "Staff"
    VENDOR = "vendor", "Vendor"
    RESIDENT = "resident", "Resident"


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
    BACKUP_PULLED = "access_code.backup_access_code_pulled", "Backup code given"
    FOREIGN_CREATED = "access_code.unmanaged.created", "Unmanaged code found"
    FOREIGN_REMOVED = "access_code.unmanaged.removed", "Unmanaged code gone"
    FOREIGN_CONVERTED = "access_code.unmanaged.converted_to_managed", "Unmanaged code taken over"
    FOREIGN_NOT_CONVERTED = (
        "access_code.unmanaged.failed_to_convert_to_managed",
        "Code could not be taken over",
    )
    LOCK_LOCKED = "lock.locked", "Locked"
    LOCK_UNLOCKED = "lock.unlocked", "Unlocked"
    LOCK_DENIED = "lock.access_denied", "Entry refused"
    DEVICE_ADDED = "device.added", "Lock found"
    DEVICE_CONNECTED = "device.connected", "Lock online"
    DEVICE_DISCONNECTED = "device.disconnected", "Lock offline"
    DEVICE_UNMANAGED_CONNECTED = "device.unmanaged.connected", "Unmanaged lock online"
    DEVICE_UNMANAGED_DISCONNECTED = "device.unmanaged.disconnected", "Unmanaged lock offline"
    DEVICE_UNMANAGED = "device.converted_to_unmanaged", "Lock no longer managed"
    DEVICE_MANAGED = "device.unmanaged.converted_to_managed", "Lock managed again"
    DEVICE_REMOVED = "device.removed", "Lock gone from its account"
    DEVICE_DELETED = "device.deleted", "Lock deleted"
    DEVICE_TAMPERED = "device.tampered", "Lock tampered with"
    DEVICE_LOW_BATTERY = "device.low_battery", "Battery low"
    DEVICE_BATTERY_CHANGED = "device.battery_status_changed", "Battery status changed"
    DEVICE_THIRD_PARTY = "device.third_party_integration_detected", "Another lock manager found"
    DEVICE_THIRD_PARTY_GONE = "device.third_party_integration_no_longer_detected", "Other lock manager gone"
    DEVICE_PRIVACY_ON = "device.salto.privacy_mode_activated", "Privacy mode on"
    DEVICE_PRIVACY_OFF = "device.salto.privacy_mode_deactivated", "Privacy mode off"
    DEVICE_FLAKY = "device.connection_became_flaky", "Connection unsteady"
    DEVICE_STABLE = "device.connection_stabilized", "Connection steady again"
    DEVICE_SUBSCRIPTION = "device.error.subscription_required", "Subscription missing"
    DEVICE_SUBSCRIPTION_RESOLVED = "device.error.subscription_required.resolved", "Subscription there again"
    DEVICE_KEYPAD_ON = "device.accessory_keypad_connected", "Keypad connected"
    DEVICE_KEYPAD_OFF = "device.accessory_keypad_disconnected", "Keypad disconnected"
    DEVICE_RENAMED = "device.name_changed", "Lock renamed"
    ACCOUNT_CREATED = "connected_account.created", "Account added"
    ACCOUNT_DISCONNECTED = "connected_account.disconnected", "Account connection lost"
    ACCOUNT_CONNECTED = "connected_account.connected", "Account connected"
    ACCOUNT_SYNCED = "connected_account.completed_first_sync", "Account read for the first time"
    ACCOUNT_SYNCED_AGAIN = (
        "connected_account.completed_first_sync_after_reconnection",
        "Account read again after reconnection",
    )
    ACCOUNT_DELETED = "connected_account.deleted", "Account deleted"
    ACCOUNT_LOGGED_IN = "connected_account.successful_login", "Account signed in"
    WEBVIEW_SUCCEEDED = "connect_webview.login_succeeded", "Sign-in to a lock system done"
    WEBVIEW_FAILED = "connect_webview.login_failed", "Sign-in to a lock system failed"
    WEBHOOK_DISABLED = "webhook.disabled", "Webhook switched off"
    ATTEMPT_LOCK_OK = "action_attempt.lock_door.succeeded", "Locking done"
    ATTEMPT_LOCK_FAILED = "action_attempt.lock_door.failed", "Locking failed"
    ATTEMPT_UNLOCK_OK = "action_attempt.unlock_door.succeeded", "Unlocking done"
    ATTEMPT_UNLOCK_FAILED = "action_attempt.unlock_door.failed", "Unlocking failed"
    ATTEMPT_KEYPAD_OK = (
        "action_attempt.simulate_keypad_code_entry.succeeded",
        "Code typed, door opened (sandbox)",
    )
    ATTEMPT_KEYPAD_FAILED = (
        "action_attempt.simulate_keypad_code_entry.failed",
        "Code typed, door stayed shut (sandbox)",
    )
    ATTEMPT_BY_HAND_OK = (
        "action_attempt.simulate_manual_lock_via_keypad.succeeded",
        "Locked by hand (sandbox)",
    )
    PIN_ISSUED = "pin.issued", "New code issued"
    PIN_REVEALED = "pin.revealed", "Code shown"
    PIN_REPORTED = "pin.reported", "Guest says that the code fails"
    BOLT_JAMMED = "bolt.jammed", "Bolt stuck"
