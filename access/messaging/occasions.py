"""Which message is due for which stay, now. Levels: asked again a minute later, the answer is the same.

`occasion_now` judges one stay, and is asked again at the moment of sending; `wanted_now` finds all, through the indexes
of arrivals and departures. What was sent for an occasion is known by its row, which is written elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import CharField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from access.enums import Anchor, EventType, MessageKind
from access.messaging.recipients import guests_in_reach, reaches_somebody
from access.messaging.timing import GRACE, StayTimes, due_of, is_due
from access.models import AccessCode, AccessGrant, Event, GuestPass, Message, MessageTemplate
from access.overview import access_of_stays
from access.passes.digests import digest_of, told_digest
from access.passes.showing import door_lines, guest_times, live_grant_of, stood_in_for
from access.states import CodeState
from properties.enums import StayKind, StayStatus
from properties.models import Stay, StayChange

BATCH: Final = 500
DAY: Final = dt.timedelta(days=1)
# A code is put on its lock three days ahead at most.
READY_AHEAD: Final = 4 * DAY
ARRIVAL_MOVES: Final = ("arrival_date", "check_in_time", "override_check_in_time", "hold_access", "status")
MOVES: Final = (*ARRIVAL_MOVES, "departure_date", "check_out_time", "override_check_out_time")
READY: Final = frozenset({CodeState.SCHEDULED, CodeState.ACTIVE, CodeState.BACKUP})
IN_ORDER: Final = READY | {CodeState.PLANNED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`until`: from then on it is too late."""

    stay: Stay
    template: MessageTemplate
    occasion: str
    due_at: dt.datetime
    until: dt.datetime | None


def wanted_now(template: MessageTemplate, *, now: dt.datetime) -> Iterator[Wanted]:
    """What this template has to tell now and has not told; the template comes with its channel and workspace."""
    candidates = [stay for stay in _candidates(template, now=now)[:BATCH] if reaches_somebody(template, stay)]
    told: defaultdict[int, set[str]] = defaultdict(set)
    rows = Message.objects.filter(template=template, stay__in=candidates)
    for stay_id, occasion in rows.values_list("stay_id", "occasion"):
        told[stay_id].add(occasion)
    if template.kind == MessageKind.CODE_READY:
        candidates = _ready_ones([s for s in candidates if "ready" not in told[s.pk]], now=now)
    for stay in candidates:
        wanted = occasion_now(template, stay, told=told[stay.pk], now=now)
        if wanted is not None and wanted.occasion not in told[stay.pk]:
            yield wanted


def occasion_now(
    template: MessageTemplate,
    stay: Stay,
    *,
    noted: str = "",
    told: Collection[str] = (),
    now: dt.datetime,
) -> Wanted | None:
    """`stay` comes with its unit, property, guest and workspace. Of several backups the `noted` one is judged, or the
    first that was not `told`."""
    active = template.active_since
    over = stay.ends_at is not None and stay.ends_at <= now and template.anchor != Anchor.DEPARTURE
    if active is None or template.deleted_at is not None or over or stay.status != StayStatus.CONFIRMED:
        return None
    if stay.hold_access and template.anchor != Anchor.CONFIRMATION:
        return None
    match template.kind:
        case MessageKind.CODE_READY:
            return _ready(template, stay, active, now=now)
        case MessageKind.CODE_CHANGED:
            return _changed(template, stay, active, now=now)
        case MessageKind.BACKUP_GIVEN:
            return _backup(template, stay, active, noted=noted, told=told, now=now)
        case _:
            return _timed(template, stay, active, now=now)


def is_past(template: MessageTemplate, stay: Stay, occasion: str, *, now: dt.datetime) -> bool:
    """Of an occasion that was noted and does not hold now: whether it is not worth waiting for."""
    off = template.active_since is None or template.deleted_at is not None
    over = stay.ends_at is not None and stay.ends_at <= now and template.anchor != Anchor.DEPARTURE
    if off or over or stay.status == StayStatus.CANCELLED:
        return True
    match template.kind:
        case MessageKind.CODE_READY:
            return False
        case MessageKind.BACKUP_GIVEN:
            return occasion not in {_backup_occasion(code) for code in _live_backups(stay)}
        case MessageKind.CODE_CHANGED:
            digest = digest_of(live_grant_of(stay))
            return bool(digest) and (occasion != _code_occasion(digest) or told_digest(stay) == digest)
        case _:
            return occasion != timed_occasion(template, stay)


def _code_occasion(digest: str) -> str:
    return f"code {digest[:24]}"


def timed_occasion(template: MessageTemplate, stay: Stay) -> str:
    return {
        Anchor.CONFIRMATION.value: "confirmed",
        Anchor.ARRIVAL.value: f"arrival {stay.arrival_date}",
        Anchor.DEPARTURE.value: f"departure {stay.departure_date}",
    }[template.anchor]


def _timed(template: MessageTemplate, stay: Stay, active: dt.datetime, *, now: dt.datetime) -> Wanted | None:
    times = times_of(stay, moves=MOVES if template.anchor == Anchor.DEPARTURE else ARRIVAL_MOVES)
    due = due_of(template.anchor, dt.timedelta(minutes=template.offset_minutes), times)
    if due is None or not is_due(due, active_since=active, now=now):
        return None
    return Wanted(stay, template, timed_occasion(template, stay), due.at, due.until)


def times_of(stay: Stay, *, moves: Sequence[str]) -> StayTimes:
    """`moves`: the fields that make what is due anew; an extension makes no arrival anew."""
    confirmed_at = GuestPass.objects.filter(stay=stay).aggregate(at=Min("made_at"))["at"] or stay.created_at
    moved = StayChange.objects.filter(stay=stay, fields__has_any_keys=moves).aggregate(at=Max("at"))["at"]
    check_in, check_out = guest_times(stay)
    return StayTimes(confirmed_at, max(confirmed_at, moved or confirmed_at), check_in, check_out)


def _ready(template: MessageTemplate, stay: Stay, active: dt.datetime, *, now: dt.datetime) -> Wanted | None:
    """Confirmed on every lock. A guest who was in the house when this was switched on knows the code."""
    if stay.starts_at < active and times_of(stay, moves=ARRIVAL_MOVES).known_at < active:
        return None
    lines = door_lines(stay, now=now)
    if not lines or any(line.state not in READY for line in lines):
        return None
    return Wanted(stay, template, "ready", now, stay.ends_at)


def _changed(
    template: MessageTemplate, stay: Stay, active: dt.datetime, *, now: dt.datetime
) -> Wanted | None:
    """The guest was told a code, and it is another one now, which is or will be on every lock."""
    grant = live_grant_of(stay)
    digest, told = digest_of(grant), told_digest(stay)
    if grant is None or not digest or not told or told == digest:
        return None
    if not _is_new_since(grant, active):
        return None
    if any(line.state not in IN_ORDER for line in door_lines(stay, now=now)):
        return None
    return Wanted(stay, template, _code_occasion(digest), now, stay.ends_at)


def _is_new_since(grant: AccessGrant, since: dt.datetime) -> bool:
    """Tell whether a code of it was declared, or given another PIN by its lock, after that."""
    live = grant.codes.filter(revoked_at=None, is_backup=False)
    chosen = Event.objects.filter(stay=grant.stay_id, type=EventType.PIN_ISSUED, access_code__in=live)
    return live.filter(created_at__gte=since).exists() or chosen.filter(occurred_at__gte=since).exists()


def _backup(
    template: MessageTemplate,
    stay: Stay,
    active: dt.datetime,
    *,
    noted: str,
    told: Collection[str],
    now: dt.datetime,
) -> Wanted | None:
    """The first backup that the guest needs: where the own code works meanwhile and nobody complained, nothing is said.
    A template that waits a while asks then."""
    due = [
        (device, wanted)
        for device, wanted in _due_backups(template, stay, active, now=now)
        if (wanted.occasion == noted if noted else wanted.occasion not in told)
    ]
    needed = stood_in_for(door_lines(stay, now=now)) if due else set()
    return next((wanted for device, wanted in due if device in needed), None)


def _due_backups(
    template: MessageTemplate, stay: Stay, active: dt.datetime, *, now: dt.datetime
) -> Iterator[tuple[int, Wanted]]:
    """With the device of each, oldest first: doors fail one after the other, and each has a wait of its own."""
    wait = dt.timedelta(minutes=max(template.offset_minutes, 0))
    for code in _live_backups(stay).filter(starts_at__gte=active).order_by("starts_at", "pk"):
        if code.starts_at is None:
            continue
        due_at, until = code.starts_at + wait, code.starts_at + wait + GRACE[Anchor.EVENT]
        if due_at <= now < until:
            yield code.device_id, Wanted(stay, template, _backup_occasion(code), due_at, until)


def _live_backups(stay: Stay) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(
        grant__stay=stay, pulled_for__isnull=False, revoked_at=None, ended_at=None
    )


def _backup_occasion(code: AccessCode) -> str:
    return f"backup {code.public_id}"


def _ready_ones(stays: Sequence[Stay], *, now: dt.datetime) -> list[Stay]:
    access = access_of_stays(stays, now=now)
    return [
        stay
        for stay in stays
        if access[stay.pk].doors and any(door.state in READY for door in access[stay.pk].doors)
    ]


def _candidates(template: MessageTemplate, *, now: dt.datetime) -> QuerySet[Stay]:
    """Few more than those that are due; each is judged by itself. A buffer is a day at most."""
    offset = dt.timedelta(minutes=template.offset_minutes)
    rows = Stay.objects.filter(
        workspace=template.workspace_id, kind=StayKind.GUEST, status=StayStatus.CONFIRMED
    )
    # Asked of the database: whom no address leads to must not fill the batch.
    rows = rows.filter(guests_in_reach(template))
    rows = rows.select_related("unit__property", "guest", "workspace").order_by("starts_at", "pk")
    current = Q(ends_at__gt=now) | Q(ends_at=None)
    match template.kind, template.anchor:
        case MessageKind.CODE_READY, _:
            ahead = rows.filter(current, starts_at__lte=now + READY_AHEAD, hold_access=False)
            return _untold(ahead, template, Value("ready"))
        case MessageKind.CODE_CHANGED, _:
            shown = GuestPass.objects.filter(stay=OuterRef("pk")).exclude(shown_digest="")
            sent = Message.objects.filter(stay=OuterRef("pk")).exclude(told_digest="")
            told = Exists(shown.filter(_newer_code("shown_at"))) | Exists(sent.filter(_newer_code("sent_at")))
            return rows.filter(current, told, hold_access=False)
        case MessageKind.BACKUP_GIVEN, _:
            given = AccessCode.objects.filter(
                grant__stay=OuterRef("pk"), pulled_for__isnull=False, revoked_at=None, ended_at=None
            )
            return rows.filter(current, Exists(given))
        case _, Anchor.CONFIRMATION:
            since = now - GRACE[Anchor.CONFIRMATION] - max(offset, dt.timedelta(0))
            made = GuestPass.objects.filter(stay=OuterRef("pk"), made_at__gte=since)
            return _untold(rows.filter(current, Exists(made)), template, Value("confirmed"))
        case _, Anchor.DEPARTURE:
            near = Q(ends_at__lte=now - offset + DAY, ends_at__gte=now - offset - DAY)
            return _untold(rows.filter(near, hold_access=False), template, _dated("departure"))
        case _:
            late = Q(starts_at__gte=now - offset - GRACE[Anchor.ARRIVAL] - DAY)
            late |= Q(updated_at__gte=now - GRACE[Anchor.ARRIVAL])
            soon = rows.filter(current, late, starts_at__lte=now - offset + DAY, hold_access=False)
            return _untold(soon, template, _dated("arrival"))


def _newer_code(told_at: str) -> Q:
    """A code that was declared, or a PIN that was issued, after the guest was told one; few stays have any."""
    declared = AccessCode.objects.filter(
        grant__stay=OuterRef("stay"), created_at__gt=OuterRef(told_at), revoked_at=None, is_backup=False
    )
    issued = Event.objects.filter(
        stay=OuterRef("stay"), type=EventType.PIN_ISSUED, occurred_at__gt=OuterRef(told_at)
    )
    return Q(Exists(declared)) | Q(Exists(issued))


def _dated(anchor: str) -> Concat:
    """As `_timed` names the occasion of a stay."""
    return Concat(Value(f"{anchor} "), Cast(F(f"{anchor}_date"), CharField()))


def _untold(rows: QuerySet[Stay], template: MessageTemplate, occasion: Value | Concat) -> QuerySet[Stay]:
    """Asked of the database: those that were told must not fill the batch."""
    told = Message.objects.filter(template=template, stay=OuterRef("pk"), occasion=OuterRef("occasion_named"))
    return rows.annotate(occasion_named=occasion).filter(~Exists(told))
