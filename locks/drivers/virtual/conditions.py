"""What can be wrong with a device or an account, in the founding API's words, and what that does to a virtual lock.

Set by the moods `condition` and `account_condition`; told by `read_status` and `read_account`. Pure data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from locks.drivers.base import RejectReason


@dataclass(frozen=True, slots=True)
class Effect:
    """`refuses`: why no command is taken and nothing can be read; `refuses_new`: why no new codes are taken.

    `refuses_bolt`: lock and unlock alone. `keypad_dead`: nothing that is typed opens. `refuses_windows`: codes with a
    window, since the lock does not know its time.
    """

    refuses: RejectReason | None = None
    refuses_new: RejectReason | None = None
    refuses_bolt: RejectReason | None = None
    keypad_dead: bool = False
    refuses_windows: bool = False


_ONLY_TOLD = Effect()
_NO_BRIDGE = Effect(RejectReason.BRIDGE_OFFLINE)
_NOT_AUTHORIZED = Effect(RejectReason.NOT_AUTHORIZED)
_NO_KEYPAD = Effect(refuses_new=RejectReason.KEYPAD_MISSING, keypad_dead=True)
_PRIVACY = Effect(refuses_bolt=RejectReason.NOT_ALLOWED, keypad_dead=True)
_NO_ZONE = Effect(refuses_windows=True)
_NOT_PAID = Effect(refuses_new=RejectReason.NOT_SUBSCRIBED)
_OUTAGE = Effect(RejectReason.OUTAGE)
_NO_LOGIN = Effect(RejectReason.ACCOUNT_DISCONNECTED)

DEVICE_CONDITIONS: Mapping[str, Effect] = {
    "accessory_keypad_low_battery": _ONLY_TOLD,
    "accessory_keypad_setup_required": _NO_KEYPAD,
    "august_lock_missing_bridge": _NO_BRIDGE,
    "august_lock_missing_keypad": _NO_KEYPAD,
    "august_lock_not_authorized": _NOT_AUTHORIZED,
    "device_communication_degraded": _ONLY_TOLD,
    "device_disconnected": Effect(RejectReason.DEVICE_OFFLINE),
    "device_has_flaky_connection": _ONLY_TOLD,
    "hub_disconnected": _NO_BRIDGE,
    "hub_required_for_additional_capabilities": _NO_BRIDGE,
    "insufficient_permissions": _NOT_AUTHORIZED,
    "lockly_missing_wifi_bridge": _NO_BRIDGE,
    "lockly_time_zone_not_configured": _NO_ZONE,
    "missing_device_credentials": _NOT_AUTHORIZED,
    "power_saving_mode": _ONLY_TOLD,
    "privacy_mode": _PRIVACY,
    "salto_ks_office_mode": _ONLY_TOLD,
    "salto_ks_privacy_mode": _PRIVACY,
    "scheduled_maintenance_window": _ONLY_TOLD,
    "subscription_required": _NOT_PAID,
    "third_party_integration_detected": _ONLY_TOLD,
    "time_zone_mismatch": _ONLY_TOLD,
    "time_zone_unknown": _ONLY_TOLD,
    "ttlock_lock_gateway_unlocking_not_enabled": Effect(refuses_bolt=RejectReason.NOT_ALLOWED),
    "ttlock_lock_not_paired_to_gateway": _NO_BRIDGE,
    "ttlock_weak_gateway_signal": _ONLY_TOLD,
    "two_n_device_missing_timezone": _ONLY_TOLD,
    "ultraloq_time_zone_unknown": _NO_ZONE,
    "unreliable_online_status": _ONLY_TOLD,
    "wyze_device_missing_gateway": _NO_BRIDGE,
}
ACCOUNT_CONDITIONS: Mapping[str, Effect] = {
    "account_reauthorization_requested": _ONLY_TOLD,
    "bridge_disconnected": _NO_BRIDGE,
    "invalid_credentials": _NO_LOGIN,
    "provider_service_unavailable": _OUTAGE,
    "salto_ks_subscription_limit_exceeded": _NOT_PAID,
    "scheduled_maintenance_window": _ONLY_TOLD,
    "setup_required": _ONLY_TOLD,
    "unknown_issue_with_connected_account": _ONLY_TOLD,
}
