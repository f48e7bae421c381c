"""What one device can do: its brand's row, overlaid by what the device itself reported, then by what somebody told us.

`Device.capabilities` stores only the differences, as JSON. Unknown is not zero (F63): a lock that was asked while
asleep may report no slots and no lengths; an empty or missing value leaves the brand's in place. What a person or
program told of the device (`Device.reported`) is kept apart, so that the next list of devices does not undo it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Protocol

from locks.brands import brand_of
from locks.capabilities import Capabilities, NameRule, OfflineKind, PinRule, UserLevel

logger = logging.getLogger(__name__)

MAX_PIN_LENGTH = 20
DAY_SECONDS = 86_400
# The capabilities among what `Device.reported` holds.
TOLD_BY_PEOPLE = ("pin_lengths",)


class CapabilitiesError(ValueError):
    """A reported value has the wrong shape; the message is a sentence."""


class ReportsCapabilities(Protocol):
    """What is needed of a device; a model row or a stand-in."""

    @property
    def brand(self) -> str: ...

    @property
    def capabilities(self) -> Any: ...

    @property
    def reported(self) -> Any: ...


def capabilities_of(device: ReportsCapabilities) -> Capabilities:
    capabilities = brand_of(device.brand).capabilities
    if device.capabilities != {}:
        capabilities = _overlaid(device, device.capabilities, capabilities)
    if not device.reported:
        return capabilities
    told = {name: device.reported[name] for name in TOLD_BY_PEOPLE if name in device.reported}
    return _overlaid(device, told, capabilities)


def _overlaid(device: ReportsCapabilities, report: Any, base: Capabilities) -> Capabilities:
    try:
        return parse_capabilities(report, base)
    except CapabilitiesError as error:
        # A stored report that nobody can read must not stop the lock: its brand's row still holds.
        logger.warning("Ignoring what a %s lock reports of itself: %s", device.brand, error)
        return base


def parse_capabilities(report: object, base: Capabilities) -> Capabilities:
    """Lay a report (JSON) over `base`; raise CapabilitiesError where its shape is wrong."""
    if not isinstance(report, Mapping):
        raise CapabilitiesError("A report of capabilities must be a JSON object.")
    unknown = sorted(str(key) for key in report.keys() - _PARSERS.keys())
    if unknown:
        raise CapabilitiesError(f"“{unknown[0]}” is not a capability.")
    return replace(
        base, **{key: _PARSERS[key](key, value) for key, value in report.items() if _is_told(key, value)}
    )


def capabilities_to_json(capabilities: Capabilities, *, base: Capabilities) -> dict[str, Any]:
    """Return what differs from `base`, in the shape that `parse_capabilities` reads."""
    return {
        name: _to_json(getattr(capabilities, name))
        for name in _PARSERS
        if getattr(capabilities, name) != getattr(base, name)
    }


def _is_told(key: str, value: object) -> bool:
    """Tell a report from a lock that did not know: no slots and no lengths are not capabilities."""
    empty = (
        value is None or (key == "max_codes" and value == 0) or (key == "pin_lengths" and value in ([], ()))
    )
    return not empty


def _to_json(value: object) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case tuple():
            return [_to_json(item) for item in value]
        case dt.timedelta():
            return value.total_seconds()
        case UserLevel():
            return {field.name: _to_json(getattr(value, field.name)) for field in fields(UserLevel)}
        case dt.time():
            return value.isoformat()
        case NameRule():
            return {field.name: getattr(value, field.name) for field in fields(NameRule)}
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise CapabilitiesError(f"“{key}” must be true or false.")
    return value


def _number(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CapabilitiesError(f"“{key}” must be a whole number that is not negative.")
    return value


def _duration(key: str, value: object) -> dt.timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= DAY_SECONDS:
        raise CapabilitiesError(f"“{key}” must be a number of seconds, at most a day.")
    return dt.timedelta(seconds=value)


def _lengths(key: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise CapabilitiesError(f"“{key}” must be a list of lengths.")
    lengths = sorted({_number(key, length) for length in value})
    if not all(1 <= length <= MAX_PIN_LENGTH for length in lengths):
        raise CapabilitiesError(f"“{key}” must hold lengths from 1 to {MAX_PIN_LENGTH}.")
    return tuple(lengths)


def _members(kind: type[PinRule | OfflineKind]) -> Callable[[str, object], frozenset[Any]]:
    def parse(key: str, value: object) -> frozenset[Any]:
        known = {member.value for member in kind}
        if not isinstance(value, list | tuple | frozenset) or not all(item in known for item in value):
            raise CapabilitiesError(f"“{key}” must be a list of: {', '.join(sorted(known))}.")
        return frozenset(kind(item) for item in value)

    return parse


def _name_rule(key: str, value: object) -> NameRule:
    if not isinstance(value, Mapping) or value.keys() - {field.name for field in fields(NameRule)}:
        raise CapabilitiesError(f"“{key}” must be an object with the fields of a name rule.")
    parsers: Mapping[str, Callable[[str, object], Any]] = {
        "min_length": _number,
        "max_length": _number,
        "unique": _flag,
        "split_first_last": _flag,
    }
    rule = NameRule(**{name: parsers[name](f"{key}.{name}", item) for name, item in value.items()})
    if not rule.min_length <= rule.max_length or rule.max_length == 0:
        raise CapabilitiesError(f"“{key}” must allow a name of at least one character.")
    return rule


def _user_levels(key: str, value: object) -> tuple[UserLevel, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise CapabilitiesError(f"“{key}” must be a list of user levels.")
    return tuple(_user_level(f"{key}[{number}]", item) for number, item in enumerate(value))


def _user_level(key: str, told: Mapping[str, object]) -> UserLevel:
    if (
        told.keys() - {field.name for field in fields(UserLevel)}
        or not {"user_level_id", "name"} <= told.keys()
    ):
        raise CapabilitiesError(f"“{key}” must be an object with the fields of a user level.")
    return UserLevel(
        **{name: _LEVEL_FIELDS.get(name, _flag)(f"{key}.{name}", item) for name, item in told.items()}
    )


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise CapabilitiesError(f"“{key}” must be a text.")
    return value


def _time(key: str, value: object) -> dt.time:
    try:
        return dt.time.fromisoformat(_text(key, value))
    except ValueError:
        raise CapabilitiesError(f"“{key}” must be a time of day.") from None


_LEVEL_FIELDS: Mapping[str, Callable[[str, object], Any]] = {
    "user_level_id": _text,
    "name": _text,
    "prefix": _number,
    "check_in_time": _time,
    "check_out_time": _time,
}
_SPECIAL: Mapping[str, Callable[[str, object], Any]] = {
    "offline_kinds": _members(OfflineKind),
    "pin_lengths": _lengths,
    "pin_rules": _members(PinRule),
    "name_rule": _name_rule,
    "max_codes": _number,
    "commands_per_minute": _number,
    "grain": _duration,
    "settle": _duration,
    "start_lead": _duration,
    "user_levels": _user_levels,
    "parallel_per_gateway": _number,
    "max_locks_per_gateway": _number,
    "tells_refused_entries": _number,
}
_NOT_REPORTED = frozenset({"offline_rules"})  # the maker's, the same for all its locks
_PARSERS: Mapping[str, Callable[[str, object], Any]] = {
    field.name: _SPECIAL.get(field.name, _flag)
    for field in fields(Capabilities)
    if field.name not in _NOT_REPORTED
}
