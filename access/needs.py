"""What needs action first: one row for each cause, in words, sorted by the time left to the arrival it endangers.

Causes are the open problems, doors in a bad state for which none is open yet (access.doubts), and what
access.feed_needs says of calendars. Rows that a person marked as handled are apart (access.handled). Called by
access.boards; the number of queries does not grow with the rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from django.db.models import Case, Min, When
from django.urls import reverse

from access.backups.pulling import REPORTED, USING_BACKUP
from access.enums import CodeState, ProblemCode, ProblemKind
from access.models import AccessCode, Problem
from access.overview import StayAccess
from locks.models import Device
from properties.models import Stay, Workspace

NEEDS_SHOWN = 50
PROBLEMS_READ = 300
PROBLEM_LOOK: Mapping[str, tuple[str, str]] = {
    "device_offline": ("Offline", "offline"),
    "device_unreadable": ("Unreadable", "unknown"),
    "account_disconnected": ("Connection lost", "unknown"),
    "hub_disconnected": ("Offline", "offline"),
    "device_removed": ("Gone", "error"),
    "low_battery": ("Battery", "battery-low"),
}
STOOD_IN_FOR = (ProblemCode.ARRIVAL_IN_DANGER, ProblemCode.DELAY_IN_SETTING, ProblemCode.FAILED_TO_SET)
BAD_STATES: Mapping[CodeState, str] = {
    CodeState.FAILED: "error",
    CodeState.REMOVE_FAILED: "error",
    CodeState.REMOVAL_UNKNOWN: "error",
    CodeState.CHANGED_OUTSIDE: "warn",
    CodeState.DELAYED: "warn",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One cause that a person should look at; `when` is the arrival it endangers, None where there is none.

    `label`, `symbol` and `tone` say what kind of trouble it is; `subject` tells causes of one thing apart. `causes`:
    what stands behind it, to know it again; without any it can't be marked as handled. `codes`: of its problems.
    `stay`, `code` and `device`: what can be acted upon (access.mending). `scope`: whose row it is.
    """

    title: str
    cause: str
    label: str
    symbol: str
    tone: str
    url: str
    subject: str = ""
    when: dt.datetime | None = None
    place: str = ""
    zone: str = "UTC"
    running: bool = False
    rank: int = 0
    causes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    scope: str = ""
    stay: Stay | None = field(default=None, repr=False)
    code: AccessCode | None = field(default=None, repr=False)
    device: Device | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Names the row in addresses and ids, the same as long as it is about the same thing."""
        name = _digest(self.scope, self.url, self.subject)
        return name + _digest(self.scope, name)

    @property
    def mark(self) -> str:
        """Changes with what stands behind the row and with how bad it is."""
        return _digest(self.tone, *sorted(self.causes))


def is_key_of(workspace: Workspace, key: str) -> bool:
    """Tell whether a row of this workspace is, or was, called so: a row that is gone may be asked for."""
    half = len(key) // 2
    return key[half:] == _digest(str(workspace.public_id), key[:half])


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def needs_of(
    workspace: Workspace,
    stays: Sequence[Stay],
    access: Mapping[int, StayAccess],
    *,
    others: Sequence[Need] = (),
    now: dt.datetime,
) -> tuple[Need, ...]:
    """`stays`: those with a door in doubt; `others`: needs found elsewhere, to be sorted in. Most urgent first."""
    problems = list(
        Problem.objects.in_workspace(workspace)
        .filter(cleared_at=None)
        .select_related(
            "stay__unit__property",
            "stay__guest",
            "device__account",
            "device__door__property",
            "account",
            "access_code__device__account",
            "access_code__device__door__property",
            "access_code__grant__stay__unit__property",
            "access_code__grant__stay__guest",
        )
        # Decrypted for nobody, if they were loaded.
        .defer(
            "account__credentials",
            "device__account__credentials",
            "access_code__device__account__credentials",
            "access_code__pin",
            "access_code__grant__pin",
        )
        # What a guest said must not fall behind the cut.
        .order_by(Case(When(code=REPORTED, then=0), default=1), "kind", "raised_at")[:PROBLEMS_READ]
    )
    problems = without_stood_in_for(problems)
    next_at = next_arrivals([problem.device_id for problem in problems if problem.device_id], now=now)
    needs = [need for stay in stays for need in door_needs(stay, access[stay.pk], now=now)]
    needs += [need_of(problem, next_at, now=now) for problem in problems]
    needs += others
    scope = str(workspace.public_id)
    mine = [dataclasses.replace(need, scope=scope) for need in worst_of_each(needs)]
    return tuple(sorted(mine, key=lambda need: urgency(need, now=now)))


def without_stood_in_for(problems: Sequence[Problem]) -> list[Problem]:
    """Where the guest has a backup, what keeps the own code off the lock endangers no arrival any more."""
    backed = {one.access_code_id for one in problems if one.code == USING_BACKUP}
    return [one for one in problems if one.code not in STOOD_IN_FOR or one.access_code_id not in backed]


def worst_of_each(needs: Sequence[Need]) -> list[Need]:
    """One row for each door of a stay: what its state says, in the tone of the worst that is known of it."""
    kept: dict[tuple[str, str], Need] = {}
    for need in needs:
        key = (need.url, need.subject)
        known = kept.get(key)
        kept[key] = need if known is None else _together(known, need)
    return list(kept.values())


def _together(known: Need, other: Need) -> Need:
    # That the guest has a backup says more than why the own code is not there.
    has_backup = USING_BACKUP in known.codes | other.codes
    teller = other if USING_BACKUP in other.codes else known
    return dataclasses.replace(
        known,
        cause=teller.cause,
        label=teller.label,
        symbol=teller.symbol,
        tone="error" if "error" in (known.tone, other.tone) and not has_backup else teller.tone,
        causes=known.causes | other.causes,
        codes=known.codes | other.codes,
        code=known.code or other.code,
        device=known.device or other.device,
    )


def urgency(need: Need, *, now: dt.datetime) -> tuple[int, float]:
    """Guests before their door first, then by time left to arrival, then what endangers nobody yet."""
    if need.running:
        return (0, 0)
    if need.when is not None and need.when >= now:
        return (1, need.when.timestamp())
    return (2 + need.rank, 0)


def next_arrivals(device_ids: Sequence[int], *, now: dt.datetime) -> dict[int, dt.datetime]:
    rows = (
        AccessCode.objects.filter(device_id__in=device_ids, revoked_at=None, ended_at=None, starts_at__gt=now)
        .values("device_id")
        .annotate(next_at=Min("starts_at"))
    )
    return {row["device_id"]: row["next_at"] for row in rows}


def need_of(problem: Problem, next_at: Mapping[int, dt.datetime], *, now: dt.datetime) -> Need:
    tone = "error" if problem.kind == ProblemKind.ERROR else "warn"
    code = problem.access_code
    stay = problem.stay or (code.grant.stay if code is not None and code.grant is not None else None)
    device = problem.device or (code.device if code is not None else None)
    if stay is not None:
        door = door_label(device) if device is not None else ""
        cause = f"{door}: {problem.message}" if door else problem.message
        look = ("Backup in use", "backup", tone) if problem.code == USING_BACKUP else ("Problem", tone, tone)
        need = stay_need(stay, cause=cause, look=look, subject=door or problem.code, now=now)
        return dataclasses.replace(need, code=code, device=device, **_evidence(problem))
    label, symbol = PROBLEM_LOOK.get(problem.code, ("Problem", tone))
    if device is None:
        title = problem.account.name if problem.account is not None else "Keyturn"
        return Need(
            title,
            problem.message,
            label,
            symbol,
            tone,
            reverse("device-list"),
            subject=title,
            **_evidence(problem),
        )
    place = device.door.property if hasattr(device, "door") else None
    if problem.code == "hub_disconnected" and device.gateway:
        # One row for the bridge, whatever number of locks hangs on it.
        gateway = f"Bridge {device.gateway}"
        url, when = reverse("device-list") + "?show=offline", next_at.get(device.pk)
        return Need(
            *(gateway, problem.message, "Offline", "offline", tone, url),
            subject=gateway,
            when=when,
            **_evidence(problem),
        )
    return Need(
        title=door_label(device),
        cause=problem.message,
        label=label,
        symbol=symbol,
        tone=tone,
        url=reverse("device-detail", args=[device.public_id]),
        subject=problem.code,
        when=next_at.get(device.pk),
        place=place.name if place is not None else "",
        zone=place.time_zone if place is not None else "UTC",
        rank=0 if tone == "error" else 1,
        device=device,
        code=code,
        **_evidence(problem),
    )


class _Evidence(TypedDict):
    causes: frozenset[str]
    codes: frozenset[str]


def _evidence(problem: Problem) -> _Evidence:
    return {"causes": frozenset({f"problem:{problem.pk}"}), "codes": frozenset({problem.code})}


def stay_need(stay: Stay, *, cause: str, look: tuple[str, str, str], subject: str, now: dt.datetime) -> Need:
    place, (label, symbol, tone) = stay.unit.property, look
    return Need(
        title=stay.guest_name,
        cause=cause,
        label=label,
        symbol=symbol,
        tone=tone,
        url=reverse("stay-detail", args=[stay.public_id]),
        subject=subject,
        when=stay.starts_at,
        place=f"{place.name} · {stay.unit.name}",
        zone=place.time_zone,
        running=stay.starts_at <= now and (stay.ends_at is None or stay.ends_at > now),
        stay=stay,
    )


def door_label(device: Device) -> str:
    return device.door.name if hasattr(device, "door") else device.name


def door_needs(stay: Stay, access: StayAccess, *, now: dt.datetime) -> list[Need]:
    """Doors in a bad state, as the pages of stays put it."""
    return [
        dataclasses.replace(
            stay_need(
                stay,
                cause=f"{door.door_name}: {door.reason}",
                look=(door.label, door.state.value, BAD_STATES[door.state]),
                subject=door.door_name,
                now=now,
            ),
            causes=frozenset({f"code:{door.code.pk}" if door.code is not None else f"door:{door.door_name}"}),
            codes=frozenset({door.state.value}),
            code=door.code,
            device=door.device,
        )
        for door in access.doors
        if door.state in BAD_STATES
    ]
