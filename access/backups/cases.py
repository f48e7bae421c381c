"""From rows to the cases that access.backups.policy judges."""

from __future__ import annotations

import datetime as dt

from access.backups.policy import PATIENCE, Case
from access.facts import declared_of
from access.models import AccessCode, Problem
from access.planning import READ_EVERY
from access.states import ProblemCode
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.enums import AccountStatus
from locks.models import Device

SILENT_AFTER = 2 * READ_EVERY
FAILED_CALLS = 3
TROUBLES = (ProblemCode.ARRIVAL_IN_DANGER, ProblemCode.FAILED_TO_SET, ProblemCode.DELAY_IN_SETTING)


def lead_before(code: AccessCode) -> dt.timedelta:
    """How long before the arrival the code must be confirmed; by the property, where it is a stay's."""
    stay = code.grant.stay if code.grant is not None else None
    return dt.timedelta(minutes=30 if stay is None else stay.unit.property.backup_minutes)


def case_of(code: AccessCode, *, now: dt.datetime) -> Case:
    """`code` comes with its device's account and its grant's stay loaded."""
    stay = code.grant.stay if code.grant is not None else None
    capabilities = capabilities_of(code.device)
    troubles = Problem.objects.filter(access_code=code, cleared_at=None, code__in=TROUBLES)
    return Case(
        declared=declared_of(code),
        capabilities=capabilities,
        declared_at=code.created_at if stay is None else max(code.created_at, stay.updated_at),
        reachable=is_reachable(code.device, capabilities, now=now),
        seen_at=code.seen_at,
        troubled_since=troubles.order_by("raised_at").values_list("raised_at", flat=True).first(),
    )


def is_reachable(device: Device, capabilities: Capabilities, *, now: dt.datetime) -> bool:
    """Tell whether a command would get through, by what the last calls showed. A lock that was lost only just now
    may be back before anybody stands at the door."""
    account = device.account
    paused = any(until is not None and until > now for until in (account.paused_until, device.paused_until))
    if account.status != AccountStatus.CONNECTED or paused or device.removed_at is not None:
        return False
    if device.online is False:
        return device.online_changed_at is not None and device.online_changed_at > now - PATIENCE
    if device.failures >= FAILED_CALLS:
        return False
    known_at = device.last_read_at if capabilities.reads_codes else None
    return known_at is None or known_at > now - SILENT_AFTER
