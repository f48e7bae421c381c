"""Whether the locks hold what was declared: nothing lost, nothing doubled, nothing of strangers touched."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from django.utils import timezone

from access.enums import EventType
from access.models import AccessCode, AccessGrant, Event, Problem
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualCode, VirtualLock
from properties.enums import StayStatus
from properties.models import Stay
from tests.chaos.house import House, strangers_on
from tests.chaos.load import Load, Wanted


def complaints(house: House, load: Load) -> list[str]:
    """Everything that is not as it should be; each a sentence. None of them holds a PIN."""
    return [
        *load.refused,
        *_bookings(load),
        *_codes_on_locks(house),
        *_events(),
        *(
            f"open problem {problem.code}: {problem.message}"
            for problem in Problem.objects.filter(cleared_at=None)
        ),
        *(["a stranger's code was touched"] if strangers_on(house.locks) != house.strangers else []),
    ]


def keypad_complaints(house: House, load: Load) -> list[str]:
    """Type every PIN that was ever issued at every door of the house."""
    now = timezone.now()
    wrong = []
    for grant in AccessGrant.objects.exclude(stay=None).select_related("stay__unit"):
        stay = grant.stay
        assert stay is not None
        due = grant.revoked_at is None and stay.status == StayStatus.CONFIRMED and stay.starts_at <= now
        codes = AccessCode.objects.filter(grant=grant).select_related("device")
        for code in codes.exclude(pin=None):
            lock = VirtualLock.objects.get(external_id=code.device.external_id)
            wanted = due and code.revoked_at is None
            opened = keypad(lock, code.pin or "").opened
            if opened is not wanted:
                wrong.append(f"{stay.external_id} at {lock.brand}: opens {opened}, should {wanted}")
    return wrong


def _bookings(load: Load) -> Iterator[str]:
    stays = {stay.external_id: stay for stay in Stay.objects.filter(source="chaos").select_related("guest")}
    if len(stays) != Stay.objects.count():
        yield "there are more stays than were sent"
    for key, wanted in load.declared.items():
        stay = stays.get(key)
        if stay is None or not _is_as(stay, wanted):
            yield f"{key} is not as it was acknowledged"
            continue
        live = AccessGrant.objects.filter(stay=stay, revoked_at=None).count()
        if live != (wanted.arrival is not None):
            yield f"{key} has {live} grants"


def _is_as(stay: Stay, wanted: Wanted) -> bool:
    if wanted.arrival is None:
        return stay.status == StayStatus.CANCELLED
    shown = (stay.arrival_date, stay.departure_date, stay.guest_name)
    return stay.status == StayStatus.CONFIRMED and shown == (wanted.arrival, wanted.departure, wanted.name)


def _codes_on_locks(house: House) -> Iterator[str]:
    for lock in house.locks:
        live = AccessCode.objects.filter(device__external_id=str(lock.external_id), ended_at=None)
        expected = {code.ref for code in live if code.written is not None}
        stored = list(VirtualCode.objects.filter(lock=lock.pk))
        ours = {str(code.slot) for code in stored if not code.foreign}
        if ours != expected or len(expected) != live.exclude(written=None).count():
            yield f"{lock.brand} holds our codes at {sorted(ours)}, known are {sorted(expected)}"
        if live.exclude(revoked_at=None).exists():
            yield f"{lock.brand}: a code that was taken back is not gone"
        now = timezone.now()
        due = live.filter(revoked_at=None, starts_at__lte=now, ends_at__gt=now)
        if due.filter(set_at=None).exists():
            yield f"{lock.brand}: a code that is due does not open yet"
        if any(count > 1 for count in Counter(code.pin for code in stored).values()):
            yield f"{lock.brand} holds a PIN twice"


def _events() -> Iterator[str]:
    """Each fact is told once: a code is declared once and ends once, and nothing is said twice in a row."""
    told = Event.objects.exclude(access_code=None).order_by("access_code", "pk")
    for code_id, events in itertools.groupby(told, key=lambda event: event.access_code_id):
        kinds = [event.type for event in events]
        ended = AccessCode.objects.filter(pk=code_id).exclude(ended_at=None).exists()
        if kinds.count(EventType.CODE_CREATED) != 1 or kinds.count(EventType.CODE_DELETED) != ended:
            yield f"code {code_id} was told of by {kinds}"
        twice = [one for one, next_one in itertools.pairwise(kinds) if one == next_one]
        if set(twice) - {EventType.CODE_CHANGED}:
            yield f"code {code_id}: {twice} told twice"
