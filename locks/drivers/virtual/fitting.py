"""How a new virtual lock comes from the factory and is hung on its bridge. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from locks.brands import BRANDS

FACTORY_PIN_LENGTH = 4  # of brands whose codes all have one length, until somebody changes it in the app
# What a door's owner would set up first: nights from the afternoon, and stays of any full hours.
FACTORY_LEVELS = (
    {"user_level_id": "1", "name": "Guest", "prefix": 1, "check_in_time": "16:00", "check_out_time": "10:00"},
    {"user_level_id": "2", "name": "Guest, by the hour", "prefix": 2, "is_24_hour": True},
    {"user_level_id": "9", "name": "Master", "prefix": 9, "is_24_hour": True, "is_master": True},
)


def reports_of(brand: str, reports: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a new lock says of itself: as from the factory, overlaid by what is wanted."""
    capabilities = BRANDS[brand].capabilities
    factory: dict[str, Any] = {}
    if capabilities.one_pin_length:
        factory["pin_lengths"] = [FACTORY_PIN_LENGTH]
    if any(rule.by_user_level for rule in capabilities.offline_rules):
        factory["user_levels"] = [dict(level) for level in FACTORY_LEVELS]
    return {**factory, **(reports or {})}


def usual_gateway(brand: str, others: Sequence[str]) -> str:
    """The bridge that a new lock of an account is hung on: the last one while it has room. "" where none is needed."""
    capabilities = BRANDS[brand].capabilities
    if capabilities.parallel_per_gateway is None:
        return ""
    hung = Counter(gateway for gateway in others if gateway)
    room = capabilities.max_locks_per_gateway
    name = f"bridge-{max(len(hung), 1)}"
    return name if room is None or hung[name] < room else f"bridge-{len(hung) + 1}"


def usual_zone(brand: str) -> str:
    """Doors with user levels keep local time and say which; the others do not tell unless their owner set it."""
    return "UTC" if any(rule.by_user_level for rule in BRANDS[brand].capabilities.offline_rules) else ""
