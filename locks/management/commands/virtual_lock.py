"""manage.py virtual_lock: look at the virtual locks, give them moods, and type at their keypads.

A PIN is asked for, or read from standard input; never taken from the command line, where others could see it.
"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from locks.brands import brand_of
from locks.drivers.base import RejectReason
from locks.drivers.virtual.conditions import ACCOUNT_CONDITIONS, DEVICE_CONDITIONS
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import (
    MOOD_TEXT,
    Mood,
    MoodError,
    clear_mood,
    clear_moods,
    moods_of,
    set_mood,
    settings_of,
)
from locks.drivers.virtual.outside import OutsideError, add_foreign_code, set_parts, tamper, turn_by_hand
from locks.enums import Chemistry

SETTINGS = ("calls", "seconds", "reason", "only", "days", "condition")
PARTS = ("battery_level", "keypad_battery_level", "battery_chemistry", "time_zone", "gateway")


class Command(BaseCommand):
    help = "Look at virtual locks, set their moods, add codes from outside, type at their keypads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="show every virtual lock")
        mood = actions.add_parser(
            "mood",
            help="set or clear a mood: " + ", ".join(Mood),
            epilog=told_moods(),
            formatter_class=RawDescriptionHelpFormatter,
        )
        mood.add_argument("lock", help="name, or beginning of the id")
        mood.add_argument("mood", help="a mood, or “clear” for all of them")
        mood.add_argument("--calls", type=int, help="only for the next calls")
        mood.add_argument("--seconds", type=float, help="of delay, or by which the clock is wrong")
        mood.add_argument("--reason", help="what commands are refused with")
        mood.add_argument("--only", help="refuse only “put”, “remove” or “issue”")
        mood.add_argument("--days", type=float, help="from a full battery to an empty one")
        mood.add_argument("--condition", help="what the lock or its account tells; again: adds one")
        mood.add_argument("--off", action="store_true", help="clear this mood")
        parts = actions.add_parser("parts", help="set batteries, zone and bridge")
        parts.add_argument("lock", help="name, or beginning of the id")
        parts.add_argument("--battery", dest="battery_level", type=level, help="in per cent")
        parts.add_argument("--keypad-battery", dest="keypad_battery_level", type=level, help="in per cent")
        parts.add_argument("--chemistry", dest="battery_chemistry", choices=Chemistry.values)
        parts.add_argument("--time-zone", dest="time_zone", help="such as Europe/Zurich")
        parts.add_argument("--gateway", help="the bridge that it hangs on")
        hands = actions.add_parser("hand", help="turn the bolt by hand, or force the lock")
        hands.add_argument("lock", help="name, or beginning of the id")
        hands.add_argument("deed", choices=["lock", "unlock", "tamper"])
        foreign = actions.add_parser("foreign", help="add a code from outside; its PIN is asked for")
        foreign.add_argument("lock", help="name, or beginning of the id")
        foreign.add_argument("--name", default="", help="the code's name")
        keys = actions.add_parser("keypad", help="type a PIN, which is asked for")
        keys.add_argument("lock", help="name, or beginning of the id")

    def handle(self, *args: Any, **options: Any) -> None:
        act = {
            "list": self._list,
            "mood": self._mood,
            "parts": self._parts,
            "hand": self._hand,
            "foreign": self._foreign,
            "keypad": self._keypad,
        }
        try:
            act[options["action"]](options)
        except (MoodError, OutsideError) as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        locks = VirtualLock.objects.annotate(held=Count("codes")).order_by("pk")
        for lock in locks:
            moods = ", ".join(sorted(moods_of(lock))) or "healthy"
            brand = brand_of(lock.brand).display_name
            self.stdout.write(f"{lock.external_id}  {lock.name} ({brand}): {lock.held} codes, {moods}")
        if not locks:
            self.stdout.write("There are no virtual locks yet; add one on the page of locks.")

    def _mood(self, options: dict[str, Any]) -> None:
        lock = find_lock(options["lock"])
        if options["mood"] == "clear":
            clear_moods(lock)
            self.stdout.write(f"{lock} is healthy again.")
        elif options["off"]:
            clear_mood(lock, options["mood"], condition=options["condition"] or "")
            self.stdout.write(f"{lock}: “{options['mood']}” is off.")
        else:
            set_mood(
                lock,
                options["mood"],
                **{name: options[name] for name in SETTINGS},
            )
            self.stdout.write(f"{lock}: {MOOD_TEXT[Mood(options['mood'])].lower()}.")

    def _parts(self, options: dict[str, Any]) -> None:
        lock = find_lock(options["lock"])
        set_parts(lock, **{name: options[name] for name in PARTS if options[name] is not None})
        self.stdout.write(f"{lock}: fitted; the next reading shows it.")

    def _hand(self, options: dict[str, Any]) -> None:
        lock, deed = find_lock(options["lock"]), options["deed"]
        if deed == "tamper":
            tamper(lock)
        else:
            turn_by_hand(lock, locked=deed == "lock")
        self.stdout.write(f"{lock}: done.")

    def _foreign(self, options: dict[str, Any]) -> None:
        lock = find_lock(options["lock"])
        code = add_foreign_code(lock, pin=read_pin(), name=options["name"])
        self.stdout.write(f"{lock} holds it in place {code.slot}.")

    def _keypad(self, options: dict[str, Any]) -> None:
        lock = find_lock(options["lock"])
        result = keypad(lock, read_pin())
        by = "an offline code" if result.slot is None else f"place {result.slot}"
        verdict = f"The door opens ({by})." if result.opened else "The door stays shut."
        self.stdout.write(verdict)


def told_moods() -> str:
    """Say of each mood what it does and which settings it takes, and which words `--reason` and `--condition` know."""
    lines = [
        f"  {mood.value:<22} {MOOD_TEXT[mood]}"
        + (f" (--{' --'.join(sorted(settings_of(mood)))})" if settings_of(mood) else "")
        for mood in Mood
    ]
    words: dict[str, Iterable[str]] = {
        "--reason": RejectReason,
        "--condition, for condition": sorted(DEVICE_CONDITIONS),
        "--condition, for account_condition": sorted(ACCOUNT_CONDITIONS),
    }
    known = [f"{name}:\n" + "\n".join(f"  {word}" for word in some) for name, some in words.items()]
    return "\n".join(["moods, and the settings that each takes:", *lines, *known])


def level(text: str) -> float:
    """Read per cent."""
    return min(max(float(text), 0.0), 100.0) / 100


def find_lock(named: str) -> VirtualLock:
    """Find a lock by its name or the beginning of its id."""
    locks = [lock for lock in VirtualLock.objects.order_by("pk") if _is_named(lock, named)]
    if not locks:
        raise CommandError(f"There is no virtual lock “{named}”; `manage.py virtual_lock list` shows them.")
    if len(locks) > 1:
        raise CommandError(f"{len(locks)} virtual locks go by “{named}”; write the id of one of them.")
    return locks[0]


def _is_named(lock: VirtualLock, named: str) -> bool:
    return lock.name == named or str(lock.external_id).startswith(named.lower())


def read_pin() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("PIN: ").strip()
    return sys.stdin.readline().strip()
