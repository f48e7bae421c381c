"""How a code's name appears on a lock: cut, split and made unique as its brand asks (pure).

The full name stays on the access code; what comes out here is written to the lock and stored beside it. It is
cosmetic: codes are recognised by the lock's own ref, never by name (F12, F13, F69, F70).
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from locks.capabilities import NameRule

FALLBACK = "Guest"
ZERO_WIDTH_JOINER = "\u200d"
# Marks that turn the direction of all text after them; in a list of codes they would turn the neighbours too.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True, slots=True)
class Appearance:
    """`first_name` and `last_name` only where the lock keeps them apart."""

    name: str
    first_name: str = ""
    last_name: str = ""


def appearance_name(full_name: str, rule: NameRule, taken: Collection[str] = ()) -> Appearance:
    """Return the name as the lock can show it. `taken`: names of the other codes on the device."""
    name = _lengthened(cut_name(clean_name(full_name), rule.max_length), rule)
    if rule.unique:
        name = _unique(name, rule, {other.casefold() for other in taken})
    if not rule.split_first_last:
        return Appearance(name)
    first, _, last = name.partition(" ")
    return Appearance(name, first_name=first, last_name=last)


def clean_name(text: str) -> str:
    """Compose, drop what is not for the eye, and join words with single spaces."""
    composed = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if char.isspace() else char for char in composed)
    # Cc controls, Cs lone surrogates, Cn noncharacters: no lock shows them, and PostgreSQL refuses some.
    kept = (
        char
        for char in spaced
        if unicodedata.category(char) not in {"Cc", "Cs", "Cn"} and char not in _TURNING
    )
    return " ".join("".join(kept).split()) or FALLBACK


def cut_name(name: str, length: int) -> str:
    """Cut to `length` characters, never through the middle of what is seen as one."""
    if len(name) <= length:
        return name
    end = length
    while end > 0 and _joins(name, end):
        end -= 1
    return (name[:end] or name[:length]).rstrip()


def _joins(name: str, at: int) -> bool:
    """Whether the characters before and after `at` make one visible sign (accent, emoji sequence, flag)."""
    before, after = name[at - 1], name[at]
    if ZERO_WIDTH_JOINER in (before, after) or unicodedata.category(after) in {"Mn", "Me", "Mc"}:
        return True
    if ord(after) in _SKIN_TONES:
        return True
    flags = len(list(itertools.takewhile(lambda char: ord(char) in _REGIONAL, reversed(name[:at]))))
    return ord(after) in _REGIONAL and flags % 2 == 1


def _lengthened(name: str, rule: NameRule) -> str:
    if len(name) >= rule.min_length:
        return name
    longer = cut_name(f"{name} {FALLBACK}", rule.max_length)
    return longer if len(longer) >= rule.min_length else longer.ljust(rule.min_length, ".")


def _unique(name: str, rule: NameRule, taken: set[str]) -> str:
    if name.casefold() not in taken:
        return name
    numbered = (_numbered(name, number, rule.max_length) for number in range(2, len(taken) + 3))
    return next(candidate for candidate in numbered if candidate.casefold() not in taken)


def _numbered(name: str, number: int, max_length: int) -> str:
    suffix = f" {number}"
    return (cut_name(name, max(max_length - len(suffix), 0)) + suffix).strip()[-max_length:]
