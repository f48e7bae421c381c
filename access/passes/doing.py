"""What a guest does on a pass: look at the code, open a door, say that it fails. Each is counted and written down.

`Refused` where the pass does not allow it (any more); whoever shows the page says so by the pass's phase.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction

from access.attempts import AttemptRefused, request_attempt
from access.backups import BackupRefused, follow_up_report, live_backup_of, report_code_failing
from access.backups.policy import SAME_REPORT, Answer
from access.backups.pulling import REPORTED
from access.enums import AttemptType, PassDeed
from access.issuing import door_name, reveal_pins
from access.models import AccessGrant, GuestPass, Problem
from access.passes.digests import digest_of
from access.passes.phases import Phase, phase_of
from access.passes.rates import note_use
from access.passes.showing import door_lines, facts_of_pass, live_grant_of, may_open, stood_in_for
from access.problems import set_problems
from locks.models import Device

GUEST: Final = "Guest, on the web pass"


class Refused(Exception):
    """The pass does not allow it now."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A PIN and the doors that it opens."""

    pin: str = field(repr=False)
    doors: tuple[str, ...]
    is_backup: bool


@transaction.atomic
def reveal_codes(guest_pass: GuestPass, *, now: dt.datetime) -> tuple[ShownCode, ...]:
    """The codes as the guest should type them: where a backup stands in at a door, that one and not the other."""
    _check_open(guest_pass, now=now)
    grant = live_grant_of(guest_pass.stay)
    if grant is None:
        return ()
    note_use(guest_pass, PassDeed.REVEAL, now=now)
    pins = reveal_pins(grant, actor=GUEST, now=now)
    GuestPass.objects.filter(pk=guest_pass.pk).update(shown_digest=digest_of(grant), shown_at=now)
    lines = door_lines(guest_pass.stay, now=now)
    backed = stood_in_for(lines)
    stood_in = {door_name(line.device) for line in lines if line.device.pk in backed}
    shown = [
        ShownCode(
            pin.pin, tuple(name for name in pin.doors if pin.is_backup == (name in stood_in)), pin.is_backup
        )
        for pin in pins
    ]
    return tuple(one for one in shown if one.doors)


@transaction.atomic
def open_door(guest_pass: GuestPass, *, device_id: uuid.UUID, now: dt.datetime) -> None:
    _check_open(guest_pass, now=now)
    lines = door_lines(guest_pass.stay, now=now)
    device = next((line.device for line in lines if line.device.public_id == device_id), None)
    if device is None or not guest_pass.stay.unit.property.guest_unlock or not may_open(device):
        raise Refused
    use = note_use(guest_pass, PassDeed.UNLOCK, now=now, device=device)
    try:
        use.attempt = request_attempt(device, AttemptType.UNLOCK_DOOR, requested_by=GUEST, now=now)
    except AttemptRefused as refusal:
        raise Refused from refusal
    use.save(update_fields=["attempt"])


def report_failing(guest_pass: GuestPass, *, device_id: uuid.UUID | None = None, now: dt.datetime) -> bool:
    """Look into it, at the door that stays shut or at all of them; tell whether a backup is there now. What cannot be
    settled here is left to a person, who is told in any case."""
    with transaction.atomic():
        _check_open(guest_pass, now=now)
        device = _door_named(guest_pass, device_id, now=now)
        note_use(guest_pass, PassDeed.REPORT, now=now, device=device)
    grant = live_grant_of(guest_pass.stay)
    tried = set() if grant is None else _backups_tried(grant, now=now)
    answers = () if grant is None else report_code_failing(grant, actor=GUEST, now=now, device=device)
    # A backup that fails, too, or that there is none of, cannot be put right from here.
    stuck = any(
        one.answer is Answer.PULL and (one.backup is None or one.backup.pk in tried) for one in answers
    )
    if stuck or not answers or _has_offline_code(grant, device):
        set_problems(guest_pass.stay, {REPORTED}, among={REPORTED}, now=now)
    return any(answer.backup is not None for answer in answers)


def _door_named(guest_pass: GuestPass, device_id: uuid.UUID | None, *, now: dt.datetime) -> Device | None:
    if device_id is None:
        return None
    lines = door_lines(guest_pass.stay, now=now)
    device = next((line.device for line in lines if line.device.public_id == device_id), None)
    if device is None:
        raise Refused
    return device


def _backups_tried(grant: AccessGrant, *, now: dt.datetime) -> set[int]:
    """Backups that the guest had time to type: a report right after one was given is a double click."""
    given = grant.codes.filter(is_backup=True, pulled_for__isnull=False, revoked_at=None, ended_at=None)
    return set(given.filter(starts_at__lte=now - SAME_REPORT).values_list("pk", flat=True))


def _has_offline_code(grant: AccessGrant | None, device: Device | None) -> bool:
    """An offline code can't be asked about, and may be the one that fails."""
    if grant is None:
        return False
    offline = grant.codes.filter(revoked_at=None, ended_at=None, is_offline=True)
    return (offline if device is None else offline.filter(device=device)).exists()


def follow_up(guest_pass: GuestPass, *, now: dt.datetime) -> bool:
    """See what the locks said since the report; tell whether a backup is there now."""
    _check_open(guest_pass, now=now)
    grant = live_grant_of(guest_pass.stay)
    if grant is None:
        return False
    # Each of them, not only up to the first that is settled.
    settled = [_settle(problem, now=now) for problem in _reports(grant)]
    return any(settled)


def _reports(grant: AccessGrant) -> list[Problem]:
    rows = Problem.objects.filter(access_code__grant=grant, code__in=(REPORTED, "using_backup_access_code"))
    return list(
        rows.filter(cleared_at=None).select_related(
            "access_code__device__account", "access_code__grant__stay__unit__property"
        )
    )


def _settle(report: Problem, *, now: dt.datetime) -> bool:
    code = report.access_code
    assert code is not None  # noqa: S101 -- the query asks for reports of codes
    if live_backup_of(code) is not None:
        return True
    # Refused: the pool is empty, which its device's own problem says; the report stays open for a person.
    with contextlib.suppress(BackupRefused):
        return report.code == REPORTED and follow_up_report(code, now=now)
    return False


def _check_open(guest_pass: GuestPass, *, now: dt.datetime) -> None:
    if phase_of(facts_of_pass(guest_pass), now=now) is not Phase.OPEN:
        raise Refused
