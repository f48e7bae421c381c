"""What is wrong now that a manager should hear of: out of the open problems, those that endanger somebody.

One cause for each thing that can be mended: several problems of one code are one cause, told by the worst of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from access.backups.pulling import REPORTED, USING_BACKUP
from access.enums import AlertKind, ProblemCode, ProblemKind
from access.issuing import door_name
from access.models import AccessCode, Problem, WebhookEndpoint
from access.models.webhooks import GAVE_UP
from access.specific import SPECIFIC
from access.states import Seen
from locks.models import Device
from properties.models import Property, Stay, Workspace
from properties.zones import zone_name

HOUR: Final = dt.timedelta(hours=1)
# Before an arrival: a guest is on the way to the door; a lock should be looked at; a code should be on it.
AT_THE_DOOR: Final = HOUR
LOCK_AHEAD: Final = 24 * HOUR
CODE_AHEAD: Final = 72 * HOUR
BATTERY: Final = frozenset({"low_battery", "accessory_keypad_low_battery"})
# They keep no guest out.
KEEPS_NOBODY_OUT: Final = frozenset(
    {USING_BACKUP, ProblemCode.FAILED_TO_REMOVE, ProblemCode.DELAY_IN_REMOVING, ProblemCode.OFFLINE_GOES_ON}
)
# What keeps a code from its lock, in general and in the words of its brand: nothing to a guest who has another.
STOOD_IN_FOR: Final = frozenset(
    {ProblemCode.ARRIVAL_IN_DANGER, ProblemCode.DELAY_IN_SETTING, ProblemCode.FAILED_TO_SET, *SPECIFIC}
)
LEFT_OUT: Final = frozenset({"empty_backup_access_code_pool"})


@dataclass(frozen=True, slots=True)
class Cause:
    """`is_urgent`: a guest stands before the door, or soon will. `path`: the page where it is mended."""

    key: str
    severity: ProblemKind | AlertKind
    title: str
    text: str
    path: str
    place: Property | None = None
    is_urgent: bool = False


def causes_of(workspace: Workspace, *, now: dt.datetime) -> list[Cause]:
    problems = list(
        Problem.objects.in_workspace(workspace)
        .filter(cleared_at=None)
        .select_related(
            "account",
            "device__door__property",
            "stay__unit__property",
            "stay__guest",
            "access_code__device__door__property",
            "access_code__grant__stay__unit__property",
            "access_code__grant__stay__guest",
        )
        .order_by("raised_at", "pk")
    )
    backed = {one.access_code_id for one in problems if one.code == USING_BACKUP}
    arrivals = _next_arrivals(
        [p.device_id for p in problems if p.device_id and not p.access_code_id], now=now
    )
    found: dict[str, Cause] = {}
    for problem in problems:
        if problem.code in STOOD_IN_FOR and problem.access_code_id in backed:
            continue
        cause = _cause_of(problem, arrivals, now=now)
        if cause is not None and _outranks(cause, found.get(cause.key)):
            found[cause.key] = cause
    return [*found.values(), *_of_webhooks(workspace)]


def _outranks(cause: Cause, known: Cause | None) -> bool:
    return known is None or _rank(cause) > _rank(known)


def _rank(cause: Cause) -> tuple[bool, bool]:
    return cause.is_urgent, cause.severity == ProblemKind.ERROR


def _cause_of(problem: Problem, arrivals: dict[int, dt.datetime], *, now: dt.datetime) -> Cause | None:
    if problem.access_code is not None:
        return _of_code(problem, problem.access_code, now=now)
    if problem.stay is not None:
        return _of_stay(
            problem, problem.stay, f"stay:{problem.stay_id}:{problem.code}", problem.message, now=now
        )
    if problem.device is not None:
        return _of_device(problem, problem.device, arrivals.get(problem.device.pk), now=now)
    if problem.account is not None and problem.kind == ProblemKind.ERROR:
        key = f"account:{problem.account_id}:{problem.code}"
        path = reverse("device-account", args=[problem.account.public_id])
        return Cause(key, ProblemKind.ERROR, problem.account.name, problem.message, path)
    return None


def _of_code(problem: Problem, code: AccessCode, *, now: dt.datetime) -> Cause | None:
    stay = code.grant.stay if code.grant is not None else None
    part = problem.code if problem.code in (REPORTED, USING_BACKUP) else "code"
    key, text = f"{part}:{code.pk}", f"{door_name(code.device)}: {problem.message}"
    if stay is not None:
        matters = problem.kind == ProblemKind.ERROR or problem.code in (REPORTED, USING_BACKUP)
        if not matters and not (problem.code == ProblemCode.DELAY_IN_SETTING and _is_running(stay, now=now)):
            return None
        keeps_nobody = code.revoked_at is not None or _opens_already(code)
        return _of_stay(problem, stay, key, text, now=now, keeps_nobody=keeps_nobody)
    if problem.kind != ProblemKind.ERROR:
        return None
    path = reverse("device-detail", args=[code.device.public_id])
    return Cause(key, ProblemKind.ERROR, code.name or "A code", text, path, _place_of(code.device))


def _opens_already(code: AccessCode) -> bool:
    """A backup opens from the moment it is given; what is late is its end."""
    return code.is_backup and code.pulled_for_id is not None and code.seen in (Seen.PRESENT, Seen.ASSUMED)


def _of_stay(
    problem: Problem, stay: Stay, key: str, text: str, *, now: dt.datetime, keeps_nobody: bool = False
) -> Cause | None:
    keeps_out = problem.code not in KEEPS_NOBODY_OUT and not keeps_nobody
    if keeps_out and (stay.starts_at > now + CODE_AHEAD or _is_over(stay, now=now)):
        return None
    place = stay.unit.property
    arrival = _when(stay.starts_at, place.zone)
    near = stay.starts_at - AT_THE_DOOR <= now and not _is_over(stay, now=now)
    return Cause(
        key=key,
        severity=ProblemKind.ERROR if problem.code == REPORTED else ProblemKind(problem.kind),
        title=f"{stay.guest_name}, {place.name} · {stay.unit.name}",
        text=f"{text} Arrival {arrival}.",
        path=reverse("stay-detail", args=[stay.public_id]),
        place=place,
        is_urgent=keeps_out and near,
    )


def _of_device(
    problem: Problem, device: Device, arrival: dt.datetime | None, *, now: dt.datetime
) -> Cause | None:
    is_battery = problem.code in BATTERY
    near = arrival is not None and arrival <= now + LOCK_AHEAD
    if problem.code in LEFT_OUT or not (is_battery or (problem.kind == ProblemKind.ERROR and near)):
        return None
    place, text = _place_of(device), problem.message
    if arrival is not None and near:
        zone = place.zone if place is not None else ZoneInfo("UTC")
        text = f"{text} Next arrival {_when(arrival, zone)}."
    title = door_name(device) + (f", {place.name}" if place is not None else "")
    path = reverse("device-detail", args=[device.public_id])
    return Cause(f"device:{device.pk}:{problem.code}", ProblemKind(problem.kind), title, text, path, place)


def _when(moment: dt.datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a %-d %b, %H:%M} {zone_name(local)}"


def _of_webhooks(workspace: Workspace) -> Iterator[Cause]:
    """Switched off by itself, since nothing got through; what a person switched off is no news. It holds until somebody
    switches it on again, or deletes it: to call it settled after a while would be a lie."""
    rows = WebhookEndpoint.objects.in_workspace(workspace).filter(
        disabled_at__isnull=False, disabled_reason__startswith=GAVE_UP, deleted_at=None
    )
    for endpoint in rows.order_by("pk"):
        title = endpoint.description or f"Webhook to {endpoint.host}"
        text = (
            f"It was switched off, and its program hears of nothing. {endpoint.disabled_reason} Mend the address, "
            "switch it on, and send again what it missed."
        )
        path = reverse("webhook-detail", args=[endpoint.public_id])
        yield Cause(f"webhook:{endpoint.pk}", ProblemKind.ERROR, title, text, path)


def _next_arrivals(device_ids: Sequence[int], *, now: dt.datetime) -> dict[int, dt.datetime]:
    rows = (
        AccessCode.objects.filter(
            device_id__in=device_ids,
            grant__stay__isnull=False,
            is_backup=False,
            revoked_at=None,
            ended_at=None,
            starts_at__gt=now,
        )
        .order_by("-starts_at")
        .values_list("device_id", "starts_at")
    )
    return {device: at for device, at in rows if at is not None}


def _place_of(device: Device) -> Property | None:
    return device.door.property if hasattr(device, "door") else None


def _is_over(stay: Stay, *, now: dt.datetime) -> bool:
    return stay.ends_at is not None and stay.ends_at <= now


def _is_running(stay: Stay, *, now: dt.datetime) -> bool:
    return stay.starts_at <= now and not _is_over(stay, now=now)
