"""Problems of devices: what they report, what looking at them shows, and our own."""

from __future__ import annotations

from collections.abc import Mapping

from access.catalogue.shapes import Concerns, ProblemText, error, warning

DEVICE = Concerns.DEVICE
_BACK = "The lock is back."
_TOLD = "The lock system no longer reports it."

GENERAL: Mapping[str, ProblemText] = {
    "device_offline": error(
        "The lock is offline.",
        "Codes on it go on working; nothing can be changed until it is back.",
        _BACK,
        DEVICE,
    ),
    "device_disconnected": error(
        "The lock is disconnected from its lock system.", "Check its power and network.", _BACK, DEVICE
    ),
    "hub_disconnected": error(
        "The bridge or hub of this lock is offline.",
        "Check its power and network; the codes on the lock go on working.",
        "The bridge is back.",
        DEVICE,
    ),
    "device_removed": error(
        "The account no longer lists this lock.",
        "Pair it again, or give its door another lock; its codes can no longer be changed.",
        "The account lists the lock again.",
        DEVICE,
    ),
    "missing_device_credentials": error(
        "A credential that this lock needs is missing.", "Enter it in the maker's app or here.", _TOLD, DEVICE
    ),
    "subscription_required": error(
        "The maker's paid plan for this lock is missing or has ended.",
        "Renew it.",
        "The plan is there.",
        DEVICE,
    ),
    "august_lock_not_authorized": error(
        "The account may not manage this lock.",
        "Make it an owner of the lock in the August or Yale app.",
        "The account may manage the lock.",
        DEVICE,
    ),
    "august_lock_missing_bridge": error(
        "The lock has neither Wi-Fi nor a Connect bridge.", "Connect a bridge.", _TOLD, DEVICE
    ),
    "ttlock_lock_not_paired_to_gateway": error(
        "The lock is not paired with a gateway.", "Pair it in the TTLock app.", _TOLD, DEVICE
    ),
    "lockly_missing_wifi_bridge": error("The lock has no Secure Link bridge.", "Connect one.", _TOLD, DEVICE),
    "empty_backup_access_code_pool": error(
        "No backup code is ready on the lock.",
        "It is being filled; check the lock where it stays empty.",
        "A backup code is on the lock.",
        DEVICE,
    ),
    "partial_backup_access_code_pool": warning(
        "Fewer backup codes than wanted are ready on the lock.",
        "They are being added.",
        "The pool is full.",
        DEVICE,
    ),
    "many_active_backup_codes": warning(
        "Many backup codes of this lock are in use.",
        "Find out why its own codes fail.",
        "Most of the stays with backup codes are over.",
        DEVICE,
    ),
    "third_party_integration_detected": warning(
        "Another program manages codes on this lock; the two may undo each other's work.",
        "Switch the other one off.",
        "The other program is gone.",
        DEVICE,
        Concerns.CODE,
    ),
    "device_has_flaky_connection": warning(
        "The lock keeps dropping off.",
        "Move the bridge or router nearer.",
        "It has stayed connected for two hours.",
        DEVICE,
    ),
    "device_communication_degraded": warning(
        "The lock answers late or not at all.", "Check its network.", "The lock answers.", DEVICE
    ),
    "max_access_codes_reached": warning(
        "The lock holds as many codes as it can.",
        "Remove codes that nobody needs.",
        "A place is free.",
        DEVICE,
    ),
    "time_zone_mismatch": warning(
        "The lock keeps another time zone than its property.",
        "Set the zone in the maker's app: its codes may open at wrong hours.",
        "Both zones agree.",
        DEVICE,
    ),
    "time_zone_unknown": warning(
        "The time zone of the lock is not known.",
        "Set it in the maker's app: its codes may open at wrong hours.",
        "The lock tells its zone.",
        DEVICE,
    ),
    "accessory_keypad_low_battery": warning(
        "The keypad's battery is low.", "Change it.", "The battery is changed.", DEVICE
    ),
}

REPORTED: Mapping[str, ProblemText] = {
    "power_saving_mode": warning(
        "The lock saves power and answers late.", "Charge it or change its battery.", _TOLD, DEVICE
    ),
    "ttlock_lock_gateway_unlocking_not_enabled": warning(
        "Remote unlock is switched off at the lock.", "Switch it on in the TTLock app.", _TOLD, DEVICE
    ),
    "ttlock_weak_gateway_signal": warning(
        "The gateway hears the lock badly.", "Move the gateway nearer.", _TOLD, DEVICE
    ),
    "salto_ks_office_mode": warning(
        "The lock stands in office mode: the door is open to everyone.", "End it at the lock.", _TOLD, DEVICE
    ),
    "salto_ks_privacy_mode": warning(
        "Somebody inside switched privacy mode on: codes do not open.",
        "Ask the people inside.",
        _TOLD,
        DEVICE,
    ),
    "privacy_mode": warning(
        "Somebody inside switched privacy mode on: codes do not open.",
        "Ask the people inside.",
        _TOLD,
        DEVICE,
    ),
    "lockly_time_zone_not_configured": warning(
        "No time zone is set for the lock.", "Set it in the Lockly app.", _TOLD, DEVICE
    ),
    "ultraloq_time_zone_unknown": warning(
        "The time zone of the lock is not known.", "Say which it is.", _TOLD, DEVICE
    ),
    "two_n_device_missing_timezone": warning(
        "No time zone is set for the intercom.", "Set it in My2N.", _TOLD, DEVICE
    ),
    "hub_required_for_additional_capabilities": warning(
        "Without a bridge this lock can do little from a distance.", "Connect one.", _TOLD, DEVICE
    ),
    "accessory_keypad_setup_required": warning(
        "The keypad is not set up: codes cannot be entered.", "Finish it in the maker's app.", _TOLD, DEVICE
    ),
    "unreliable_online_status": warning(
        "The lock system does not tell reliably whether the lock is online.", "", _TOLD, DEVICE
    ),
    "wyze_device_missing_gateway": warning("The lock has no Wyze gateway.", "Connect one.", _TOLD, DEVICE),
    "insufficient_permissions": warning(
        "The account's rights do not suffice for this lock.",
        "Give it the maker's administrator role.",
        _TOLD,
        DEVICE,
    ),
}

OWN: Mapping[str, ProblemText] = {
    "device_unreadable": warning(
        "The lock does not tell which codes it holds.", "", "The lock tells it again.", DEVICE
    ),
    "device_fault": error(
        "Keyturn stumbles over this lock and looks again each minute; the log says over what.",
        "",
        "A look at the lock succeeds.",
        DEVICE,
    ),
    "former_code_on_device": error(
        "A code that should be gone is on the lock.",
        "Remove it at the lock, or in its app.",
        "The code is gone from the lock.",
        DEVICE,
    ),
    "low_battery": error(
        "The lock's battery is running out.",
        "Change it.",
        "The battery is changed.",
        DEVICE,
        also_warning=True,
    ),
    "device_tampered": error(
        "The lock reports that somebody tampered with it.",
        "Look at the door.",
        "A day has passed without.",
        DEVICE,
    ),
}
