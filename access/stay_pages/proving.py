"""A stay's record for print: every code of every door with its evidence, all that happened, and what is not known.

Without any PIN; a person who may see the code has it printed by a word of their own (access.views.proofs).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.models import AccessCode
from access.overview import DoorAccess, StayAccess, access_of_code
from access.stay_pages.doors import DoorPage, door_pages, tallies_of_doors
from access.stay_pages.entering import Entries, entries_of
from access.stay_pages.evidence import Line, evidence_lines
from access.stay_pages.knowing import Statements, statements_of
from access.stay_pages.records import Records
from properties.models import Stay

# Of each history; more than a stay ever has, and less than would not print.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """`lines` oldest first; `is_cut`: there were more, older ones."""

    doors: tuple[DoorPage, ...]
    entries: Entries
    lines: tuple[Line, ...]
    is_cut: bool
    statements: Statements


def proof_of(
    stay: Stay, access: StayAccess, records: Records, *, with_contact: bool, now: dt.datetime
) -> Proof:
    """`access`: of the stay as it stands now; codes that were replaced are added to it."""
    every = [*access.doors, *_replaced(stay, access, now=now)]
    tallies = tallies_of_doors(stay, every)
    doors = door_pages(stay, every, tallies, now=now)
    lines = evidence_lines(stay, every, records, group="all", most=MOST, with_contact=with_contact)
    kept = tuple(reversed(lines[:MOST]))
    entries = entries_of(stay, every, tallies.entries, now=now)
    statements = statements_of(
        doors, entries, kept, zone=stay.unit.property.zone, ends_at=stay.ends_at, now=now
    )
    return Proof(doors, entries, kept, len(lines) > MOST, statements)


def _replaced(stay: Stay, access: StayAccess, *, now: dt.datetime) -> list[DoorAccess]:
    """With those that were left on a lock when it was no longer managed: the guest's code all the same."""
    shown = {door.code.pk for door in access.doors if door.code is not None}
    codes = (
        AccessCode.objects.filter(grant__stay=stay)
        .exclude(pk__in=shown)
        .select_related("device__account", "device__door", "grant")
        .defer("device__account__credentials", "device__door__instructions", "grant__pin")
        .order_by("device__name", "pk")
    )
    return [access_of_code(code, stay.unit.property, now=now) for code in codes]
