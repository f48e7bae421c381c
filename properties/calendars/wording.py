"""The words by which calendars say "reserved", "closed" and "not yet", in the languages channels export. Pure.

A word counts only at the beginning of a summary and only as a whole word: a guest may be called Anna Block. Words that
may themselves be a name ("Hold", "Block") count only alone or before a dash, a colon or a bracket.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

RESERVED: Final = (
    "reserved", "reservation", "booked", "booking", "confirmed",
    "réservée", "réservé", "reservee", "réservation",
    "reserviert", "gebucht", "buchung", "reservierung",
    "reservado", "reservada", "reserva",
    "prenotato", "prenotata", "prenotazione", "riservato",
    "gereserveerd", "geboekt", "reservering",
    "reserverad", "bokad", "reserveret", "booket", "reservert", "varattu", "zarezerwowane",
)  # fmt: skip
BLOCKED: Final = (
    "blocked", "block", "not available", "unavailable", "closed", "closing", "no availability",
    "maintenance", "cleaning", "off season", "out of order",
    "indisponible", "bloqué", "bloquée", "fermé",
    "blockiert", "gesperrt", "nicht verfügbar", "geschlossen",
    "bloqueado", "bloqueada", "no disponible", "não disponível", "indisponível", "cerrado", "fechado",
    "bloccato", "non disponibile", "chiuso",
    "geblokkeerd", "niet beschikbaar", "gesloten",
    "blockerad", "ej tillgänglig", "ikke tilgængelig", "ikke tilgjengelig", "varattavissa ei",
)  # fmt: skip
TENTATIVE: Final = (
    "tentative", "provisional", "on hold", "hold", "pending", "option", "inquiry", "enquiry", "request",
    "provisoire", "en attente", "vorläufig", "provisorisch", "anfrage",
    "provisional", "pendiente", "provisorio", "provvisorio", "in attesa", "voorlopig", "optie", "preliminär",
)  # fmt: skip
OWNER: Final = (
    "owner",
    "owner stay",
    "owner block",
    "propriétaire",
    "eigentümer",
    "propietario",
    "proprietario",
)


# Also names of people, so they need something after them that no name has.
_SHY: Final = frozenset(
    {"block", "hold", "option", "optie", "request", "pending", "owner", "booking", "closing"}
)


def begins_with(summary: str, words: tuple[str, ...]) -> str | None:
    """Return what follows the word (without the dash or colon between), or None where it begins otherwise."""
    match = _pattern(words).match(summary.strip())
    return match.group("rest").strip() if match else None


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    bold = [word for word in words if word not in _SHY]
    shy = [word for word in words if word in _SHY]
    return re.compile(
        rf"(?:(?:{_any(bold)})(?!\w)|(?:{_any(shy)})(?=\s*(?:$|[-\u2013\u2014:(])))\s*(?:[-\u2013\u2014:]+\s*)?(?P<rest>.*)",
        re.IGNORECASE | re.DOTALL,
    )


def _any(words: list[str]) -> str:
    # (?!) never matches: an empty list must not match everything.
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
