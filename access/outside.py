"""Another PIN that somebody typed in at a lock in place of a guest's: ours is put back, and a person may take theirs.

The guest goes on with the code that was told to them, so nothing waits for the answer. Called by the page of a stay and
by Today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from access.issuing import NoPinLeft, door_name, live_codes_of, replace_pin
from access.models import AccessCode, AccessGrant, LockCode
from access.needs import NEEDS_SHOWN, Need
from access.pins import taken_on
from access.preferring import rule_against
from locks.constraints import takes_our_pin
from locks.devices import capabilities_of
from locks.waking import wake_devices
from properties.models import Workspace
from properties.wording import when

TAKEN_OVER = "taken over from the lock"
CHANGED = "Other digits were found at the lock since you were asked, so nothing was changed: decide about these anew."


class NotTaken(Exception):
    """It cannot be the guest's code; the text says why."""


def open_questions(codes: Collection[int]) -> dict[int, dt.datetime]:
    """When another PIN was found in place of each of these codes, of which nobody has said what it shall be."""
    rows = _open().filter(access_code__in=codes).values_list("access_code", "other_pin_at")
    return {code: at for code, at in rows if at is not None}


@sensitive_variables()
@transaction.atomic
def take_over(code: AccessCode, *, seen_at: dt.datetime | None, actor: str, now: dt.datetime) -> None:
    """Make what was typed in the guest's code on every door. `seen_at`: of which digits the person was asked, by when
    they were found. Raise NotTaken."""
    grant = AccessGrant.objects.select_for_update(no_key=True).get(codes=code)
    places = list(_open().filter(access_code=code, other_pin__isnull=False).select_for_update())
    if not places or grant.revoked_at is not None:
        raise NotTaken("There is nothing to decide about this code any more.")
    place = next((one for one in places if one.other_pin_at == seen_at), None)
    if place is None or not place.other_pin:
        raise NotTaken(CHANGED)
    pin: str = place.other_pin
    devices = [one.device for one in live_codes_of(grant) if not one.is_offline]
    own = next((device for device in devices if not takes_our_pin(capabilities_of(device))), None)
    problem = (
        f"{door_name(own)} chooses its codes itself, so one code can't be made the guest's everywhere."
        if own is not None
        else rule_against(pin, devices)
    )
    for device in devices:
        if takes_our_pin(capabilities_of(device)) and taken_on([device.pk], now=now, besides=grant)(pin):
            problem = (
                problem or f"Somebody else has this code at {door_name(device)}, so it can't be the guest's."
            )
    if problem is not None:
        raise NotTaken(problem)
    try:
        replace_pin(grant, actor=actor, now=now, reason=TAKEN_OVER, wanted=pin)
    except NoPinLeft:
        raise NotTaken("The code was given to somebody else a moment ago.") from None
    # Whoever typed it in knows it: from here on it changes by a person's word alone.
    AccessGrant.objects.filter(pk=grant.pk).update(revealed_at=now)
    LockCode.objects.filter(pk=place.pk).update(other_pin=None, other_pin_at=None)
    wake_devices(grant.codes.filter(ended_at=None).values_list("device_id", flat=True), at=now)


def keep_ours(code: AccessCode) -> None:
    LockCode.objects.filter(access_code=code).update(other_pin=None, other_pin_at=None)


def outside_needs(workspace: Workspace, *, now: dt.datetime) -> list[Need]:
    """Rows of Today; one query."""
    rows = (
        _open()
        .filter(device__account__workspace=workspace)
        .filter(Q(access_code__ends_at=None) | Q(access_code__ends_at__gt=now))
        .select_related("device__door", "access_code__grant__stay__unit__property")
        .select_related("access_code__grant__stay__guest")
        .defer("pin", "other_pin", "access_code__pin", "access_code__grant__pin")
        .order_by("pk")
    )
    return [_need_of(row) for row in rows[:NEEDS_SHOWN]]


def _open() -> QuerySet[LockCode]:
    return LockCode.objects.filter(
        other_pin_at__isnull=False,
        access_code__grant__stay__isnull=False,
        access_code__revoked_at=None,
        access_code__ended_at=None,
    )


def _need_of(row: LockCode) -> Need:
    assert row.access_code is not None  # noqa: S101 -- filtered
    assert row.access_code.grant is not None  # noqa: S101 -- filtered
    stay = row.access_code.grant.stay
    assert stay is not None  # noqa: S101 -- filtered
    place = stay.unit.property
    return Need(
        title=stay.guest_name,
        cause=f"Somebody gave the code at {door_name(row.device)} other digits, seen "
        f"{when(row.other_pin_at, place.zone)}. "
        "The guest's own are put back by themselves. Say whether the others shall be the guest's.",
        label="Edited at the lock",
        symbol="changed_outside",
        tone="warn",
        url=reverse("stay-detail", args=[stay.public_id]),
        subject=f"edited {row.access_code_id}",
        place=f"{place.name} · {stay.unit.name}",
        zone=place.time_zone,
        rank=1,
        causes=frozenset({f"edited:{row.other_pin_at}"}),
    )
