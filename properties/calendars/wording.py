"""The words by which calendars say "reserved", "closed", "not yet" and nothing, in the languages channels export. Pure.

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
    "not bookable", "do not book", "do not rent", "maintenance", "cleaning", "deep clean", "deep cleaning",
    "renovation", "renovations", "repairs", "off season", "out of order",
    "indisponible", "bloqué", "bloquée", "fermé",
    "blockiert", "gesperrt", "nicht verfügbar", "nicht buchbar", "geschlossen", "reinigung", "wartung", "renovierung",
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
_OWNER: Final = (
    "owner", "owners", "personal use", "private use", "own use",
    "propriétaire", "eigentümer", "eigennutzung", "eigenbelegung", "propietario", "proprietario",
)  # fmt: skip
# As a whole title they name neither a guest nor a closure.
_VAGUE: Final = (
    "busy", "free", "private", "imported", "imported event", "event", "vacation", "vacation rental", "holiday",
    "guest", "new guest", "unknown", "unknown guest", "no name", "n/a", "tbd", "test",
    "airbnb", "booking.com", "bookingcom", "vrbo", "homeaway", "abritel", "expedia", "agoda", "tripadvisor", "direct",
    "check-in", "check in", "checkin", "check-out", "check out", "checkout", "arrival", "departure",
    "occupied", "occupé", "besetzt", "belegt", "frei", "privat", "privé", "urlaub", "anreise", "abreise",
    "ocupado", "libre", "occupato", "libero", "bezet", "vrij",
)  # fmt: skip
_GUESTS: Final = (
    "guest",
    "gast",
    "client",
    "customer",
    "traveler",
    "traveller",
    "huésped",
    "ospite",
    "invité",
)

# Also names of people, so they need something after them that no name has.
_SHY: Final = frozenset({"block", "hold", "option", "optie", "request", "pending", "booking", "closing"})


def begins_with(summary: str, words: tuple[str, ...]) -> str | None:
    """Return what follows the word (without the dash or colon between), or None where it begins otherwise."""
    match = _pattern(words).match(summary.strip())
    return match.group("rest").strip() if match else None


def doubt_of(summary: str) -> str:
    """Say why this title leaves open whether a guest comes; empty where it does not."""
    if begins_with(summary, _OWNER) is not None:
        return "It may be a stay of the owner."
    if _is_vague(summary):
        return "Its title names neither a guest nor a closure."
    return "" if any(char.isalpha() for char in summary) else "Its title names nobody."


def names_nobody(name: str) -> bool:
    """A name that several guests bear, such as "Booking.com guest": it tells nobody from anybody."""
    words = name.casefold().split()
    rest = " ".join(words[:-1] if words and words[-1] in _GUESTS else words)
    return not rest or _is_vague(rest) or begins_with(rest, RESERVED) == ""


def _is_vague(text: str) -> bool:
    return begins_with(text, _VAGUE) == ""


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
