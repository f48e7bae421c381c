"""The PINs of a grant, shown to a person or a message, and when they were issued: every look is written down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from access.enums import EventType
from access.models import AccessCode, AccessGrant, Event
from locks.models import Device
from properties.compiled import Update, compiled, compiled_update


@dataclass(frozen=True, slots=True)
class RevealedPin:
    """`is_backup`: from the pool of the lock, in place of the own one that did not work there."""

    pin: str = field(repr=False)
    doors: tuple[str, ...]
    is_backup: bool = False


@transaction.atomic
def reveal_pins(grant: AccessGrant, *, actor: str, now: dt.datetime) -> tuple[RevealedPin, ...]:
    """Return the PINs of a grant with the doors that each one opens; the look is written down."""
    (grant,) = _locked_grant(grant.pk)
    doors: dict[tuple[str, bool], list[str]] = {}
    for code in _shown_codes(grant.pk):
        if code.pin is not None:
            doors.setdefault((code.pin, code.is_backup), []).append(door_name(code.device))
    if not doors and grant.pin is not None:
        doors[grant.pin, False] = []
    Event.objects.create(
        workspace_id=grant.workspace_id,
        type=EventType.PIN_REVEALED,
        occurred_at=now,
        actor=actor,
        stay_id=grant.stay_id,
        data=whose(grant),
    )
    if grant.revealed_at is None:
        _note_revealed(grant.pk, now)
    return tuple(
        RevealedPin(pin, tuple(dict.fromkeys(names)), is_backup)
        for (pin, is_backup), names in sorted(doors.items(), key=lambda item: item[0][1])
    )


@compiled_update
def _note_revealed(grant_id: int, now: dt.datetime) -> Update:
    return AccessGrant.objects.filter(pk=grant_id), {"revealed_at": now}


@compiled
def _locked_grant(grant_id: int) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_for_update(no_key=True).filter(pk=grant_id)


@compiled
def _shown_codes(grant_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.filter(grant=grant_id, revoked_at=None, ended_at=None)
    return codes.select_related("device__door").order_by("device__name")


def whose(grant: AccessGrant) -> dict[str, str]:
    """An event of a grant without a stay names the grant, or nobody could tell whose PIN it was."""
    return {} if grant.stay_id is not None else {"grant": str(grant.public_id)}


def door_name(device: Device) -> str:
    return device.door.name if hasattr(device, "door") else device.name


def issue_of(grant: AccessGrant) -> Event | None:
    """When the PIN of all doors was issued last. That a lock chose another one for its own door is told of a code."""
    issued = Event.objects.filter(type=EventType.PIN_ISSUED, access_code=None, workspace=grant.workspace_id)
    if grant.stay_id is not None:
        issued = issued.filter(stay=grant.stay_id)
    else:
        issued = issued.filter(data__grant=str(grant.public_id))
    return issued.order_by("-occurred_at", "-pk").first()


def issue_mark(issued: Event | None) -> str:
    """Changes with each PIN that is issued: what a form was built on."""
    return "first" if issued is None else str(issued.public_id)
