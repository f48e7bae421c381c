"""Create a stay or make it what its source now says."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from properties.booking.details import (
    BookingError,
    ChangedMeanwhileError,
    GuestDetails,
    StayDetails,
    check_details,
    clean_line,
    cleaned,
    compute_window,
    times_of,
)
from properties.booking.locking import check_not_archived, locked_units
from properties.booking.recording import Action, Changes, assign, changed_since, record, write_change
from properties.compiled import compiled
from properties.enums import CancelReason, StayStatus
from properties.models import Guest, Stay, Unit

if TYPE_CHECKING:
    import datetime as dt

    from properties.models import Workspace

# Kept, but no reason for anyone to look at the stay again.
QUIET_FIELDS = ("source_updated_at", "original")


CHANGED_MEANWHILE = (
    "This stay was changed while you wrote; nothing was saved. Each field below that differs says what it holds now. "
    "Look again, and save to put your words in place of those."
)


class SaveOutcome(enum.StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    IGNORED_OLDER = "ignored_older"
    REINSTATED = "reinstated"
    CANCELLED = "cancelled"
    KEPT_CANCELLED = "kept_cancelled"


@dataclass(frozen=True, slots=True)
class SavedStay:
    stay: Stay
    outcome: SaveOutcome


@transaction.atomic
def save_stay(
    workspace: Workspace,
    *,
    source: str,
    external_id: str,
    details: StayDetails,
    actor: str,
    now: dt.datetime,
    expected_revision: int | None = None,
) -> SavedStay:
    """Raise BookingError where the details make no stay, ChangedMeanwhileError where they build on an older one.

    A stay that its source (or its absence there) had cancelled and that is sent again as live is reinstated, unless
    what is sent is as old as what was cancelled; one that a person cancelled takes the new details but stays cancelled
    until reinstate_stay. `source_updated_at` None keeps what is stored.
    """
    details = cleaned(details)
    check_details(workspace, source, external_id, details)
    unit = _lock_unit(details, also=_unit_of.first(workspace.pk, source, external_id))
    stay = _locked_stay.first(workspace.pk, source, external_id)
    if stay is None:
        new = Stay(workspace=workspace, source=source, external_id=external_id)
        return _create(new, details, unit, actor=actor, now=now)
    if expected_revision is not None:
        _check_unchanged_since(expected_revision, stay)
    if is_older(details, stay):
        return SavedStay(stay, SaveOutcome.IGNORED_OLDER)
    return _change(stay, details, unit, actor=actor, now=now)


@compiled
def _unit_of(workspace_id: int, source: str, external_id: str) -> QuerySet[Stay, int]:
    stays = Stay.objects.filter(workspace=workspace_id, source=source, external_id=external_id)
    return stays.values_list("unit_id", flat=True)


@compiled
def _locked_stay(workspace_id: int, source: str, external_id: str) -> QuerySet[Stay]:
    stays = Stay.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "unit")
    return stays.filter(workspace=workspace_id, source=source, external_id=external_id)


@transaction.atomic
def rename_external_id(
    stay: Stay, *, external_id: str, actor: str, now: dt.datetime, source: str | None = None
) -> Stay:
    """Follow a source that has given the same stay another id, or another source that has taken it over."""
    stay = Stay.objects.select_for_update(of=("self",), no_key=True).get(pk=stay.pk)
    changes = assign(stay, {"source": source or stay.source, "external_id": clean_line(external_id)})
    if not changes:
        return stay
    taken = Stay.objects.filter(
        workspace_id=stay.workspace_id, source=stay.source, external_id=stay.external_id
    )
    if taken.exists():
        raise BookingError({"external_id": "Another stay of this source has this id already."})
    write_change(stay, changes, action=Action.RENAMED, actor=actor, now=now)
    return stay


def _lock_unit(details: StayDetails, *, also: int | None) -> Unit:
    """Hold the rules still while a window is computed from them; return the unit, with its property, as it is now."""
    ids = {details.unit.pk, *([also] if also else [])}
    return {unit.pk: unit for unit in _locked_units(sorted(ids))}[details.unit.pk]


@compiled
def _locked_units(unit_ids: Sequence[int]) -> QuerySet[Unit]:
    return locked_units().filter(pk__in=unit_ids)


def is_older(details: StayDetails, stay: Stay) -> bool:
    sent, stored = details.source_updated_at, stay.source_updated_at
    if sent is None or stored is None:
        return False
    # What was sent before a cancellation and comes again after it (a late retry) must not take it back.
    undoes = (
        stay.status == StayStatus.CANCELLED != details.status and stay.cancel_reason != CancelReason.PERSON
    )
    return sent <= stored if undoes else sent < stored


def _check_unchanged_since(revision: int, stay: Stay) -> None:
    """Doors and rules move the revision too, but nobody types those; only what details hold counts."""
    guest = {f"guest.{one.name}" for one in fields(GuestDetails)}
    held = {one.name for one in fields(StayDetails)} | guest
    found = changed_since(stay, revision=revision, held=held)
    if found:
        raise ChangedMeanwhileError({"revision": CHANGED_MEANWHILE, **found}, revision=stay.revision)


def _create(stay: Stay, details: StayDetails, unit: Unit, *, actor: str, now: dt.datetime) -> SavedStay:
    guest, changes = fill(stay, details, unit, now=now)
    guest.save()
    stay.guest = guest
    stay.save()
    record(stay, changes, action=Action.CREATED, actor=actor, now=now)
    return SavedStay(stay, SaveOutcome.CREATED)


def fill(stay: Stay, details: StayDetails, unit: Unit, *, now: dt.datetime) -> tuple[Guest, Changes]:
    """Make the unsaved stay and its guest what the details say; return the guest, and what history says of both."""
    guest = Guest(workspace=stay.workspace)
    changes = assign(guest, _guest_values(details.guest), prefix="guest.")
    for name, value in _stay_values(details).items():
        setattr(stay, name, value)
    _set_window(stay, unit)
    check_not_archived(unit, stay, now=now)
    if details.status == StayStatus.CANCELLED:
        stay.cancel_reason, stay.cancelled_at = CancelReason.EXPLICIT, now
    return guest, changes | _opening(details)


@dataclass(frozen=True, slots=True)
class Change:
    """What the details made of a stay in memory, to be written. `quiet`: kept, without a line of history."""

    stay: Stay
    outcome: SaveOutcome
    action: Action
    told: Changes
    quiet: Changes
    guest: Guest | None


def apply_details(stay: Stay, details: StayDetails, unit: Unit, *, now: dt.datetime) -> Change:
    """`unit` is held by the caller, and `details` are clean and right."""
    values = _stay_values(details)
    outcome = _settle_status(stay, values, now)
    action = _ACTIONS[outcome]
    quiet = {name: values.pop(name) for name in QUIET_FIELDS}
    if quiet["source_updated_at"] is None:
        del quiet["source_updated_at"]
    told = assign(stay, values)
    told |= _set_window(stay, unit)
    check_not_archived(unit, stay, now=now)
    guest = stay.guest or Guest(workspace_id=stay.workspace_id)
    of_guest = assign(guest, _guest_values(details.guest), prefix="guest.")
    told |= of_guest
    if not told and outcome is not SaveOutcome.KEPT_CANCELLED:
        outcome = SaveOutcome.UNCHANGED
    return Change(stay, outcome, action, told, assign(stay, quiet), guest if of_guest else None)


def _change(stay: Stay, details: StayDetails, unit: Unit, *, actor: str, now: dt.datetime) -> SavedStay:
    change = apply_details(stay, details, unit, now=now)
    if change.guest is not None:
        change.guest.save()
        stay.guest = change.guest
    if change.told:
        write_change(stay, change.told, action=change.action, actor=actor, now=now)
    elif change.quiet:
        stay.save(update_fields=[*change.quiet])
    return SavedStay(stay, change.outcome)


_ACTIONS = {
    SaveOutcome.CHANGED: Action.CHANGED,
    SaveOutcome.KEPT_CANCELLED: Action.CHANGED,
    SaveOutcome.CANCELLED: Action.CANCELLED,
    SaveOutcome.REINSTATED: Action.REINSTATED,
}


def _settle_status(stay: Stay, values: dict[str, Any], now: dt.datetime) -> SaveOutcome:
    """Say what the sent status means for the stored one; `values` is made to agree."""
    was_cancelled = stay.status == StayStatus.CANCELLED
    is_cancelled = values["status"] == StayStatus.CANCELLED
    if not was_cancelled and not is_cancelled:
        return SaveOutcome.CHANGED
    if not was_cancelled:
        values |= {"cancel_reason": CancelReason.EXPLICIT, "cancelled_at": now}
        return SaveOutcome.CANCELLED
    if is_cancelled:
        return SaveOutcome.CHANGED
    if stay.cancel_reason == CancelReason.PERSON:
        values["status"] = StayStatus.CANCELLED
        return SaveOutcome.KEPT_CANCELLED
    values |= {"cancel_reason": "", "cancelled_at": None}
    return SaveOutcome.REINSTATED


def _set_window(stay: Stay, unit: Unit) -> Changes:
    window = compute_window(times_of(stay), unit)
    return assign(stay, {"starts_at": window.starts_at, "ends_at": window.ends_at})


def _stay_values(details: StayDetails) -> dict[str, Any]:
    return {one.name: getattr(details, one.name) for one in fields(StayDetails) if one.name != "guest"}


def _guest_values(details: GuestDetails) -> dict[str, str]:
    return {one.name: getattr(details, one.name) for one in fields(GuestDetails)}


def _opening(details: StayDetails) -> Changes:
    return {
        "arrival_date": [None, details.arrival_date.isoformat()],
        "departure_date": [None, details.departure_date.isoformat() if details.departure_date else None],
        "status": [None, str(details.status)],
    }
