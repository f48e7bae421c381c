"""Switch the moods of a virtual lock in the database: mood_rules.py, for a row.

Called by tests, the sandbox pages and `manage.py virtual_lock`. What a login or a bridge shares is switched for every
lock behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from locks.drivers.virtual.actions import CODE_WRITES, WRITES, Call
from locks.drivers.virtual.database_bank import at_hand, state_of
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.mood_rules import (
    MOOD_TEXT,
    OF_ACCOUNT,
    OF_BRIDGE,
    Mood,
    MoodSettings,
    moods_in,
    switch_off,
    switch_on,
)
from locks.drivers.virtual.mood_settings import MoodError, mood_named, parse_mood, settings_of

__all__ = [
    "CODE_WRITES",
    "MOOD_TEXT",
    "WRITES",
    "Call",
    "Mood",
    "MoodError",
    "MoodSettings",
    "clear_mood",
    "clear_moods",
    "disconnect_account",
    "moods_of",
    "set_mood",
    "settings_of",
    "stop_lock_system",
]


def set_mood(lock: VirtualLock, mood: Mood | str, **settings: Any) -> VirtualLock:
    """Switch a mood on (again: with new settings); return the lock as stored."""
    mood, parsed = parse_mood(mood, settings)
    with transaction.atomic():
        for concerned in _concerned(lock, mood):
            with at_hand(concerned) as state:
                switch_on(state, mood, parsed, now=timezone.now())
    return VirtualLock.objects.get(pk=lock.pk)


def clear_mood(lock: VirtualLock, mood: Mood | str, *, condition: str = "") -> VirtualLock:
    """Switch a mood off; with `condition`, that condition alone."""
    mood = mood_named(mood)
    with transaction.atomic():
        for concerned in _concerned(lock, mood):
            with at_hand(concerned) as state:
                switch_off(state, mood, condition=condition)
    return VirtualLock.objects.get(pk=lock.pk)


def clear_moods(lock: VirtualLock) -> VirtualLock:
    """Make the lock healthy again: reachable, truthful, with the right time. Its memory stays."""
    for mood in sorted(moods_of(VirtualLock.objects.get(pk=lock.pk))):
        clear_mood(lock, mood)
    return VirtualLock.objects.get(pk=lock.pk)


def disconnect_account(account_key: str) -> None:
    """End the login of all locks of an account, as a changed password would."""
    for lock in VirtualLock.objects.filter(account_key=account_key):
        set_mood(lock, Mood.DISCONNECTED)


def stop_lock_system(account_key: str) -> None:
    """Let the lock system of an account be down, for all its locks."""
    for lock in VirtualLock.objects.filter(account_key=account_key):
        set_mood(lock, Mood.OUTAGE)


def moods_of(lock: VirtualLock) -> dict[Mood, MoodSettings]:
    """Return what is switched on, with its settings."""
    return moods_in(state_of(lock, with_codes=False))


def _concerned(lock: VirtualLock, mood: Mood) -> Sequence[VirtualLock]:
    """The locks that share what the mood is about, in one order, so that two callers do not wait for each other."""
    neighbours = VirtualLock.objects.filter(account_key=lock.account_key).order_by("pk")
    if mood in OF_ACCOUNT:
        return list(neighbours)
    gateway = lock.parts.get("gateway")
    if mood in OF_BRIDGE and gateway:
        return [other for other in neighbours if other.parts.get("gateway") == gateway]
    return [lock]
