"""What a device can do, in the founding API's capability flags. Pure.

A flag that is absent: this model never does it; false: it could, but not as it is (no hub, no keypad, no plan); true:
usable. Being offline for a while changes no flag.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from locks.capabilities import Capabilities
from locks.sandbox import Simulation

# What stands between us and a lock, whatever is asked of it.
_NO_WAY: Final = frozenset({
    "august_lock_missing_bridge", "august_lock_not_authorized", "hub_disconnected",
    "hub_required_for_additional_capabilities", "insufficient_permissions", "lockly_missing_wifi_bridge",
    "missing_device_credentials", "ttlock_lock_not_paired_to_gateway", "wyze_device_missing_gateway",
})  # fmt: skip
_NO_KEYPAD: Final = frozenset({"accessory_keypad_setup_required", "august_lock_missing_keypad"})
_NO_PLAN: Final = frozenset({"subscription_required"})
_NO_BOLT: Final = frozenset({
    "privacy_mode", "salto_ks_privacy_mode", "ttlock_lock_gateway_unlocking_not_enabled",
})  # fmt: skip
NO_ONLINE_CODES: Final = _NO_WAY | _NO_KEYPAD | _NO_PLAN
NO_TURNING: Final = _NO_WAY | _NO_BOLT

CAN_SIMULATE: Final = (
    Simulation.CONNECTION,
    Simulation.DISCONNECTION,
    Simulation.HUB_CONNECTION,
    Simulation.HUB_DISCONNECTION,
    Simulation.PAID_SUBSCRIPTION,
    Simulation.REMOVAL,
)


def flags_of(
    capabilities: Capabilities, conditions: Collection[str], simulations: Collection[Simulation] = ()
) -> dict[str, bool]:
    wrong = set(conditions)
    flags: dict[str, bool] = {}
    if capabilities.can_lock:
        flags["can_remotely_lock"] = not wrong & NO_TURNING
    if capabilities.can_unlock:
        flags["can_remotely_unlock"] = not wrong & NO_TURNING
    if capabilities.online_codes:
        flags["can_program_online_access_codes"] = not wrong & NO_ONLINE_CODES
    if capabilities.offline_kinds:
        flags["can_program_offline_access_codes"] = True
    if capabilities.online_codes or capabilities.offline_kinds:
        flags["can_unlock_with_code"] = not wrong & _NO_KEYPAD
    if capabilities.auto_lock:
        flags["can_configure_auto_lock"] = not wrong & _NO_WAY
    flags.update({f"can_simulate_{one.value}": True for one in CAN_SIMULATE if one in simulations})
    return flags


def capabilities_supported(capabilities: Capabilities, *, has_battery: bool) -> list[str]:
    """The older list beside the flags."""
    has_codes = capabilities.online_codes or bool(capabilities.offline_kinds)
    turns = capabilities.can_lock or capabilities.can_unlock
    named = (("access_code", has_codes), ("lock", turns), ("battery", has_battery))
    return [name for name, there in named if there]


def constraints_of(capabilities: Capabilities) -> list[dict[str, object]]:
    """`code_constraints`: what a PIN and a name must be like."""
    found: list[dict[str, object]] = [
        {"constraint_type": rule.value} for rule in sorted(capabilities.pin_rules)
    ]
    rule = capabilities.name_rule
    usual = type(rule)()
    if (rule.min_length, rule.max_length) != (usual.min_length, usual.max_length):
        bounds: dict[str, object] = {"constraint_type": "name_length"}
        if rule.min_length:
            bounds["min_length"] = rule.min_length
        if rule.max_length != usual.max_length:
            bounds["max_length"] = rule.max_length
        found.append(bounds)
    if rule.unique:
        found.append({"constraint_type": "name_must_be_unique"})
    return found
